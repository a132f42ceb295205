"""GET /api/v1/parties/…: arrivals, inbox, holdings, what is overdue; and drafts of answers."""

from typing import Any

from apiflask import APIBlueprint
from flask import request

from suyuan.keys.signer import LocalSigner
from suyuan.trace import handover_json as told
from suyuan.trace.entitled import inspects
from suyuan.trace.holdings import of_party
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.identifiers.items import canonical
from suyuan.trace.inspecting import remit_of
from suyuan.trace.link import AfterRef
from suyuan.trace.overdue import Whom, overdue, remit
from suyuan.trace.pen import Pen
from suyuan.trace.recall.inbox import inbox as inbox_of
from suyuan.trace.reply import Amount, Reply, fitting, reply_to
from suyuan.trace.slips import ConfirmError, Slips
from suyuan.trace.store.read import Reader
from suyuan.trace.times import micros, zone
from suyuan.trace.unsigned import unsigned

from . import acting_for, entries, remits, session
from .context import site
from .handover_out import (
    AnswerIn,
    ArrivalsOut,
    DaysIn,
    DraftsOut,
    InboxOut,
    OverdueIn,
    OverduesOut,
    PartyHoldingsOut,
)
from .limiting import READING, limited
from .problems import ProblemError

blueprint = APIBlueprint("handover", __name__, url_prefix="/api/v1", tag="Hand-over")


@blueprint.before_request
def _open_to_all() -> None:
    """What follows from the entries is as public as they are.

    A party sees its own all the same, and an inspector that of the parties in its remit.
    """
    if not entries.are_private() or request.endpoint == "handover.overdue_in":
        return
    who, party = session.current(), _asked_for()
    if acting_for.may_see(who, party):
        return
    if who is None or party is None or not _inspects(who.uri, party):
        raise ProblemError(403, entries.REFUSED)


def _is_told_of_all(reader: Reader, party: str) -> bool:
    """Where entries are private a registrar, a market say, is told no more than others.

    And an inspector of its remit itself, not who records for it or inspects it.
    """
    if not entries.are_private():
        return True
    who = session.current()
    is_own = who is not None and who.uri == party
    return is_own and remit_of(reader, site().genesis, party) is not None


def _inspects(viewer: str, party: str) -> bool:
    with site().ledger.reading() as reader:
        return inspects(reader, site().genesis, viewer, party)


def _asked_for() -> str | None:
    """The URI of the party whose affairs the request asks for, in its path or its body."""
    body = request.get_json(silent=True) if request.method == "POST" else None
    asked = (request.view_args or {}).get("who") or (
        body.get("party") if isinstance(body, dict) else None
    )
    try:
        return parties.read(asked, site().host) if isinstance(asked, str) else None
    except IdentifierError:
        return None


@blueprint.get("/parties/<path:who>/arrivals")
@blueprint.output(ArrivalsOut)
@limited("reading", READING)
def arrivals(who: str) -> dict[str, Any]:
    """What was sent to a party and waits for its answer, in the order of the log."""
    now = micros(site().ledger.now())
    with site().ledger.reading() as reader:
        party = _party(reader, who)
        found = [told.slip(slip, now) for slip in Slips(reader).arrivals(party)]
        return {"party": party, "size": _size(reader), "arrivals": found}


@blueprint.get("/parties/<path:who>/inbox")
@blueprint.output(InboxOut)
@limited("reading", READING)
def inbox(who: str) -> dict[str, Any]:
    """What waits for a party: arrivals, holds and recalls that concern it, what is overdue."""
    now = micros(site().ledger.now())
    with site().ledger.reading() as reader:
        found = inbox_of(reader, site().genesis, _party(reader, who), now)
        return told.inbox(reader, found, now)


@blueprint.get("/parties/<path:who>/holdings")
@blueprint.output(PartyHoldingsOut)
@limited("reading", READING)
def holdings(who: str) -> dict[str, Any]:
    """What a party has now, what is on its way to it, and what it sent without an answer."""
    with site().ledger.reading() as reader:
        return told.holdings(reader, of_party(reader, _party(reader, who)))


@blueprint.get("/parties/<path:who>/overdue")
@blueprint.input(DaysIn, location="query", arg_name="asked")
@blueprint.output(OverduesOut)
@limited("reading", READING)
def overdue_of(who: str, asked: DaysIn) -> dict[str, Any]:
    """What a party did not do in time; of an inspector, what all in its remit did not."""
    with site().ledger.reading() as reader:
        party = _party(reader, who)
        inspected = remit(reader, party) if _is_told_of_all(reader, party) else ()
        whom = Whom(remit=inspected) if inspected else Whom(party)
        return _overdue(reader, whom, asked.days)


@blueprint.get("/overdue")
@blueprint.input(OverdueIn, location="query", arg_name="asked")
@blueprint.output(OverduesOut)
@limited("reading", READING)
def overdue_in(asked: OverdueIn) -> dict[str, Any]:
    """What the parties of a division did not do in time."""
    whom = Whom(is_all=True) if asked.division is None else Whom(remit=(asked.division,))
    with site().ledger.reading() as reader:
        if entries.are_private():
            who = session.current()
            if who is None:
                raise ProblemError(403, entries.REFUSED)
            inspected = remits.remit(reader, who)
            if asked.division is not None:
                remits.division(inspected, asked.division)
            elif not inspected.is_all:
                whom = Whom(remit=remit(reader, who.uri))
        return _overdue(reader, whom, asked.days)


@blueprint.post("/arrivals/<int:index>/draft")
@blueprint.input(AnswerIn, arg_name="asked")
@blueprint.output(DraftsOut)
@limited("answers", "240/minute")
def draft(index: int, asked: AnswerIn) -> dict[str, Any]:
    """The links that answer the dispatch at an index, for the party's own tool to sign.

    Nothing is written. What is signed goes to POST /api/v1/links, several as one array with
    `atomic=true`.
    """
    ledger = site().ledger
    ledger.followers.catch_up()  # what another device answered is not open any more
    with ledger.reading() as reader:
        party = _party(reader, asked.party)
        if index >= reader.size():
            raise ProblemError(404, f"the ledger holds {reader.size()} links")
        try:
            slip, events = reply_to(
                reader, party, index, _answer(asked), now=ledger.now(), zone=zone()
            )
            # Of any key: only the length of what it signs is looked at.
            pen = Pen(ledger.trust.origin, party, LocalSigner.new("Ed25519"), reader.heads)
            drafts = fitting(events, AfterRef(slip.index, slip.hash), pen)
        except ConfirmError as error:
            raise ProblemError(422, entries.unanswerable(error, index)) from None
        found = unsigned(
            drafts,
            origin=ledger.trust.origin,
            actor=party,
            heads=reader.heads,
            signed_at=ledger.now(),
        )
        return {
            "dispatch": index,
            "size": _size(reader),
            "drafts": [
                {
                    "event": one.event,
                    "after": list(one.after),
                    "items": [
                        {
                            "item": place.item,
                            "seq": place.seq,
                            "prev": place.prev,
                            "builds_on": place.builds_on,
                        }
                        for place in one.places
                    ],
                    "payload": one.payload,
                }
                for one in found
            ],
        }


def _answer(asked: AnswerIn) -> Reply:
    if asked.refuse_all and (asked.all or asked.weighed or asked.refused):
        raise ProblemError(422, "refuse_all stands alone: what is refused as a whole did not come")
    for name, lines in (("weighed", asked.weighed), ("refused", asked.refused)):
        if len({_item(line.item) for line in lines}) < len(lines):
            raise ProblemError(422, f"{name} names an item twice: give its amounts as one")
    return Reply(
        weighed={_item(one.item): Amount(one.number, one.uom) for one in asked.weighed},
        refused={
            _item(one.item): None if one.number is None else Amount(one.number, one.uom)
            for one in asked.refused
        },
        is_all=asked.all,
        refuses_all=asked.refuse_all,
        reason=asked.reason,
        difference_reason=asked.difference_reason,
        is_rest=asked.rest,
        is_sure=asked.sure,
        place=asked.place,
        when=asked.time,
    )


def _item(text: str) -> str:
    """An item's canonical URI; what is none is no item of any slip."""
    return canonical(text) or text


def _overdue(reader: Reader, whom: Whom, days: int) -> dict[str, Any]:
    now = micros(site().ledger.now())
    found = overdue(reader, whom, now, days)
    return {"size": _size(reader), "overdue": [told.overdue(one, now) for one in found]}


def _party(reader: Reader, text: str) -> str:
    """The party that a URI, a USCC, a GLN or a code names; a problem where it is none here."""
    try:
        found = parties.read(text, site().host)
    except IdentifierError as error:
        raise ProblemError(404, f"no party: {error}") from None
    if reader.party(found) is None:
        raise ProblemError(404, f"{found[:200]} was never admitted to this ledger")
    return found


def _size(reader: Reader) -> int:
    """How many links arrivals and holdings follow from."""
    return reader.cursors().get("lineage", 0)
