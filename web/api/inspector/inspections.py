"""/api/v1/inspections, /items/…/counter: what an inspector sees at a counter, and records."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.times import zone
from suyuan.trace.inspection import counter
from suyuan.trace.inspection.counter import CounterError, Inspection
from suyuan.trace.recording import papers
from suyuan.trace.recording.papers import PaperError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import uploads
from suyuan.web.app.access import session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import INSPECTOR, Routes, binary
from suyuan.web.app.targets import Target
from suyuan.web.context import site

from ..ledger.to_sign import EventDraftOut, LinksToSignOut, disclosures_json, link_to_sign, to_sign
from . import counter_view
from .counter_view import CounterOut

_NOT_FOUND = {404: "No code of this ledger, or not the holder's"}
OFTEN = Limit("counter", "240/minute")
_EARLY = timedelta(days=2)
_AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Uri = Annotated[str, Field(max_length=512)]
routes = Routes("inspections", tag="At the counter", limit=OFTEN, answers=_NOT_FOUND)


class CounterIn(BaseModel):
    """At whose counter, and which label."""

    holder: Uri | None = Field(None, description="Where the code names nobody, or another")
    serial: Annotated[str, Field(max_length=40)] | None = Field(None, description="A label's")


class CounterOfIn(BaseModel):
    """Which item, at whose counter."""

    item: Text = Field(description="A trace code, an item's URI, or what was scanned")
    holder: Uri | None = Field(None, description="Where that names nobody, or another")


class InspectionsIn(BaseModel):
    """At whose counter."""

    party: Text = Field(description="A party: its URI, USCC, GLN or code")


class InspectionOut(BaseModel):
    """One inspection, as it was signed; `words` in the language of the request."""

    index: int
    office: str
    office_name: str
    item: str
    item_name: str
    when: str
    result: str | None
    outcomes: list[str]
    words: str
    path: str = Field(description="The path of the item's page, as of this holder")


class InspectionsOut(BaseModel):
    """Inspections at one party's counter."""

    party: str
    size: int = Field(description="As of how many links")
    inspections: list[InspectionOut]


class ScannedOut(BaseModel):
    """The text of the code in a photo."""

    text: str


class FoundIn(BaseModel):
    """So much as was there."""

    value: Annotated[str, Field(pattern=_AMOUNT)]
    unit: Annotated[str, Among(counter.UNITS)]


class InspectionPhotoIn(BaseModel):
    """A photo that was sent to POST /api/v1/attachments."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class InspectionIn(BaseModel):
    """What was found at a counter."""

    item: Text
    holder: Uri | None = Field(None, description="Where `item` is no code of a holder's label")
    outcomes: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=8)] = Field(
        default=[], description=f"{', '.join(counter.ALL)}; none where all is right"
    )
    found: FoundIn | None = None
    note: Annotated[str, Field(max_length=4_000)] = Field(
        "", description="Hidden but for the office, the holder and inspectors"
    )
    photos: Annotated[list[InspectionPhotoIn], Field(max_length=8)] = []
    time: AwareDatetime | None = Field(None, description="When it was; now where it is left out")


class InspectionLinkOut(EventDraftOut):
    """One link to sign."""


class InspectionDraftOut(LinksToSignOut):
    """An inspection to sign, with what is to be handed in beside its entry."""

    drafts: list[InspectionLinkOut]


@routes.get("/items/<code>/counter", INSPECTOR)
def at_counter(code: str, query: CounterIn) -> CounterOut:
    """A lot at the counter of the holder whose label's code it is, for an inspector.

    Licence of the holder, what should be left by its own records, what is wrong with it: every
    link of its history is verified as it is answered. It is no scan, and is not counted as one.
    """
    text = code if query.serial is None else f"https://{site().host}/t/{code}/{query.serial}"
    return _view(text, query.holder)


@routes.get("/items/counter", INSPECTOR)
def of_item(query: CounterOfIn) -> CounterOut:
    """A lot at a counter, by whatever was scanned or typed: a code, a label's URL, a URI."""
    return _view(query.item, query.holder)


@routes.get("/inspections", INSPECTOR, output=InspectionsOut, answers={})
def listed(user: SignedIn, reader: Reader, query: InspectionsIn) -> dict[str, Any]:
    """What inspectors recorded at the counter of a party in one's remit, newest first, 50 at most.

    Of its own, and of others' that name a link of the party's about the lot, as those made here do.
    """
    with as_problem(422, IdentifierError, field="party"):
        party = parties.read(query.party, site().host)
    if not site().access(reader).inspects(user.uri, party):
        raise ProblemError(403, "%s is not in your remit", party[:200], field="party")
    return {
        "party": party,
        "size": reader.cursors().get("lineage", 0),
        "inspections": counter_view.inspections(reader, party),
    }


@routes.post(
    "/inspections/scan",
    INSPECTOR,
    limit="scan 60/minute",
    output=ScannedOut,
    media=binary(*uploads.PHOTOS),
    answers={422: "No picture, or no code in it"},
)
def scanned() -> dict[str, Any]:
    """The text of the code in a photo, which is the body; it is not kept. 422 where none is."""
    return {"text": uploads.code_in_photo()}


@routes.post("/inspections/draft", INSPECTOR, output=InspectionDraftOut)
def draft(user: SignedIn, body: InspectionIn) -> dict[str, Any]:
    """The event of an inspection at a counter, for the inspector's own tool to sign.

    Nothing is written. Its note is hidden: hand the disclosures in with the signed entry. A problem
    of a value has the `field` that it is in.
    """
    ledger = site().ledger
    with ledger.reading() as reader:
        target = counter_view.target_of(reader, user, body.item, body.holder)
        if target.actor is None:
            raise ProblemError(422, "say at whose counter it was", field="holder")
        latest = counter_view.latest(reader, user, target)
        name, item_name = reader.name(target.actor), reader.name(target.item)
    event, hidden = _event(target, body, user.uri)
    draft = link_to_sign(
        Draft(event=event).subjects(user.uri), event=event, disclosures=disclosures_json(hidden)
    )
    names = {target.actor: name, target.item: item_name, user.uri: user.party.name}
    after = [] if latest is None else [{"index": latest.index, "hash": latest.hash}]
    return to_sign(user.uri, [draft | {"after": after}], names)


def _event(target: Target, body: InspectionIn, actor: str) -> tuple[dict[str, Any], list[Any]]:
    now = site().ledger.now()
    when = body.time or now
    if not now - _EARLY <= when <= now + timedelta(minutes=5):
        raise ProblemError(422, "an inspection is recorded within two days", field="time")
    photos = []
    for number, photo in enumerate(body.photos):
        data = site().ledger.attachments.get(photo.sha256)
        try:
            if data is None:
                raise PaperError("it is not here: send it to /api/v1/attachments first")
            photos.append(papers.examine(data))
        except PaperError as error:
            raise ProblemError(422, "photo %s: %s", number, error, field="photos") from None
    quantity = None if body.found is None else (Decimal(body.found.value), body.found.unit)
    inspection = Inspection(
        target.item, str(target.actor), body.outcomes, quantity, body.note.strip(), photos
    )
    try:
        return counter.concealed(counter.event(inspection, when, zone()), actor)
    except CounterError as error:
        raise ProblemError(422, error, field=error.field) from None


def _view(text: str, holder: str | None) -> CounterOut:
    user = session.signed_in()
    with site().ledger.reading() as reader:
        return counter_view.view(reader, user, counter_view.target_of(reader, user, text, holder))
