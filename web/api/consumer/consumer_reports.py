"""/api/v1: what consumers send: reports of problems, and photos of codes to be read."""

from typing import Any

from pydantic import BaseModel, Field

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import MAX_CONTACT, MAX_TEXT, Kind
from suyuan.trace.recording.papers import MAX_BYTES
from suyuan.trace.recording.pictures import PictureError
from suyuan.web.app import targets, uploads
from suyuan.web.app.limits import REPORTING, SCANNING
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, Routes, binary
from suyuan.web.app.targets import NotOurs
from suyuan.web.context import site

routes = Routes("consumers", tag="Consumers")
_BASE64 = 4 * MAX_BYTES // 3 + 4


class ReportIn(BaseModel):
    """A problem with a food or its label."""

    code: str = Field(min_length=1, max_length=600, description="The code on the label")
    serial: str = Field("", max_length=60, description="The label's own number, if it has one")
    kind: Kind
    text: str = Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")
    contact: str = Field("", max_length=MAX_CONTACT, description="For questions; nobody else's")
    photo: str | None = Field(
        None, max_length=_BASE64, description="Base64 of a JPEG, PNG or WebP of at most 7 MiB"
    )


class ReceiptOut(BaseModel):
    """That a report was received."""

    number: str = Field(description="The receipt number, which /report/<number> knows")


class ReadOut(BaseModel):
    """What a photo's code says."""

    text: str = Field(max_length=targets.LONGEST)
    path: str = Field(description="The page of this site that the code asks for")


@routes.post("/reports", ANYBODY, limit=REPORTING, output=ReceiptOut, status=201)
def reported(body: ReportIn) -> dict[str, Any]:
    """Report a problem with a food or its label, as anybody may; it is not public."""
    where = site()
    try:
        with where.ledger.reading() as reader:
            target = targets.by_code(reader, where.host, body.code, body.serial or None)
    except NotOurs:
        raise ProblemError(422, "this is no code of this ledger", field="code") from None
    photo = None if body.photo is None else _decoded(body.photo)
    with as_problem(422, PictureError, field="photo"):
        found = uploads.keep_report(
            target, body.kind, body.text.strip(), body.contact.strip(), photo
        )
    return {"number": complaints.shown(found.number)}


@routes.post(
    "/scan",
    ANYBODY,
    limit=SCANNING,
    output=ReadOut,
    media=binary(*uploads.PHOTOS),
    answers={422: "No picture, or no code in it"},
    from_anywhere=True,
)
def read() -> dict[str, Any]:
    """The code in a photo, which is the body; it is not kept. 422 where there is none in it."""
    text = uploads.code_in_photo()
    return {"text": text, "path": targets.code_path(text)}


def _decoded(text: str) -> bytes:
    try:
        return base64.decode(text)
    except EncodingError:
        raise ProblemError(422, "a photo is sent as base64, padded", field="photo") from None
