"""/inspect/party: all that the ledger knows of one party, for its inspectors."""

from flask import Response, request

from suyuan.trace.exchange import handover_json
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.goods.party_report import StatementJson, party_report
from suyuan.trace.goods.reporting import FindingJson, of_doubt
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.inbox import inbox
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text.words import role, vocabulary

from . import counter_view
from .desk import namer, render
from .inspect import names_of

routes = Routes("inspect_party", prefix="/inspect")
MOST = 100


@routes.get("/party", INSPECTOR, back="/inspect/search")
def by_uri() -> Response:
    """The party with the URI in the query."""
    return _page(request.args.get("party", ""))


@routes.get("/party/<code>", INSPECTOR)
def by_code(code: str) -> Response:
    """The party with a code of this ledger, a USCC or a GLN."""
    return _page(code)


def _page(text: str) -> Response:
    where, now = site(), micros(site().ledger.now())
    with where.ledger.reading(patient=True) as reader:
        known = remits.party(reader, viewer.remit(), text)
        uri = known.uri
        party, keys = party_report(reader, where.genesis, known)
        held = handover_json.holdings(reader, of_party(reader, uri))
        waits = inbox(reader, where.genesis, uri, now)
        late = [one.write(now) for one in overdue(reader, uri, now)]
        doubts = _doubts(reader, uri)
        items = {one.item for one in doubts}
        items |= {item for one in late for item in one["items"][:1]}
        return render(
            "inspect_party.html",
            party=party,
            is_code=uri.startswith(f"https://{where.host}/party/"),
            keys=keys.keys,
            held=held,
            most=MOST,
            waiting=len(waits.arrivals),
            acts=handover_json.inbox(reader, waits, now)["acts"],
            act_code=lambda act: act_code(act, where.host),
            late=late,
            doubts=doubts,
            inspections=counter_view.inspections(reader, uri),
            said=[(one, _words(one)) for one in party.statements],
            name=namer(reader),
            items=names_of(reader, items),
            kept=_kept(),
            steps=vocabulary()["steps"],
        )


def _doubts(reader: Reader, uri: str) -> list[FindingJson]:
    """The newest doubts of a party's doing."""
    found = Lineage(reader).doubts(actor=uri)[-MOST:]
    return [of_doubt(doubt).form() for doubt in reversed(found)]


def _kept() -> dict[str, str]:
    return vocabulary()["kept"]


def _words(one: StatementJson) -> tuple[str, list[tuple[str, str]]]:
    """A statement's title, and what it says, in plain words."""
    words = vocabulary()
    said = one.statement or {}
    kind = " ".join(str(said[part]) for part in ("type", "op") if part in said)
    title = words["statements"].get(kind, kind)
    fields = words["fields"]
    rows = []
    for member in ("name", "roles", "division", "places", "gs1", "part_of", "remit", "to", "steps",
                   "from", "until", "reason"):  # fmt: skip
        value = said.get(member)
        if value in (None, [], ""):
            continue
        parts = value if isinstance(value, list) else [value]
        texts = [role(str(part)) if member == "roles" else str(part) for part in parts]
        rows.append((str(fields.get(member, member)), ", ".join(texts)[:400]))
    return str(title), rows
