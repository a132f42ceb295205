"""/api/v1/inspections, /items/…/counter: what an inspector sees at a counter, and records."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from flask import request

from suyuan.trace import counter, papers, symbols
from suyuan.trace.counter import CounterError, Inspection
from suyuan.trace.entitled import inspects
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.papers import PaperError
from suyuan.trace.pen import Draft
from suyuan.trace.pictures import PictureError
from suyuan.trace.times import zone

from . import concealed, counter_view, inspecting, session_guard
from .bodies import MAX_BYTES
from .context import site
from .counter_view import Asked
from .inspections_out import (
    CounterIn,
    CounterOfIn,
    CounterOut,
    InspectionDraftOut,
    InspectionIn,
    InspectionsIn,
    InspectionsOut,
    ScannedOut,
)
from .limiting import limited
from .problems import ProblemError

blueprint = APIBlueprint("inspections", __name__, url_prefix="/api/v1", tag="At the counter")
OFTEN = "240/minute"
_SECOND = "%Y-%m-%dT%H:%M:%SZ"
_EARLY = timedelta(days=2)


@blueprint.before_request
def _guard() -> None:
    if request.method != "GET":
        session_guard.of_script()


@blueprint.get("/items/<code>/counter")
@blueprint.input(CounterIn, location="query", arg_name="more")
@blueprint.output(CounterOut)
@limited("counter", OFTEN)
def at_counter(code: str, more: CounterIn) -> dict[str, Any]:
    """A lot at the counter of the holder whose label's code it is, for an inspector.

    Licence of the holder, what should be left by its own records, what is wrong with it: every
    link of its history is verified as it is answered. It is no scan, and is not counted as one.
    """
    text = code if more.serial is None else f"https://{site().host}/t/{code}/{more.serial}"
    return _view(text, more.holder)


@blueprint.get("/items/counter")
@blueprint.input(CounterOfIn, location="query", arg_name="which")
@blueprint.output(CounterOut)
@limited("counter", OFTEN)
def of_item(which: CounterOfIn) -> dict[str, Any]:
    """A lot at a counter, by whatever was scanned or typed: a code, a label's URL, a URI."""
    return _view(which.item, which.holder)


@blueprint.get("/inspections")
@blueprint.input(InspectionsIn, location="query", arg_name="whose")
@blueprint.output(InspectionsOut)
@limited("counter", OFTEN)
def listed(whose: InspectionsIn) -> dict[str, Any]:
    """What inspectors recorded at the counter of a party in one's remit, newest first, 50 at most.

    Of its own, and of others' that name a link of the party's about the lot, as those made here do.
    """
    who = inspecting.require()
    with site().ledger.reading() as reader:
        try:
            party = parties.read(whose.party, site().host)
        except IdentifierError as error:
            raise ProblemError(422, str(error), field="party") from None
        if not inspects(reader, site().genesis, who.uri, party):
            raise ProblemError(403, f"{party[:200]} is not in your remit", field="party")
        return {
            "party": party,
            "size": reader.cursors().get("lineage", 0),
            "inspections": counter_view.inspections(reader, party),
        }


@blueprint.post("/inspections/scan")
@blueprint.output(ScannedOut)
@limited("scan", "60/minute")
def scanned() -> dict[str, Any]:
    """The text of the code in a photo, which is the body; it is not kept. 422 where none is."""
    inspecting.require()
    data = request.get_data(cache=False)
    if len(data) > MAX_BYTES:
        raise ProblemError(413, "a photo may have 7 MiB")
    try:
        found = symbols.read(data)
    except PictureError as error:
        raise ProblemError(422, str(error), field="photo") from None
    if not found:
        raise ProblemError(422, "no code was found in the photo", field="code")
    return {"text": found[0][:2_000]}


@blueprint.post("/inspections/draft")
@blueprint.input(InspectionIn, arg_name="said")
@blueprint.output(InspectionDraftOut)
@limited("counter", OFTEN)
def draft(said: InspectionIn) -> dict[str, Any]:
    """The event of an inspection at a counter, for the inspector's own tool to sign.

    Nothing is written. Its note is hidden: hand the disclosures in with the signed entry. A problem
    of a value has the `field` that it is in.
    """
    who, ledger = inspecting.require(), site().ledger
    with ledger.reading() as reader:
        what = counter_view.asked(reader, who, said.item, said.holder)
        if what.holder is None:
            raise ProblemError(422, "say at whose counter it was", field="holder")
        latest = counter_view.latest(reader, who, what)
        name, item_name = reader.name(what.holder), reader.name(what.item)
    event, kept = _event(what, said, who.uri)
    shape = Draft(event=event)
    return {
        "ledger": ledger.trust.origin,
        "actor": who.uri,
        "signed_at": ledger.now().strftime(_SECOND),
        "drafts": [
            {
                "subjects": list(shape.subjects(who.uri)),
                "after": [] if latest is None else [latest],
                "event": event,
                "disclosures": concealed.told(kept),
            }
        ],
        "names": {what.holder: name, what.item: item_name, who.uri: who.party.name},
    }


def _event(what: Asked, said: InspectionIn, actor: str) -> tuple[dict[str, Any], list[Any]]:
    now = site().ledger.now()
    when = said.time or now
    if not now - _EARLY <= when <= now + timedelta(minutes=5):
        raise ProblemError(422, "an inspection is recorded within two days", field="time")
    photos = []
    for number, photo in enumerate(said.photos):
        data = site().ledger.attachments.get(photo.sha256)
        try:
            if data is None:
                raise PaperError("it is not here: send it to /api/v1/attachments first")
            photos.append(papers.examine(data))
        except PaperError as error:
            raise ProblemError(422, f"photo {number}: {error}", field="photos") from None
    found = None if said.found is None else (Decimal(said.found.value), said.found.unit)
    inspection = Inspection(
        what.item, str(what.holder), said.outcomes, found, said.note.strip(), photos
    )
    try:
        return counter.concealed(counter.event(inspection, when, zone()), actor)
    except CounterError as error:
        raise ProblemError(422, str(error), field=error.field) from None


def _view(text: str, holder: str | None) -> dict[str, Any]:
    who = inspecting.require()
    with site().ledger.reading() as reader:
        return counter_view.view(reader, who, counter_view.asked(reader, who, text, holder))
