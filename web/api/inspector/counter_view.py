"""What an inspector is shown of a lot at a counter."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import inspectors_of
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.holdings import of_items
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.goods.reporting import FindingJson, Reported
from suyuan.trace.inspection.counter import RESULT
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.examining import inspections_of, lot_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.log_reader import StoredLink
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, sampling, viewer
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import Out
from suyuan.web.app.targets import Target
from suyuan.web.context import site
from suyuan.web.item import examined, page
from suyuan.web.item.examined import Examination
from suyuan.web.text import shown
from suyuan.web.text.filters import item_path, measure
from suyuan.web.text.names import lot_titled, titled
from suyuan.web.text.words import role

MOST = 50
Tone = Literal["good", "warn", "bad"]


class CounterNoticeOut(Out):
    """A notice about the lot, in the language of the request; the gravest first."""

    tone: Tone
    heading: str
    text: str
    detail: str | None


class LicenceOut(Out):
    """A party as it is admitted."""

    uri: str
    number: str = Field(description="Its business number, GLN or code, for people")
    name: str | None
    roles: list[str]
    role_names: list[str]
    division: str
    division_name: str
    admitted: datetime | None = Field(description="Recorded time of its admission")
    is_admitted: bool
    part_of: str | None


class RemainingOut(BaseModel):
    """So much that should be there, by the holder's own records."""

    value: str | None
    unit: str | None
    words: str | None
    is_inside: bool = Field(description="In a container")
    is_on_way: bool = Field(description="On its way to the holder")


class CounterHeadOut(Out):
    """Where a chain ends."""

    seq: int
    hash: str


class CounterLinkOut(Out):
    """A link."""

    index: int
    hash: str


class CounterTestOut(Out):
    """A test, an inspection or a certificate."""

    index: int
    who: str
    when: str
    what: str
    result: str
    tone: Literal["good", "warn", "bad", "plain"] = Field(
        description="Good for what an examiner passed alone, plain for a firm's own word"
    )
    is_failed: bool


class CounterHolderOut(BaseModel):
    """A holder of some of it."""

    uri: str
    name: str
    words: str | None


class CounterOut(Out):
    """A lot at a counter."""

    size: int = Field(description="As of how many links it was verified")
    derived: int = Field(description="As of how many links holdings and findings are")
    at: datetime
    item: str
    name: str
    code: str
    path: str = Field(description="The path of its page")
    product: str | None
    lot: str | None
    origin: str | None
    produced: date | None
    best_before: date | None
    is_expired: bool
    notices: list[CounterNoticeOut]
    holder: LicenceOut | None
    holding: list[RemainingOut]
    latest: CounterLinkOut | None = Field(
        description="The holder's newest link about it; null where that is the inspector"
    )
    head: CounterHeadOut | None = Field(description="Where the inspector's own chain of it ends")
    tests: list[CounterTestOut]
    findings: list[FindingJson]
    sheet: dict[str, str] = Field(description="What is known for a sampling sheet, by its fields")
    holders: list[CounterHolderOut] = Field(description="Its holders, where no holder is named")


def target_of(reader: Reader, office: str, text: str, holder: str | None) -> Target:
    """The target of a code, a URI or a scanned URL, at the counter of its issuer or of `holder`.

    ProblemError where it names nothing here, where that party has no record of it, or where it is
    not in the inspector's remit.
    """
    ledger, remit = site().ledger, viewer.remit()
    known = remits.search(reader, remit).is_known
    with as_problem(404, IdentifierError, LedgerError):
        named = find_one(
            reader, ledger.trust, ledger.home, text, lambda item: remit.is_all or known(item)
        )
    actor = holder or named.actor
    if actor is None:
        return Target(named.item, None, serial=named.serial)
    if reader.head(named.item, actor) is None:
        raise ProblemError(404, "%s has no record of %s", actor[:200], named.item, field="holder")
    if not site().access(reader).inspects(office, actor):
        raise ProblemError(403, "%s is not in your remit", actor[:200], field="holder")
    serial = named.serial if actor == named.actor else None
    return Target(named.item, actor, codes.of_chain(named.item, actor), serial)


def view(reader: Reader, office: str, target: Target) -> CounterOut:
    """The counter's view, for programs: its texts in the language of the request."""
    made = page.build(reader, site(), target, reread.live(reader))
    facts, own = made.main.facts, (target.item, office)
    return CounterOut.of(
        facts,
        size=reader.size(),
        derived=reader.cursors().get("lineage", 0),
        at=site().ledger.now(),
        item=target.item,
        name=made.main.name,
        code=made.code,
        path=target.path,
        produced=None if facts.produced is None else facts.produced[0],
        is_expired=made.best_before_passed,
        notices=made.notices,
        holder=None if target.actor is None else licence(reader, target.actor),
        holding=[] if target.actor is None else _holding(reader, target),
        latest=latest(reader, office, target),
        head=reader.heads([own])[own],
        tests=[CounterTestOut.of(test, result=_result(test)) for test in made.examinations],
        # Of the item in the links that are shown, or of the holder's doing.
        findings=[
            Reported.of(finding).form()
            for finding in reported(reader, Wanted(item=target.item))
            if finding.leaf in made.history.links or finding.actor == target.actor
        ][-MOST:],
        sheet={}
        if target.actor is None
        else sampling.sheet_of(reader, target.item, target.actor, office),
        holders=_holders(reader, office, target) if target.actor is None else [],
    )


def _result(test: Examination) -> str:
    """The result and whose it is, else the certificate's number."""
    text = test.result or test.certificate or ""
    return text if test.whose is None else f"{text} ({test.whose})"


def licence(reader: Reader, uri: str) -> LicenceOut | None:
    """A party as the ledger admits it; None where it never was."""
    party = reader.party(uri)
    if party is None:
        return None
    since = reader.recorded(party.admitted)
    return LicenceOut.of(
        party,
        number=shown.uri(uri),
        role_names=[role(name) for name in party.roles],
        division_name=shown.division(party.division),
        admitted=None if since is None else from_micros(since.time),
        is_admitted=party.admitted_at(reader.size()),
        part_of=(whole := party.part_of) and titled(reader.name(whole), whole),
    )


def inspections(reader: Reader, party: str) -> list[dict[str, Any]]:
    """What offices recorded at a party's counter, newest first, in words."""
    rows = []
    is_officer = site().access(reader).is_officer
    for leaf, payload in inspections_of(reader, party, MOST, is_officer):
        event, item = payload["event"], lot_of(payload)
        lots = {} if item is None else Lineage(reader).lots([item])
        lot = None if item is None else lots.get(item)
        rows.append(
            {
                "index": leaf,
                "office": payload["actor"],
                "office_name": titled(reader.name(payload["actor"]), payload["actor"]),
                "item": item,
                "item_name": item and lot_titled(None if lot is None else lot.name, item, lots),
                "inspectors": inspectors_of(event),
                "when": shown.event_time(event)[0],
                "result": result if isinstance(result := event.get(RESULT), str) else None,
                "outcomes": examined.outcomes(event),
                "words": examined.result(event),
                "path": None if item is None else item_path(item, party),
            }
        )
    return rows


def _holding(reader: Reader, target: Target) -> list[dict[str, Any]]:
    """The stocks that the holder should have, by its own records, as of the follower of lineage."""
    return [
        {
            **_quantity(stock.quantity),
            "is_inside": stock.container is not None,
            "is_on_way": stock.is_in_transit,
        }
        for stock in Lineage(reader).stock([target.item])
        if stock.holder == target.actor and (stock.quantity is None or stock.quantity.micro)
    ]


def _quantity(amount: Quantity | None) -> dict[str, Any]:
    if amount is None:
        return {"value": None, "unit": None, "words": None}
    return {"value": f"{amount.value.normalize():f}", "unit": amount.uom, "words": measure(amount)}


def latest(reader: Reader, office: str, target: Target) -> StoredLink | None:
    """The holder's newest link about it, which an inspection of it names in `after`.

    None at the inspector's own counter: there the inspection follows by `prev`.
    """
    if target.actor is None or target.actor == office:
        return None
    head = reader.head(target.item, target.actor)
    return None if head is None else reader.in_chain(target.item, target.actor, head.seq)


def _holders(reader: Reader, office: str, target: Target) -> list[dict[str, Any]]:
    """The parties in the inspector's remit that have some of it now."""
    holders: list[dict[str, Any]] = []
    for stock in of_items(reader, [target.item]):
        uri = stock.holder
        if uri is None or stock.is_in_transit or not site().access(reader).inspects(office, uri):
            continue
        if not any(holder["uri"] == uri for holder in holders):
            name = titled(reader.name(uri), uri)
            holders.append({"uri": uri, "name": name, "words": _quantity(stock.quantity)["words"]})
    return holders[:MOST]
