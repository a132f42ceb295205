"""/api/v1: what consumers send: reports of problems, and photos of codes to be read."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, Field

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.trace import complaints, symbols
from suyuan.trace.complaints import MAX_CONTACT, MAX_TEXT
from suyuan.trace.papers import MAX_BYTES
from suyuan.trace.pictures import PictureError

from . import complaining, scan, session_guard, targets
from .api_reports import Kind
from .context import site
from .limiting import limited
from .problems import ProblemError
from .targets import NotOurs

blueprint = APIBlueprint("consumers", __name__, url_prefix="/api/v1", tag="Consumers")
LONGEST = 2_000
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

    text: str = Field(max_length=LONGEST)
    path: str = Field(description="The page of this site that the code asks for")


@blueprint.before_request
def _guard() -> None:
    if request.endpoint == f"{blueprint.name}.{reported.__name__}":
        session_guard.of_script()


@blueprint.post("/reports")
@blueprint.input(ReportIn, arg_name="said")
@blueprint.output(ReceiptOut, 201)
@limited("report", complaining.MOST)
def reported(said: ReportIn) -> dict[str, Any]:
    """Report a problem with a food or its label, as anybody may; it is not public."""
    where = site()
    try:
        with where.ledger.reading() as reader:
            target = targets.by_code(reader, where.host, said.code, said.serial or None)
    except NotOurs:
        raise ProblemError(422, "this is no code of this ledger", field="code") from None
    photo = None if said.photo is None else _decoded(said.photo)
    try:
        found = complaining.keep(target, said.kind, said.text.strip(), said.contact.strip(), photo)
    except PictureError as error:
        raise ProblemError(422, str(error), field="photo") from None
    return {"number": complaints.shown(found.number)}


@blueprint.post("/scan")
@blueprint.output(ReadOut)
@limited("scan", scan.MOST)
def read() -> dict[str, Any]:
    """The code in a photo, which is the body; it is not kept. 422 where there is none in it."""
    data = request.get_data(cache=False)
    if len(data) > MAX_BYTES:
        raise ProblemError(413, f"a photo may have {MAX_BYTES >> 20} MB")
    try:
        found = symbols.read(data)
    except PictureError as error:
        raise ProblemError(422, str(error), field="photo") from None
    if not found:
        raise ProblemError(422, "no code was found in the photo", field="code")
    return {"text": found[0][:LONGEST], "path": scan.path_of(found[0])}


def _decoded(text: str) -> bytes:
    try:
        return base64.decode(text)
    except EncodingError:
        raise ProblemError(422, "a photo is sent as base64, padded", field="photo") from None
