"""The page on which a buyer enters what it bought outside the ledger: on a stall, every day."""

from collections import Counter
from dataclasses import asdict
from functools import partial

from flask import Response

from suyuan.trace.format.times import zone
from suyuan.trace.recording.papers import MAX_BYTES
from suyuan.trace.recording.purchasing import PurchaseForm, earlier
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import quota
from suyuan.web.app.access import disclosed
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.units import entry_units

from ..office.signin import page

routes = Routes("purchase")
MOST = 40  # earlier purchases that are looked at
MOST_OFFERED = 6  # of those, to be entered again in one tap; and suppliers


@routes.get("/me/purchase", SIGNED_IN)
def purchase(acting: Acting, user: SignedIn, reader: Reader) -> Response:
    """Entering a purchase: what was bought before, and of whom, stands first."""
    before = list(
        earlier(reader, acting.uri, partial(disclosed.body, reader, viewer=user.uri), MOST)
    )
    today = site().ledger.now().astimezone(zone()).date()
    return page(
        "trader/purchase.html",
        acting=acting,
        may=acting.may("receives"),
        again=_distinct(before)[:MOST_OFFERED],
        products=sorted({form.product for form in before}),
        suppliers=_suppliers(before)[:MOST_OFFERED],
        units=[unit for base in ("KGM", "LTR", "H87") for unit in entry_units(base)],
        today=today.isoformat(),
        most_bytes=MAX_BYTES,
        daily_files=f"{quota.FILES:,}",
        daily_size=f"{quota.BYTES // 1_000_000:,}",
    )


def _distinct(forms: list[PurchaseForm]) -> list[tuple[str, str, dict[str, str]]]:
    """Products each with its supplier, the newest first: both names, and the form."""
    newest = {(form.product, form.supplier): form for form in reversed(forms)}
    return [(*key, asdict(form)) for key, form in reversed(newest.items())]


def _suppliers(forms: list[PurchaseForm]) -> list[tuple[str, dict[str, str]]]:
    """Suppliers that may be named, whom one bought of most first: each with what fills the form."""
    newest = {form.supplier: form for form in reversed(forms) if form.supplier}
    often = Counter(form.supplier for form in forms if form.supplier)
    return [
        (name, {part: getattr(newest[name], part) for part in ("uscc", "address", "contact")})
        for name, _count in often.most_common()
    ]
