"""/inspect/party: all that the ledger knows of one party, for its inspectors."""

from flask import Response, request

from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.goods.party_report import PartyStatement, party_report
from suyuan.trace.recall.inbox import inbox
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.item import examined
from suyuan.web.text.words import role, vocabulary

from .desk import names_of, render

routes = Routes("inspect_party", prefix="/inspect")
MOST, INSPECTIONS = 100, 50


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
        uri, lineage, slips = known.uri, Lineage(reader), Slips(reader)
        held = of_party(reader, uri)
        late = overdue(reader, uri, now)
        findings = lineage.findings(actor=uri)[-MOST:][::-1]
        inspections = list(inspections_of(reader, uri, INSPECTIONS))
        items = {stock.item for stock in (*held.has, *held.coming, *held.sent)}
        items |= {str(payload["items"][0]["item"]) for _leaf, payload in inspections}
        lots = lineage.lots(sorted(items))
        named = [one.subject for one in findings] + [i for one in late for i in one.items[:1]]
        return render(
            "inspector/inspect_party.html",
            reader,
            party=known,
            report=party_report(reader, where.genesis, known),
            size=lineage.size(),
            is_code=uri.startswith(f"https://{where.host}/party/"),
            held=held,
            lots=lots,
            item_name=lambda item: slips.item_name(item, lots),
            inbox=inbox(reader, where.genesis, uri, now),
            late=late,
            now=now,
            findings=findings,
            inspections=inspections,
            result=examined.result,
            in_words=_in_words,
            items=names_of(reader, named),
            words=vocabulary(),
            most=MOST,
        )


def _in_words(one: PartyStatement) -> tuple[str, list[tuple[str, str]]]:
    """A statement's title, and what it says, in plain words."""
    words, stated = vocabulary(), one.statement or {}
    kind = " ".join(str(stated[part]) for part in ("type", "op") if part in stated)
    rows = []
    for member in ("name", "roles", "division", "places", "gs1", "part_of", "remit", "to", "steps",
                   "from", "until", "reason"):  # fmt: skip
        value = stated.get(member)
        if value in (None, [], ""):
            continue
        parts = value if isinstance(value, list) else [value]
        texts = [role(str(part)) if member == "roles" else str(part) for part in parts]
        rows.append((words["fields"].get(member, member), ", ".join(texts)[:400]))
    return words["statements"].get(kind, kind), rows
