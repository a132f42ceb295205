"""/api/v1/attachments: certificates, delivery notes and photographs that events name."""

from typing import Annotated, Any, Literal

from flask import Response, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import BadRequest, ClientDisconnected

from suyuan.trace.format.link import readable
from suyuan.trace.format.members import digest
from suyuan.trace.recording import papers, thumbnails
from suyuan.trace.recording.papers import MAX_BYTES, Opened, PaperError
from suyuan.trace.recording.pictures import PictureError
from suyuan.trace.store.files import media
from suyuan.web.app import quota
from suyuan.web.app.access import viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import SIGNED_IN, VIEWER, Routes, binary
from suyuan.web.context import site

routes = Routes("attachments", tag="Attachments")
_BODY = {
    **binary(*papers.EXTENSIONS),
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "salt": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9_-]{43}$",
                    "description": "Of a private file: 32 random bytes in base64url",
                },
            },
        }
    },
}
FIELD = "file"
SALT = "salt"
POLICY = "sandbox; default-src 'none'"
_REMEMBERED = 4_096
_kinds: dict[str, str] = {}


class PaperOut(BaseModel):
    """A file that is kept: by these three an event names it."""

    sha256: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="Of the content; of a private file, of its salt and the content",
    )
    size: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    type: Annotated[str, Field(description="What it is by its content")]


class NamingIn(BaseModel):
    """Which link names the file."""

    link: Annotated[int, Field(ge=0, le=(1 << 53) - 1, description="The link's index")]


class PictureIn(NamingIn):
    """Which link names the file, and how large the picture is to be."""

    size: Literal["small", "large"] = Field(
        "small", description="`small`: 320 pixels at most, `large`: 960"
    )


@routes.post(
    "/attachments", SIGNED_IN, limit="attaching 60/minute", output=PaperOut, status=201, media=_BODY
)
def attached(user: SignedIn) -> dict[str, Any]:
    """Keep a PDF, JPEG, PNG or WebP, durable before this is answered; the same file is kept once.

    The body is the file, or a form with it as `file`; with a `salt` in the form, 32 random bytes in
    base64url, it is a private one. A file that no link names within 7 days is removed. A party may
    send 1,000 files and 1,000 MB a day; then 429, with Retry-After until the next day begins.
    """
    data, salt = _body(), _salt()
    if not data:
        raise ProblemError(422, "the file is empty", field=FIELD)
    if len(data) > MAX_BYTES:
        raise ProblemError(413, "a file may have %s MB", MAX_BYTES >> 20, field=FIELD)
    with as_problem(422, PaperError, field=FIELD):
        paper = papers.examine(data, salt)
    quota.take(user.uri, len(data))
    if salt is None:
        site().ledger.attachments.offer(data)
    else:
        site().ledger.private_files.offer(salt, data)
    return {"sha256": paper.sha256, "size": paper.size, "type": paper.type}


@routes.get(
    "/attachments/<name>",
    VIEWER,
    limit=READING,
    content={200: binary(*papers.EXTENSIONS)},
    answers={
        200: "The file",
        403: "The file is not public: sign in as a party that it is shown to",
        404: "No file here that this link names",
    },
)
def attachment(name: str, query: NamingIn) -> Response:
    """A file that the event of a link names, as it was signed.

    Never to be run: its type is what it is by content, and it opens in a sandbox or not at all. A
    private file opens for those who are shown its salt, a photograph in a report on a recall for
    its reporter and for officers; others are answered 403.
    """
    opened = _opened(name, query.link)
    kind = _kind(name, opened.data)
    if kind is None:
        raise ProblemError(404, "what this link names is no file that is shown")
    return _served(name, opened.data, kind, is_open=opened.is_open)


@routes.get(
    "/attachments/<name>/picture",
    VIEWER,
    limit=READING,
    content={200: binary(media.JPEG)},
    answers={
        200: "A small picture",
        403: "The file is not public: sign in as a party that it is shown to",
        404: "No file here that this link names, or none that can be drawn",
    },
)
def picture(name: str, query: PictureIn) -> Response:
    """A small picture of a file, of a PDF its first page: for whom the file itself is."""
    opened = _opened(name, query.link)
    try:
        small = thumbnails.thumbnail(
            site().ledger, name, opened.data, query.size, is_open=opened.is_open
        )
    except PictureError as error:
        raise ProblemError(404, error) from None
    return _served(f"{name}-{query.size}", small, media.JPEG, is_open=opened.is_open)


def _opened(name: str, index: int) -> Opened:
    """The content of a file that the link at an index names, for this viewer; or a problem."""
    ledger = site().ledger
    with ledger.reading() as reader:
        stored = reader.link(index) if digest(name) else None
        link = None if stored is None else readable(stored.entry)
        opened = None if link is None else papers.opened(ledger, reader, link, name, viewer.uri())
        if opened is None and link is not None and papers.is_for_some(link, name):
            raise ProblemError(403, "this file is not for everybody, or was erased: sign in")
    if opened is None:
        raise ProblemError(404, "no file here that this link names")
    return opened


def _kind(name: str, data: bytes) -> str | None:
    """The type of a content by its name, looked at once; None for what is not shown."""
    if name not in _kinds:
        try:
            media = papers.examine(data).type
        except PaperError:  # not kept in mind: on a busy machine its time may have been short
            return None
        if len(_kinds) >= _REMEMBERED:
            _kinds.clear()
        _kinds[name] = media
    return _kinds[name]


def _served(name: str, data: bytes, kind: str, *, is_open: bool) -> Response:
    response = Response(data, content_type=kind)
    how = "attachment" if kind == media.PDF else "inline"
    file = f"{name[:12]}.{papers.EXTENSIONS[kind]}"
    response.headers["Content-Disposition"] = f'{how}; filename="{file}"'
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not is_open:  # an erasure, or a remit that ended, counts from the next request on
        response.headers["Cache-Control"] = "private, no-store"
        response.vary.add("Cookie")
        return response
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.set_etag(name)
    response.make_conditional(request)
    return response


def _salt() -> bytes | None:
    """The salt in the form; None where there is none, and the file is for everybody."""
    if request.mimetype != "multipart/form-data" or SALT not in request.form:
        return None
    salt = papers.salt_of(request.form[SALT])
    if salt is None:
        raise ProblemError(422, "a salt is 32 random bytes in base64url", field=SALT)
    return salt


def _body() -> bytes:
    """The file that the request carries, at most one byte more than is allowed."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get(FIELD)
        if file is None:
            raise ProblemError(422, "the form has no %s", FIELD, field=FIELD)
        try:
            return bytes(file.read(MAX_BYTES + 1))
        finally:
            for other in request.files.values():
                other.close()
    request.max_content_length = 1 << 62  # so that it is refused by its own limit
    try:
        return request.stream.read(MAX_BYTES + 1)
    except (ClientDisconnected, OSError):
        raise BadRequest("the body ended before its end") from None
