"""/api/v1/documents: an office's documents, drawn up, signed, sealed, served, and looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.keys.errors import KeysError
from suyuan.trace.admission import acts
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.statements import is_day
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.inspection.case_drafts import MAX_LONG, Author, Drafted
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.inspection.cases import Case
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.inspection.documents.forms import forms
from suyuan.trace.inspection.documents.signed import WITHDRAWN, Signing
from suyuan.trace.store.beside.office.documents import Drawn, of_case
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import cases as case_access
from suyuan.web.app.access import documents as access
from suyuan.web.app.access.documents import Reading
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import CHECKING, READING, Limit
from suyuan.web.app.mistakes import FieldError, FieldErrors
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import INSPECTOR, SIGNED_IN, VIEWER, Routes, binary
from suyuan.web.context import site

from ..ledger.to_sign import LinksToSignOut, SignablesOut, disclosures_json, statements
from .cases import Line, StageDraftOut

WRITING = Limit("documents", "60/minute")
_NOT_FOUND = {404: "No document that one may read"}
_CODE = {"code": "The code in the document's QR"}
_NO_SEAL = {409: "The office has no seal key, or the document is not so far"}


class SigningJson(Form):
    """A signature under a document, and the law's four conditions."""

    actor: str
    actor_name: str | None
    capacity: str
    index: int
    recorded: str | None
    kept: str | None = described("How the key is kept, as it was enrolled")
    is_own: bool = described("The key is the signer's own")
    is_controlled: bool = described("It was in the signer's sole control, as far as it is known")
    is_unchanged: bool = described("The signature stands as it was given")


class DocumentJson(Form):
    """A document of an office's."""

    code: str
    number: str
    form: str
    office: str
    party: str | None
    case: str | None
    drawn: str
    sha256: str | None = described("Of the PDF before it was sealed, over which one signs")
    sealed: str | None = described("SHA-256 of the sealed PDF")
    served: str | None
    signatures: list[SigningJson]
    signs_as: str | None = described("As what one may sign it now")


class DocumentsJson(Form):
    """Documents, the first first."""

    documents: list[DocumentJson]


class DocumentIn(BaseModel):
    """A document to draw up: its form and the values of its fields by name."""

    case: Line = Field(description="The case's URI or code")
    form: Annotated[str, Field(max_length=32)]
    values: dict[Annotated[str, Field(max_length=32)], Annotated[str, Field(max_length=2_100)]] = (
        Field({}, max_length=40)
    )


class FileIn(BaseModel):
    """Which file of it."""

    kind: Literal["pdf", "sealed", "docx"] = Field(
        "sealed", description="`pdf` is what was signed, before it was sealed"
    )


class SignIn(BaseModel):
    """Whether the party takes its confirmation back."""

    withdraw: bool = False


class SealIn(BaseModel):
    """Why the party did not sign, where it did not."""

    refused: Annotated[str, Field(max_length=MAX_LONG)] = ""


class ServeIn(BaseModel):
    """How it was served, on which day."""

    served_how: Annotated[str, Field(max_length=32)]
    served_on: Annotated[str, Field(max_length=10)] = Field("", description="Today, if empty")
    remark: Annotated[str, Field(max_length=MAX_LONG)] = ""


class CopyIn(BaseModel):
    """Until which day the public copy is shown; or that it is shown no longer."""

    until: Annotated[str, Field(max_length=10)] = ""
    withdraw: bool = False


class DocumentStageOut(LinksToSignOut):
    """One link to sign: what the case says of the document."""

    drafts: list[StageDraftOut]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a case is to say of a document: the stage, and which PDF of it that names."""

    stage: str
    said: Object
    digest: str
    until: str | None = None


routes = Routes("documents", tag="Documents")


@routes.get("/cases/<code>/documents", SIGNED_IN, limit=READING, output=DocumentsJson,
            answers={404: "No case that one may read"},
            parameters={"code": "The case's code"})  # fmt: skip
def of_a_case(code: str, reader: Reader) -> DocumentsJson:
    """The documents of a case that one may read."""
    case, _ = case_access.readable(reader, code)
    return DocumentsJson([document_json(reader, one) for one in access.listed(reader, case)])


@routes.post("/documents", INSPECTOR, limit=WRITING, output=DocumentJson, status=201,
             answers=_NO_SEAL | {404: "No case that one may read"})  # fmt: skip
def drawn(user: SignedIn, reader: Reader, body: DocumentIn) -> tuple[DocumentJson, int]:
    """A new document of a case, under its office's next number, to be signed.

    The number is given once: it stays where the document is never signed. A problem of values has
    the `field` of the first, and `mistakes` of all that are wrong.
    """
    case, who = case_access.readable(reader, body.case)
    form = forms().get(body.form)
    if who.office is None or not who.works_on(case):
        raise ProblemError(403, "the case is another office's")
    if form is None:
        raise FieldError("form", "choice", msg("one of: %s", ", ".join(forms())))
    values = {name: text.replace("\r\n", "\n").strip() for name, text in body.values.items()}
    if faults := form.faults(values):
        raise FieldErrors(*(FieldError(name, "values", why) for name, why in faults.items()))
    if len(of_case(reader, case.uri, access.MOST)) == access.MOST:
        raise ProblemError(409, "a case has at most %s documents", access.MOST)
    with as_problem(409, CannotDecide):
        new = issuing.draw_up(
            site().ledger, form, values, office=who.office, by=user.uri, about=case.uri,
            party=case.party,
        )  # fmt: skip
    return document_json(reader, access.reading(reader, new)), 201


@routes.get("/documents/<code>", SIGNED_IN, limit=READING, output=DocumentJson, answers=_NOT_FOUND,
            parameters=_CODE)  # fmt: skip
def shown(code: str, reader: Reader) -> DocumentJson:
    """A document, and who signed it."""
    return document_json(reader, access.readable(reader, code))


@routes.get("/documents/<code>/file", SIGNED_IN, limit=READING, parameters=_CODE,
            content={200: binary(*dict.fromkeys(issuing.MEDIA.values()))},
            answers={200: "The file", 404: "No such file that one may read"})  # fmt: skip
def file(code: str, reader: Reader, query: FileIn) -> Response:
    """The sealed PDF of a document, the unsealed one, or its DOCX, which is its office's alone."""
    seen = access.readable(reader, code)
    data = issuing.content(site().ledger, seen.document, query.kind)
    if data is None or (query.kind == issuing.WORD and not seen.works):
        raise ProblemError(404, "no such file of this document")
    name = f"{seen.document.code}-{query.kind}.{'docx' if query.kind == issuing.WORD else 'pdf'}"
    return _download(data, issuing.MEDIA[query.kind], name)


@routes.post("/documents/<code>/signature/draft", SIGNED_IN, limit=WRITING, output=SignablesOut,
             answers=_NOT_FOUND | {409: "One may not sign it now"}, parameters=_CODE)  # fmt: skip
def signature(user: SignedIn, reader: Reader, code: str, body: SignIn) -> dict[str, Any]:
    """The signature of an inspector of its office, or of the party, under a document."""
    seen = access.readable(reader, code)
    one, capacity = seen.document, seen.signs_as
    is_own = seen.signed.by_party and user.uri == one.party
    if body.withdraw:
        capacity = WITHDRAWN if is_own and one.form == issuing.ADDRESS else None
    if capacity is None:
        raise ProblemError(409, "this cannot be signed by you now, or is signed already")
    said = acts.sign_document(one.sha256, one.form, one.number, capacity)
    return statements(reader, user.uri, said)


@routes.post("/documents/<code>/seal", INSPECTOR, limit=WRITING, output=DocumentStageOut,
             answers=_NOT_FOUND | _NO_SEAL, parameters=_CODE)  # fmt: skip
def sealed(user: SignedIn, reader: Reader, code: str, body: SealIn) -> dict[str, Any]:
    """Seal a document that its officers signed, and the party, or why that did not.

    The answer is the stage of its case that names the sealed PDF, to be signed: only with that it
    hangs on the ledger. Asked again, a sealed one is not sealed anew.
    """
    seen = access.workable(reader, code)
    if not seen.signed.by_officers:
        raise ProblemError(
            409, "%s inspectors sign it before it is sealed", seen.signed.form.officers
        )
    refused = body.refused.strip()
    if seen.signed.form.party and not seen.signed.by_party and not refused:
        raise FieldError("refused", "needed", msg("This is needed where the party did not sign."))
    try:
        one = issuing.seal_up(site().ledger, seen.document)
    except KeysError:  # says which file of the server it is
        raise ProblemError(409, "the office's seal key cannot be opened here") from None
    except CannotDecide as error:
        raise ProblemError(409, error) from None
    said = {"document": one.number} | ({"refused": refused} if refused else {})
    return _to_sign(reader, user, one, _Told(issuing.SEALED, said, str(one.sealed)))


@routes.post("/documents/<code>/service", INSPECTOR, limit=WRITING, output=DocumentStageOut,
             answers=_NOT_FOUND | _NO_SEAL, parameters=_CODE)  # fmt: skip
def served(user: SignedIn, reader: Reader, code: str, body: ServeIn) -> dict[str, Any]:
    """Serve a sealed document: from now on the party reads it.

    Electronically only where the party confirmed so, by its signature. The answer is the stage of
    its case that says how, to be signed.
    """
    seen = access.workable(reader, code)
    ways = fields()["served_how"].choices
    if seen.document.sealed is None or seen.document.party is None:
        raise ProblemError(409, "what is served is sealed before, and about somebody")
    today = site().ledger.now().astimezone(zone()).date().isoformat()
    day = body.served_on.strip() or today
    if body.served_how not in ways:
        raise FieldError("served_how", "choice", msg("Choose one of the list."))
    if not is_day(day) or day > today:
        raise FieldError("served_on", "day", msg("A day until today, 2026-11-24."))
    if body.served_how == "electronic" and not _is_confirmed(reader, seen.document):
        why = msg("The party has not confirmed that it is served electronically.")
        raise FieldError("served_how", "unconfirmed", why)
    one = issuing.served(site().ledger, seen.document)
    said = {"document": one.number, "served_on": day, "served_how": body.served_how}
    said |= {"remark": body.remark.strip()} if body.remark.strip() else {}
    return _to_sign(reader, user, one, _Told(issuing.SERVED, said, str(one.sealed)))


@routes.post("/documents/<code>/copy", INSPECTOR, limit=WRITING, output=DocumentStageOut,
             answers=_NOT_FOUND | _NO_SEAL, parameters=_CODE)  # fmt: skip
def published(user: SignedIn, reader: Reader, code: str, body: CopyIn) -> dict[str, Any]:
    """Publish the public copy of a sealed document, without what tells of persons; or end that.

    The answer is the stage of its case that shows it to everybody, to be signed.
    """
    one = access.workable(reader, code).document
    if one.sealed is None:
        raise ProblemError(409, "what is published is sealed before")
    until = body.until.strip()
    today = site().ledger.now().astimezone(zone()).date().isoformat()
    if not body.withdraw and not (is_day(until) and until >= today):
        raise FieldError("until", "day", msg("A day from today on, 2026-12-31."))
    with as_problem(409, CannotDecide, LedgerError):
        one, digest = issuing.with_copy(site().ledger, one)
    name = issuing.WITHDRAWN if body.withdraw else issuing.PUBLISHED
    told = _Told(name, {"document": one.number}, digest, None if body.withdraw else until)
    return _to_sign(reader, user, one, told)


@routes.get("/documents/<code>/copy", VIEWER, limit=CHECKING, parameters=_CODE,
            content={200: binary(issuing.MEDIA[issuing.SEALED_PDF])},
            answers={200: "The public copy", 404: "No copy of it is public"})  # fmt: skip
def copied(code: str, reader: Reader) -> Response:
    """The public copy of a document; its office sees before what it would be."""
    one = access.found(reader, code)
    data = issuing.shown_copy(site().ledger, one, access.case_of(reader, one))
    if data is None and access.reading(reader, one).works:
        with as_problem(404, CannotDecide, LedgerError):
            data = issuing.public_copy(site().ledger, one)
    if data is None:
        raise ProblemError(404, "no copy of this document is public")
    return _download(data, issuing.MEDIA[issuing.SEALED_PDF], f"{one.code}-copy.pdf")


def document_json(reader: Reader, seen: Reading) -> DocumentJson:
    """A document for programs."""
    one = seen.document
    return DocumentJson(
        code=one.code, number=one.number, form=one.form, office=one.office, party=one.party,
        case=one.about, drawn=from_micros(one.at).isoformat(), sha256=one.sha256,
        sealed=one.sealed, served=None if one.sent is None else from_micros(one.sent).isoformat(),
        signatures=[signing_json(reader, mark) for mark in seen.signed.all],
        signs_as=seen.signs_as,
    )  # fmt: skip


def signing_json(reader: Reader, mark: Signing) -> SigningJson:
    """A signature for programs."""
    at: datetime | None = mark.at
    return SigningJson(
        actor=mark.actor, actor_name=reader.name(mark.actor), capacity=mark.capacity,
        index=mark.index, recorded=None if at is None else at.isoformat(), kept=mark.kept,
        is_own=mark.is_own, is_controlled=mark.is_controlled, is_unchanged=mark.is_unchanged,
    )  # fmt: skip


def _is_confirmed(reader: Reader, document: Drawn) -> bool:
    return issuing.confirmed(reader, site().ledger, document) is not None


def _case(reader: Reader, document: Drawn) -> Case:
    case = access.case_of(reader, document)
    if case is None:
        raise ProblemError(409, "the document is of no case")
    return case


def _download(data: bytes, media: str, name: str) -> Response:
    response = Response(data, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _to_sign(reader: Reader, user: SignedIn, document: Drawn, told: _Told) -> dict[str, Any]:
    """What the case says of a document, to be signed by whoever did it."""
    case = _case(reader, document)
    author = Author(user.uri, document.office, site().ledger.now())
    drafted: Drafted = author.of_document(case, told.stage, told.said, told.digest, told.until)
    readers = {uri for row in drafted.kept for uri in row.audience.parties}
    names = {uri: reader.name(uri) for uri in readers}
    answer = statements(reader, user.uri, drafted.statement, names=names)
    answer["drafts"][0]["disclosures"] = disclosures_json(drafted.kept)
    return answer
