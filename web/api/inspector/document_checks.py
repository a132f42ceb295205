"""/api/v1/documents/check, /api/v1/seals: for who holds a document's PDF, and for readers of it."""

from datetime import timedelta
from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.format.json_values import Form, described
from suyuan.trace.inspection.documents import issuing
from suyuan.trace.inspection.documents.document_check import Check, check
from suyuan.trace.inspection.documents.signed import Signing
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.trace.store.beside.office.documents import by_hash
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import documents as access
from suyuan.web.app.limits import CHECKING, READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, Routes, binary
from suyuan.web.context import site

_KEPT = timedelta(hours=1)
_ROOT, _REVOKED = "application/pkix-cert", "application/pkix-crl"


class ConditionsJson(Form):
    """A signature, and the four conditions of article 13 of the Electronic Signature Law."""

    capacity: str
    index: int
    is_own: bool = described("The key is the signer's own")
    is_controlled: bool = described("It was in the signer's sole control, as far as it is known")
    is_unchanged: bool = described("A change of the signature would be found: there is none")
    is_content_unchanged: bool = described("A change of the content would be found: there is none")


class CheckJson(Form):
    """What is found of a document."""

    number: str
    form: str
    office: str
    match: str | None = described("`sealed`, `unsealed`, or `other` for any other file")
    is_sealed: bool
    is_intact: bool | None = described("Whether what is sealed was not changed since")
    is_trusted: bool | None = described("Whether the seal is the office's, and was good")
    signatures: list[ConditionsJson]


class CheckIn(BaseModel):
    """A document's number, or a PDF's hash, or both."""

    code: str | None = Field(None, max_length=40, description="The code in its QR")
    sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="Of the PDF that one holds"
    )


class OfficeIn(BaseModel):
    """Whose seals."""

    office: Annotated[str, Field(max_length=512, description="The office's URI")]


routes = Routes("document_checks", tag="Documents")


@routes.get("/documents/check", ANYBODY, limit=CHECKING, output=CheckJson,
            answers={404: "No document of this ledger: changed, or no office's here"})  # fmt: skip
def checked(reader: Reader, query: CheckIn) -> CheckJson:
    """Whether a PDF is a document of this ledger, who signed it, and whether its seal is good.

    Nobody is named who does not stand in the ledger's own records.
    """
    document = None if query.sha256 is None else by_hash(reader, query.sha256)
    if query.code is not None:
        document = access.found(reader, query.code)
    if document is None:
        raise ProblemError(404, "no document of this ledger has this hash")
    case = access.case_of(reader, document)
    found = check(reader, site().ledger, document, case, query.sha256)
    seal = found.seal
    return CheckJson(
        number=document.number, form=document.form, office=document.office, match=found.match,
        is_sealed=document.sealed is not None, is_intact=None if seal is None else seal.is_intact,
        is_trusted=None if seal is None else seal.is_trusted,
        signatures=[_conditions(found, one) for one in found.signed.all],
    )  # fmt: skip


@routes.get("/seals/root", ANYBODY, limit=READING, content={200: binary(_ROOT)},
            answers={200: "The certificate, DER", 404: "The office has no seal here"})  # fmt: skip
def root(query: OfficeIn) -> Response:
    """The root certificate of an office's seals, for readers of PDF to trust."""
    return _served(_seals(query.office).root.public_bytes(Encoding.DER), _ROOT)


@routes.get("/seals/revoked", ANYBODY, limit=READING, content={200: binary(_REVOKED)},
            answers={200: "The list, DER", 404: "The office has no seal here"})  # fmt: skip
def revoked(query: OfficeIn) -> Response:
    """The seal keys of an office that are revoked (a certificate revocation list)."""
    return _served(_seals(query.office).crl.public_bytes(Encoding.DER), _REVOKED)


def _seals(office: str) -> OfficeSeals:
    seals = issuing.seals_of(site().ledger, office)
    if not seals.is_here:
        raise ProblemError(404, "the office has no seal here")
    return seals


def _served(data: bytes, media: str) -> Response:
    response = Response(data, content_type=media)
    response.headers["Cache-Control"] = f"public, max-age={int(_KEPT.total_seconds())}"
    return response


def _conditions(found: Check, one: Signing) -> ConditionsJson:
    return ConditionsJson(
        capacity=one.capacity, index=one.index, is_own=one.is_own,
        is_controlled=one.is_controlled, is_unchanged=one.is_unchanged,
        is_content_unchanged=found.is_whole,
    )  # fmt: skip
