"""/api/v1/labels: labels of what one has, issued and voided by links that one signs oneself.

Nothing here signs: statements are answered as drafts, their serials kept, and go to
POST /api/v1/links. Whoever knows a serial can make its label, so only its holder is told. Issued
ones are printed: GET /api/v1/labels/<issues>.pdf, .zpl, .tspl.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.admission import acts
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.link import readable
from suyuan.trace.format.messages import TAGS, msg
from suyuan.trace.labels import item_labels
from suyuan.trace.labels.issued_labels import (
    OwnLabelsJson,
    again,
    counter,
    labelled_json,
    rooms,
    scanned,
    serial_of,
)
from suyuan.trace.labels.label import Label
from suyuan.trace.labels.label_files import MOST, Options, render
from suyuan.trace.labels.label_sizes import SIZES, find
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.files import serials
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import quota, targets
from suyuan.web.app.access import freshness
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import SIGNED_IN, Routes, binary
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.texts import language
from suyuan.web.text.texts import language as page_language

from ..ledger.to_sign import SignablesOut, link_to_sign, to_sign

routes = Routes("labels", tag="Labels", prefix="/api/v1/labels")
_LABELLING = Limit("labelling", "60/minute")
MOST_LOTS = 100  # statements of one draft
printing = Routes("labels_print", tag="Labels", prefix="/api/v1/labels")
MOST_ISSUES = 100
_ISSUES = re.compile(r"[0-9]{1,15}(,[0-9]{1,15})*", re.ASCII)
_PRINTED = {
    "pdf": "application/pdf",
    "zpl": "application/octet-stream",
    "tspl": "application/octet-stream",
}
_PRINT_FILE = binary(*sorted(set(_PRINTED.values())))
_PRINTING = {
    200: "The file",
    404: "No labels of one's own at that index, or no such kind of file",
    409: "All are void, a list is not here, or it is recalled or on hold",
}


class LabelsOfIn(BaseModel):
    """So many labels of an item."""

    item: Annotated[str, Field(max_length=2_000, description="Its URI")]
    count: Annotated[int, Field(ge=1, le=MOST)]


class LabelsIn(BaseModel):
    """Labels to be issued: of several items at once, each named once."""

    lots: Annotated[list[LabelsOfIn], Field(min_length=1, max_length=MOST_LOTS)]
    force: Annotated[bool, Field(description="Also of what is recalled or on hold")] = False


class SpoiledIn(BaseModel):
    """Labels to be voided."""

    labels: list[Annotated[str, Field(max_length=300)]] = Field(
        min_length=1, max_length=MOST, description="Serials, or what labels' codes say"
    )
    item: str | None = Field(
        None, max_length=2_000, description="Whose labels they are, where serials stand alone"
    )


class SerialsOut(BaseModel):
    """What one of the statements is about: in words, and the serials that it commits to."""

    item: str
    name: str
    serials: list[str]


class OverdrawnOut(BaseModel):
    """More labels than pieces: how many there will be, and how many pieces there were."""

    item: str
    issued: int
    had: int


class LabelsDraftOut(SignablesOut):
    """Links to sign, one for each item, with what they are about in the same order."""

    labels: list[SerialsOut]
    overdrawn: list[OverdrawnOut] = Field(
        description="What will be reported by the rule labels-overdrawn; it forbids nothing"
    )


@routes.get("", SIGNED_IN, output=OwnLabelsJson)
def listed(user: SignedIn, reader: Reader) -> dict[str, Any]:
    """What one has to label: scale codes, and the labels that were issued."""
    lots, more = counter(reader, site().ledger.home, user.uri, shown.uri)
    return {"party": user.uri, "lots": [labelled_json(lot) for lot in lots], "more": more}


@routes.post(
    "/draft",
    SIGNED_IN,
    limit=_LABELLING,
    output=LabelsDraftOut,
    answers={409: "It is recalled or on hold"},
)
def issue(user: SignedIn, reader: Reader, body: LabelsIn) -> dict[str, Any]:
    """The statements that issue so many labels, with fresh serials, whose lists are kept.

    A problem of a value has the `field` that it is in: `lots`, or an item's URI.
    """
    if sum(lot.count for lot in body.lots) > MOST:
        raise ProblemError(422, "at most %s labels at once", MOST, field="lots")
    counts = {targets.item_uri(lot.item): lot.count for lot in body.lots}
    if len(counts) < len(body.lots):
        raise ProblemError(422, "an item is named twice: give its labels as one", field="lots")
    ledger = site().ledger
    names = {item: _labelled(reader, user.uri, item, force=body.force) for item in counts}
    made = {item: serials.new(count) for item, count in counts.items()}
    overdrawn = [
        {"item": item, "issued": room.issued + counts[item], "had": room.had}
        for item, room in rooms(Lineage(reader), user.uri, list(counts)).items()
        if room.issued + counts[item] > room.had
    ]
    quota.take_labels(user.uri, len(made), sum(counts.values()))
    serials.sweep_drafts(reader, ledger.home)
    return _drafts(user.uri, names, made, "issue") | {"overdrawn": overdrawn}


@routes.post("/void/draft", SIGNED_IN, limit=_LABELLING, output=LabelsDraftOut)
def void(user: SignedIn, reader: Reader, body: SpoiledIn) -> dict[str, Any]:
    """The statements that declare labels void. A problem of a value has the `field` labels."""
    ledger = site().ledger
    item = None if body.item is None else targets.item_uri(body.item)
    chosen: dict[str, list[str]] = {}
    with as_problem(422, LedgerError, field="labels"):
        for text in body.labels:
            of, serial = _spoiled(reader, user.uri, text.strip(), item)
            chosen.setdefault(of, []).append(serial)
        made = {
            of: again(reader, ledger.home, of, user.uri, issue=None, chosen=named)
            for of, named in chosen.items()
        }
    quota.take_labels(user.uri, len(made), sum(map(len, made.values())))
    names = item_labels.names_of(reader, site().genesis, sorted(made), user.uri)
    named = {of: names[of] or of for of in made}
    return _drafts(user.uri, named, made, "void") | {"overdrawn": []}


def _labelled(reader: Reader, actor: str, item: str, *, force: bool) -> str:
    """The name of an item on its labels; ProblemError where it may have none."""
    with as_problem(422, LedgerError, field=item):
        kind = item_labels.kind(reader, site().ledger.trust, item, actor, language())
    if kind.stopped and not force:
        status = kind.stopped[0]
        act = codes.shown(act_code(status.act.uri, site().host))
        raise ProblemError(
            409,
            "it is %s (act %s): labels would put it on sale",
            msg("recalled") if status.is_recall else msg("on hold"),
            act,
            field=item,
            stopped="recall" if status.is_recall else "hold",
        )
    return kind.product


def _spoiled(reader: Reader, actor: str, text: str, item: str | None) -> tuple[str, str]:
    """The item and the serial of a label; LedgerError where one never issued it."""
    code, serial = scanned(text)
    if code is not None:
        owner = reader.codes([code]).get(code)
        if owner is None or owner[1] != actor:
            raise LedgerError("%s is no label of yours", text[:100])
        return owner[0], serial
    if item is not None:
        return item, serial
    for lot in counter(reader, site().ledger.home, actor, shown.uri)[0]:
        if any(serial in (issue.serials or ()) for issue in lot.issues):
            return lot.item, serial
    raise LedgerError(
        "label %s is of nothing that you have: give what its code says, or the trace "
        "code that stands on it, a slash, and the serial",
        serial,
    )


def _drafts(
    actor: str, names: Mapping[str, str], made: Mapping[str, Sequence[str]], op: str
) -> dict[str, Any]:
    codes_of = {item: codes.shown(codes.of_chain(item, actor)) for item in names}
    drafts, labels = [], []
    for item, issued in made.items():
        serials.keep_draft(site().ledger.home, item, actor, issued)
        drafts.append(link_to_sign([item], statement=acts.labels(issued, op)))
        labels.append({"item": item, "name": names[item], "serials": sorted(issued)})
    titles = {item: f"{name} {codes_of[item]}" for item, name in names.items()}
    return to_sign(actor, drafts, titles) | {"labels": labels}


class PrintIn(BaseModel):
    """How labels are printed."""

    size: Annotated[str, Among(SIZES)] = Field(
        "60x40", description="Of a roll's label in millimetres, or a sheet's grid"
    )
    language: Literal["zh", "en"] | None = Field(None, description="Of the words on them")
    dpi: Annotated[int, Field(ge=150, le=600, description="Of the label printer")] = 203
    gap: Annotated[float, Field(ge=0, le=20, description="Millimetres between labels")] = 2.0
    skip: Annotated[int, Field(ge=0, le=64, description="Labels of the first sheet used up")] = 0
    serial: str | None = Field(None, max_length=300, description="This label only")
    again: bool = Field(False, description="They were printed before, and say so")
    force: bool = Field(False, description="Also of what is recalled or on hold")


@printing.get(
    "/<issues>.<kind>",
    SIGNED_IN,
    limit="printing 60/minute",
    content={200: _PRINT_FILE},
    answers=_PRINTING,
)
def printed(user: SignedIn, issues: str, kind: str, query: PrintIn) -> Response:
    """The labels of statements of one's own, named by their indexes: 12, or several: 12,15.

    Those that were voided since are left out. With the same serials each time: nothing is issued.
    """
    if kind not in _PRINTED:
        raise ProblemError(404, "labels come as .%s", ", .".join(_PRINTED))
    if not _ISSUES.fullmatch(issues) or issues.count(",") >= MOST_ISSUES:
        raise ProblemError(422, "name up to %s statements by their indexes, as 12,15", MOST_ISSUES)
    indexes = list(dict.fromkeys(map(int, issues.split(","))))
    freshness.require_all()  # labels do not say as of when they are: none that was voided since
    ledger = site().ledger
    language = query.language or page_language()
    made: list[Label] = []
    titles = []
    with ledger.reading() as reader:
        for index in indexes:
            item = _issued(reader, user.uri, index)
            with as_problem(409, LedgerError):
                label_kind = item_labels.kind(reader, ledger.trust, item, user.uri, language)
                chosen = () if query.serial is None else (serial_of(query.serial, item, user.uri),)
                good = again(reader, ledger.home, item, user.uri, issue=index, chosen=chosen)
            if label_kind.stopped and not query.force:
                raise ProblemError(409, "%s is recalled or on hold: it is not to be sold", item)
            base = site().base_url
            made += [label_kind.label(base, serial, is_again=query.again) for serial in good]
            titles.append(f"{label_kind.product} {codes.shown(label_kind.code)}")
    return _file(made, kind, query, titles, f"labels-{'-'.join(map(str, indexes[:5]))}.{kind}")


def _file(
    made: Sequence[Label], kind: str, query: PrintIn, titles: Sequence[str], name: str
) -> Response:
    if len(made) > MOST:
        raise ProblemError(422, "at most %s labels in one file", MOST)
    options = Options(
        find(query.size), site().ledger.now(), ", ".join(titles)[:200],
        TAGS[query.language or page_language()], query.dpi, 3, query.skip, query.gap,
    )  # fmt: skip
    with as_problem(422, LedgerError, field="size"):
        data = render(f".{kind}", made, options)
    response = Response(data, content_type=_PRINTED[kind])
    how = "inline" if kind == "pdf" else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _issued(reader: Reader, actor: str, index: int) -> str:
    """The item whose labels one's own statement at an index issues."""
    stored = reader.link(index) if index < reader.size() else None
    link = None if stored is None else readable(stored.entry)
    stated = None if link is None else link.statement
    if link is None or stated is None or link.actor != actor or stated["type"] != "labels":
        raise ProblemError(404, "no labels of yours were issued at index %s", index)
    if stated["op"] != "issue":
        raise ProblemError(404, "the statement at index %s voids labels, and issues none", index)
    return link.items[0].item
