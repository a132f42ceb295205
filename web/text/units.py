"""In which units amounts are shown and entered on one's own pages, as this device prefers."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlencode

from flask import Flask, has_request_context, request

from suyuan.trace.format.quantities import CODES, UNITS, Quantity, exact
from suyuan.trace.recording.imports.trade_units import (
    COUNTERS,
    PIECES,
    WEIGHTS,
    counter,
    in_weight,
    stored,
)

from . import shown, words
from .names import in_words
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

COOKIE = "weight"
# By the cookie's values, the default first: the unit that weights are shown in.
PREFERRED: Mapping[str, str] = {"kg": "KGM", "jin": "斤", "liang": "两"}
_WORDS: Mapping[str, Words] = {
    "斤": _l("jin"), "两": _l("liang"), "头": _l("head"), "只": _l("birds"), "尾": _l("fish"),
}  # fmt: skip
Packages = Mapping[str, Decimal]


def install(app: Flask) -> None:
    """Give templates `weight_units`, `entry_units` and `own_unit`."""
    app.jinja_env.globals.update(
        weight_units=weight_units, entry_units=entry_units, own_unit=own_unit
    )


def preferred() -> str:
    """The unit in which this device has weights shown: KGM, 斤 or 两."""
    asked = request.args.get(COOKIE) or request.cookies.get(COOKIE) if has_request_context() else ""
    return PREFERRED.get(asked or "kg", "KGM")


def weight_units() -> list[tuple[str, str, bool]]:
    """The units to choose from: what each is called, the URL that chooses it, whether it is."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != COOKIE]
    return [
        (name(unit), f"?{urlencode([*others, (COOKIE, value)])}", unit == preferred())
        for value, unit in PREFERRED.items()
    ]


def name(unit: str | None) -> str:
    """A unit of the trade, or a code, in words; of a package its own word."""
    known = _WORDS.get(unit or "")
    return str(words.unit(None if unit == PIECES else unit) if known is None else known)


def measure(quantity: Quantity, category: str | None = None) -> str:
    """An amount in the unit that this device prefers; animals by the word that counts them."""
    unit = preferred()
    digits = in_weight(quantity, unit)
    if digits is not None:
        return f"{shown.digits(Decimal(digits))} {name(unit)}"
    word = counter(category) if quantity.uom is None else None
    return f"{shown.digits(quantity.value)} {name(word or quantity.uom)}"


def own_unit(base: str) -> tuple[int, str]:
    """How many of the unit that this device prefers are one of a base unit, and its word."""
    unit = preferred()
    if base != "kg" or unit not in WEIGHTS:
        return 1, str(words.unit(CODES.get(base)))
    return int(1 / WEIGHTS[unit]), name(unit)


def entry_units(
    uom: str | None, packages: Packages | None = None, category: str | None = None
) -> list[tuple[str, str]]:
    """The units in which an amount of goods may be said, the preferred first: value and words.

    `packages` are the goods' own, each so many of `uom`.
    """
    base = UNITS.get(uom or "", ("1", 1))[0]
    if uom == "KGM":
        own = sorted(("KGM", *WEIGHTS), key=lambda unit: unit != preferred())
    elif base == "1":
        own = [counter(category) or uom or PIECES] if category else [uom or PIECES, *COUNTERS]
    else:
        own = [uom or PIECES]
    return [(unit, name(unit)) for unit in own] + of_packages(uom, packages or {})


def of_packages(uom: str | None, packages: Packages) -> list[tuple[str, str]]:
    """Packages in which an amount may be said, each so many of `uom`: value and words."""
    return [
        (word, _("%(unit)s of %(amount)s", unit=in_words(word), amount=f"{ratio:f} {name(uom)}"))
        for word, ratio in packages.items()
    ]


def of_line(
    uom: str | None, packages: Packages | None = None, category: str | None = None
) -> list[tuple[str, int]]:
    """The same for a script: words, and how many millionths of the base unit one of them is.

    None of a unit that cannot be converted.
    """
    if uom is not None and uom not in UNITS:
        return []
    rows = []
    for unit, text in entry_units(uom, packages, category):
        amount, code = stored(Decimal(1), unit, packages or {}, uom or PIECES)
        quantity = exact(f"{amount:f}", None if code == PIECES else code)
        if quantity is not None and quantity.micro > 0:
            rows.append((text, quantity.micro))
    return rows


def as_preferred(quantity: str, unit: str) -> tuple[str, str]:
    """What a form says in kilograms in the unit that this device prefers; all else as it is."""
    if unit == "KGM" and not quantity:
        return quantity, preferred()
    known = exact(quantity, "KGM") if unit == "KGM" else None
    digits = None if known is None else in_weight(known, preferred())
    return (quantity, unit) if digits is None else (digits, preferred())
