"""/api/v1/inspections, /items/…/counter: what an inspector sees at a counter, and records."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.findings.basis import checks
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import zone
from suyuan.trace.inspection import counter
from suyuan.trace.inspection.counter import ANSWERS, CounterError, Inspection
from suyuan.trace.recording import papers
from suyuan.trace.recording.papers import Paper, PaperError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import uploads
from suyuan.web.app.access import offices, remits, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import INSPECTOR, Routes, binary
from suyuan.web.context import site
from suyuan.web.text.names import titled
from suyuan.web.text.texts import gettext as _

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
    item: str | None = Field(description="The lot; null of the shop")
    item_name: str | None
    inspectors: list[str] = Field(description="The URIs of the two persons")
    when: str
    result: str | None
    outcomes: list[str]
    words: str
    path: str | None = Field(description="The path of the item's page, as of this holder")


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
    salt: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")] | None = Field(
        None, description="Of a private one, as it was sent with it; without one it is published"
    )


class InspectionIn(BaseModel):
    """What was found at a counter."""

    item: Text | None = Field(None, description="Without one, the shop of `holder` is inspected")
    holder: Uri | None = Field(None, description="Where `item` is no code of a holder's label")
    inspectors: Annotated[list[Uri], Field(max_length=2)] = Field(
        default=[], description="Two persons of the office, where it has any; who signs among them"
    )
    checks: dict[Annotated[str, Field(max_length=20)], Literal[ANSWERS]] = Field(  # type: ignore[valid-type]
        default={}, description=f"By check: {', '.join(check.name for check in checks())}"
    )
    signature: InspectionPhotoIn | None = Field(
        None, description="A picture of the signature of somebody of the shop, always private"
    )
    is_unsigned: bool = Field(default=False, description="Nobody of the shop signed; see the note")
    kind: Literal[counter.KINDS] | None = Field(  # type: ignore[valid-type]
        None, description="A thorough one answers every check"
    )
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
    """What offices recorded at the counter of a party in one's remit, newest first, 50 at most."""
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
        office, item, latest = offices.office_of(reader), None, None
        if body.item is None:
            holder = remits.party(reader, viewer.remit(), body.holder or "").uri
        else:
            target = counter_view.target_of(reader, office, body.item, body.holder)
            if target.actor is None:
                raise ProblemError(422, "say at whose counter it was", field="holder")
            holder, item = target.actor, target.item
            latest = counter_view.latest(reader, office, target)
        people = {person.uri: offices.name_of(person) for person in offices.people(reader)}
        uris = [uri for uri in (holder, item, office) if uri is not None]
        names = {uri: titled(reader.name(uri), uri) for uri in uris} | people
    with as_counter_problem():
        counter.require_inspectors(body.inspectors, user.uri, list(people))
        of_people = _("; ").join(people[uri] for uri in body.inspectors)
        event, hidden = _event(holder, item, body, office, of_people)
    draft = link_to_sign(
        Draft(event=event).subjects(office), event=event, disclosures=disclosures_json(hidden)
    )
    after = [] if latest is None else [{"index": latest.index, "hash": latest.hash}]
    return to_sign(office, [draft | {"after": after}], names)


@contextmanager
def as_counter_problem() -> Iterator[None]:
    """What an inspection cannot say, as a problem 422 with its field."""
    try:
        yield
    except CounterError as error:
        raise ProblemError(422, error, field=error.field) from None


def _event(
    holder: str, item: str | None, body: InspectionIn, actor: str, names: str
) -> tuple[dict[str, Any], list[Any]]:
    now = site().ledger.now()
    when = body.time or now
    if not now - _EARLY <= when <= now + timedelta(minutes=5):
        raise ProblemError(422, "an inspection is recorded within two days", field="time")
    photos = [_paper(photo, "photos", number) for number, photo in enumerate(body.photos)]
    signature = None
    if body.signature is not None:
        if body.signature.salt is None:
            raise CounterError("signature", msg("a signature is a private file"))
        signature = _paper(body.signature, "signature")
    quantity = None if body.found is None else (Decimal(body.found.value), body.found.unit)
    inspection = Inspection(
        item, holder, body.outcomes, quantity, body.note.strip(), photos, body.checks,
        body.inspectors, names, signature, body.is_unsigned, body.kind,
    )  # fmt: skip
    return counter.concealed(counter.event(inspection, when, zone()), actor)


def _paper(photo: InspectionPhotoIn, field: str, number: int = 0) -> Paper:
    """A picture that was handed in before, open or under its salt."""
    salt = papers.salt_of(photo.salt)
    ledger = site().ledger
    if salt is None:
        data = ledger.attachments.get(photo.sha256)
    else:
        data = ledger.private_files.get(photo.sha256, salt)
    try:
        if data is None:
            raise PaperError("it is not here: send it to /api/v1/attachments first")
        return papers.examine(data, salt)
    except PaperError as error:
        raise ProblemError(422, "photo %s: %s", number, error, field=field) from None


def _view(text: str, holder: str | None) -> CounterOut:
    with site().ledger.reading() as reader:
        office = offices.office_of(reader)
        return counter_view.view(
            reader, office, counter_view.target_of(reader, office, text, holder)
        )
