"""What an inspector is shown of a lot at a counter."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.holdings import of_items
from suyuan.trace.goods.reporting import FindingJson, Reported
from suyuan.trace.goods.resolve import NotFound, resolve
from suyuan.trace.inspection.counter import RESULT
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.log_reader import StoredLink
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import Out
from suyuan.web.app.targets import Target
from suyuan.web.context import site
from suyuan.web.item import examined, page
from suyuan.web.text import shown
from suyuan.web.text.filters import item_path, measure
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
    holders: list[CounterHolderOut] = Field(description="Its holders, where no holder is named")


def asked(reader: Reader, who: SignedIn, text: str, holder: str | None) -> Target:
    """What a code, a URI or a scanned URL names, at the counter of its issuer or of `holder`.

    A problem where it names nothing here, where that party has no record of it, or where it is not
    in the inspector's remit.
    """
    with as_problem(404, IdentifierError, NotFound):
        found = resolve(reader, site().ledger.trust, text)
    at = holder or found.actor
    if at is None:
        return Target(found.item, None, serial=found.serial)
    if reader.head(found.item, at) is None:
        raise ProblemError(404, "%s has no record of %s", at[:200], found.item, field="holder")
    if not site().access(reader).inspects(who.uri, at):
        raise ProblemError(403, "%s is not in your remit", at[:200], field="holder")
    serial = found.serial if at == found.actor else None
    return Target(found.item, at, codes.of_chain(found.item, at), serial)


def view(reader: Reader, who: SignedIn, what: Target) -> CounterOut:
    """All that is shown, for programs: the texts in the language of the request."""
    made = page.build(reader, site(), what, reread.live(reader))
    facts, own = made.main.facts, (what.item, who.uri)
    return CounterOut.of(
        facts,
        size=reader.size(),
        derived=reader.cursors().get("lineage", 0),
        at=site().ledger.now(),
        item=what.item,
        name=made.main.name,
        code=made.code,
        path=what.path,
        produced=None if facts.produced is None else facts.produced[0],
        is_expired=made.best_before_passed,
        notices=made.notices,
        holder=None if what.actor is None else licence(reader, what.actor),
        holding=[] if what.actor is None else _holding(reader, what),
        latest=latest(reader, who, what),
        head=reader.heads([own])[own],
        tests=[
            CounterTestOut.of(one, result=one.result or one.certificate or "")
            for one in made.examinations
        ],
        # Of the item in the links that are shown, or of the holder's doing.
        findings=[
            Reported.of(finding).form()
            for finding in reported(reader, Wanted(item=what.item))
            if finding.leaf in made.history.links or finding.actor == what.actor
        ][-MOST:],
        holders=_holders(reader, who, what) if what.actor is None else [],
    )


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
        part_of=None if party.part_of is None else reader.name(party.part_of) or party.part_of,
    )


def inspections(reader: Reader, party: str) -> list[dict[str, Any]]:
    """What inspectors recorded at a party's counter, newest first, in words."""
    found = []
    for leaf, payload in inspections_of(reader, party, MOST):
        event, item = payload["event"], str(payload["items"][0]["item"])
        lot = Lineage(reader).lots([item]).get(item)
        found.append(
            {
                "index": leaf,
                "office": payload["actor"],
                "office_name": reader.name(payload["actor"]) or shown.uri(payload["actor"]),
                "item": item,
                "item_name": (lot.name if lot is not None else None) or shown.uri(item),
                "when": shown.event_time(event)[0],
                "result": result if isinstance(result := event.get(RESULT), str) else None,
                "outcomes": examined.outcomes(event),
                "words": examined.result(event),
                "path": item_path(item, party),
            }
        )
    return found


def _holding(reader: Reader, what: Target) -> list[dict[str, Any]]:
    """What should be there: by the holder's own records, as of the follower of lineage."""
    return [
        {
            **_quantity(one.quantity),
            "is_inside": one.container is not None,
            "is_on_way": one.is_in_transit,
        }
        for one in Lineage(reader).stock([what.item])
        if one.holder == what.actor and (one.quantity is None or one.quantity.micro)
    ]


def _quantity(found: Quantity | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "unit": None, "words": None}
    return {"value": f"{found.value.normalize():f}", "unit": found.uom, "words": measure(found)}


def latest(reader: Reader, who: SignedIn, what: Target) -> StoredLink | None:
    """The holder's newest link about it, which an inspection of it names in `after`.

    None at the inspector's own counter: there the inspection follows by `prev`.
    """
    if what.actor is None or what.actor == who.uri:
        return None
    head = reader.head(what.item, what.actor)
    return None if head is None else reader.in_chain(what.item, what.actor, head.seq)


def _holders(reader: Reader, who: SignedIn, what: Target) -> list[dict[str, Any]]:
    """Who has some of it now, in the inspector's remit."""
    found: list[dict[str, Any]] = []
    for one in of_items(reader, [what.item]):
        uri = one.holder
        if uri is None or one.is_in_transit or not site().access(reader).inspects(who.uri, uri):
            continue
        if not any(other["uri"] == uri for other in found):
            name = reader.name(uri) or shown.uri(uri)
            found.append({"uri": uri, "name": name, "words": _quantity(one.quantity)["words"]})
    return found[:MOST]
