"""GET /api/v1/labels/<issues>.pdf, .zpl, .tspl: labels that were issued, as a file to print."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.messages import TAGS
from suyuan.trace.format.rules import Refused
from suyuan.trace.labels import item_labels
from suyuan.trace.labels.issued_labels import again, serial_of
from suyuan.trace.labels.label import Label
from suyuan.trace.labels.label_files import MOST, Options, render
from suyuan.trace.labels.label_sizes import find
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import freshness
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes, binary
from suyuan.web.context import site
from suyuan.web.text.texts import language as page_language

routes = Routes("labels_print", tag="Labels", prefix="/api/v1/labels")
MOST_ISSUES = 100
_ISSUES = re.compile(r"[0-9]{1,15}(,[0-9]{1,15})*", re.ASCII)
_MEDIA = {
    "pdf": "application/pdf",
    "zpl": "application/octet-stream",
    "tspl": "application/octet-stream",
}
_FILE = binary(*sorted(set(_MEDIA.values())))
_ANSWERS = {
    200: "The file",
    404: "No labels of one's own at that index, or no such kind of file",
    409: "All are void, a list is not here, or it is recalled or on hold",
}


class PrintIn(BaseModel):
    """How labels are printed."""

    size: Annotated[
        Literal["40x30", "50x30", "60x40", "a4-3x8", "a4-3x7", "a4-2x7", "a4-5x13"],
        Field(description="Of a roll's label in millimetres, or a sheet's grid"),
    ] = "60x40"
    language: Literal["zh", "en"] | None = Field(None, description="Of the words on them")
    dpi: Annotated[int, Field(ge=150, le=600, description="Of the label printer")] = 203
    gap: Annotated[float, Field(ge=0, le=20, description="Millimetres between labels")] = 2.0
    skip: Annotated[int, Field(ge=0, le=64, description="Labels of the first sheet used up")] = 0
    serial: str | None = Field(None, max_length=300, description="This label only")
    again: bool = Field(False, description="They were printed before, and say so")
    force: bool = Field(False, description="Also of what is recalled or on hold")


@routes.get(
    "/<issues>.<kind>",
    SIGNED_IN,
    limit="printing 60/minute",
    content={200: _FILE},
    answers=_ANSWERS,
)
def printed(who: SignedIn, issues: str, kind: str, query: PrintIn) -> Response:
    """The labels of statements of one's own, named by their indexes: 12, or several: 12,15.

    Those that were voided since are left out. With the same serials each time: nothing is issued.
    """
    if kind not in _MEDIA:
        raise ProblemError(404, f"labels come as .{', .'.join(_MEDIA)}")
    indexes = _indexes(issues)
    freshness.require_all()  # labels do not say as of when they are: none that was voided since
    ledger = site().ledger
    language = query.language or page_language()
    made: list[Label] = []
    titles = []
    with ledger.reading() as reader:
        for index in indexes:
            item = _issued(reader, who.uri, index)
            try:
                found = item_labels.kind(reader, ledger.trust, item, who.uri, language)
                chosen = () if query.serial is None else (serial_of(query.serial, item, who.uri),)
                good = again(reader, ledger.home, item, who.uri, issue=index, chosen=chosen)
            except LedgerError as error:
                raise ProblemError(409, error) from None
            if found.stopped and not query.force:
                raise ProblemError(409, f"{item} is recalled or on hold: it is not to be sold")
            base = site().base_url
            made += [found.label(base, serial, is_again=query.again) for serial in good]
            titles.append(f"{found.product} {codes.shown(found.code)}")
    return _file(made, kind, query, titles, f"labels-{'-'.join(map(str, indexes[:5]))}.{kind}")


def _file(
    made: Sequence[Label], kind: str, asked: PrintIn, titles: Sequence[str], name: str
) -> Response:
    if len(made) > MOST:
        raise ProblemError(422, f"at most {MOST} labels in one file")
    options = Options(
        find(asked.size), site().ledger.now(), ", ".join(titles)[:200],
        TAGS[asked.language or page_language()], asked.dpi, 3, asked.skip, asked.gap,
    )  # fmt: skip
    try:
        data = render(f".{kind}", made, options)
    except LedgerError as error:
        raise ProblemError(422, error, field="size") from None
    response = Response(data, content_type=_MEDIA[kind])
    how = "inline" if kind == "pdf" else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _indexes(text: str) -> list[int]:
    if not _ISSUES.fullmatch(text) or text.count(",") >= MOST_ISSUES:
        raise ProblemError(422, f"name up to {MOST_ISSUES} statements by their indexes, as 12,15")
    return list(dict.fromkeys(map(int, text.split(","))))


def _issued(reader: Reader, actor: str, index: int) -> str:
    """The item whose labels one's own statement at an index issues."""
    stored = reader.link(index) if index < reader.size() else None
    try:
        link = None if stored is None else parse(stored.entry)
    except Refused:
        link = None
    said = None if link is None else link.statement
    if link is None or said is None or link.actor != actor or said["type"] != "labels":
        raise ProblemError(404, f"no labels of yours were issued at index {index}")
    if said["op"] != "issue":
        raise ProblemError(404, f"the statement at index {index} voids labels, and issues none")
    return link.items[0].item
