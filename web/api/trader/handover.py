"""GET /api/v1/parties/…: arrivals, inbox, holdings, what is overdue; and drafts of answers."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.access import EVERYBODY, Remit
from suyuan.trace.admission.link_builder import Pen
from suyuan.trace.exchange import handover_json as forms
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.times import micros, zone
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.handover.reply import Amount, Reply, fitting, reply_to
from suyuan.trace.goods.handover.slips import ConfirmError, Slips
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.recall.inbox import inbox as inbox_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets
from suyuan.web.app.access import freshness, remits, viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR_IF_PRIVATE, PARTY, Routes
from suyuan.web.context import site

from ..ledger.to_sign import EventDraftOut, LinksToSignOut, link_to_sign, to_sign

_NOT_FOUND = {404: "No such party, or no such link"}
MAX_LINES = 1_000
_AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
Text = Annotated[str, Field(min_length=1, max_length=400)]
Uri = Annotated[str, Field(min_length=1, max_length=512)]
Days = Annotated[
    int, Field(ge=0, le=3660, description="Of what was done late, of how many last days")
]
routes = Routes("handover", tag="Hand-over", limit=READING, answers=_NOT_FOUND)


class RefusedIn(BaseModel):
    """What is refused of an item; all of it without a value."""

    model_config = ConfigDict(extra="forbid")

    item: Uri
    value: Annotated[str, Field(pattern=_AMOUNT)] | None = None
    uom: Annotated[str, Field(max_length=3)] | None = None


class AmountIn(RefusedIn):
    """So much of an item that came."""

    value: Annotated[str, Field(pattern=_AMOUNT)]


_CAME = {"place": "PLACE", "time": "2025-03-01T09:30:00+08:00"}
_PART = {"item": "LOT", "value": "10", "uom": "KGM"}
_EXAMPLES: Any = [  # confirmed but for what differs; refused as a whole
    {"party": "PARTY", "all": True, "weighed": [_PART], "refused": [_PART | {"value": "2"}],
     "reason": "坏了", "difference_reason": "失水", "rest": False, "sure": True, **_CAME},
    {"party": "PARTY", "refuse_all": True, "reason": "票货不符", **_CAME},
]  # fmt: skip


class AnswerIn(BaseModel):
    """A recipient's answer to a slip; what it does not name stays open, unless `all` is true."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})

    party: Uri = Field(description="The party that answers: a URI, USCC, GLN or code")
    all: bool = Field(default=False, description="All that is not named came as sent")
    refuse_all: bool = False
    weighed: Annotated[list[AmountIn], Field(max_length=MAX_LINES)] = []
    refused: Annotated[list[RefusedIn], Field(max_length=MAX_LINES)] = []
    reason: Text | None = Field(default=None, description="Why it is refused")
    difference_reason: Text | None = None
    rest: bool = Field(default=False, description="What an earlier answer left open")
    sure: bool = Field(default=False, description="Confirms an amount over ten times what was sent")
    place: Uri | None = None
    time: Annotated[AwareDatetime, Field(description="When it came")] | None = None


class ReplyOut(LinksToSignOut):
    """What answers a dispatch: to be signed, and appended together with `atomic=true`."""

    dispatch: int
    size: int
    drafts: list[EventDraftOut]


class OverdueIn(BaseModel):
    """Whose duties, and how far back."""

    division: Annotated[str, Field(pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")] | (
        None
    ) = Field(default=None, description="GB/T 2260; every party without one")
    days: Days = 30


class DaysIn(BaseModel):
    """How far back what was done too late is shown."""

    days: Days = 30


@routes.get("/parties/<path:who>/arrivals", PARTY, output=forms.ArrivalsJson)
def arrivals(reader: Reader, who: str) -> dict[str, Any]:
    """What was sent to a party and waits for its answer, in the order of the log."""
    now, party = micros(site().ledger.now()), _party(reader, who)
    slips = [forms.slip(slip, now) for slip in Slips(reader).arrivals(party)]
    return {"party": party, "size": _size(reader), "arrivals": slips}


@routes.get("/parties/<path:who>/inbox", PARTY, output=forms.InboxJson)
def inbox(reader: Reader, who: str) -> dict[str, Any]:
    """What waits for a party: arrivals, holds and recalls that concern it, what is overdue."""
    now = micros(site().ledger.now())
    return forms.inbox(reader, inbox_of(reader, site().genesis, _party(reader, who), now), now)


@routes.get("/parties/<path:who>/holdings", PARTY, output=forms.HoldingsJson)
def holdings(reader: Reader, who: str) -> dict[str, Any]:
    """What a party has now, what is on its way to it, and what it sent without an answer."""
    return forms.holdings(reader, of_party(reader, _party(reader, who)))


@routes.get("/parties/<path:who>/overdue", PARTY, output=forms.OverduesJson)
def overdue_of(reader: Reader, who: str, query: DaysIn) -> dict[str, Any]:
    """What a party did not do in time; of an inspector, what all in its remit did not."""
    party = _party(reader, who)
    # Of private entries an inspector's remit is told to itself, not who records for it.
    is_told = not viewer.are_private() or viewer.uri() == party
    remit = site().access(reader).remit(party) if is_told else None
    return _overdue(reader, remit or party, query.days)


@routes.get("/overdue", INSPECTOR_IF_PRIVATE, output=forms.OverduesJson, answers={})
def overdue_in(reader: Reader, query: OverdueIn) -> dict[str, Any]:
    """What the parties of a division did not do in time."""
    remit = viewer.remit() if viewer.are_private() else EVERYBODY
    return _overdue(reader, remits.division(remit, query.division), query.days)


@routes.post(
    "/arrivals/<int:index>/draft",
    PARTY,
    limit="answers 240/minute",
    output=ReplyOut,
    from_anywhere=True,
)
def draft(index: int, body: AnswerIn) -> dict[str, Any]:
    """The links that answer the dispatch at an index, for the party's own tool to sign.

    Nothing is written. What is signed goes to POST /api/v1/links, several as one array with
    `atomic=true`.
    """
    ledger = site().ledger
    freshness.require_all()  # what another device answered is not open any more
    with ledger.reading() as reader:
        party = _party(reader, body.party)
        if index >= reader.size():
            raise ProblemError(404, "the ledger holds %s links", reader.size())
        try:
            slip, events = reply_to(
                reader, party, index, _answer(body), now=ledger.now(), zone=zone()
            )
            # Of any key: only the length of what it signs is looked at.
            pen = Pen(ledger.trust.origin, party, LocalSigner.new("Ed25519"), reader.heads)
            drafts = fitting(events, AfterRef(slip.index, slip.hash), pen)
        except ConfirmError as error:
            raise ProblemError(422, viewer.why_unanswerable(error, index)) from None
        links = [
            link_to_sign(one.subjects(party), one.after, event=one.event, disclosures=[])
            for one in drafts
        ]
        return to_sign(party, links, {}) | {"dispatch": index, "size": _size(reader)}


def _answer(body: AnswerIn) -> Reply:
    if body.refuse_all and (body.all or body.weighed or body.refused):
        raise ProblemError(422, "refuse_all stands alone: what is refused as a whole did not come")
    for name, lines in (("weighed", body.weighed), ("refused", body.refused)):
        if len({targets.item_uri(line.item) for line in lines}) < len(lines):
            raise ProblemError(422, "%s names an item twice: give its amounts as one", name)
    return Reply(
        weighed={
            targets.item_uri(line.item): Amount(Decimal(line.value), line.uom)
            for line in body.weighed
        },
        refused={
            targets.item_uri(line.item): None
            if line.value is None
            else Amount(Decimal(line.value), line.uom)
            for line in body.refused
        },
        is_all=body.all,
        refuses_all=body.refuse_all,
        reason=body.reason,
        difference_reason=body.difference_reason,
        is_rest=body.rest,
        is_sure=body.sure,
        place=body.place,
        when=body.time,
    )


def _overdue(reader: Reader, of: str | Remit, days: int) -> dict[str, Any]:
    now = micros(site().ledger.now())
    duties = overdue(reader, of, now, days)
    return {"size": _size(reader), "overdue": [duty.write(now) for duty in duties]}


def _party(reader: Reader, text: str) -> str:
    return targets.party(reader, site().host, text).uri


def _size(reader: Reader) -> int:
    """How many links arrivals and holdings follow from."""
    return reader.cursors().get("lineage", 0)
