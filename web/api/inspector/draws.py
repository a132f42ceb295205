"""/api/v1/draws: an office's draws, what is signed to go on with one, the file that shows it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.evidence.bundle import EvidenceError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.messages import msg
from suyuan.trace.format.statements import subject
from suyuan.trace.format.times import zone
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.draws import draw_book, draw_drafts, draw_file
from suyuan.trace.inspection.draws.draw import MAX_POOL, DrawError
from suyuan.trace.inspection.draws.draw_drafts import Beacon, DrawOver
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import draws as access
from suyuan.web.app.access import offices, remits, viewer
from suyuan.web.app.access.draws import Checked, Shown
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.mistakes import FieldError
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, ENTRIES, INSPECTOR, Routes, binary
from suyuan.web.context import site

from ..ledger.to_sign import disclosures_json, link_to_sign, to_sign
from .cases import StageDraftsOut

MOST = 30
MOST_GRADED = 1_000  # each is graded anew from its records; more are, by the command
_NOT_FOUND = {404: "No such draw"}
_CODE = {"draw": "The draw's code"}
Line = Annotated[str, Field(max_length=512)]
Word = Annotated[str, Field(max_length=64)]


class StatedJson(Form):
    """A statement of a draw."""

    op: str
    index: int
    recorded: str
    actor: str
    reason: str | None


class DrawnJson(Form):
    """One drawn, its inspectors, and the inspection of it that was recorded since."""

    id: str
    stratum: str
    inspectors: list[str]
    inspected: int | None = described("The record's index")
    by: list[str]


class DrawJson(Form):
    """A draw; whom it drew is public once it is opened, and its own office's before."""

    draw: str
    code: str
    office: str | None
    beacon: str
    round: str
    since: str = described("From when on the public value exists")
    ending: str | None = described("`reveal` or `abort`")
    statements: list[StatedJson]
    drawn: list[DrawnJson] = described("The first of them; the file has all")
    more: int = described("How many more are drawn")
    like: list[str] = described("Other draws of the office near it in time, of its list or value")
    due: str | None = described("Until when the results of its checks are to be public")


class DrawRowJson(Form):
    """A draw in a list."""

    draw: str
    code: str
    office: str | None
    committed: str | None
    since: str | None
    ending: str | None


class DrawsJson(Form):
    """A page of draws, the newest first."""

    draws: list[DrawRowJson]
    before: int | None = described("Before which index the next page begins; null at the end")


class DrawsIn(BaseModel):
    """Which draws."""

    office: Line | None = Field(None, description="Of one office: its URI")
    before: int | None = Field(None, ge=0, le=1 << 53, description="As an answer said")


class CommitIn(BaseModel):
    """A draw to be made among the parties of one's remit, by the inspectors of one's office."""

    draw: dict[Word, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        max_length=50, description="How many of each stratum"
    )
    strata: Literal["role", "grade"] = Field(
        "role", description="What strata are: first roles, or the grades of today of those graded"
    )
    team: int = Field(2, ge=1, le=20, description="How many inspectors each one gets")
    beacon: Word = "drand quicknet"
    round: Word = Field(description="Which value of the beacon: one that does not exist yet")
    since: str = Field("", max_length=25, description="From when on it exists, 2026-12-24T20:00")
    title: Annotated[str, Field(max_length=200)] = ""
    avoids: dict[Line, Annotated[list[Line], Field(max_length=1_000)]] = Field(
        {}, max_length=1_000, description="By inspector, the parties that it avoids"
    )


class GoOnIn(BaseModel):
    """What is stated of a draw next."""

    op: Literal["replace", "reveal", "abort"]
    of: Line = Field("", description="Who is replaced")
    at: Line | None = Field(None, description="The one drawn whose inspector is replaced")
    reason: Annotated[str, Field(max_length=500)] = ""


class ValueIn(BaseModel):
    """The public value of a draw's round."""

    value: Annotated[str, Field(min_length=1, max_length=512)]


class DrawDraftOut(StageDraftsOut):
    """One link to sign, and the draw that it is of, as `case`."""


routes = Routes("draws", tag="Draws")


@routes.get("/draws", ANYBODY, limit=READING, output=DrawsJson)
def listed(reader: Reader, query: DrawsIn) -> DrawsJson:
    """Draws of all offices, those aborted and never opened too."""
    rows: list[DrawRowJson] = []
    before: int | None = None
    for act in draw_book.draws_of(reader, query.office, query.before):
        if len(rows) == MOST:
            before = act.leaf + 1
            break
        times = ActBook(reader).times([act.leaf])
        at = None if act.leaf not in times else _instant(times[act.leaf])
        since = draw_book.commitment(reader, act).get("from")
        code = act_code(act.uri, site().host)
        rows.append(DrawRowJson(act.uri, code, act.office, at, since, act.ending))
    return DrawsJson(rows, before)


@routes.get("/draws/<draw>", ANYBODY, limit=READING, output=DrawJson, answers=_NOT_FOUND,
            parameters=_CODE)  # fmt: skip
def shown(draw: str, reader: Reader) -> DrawJson:
    """A draw's course, others like it; once it is opened whom it drew, and who inspected them."""
    return _json(access.shown(reader, draw))


@routes.get("/draws/<draw>/file", ENTRIES, limit="draw-files 60/minute", answers=_NOT_FOUND,
            parameters=_CODE, content={200: binary(draw_file.MEDIA_TYPE)},
            patient=True)  # fmt: skip
def file(draw: str, reader: Reader) -> Response:
    """The file by which anybody recomputes a draw offline: `suyuan draw verify FILE`."""
    found = access.find(reader, draw)
    with as_problem(409, LedgerError, EvidenceError):
        data = draw_book.export(reader, site().ledger, found).encode()
    response = Response(data, content_type=draw_file.MEDIA_TYPE)
    name = f"{found.code}{draw_file.SUFFIX}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@routes.post("/draws/draft", INSPECTOR, limit="draws 20/minute", output=DrawDraftOut)
def draft(user: SignedIn, reader: Reader, body: CommitIn) -> dict[str, Any]:
    """The commitment to a draw; its nonce and lists are kept on this server until it is opened."""
    _require_own_device(user)
    ledger = site().ledger
    people: dict[str, list[str]] = {one.uri: [] for one in offices.people(reader)}
    for one, avoids in body.avoids.items():
        if one not in people:
            raise FieldError("avoids", "unknown", msg("no inspector of your office"))
        try:
            people[one] = [parties.read(text, site().host) for text in avoids]
        except IdentifierError as error:
            raise FieldError("avoids", "unknown", error.message) from None
    try:
        stratum: draw_drafts.Stratum = draw_drafts.by_role
        about = dict[str, str]()
        if body.strata == "grade":
            stratum, about = draw_drafts.by_grade(reader, ledger, remits.today())
        most = MAX_POOL if not about else MOST_GRADED
        pool = draw_drafts.pool_of(reader, viewer.remit(), stratum, most)
        about["title"] = body.title.strip()
        files = draw_drafts.files_of(pool, people, body.draw, body.team, about)
    except DrawError as error:
        raise FieldError("draw", "draw", error.message) from None
    try:
        since = datetime.fromisoformat(body.since) if body.since else None
        since = since if since is None or since.tzinfo else since.replace(tzinfo=zone())
        beacon = Beacon(body.beacon.strip(), body.round.strip(), since)
        made = draw_drafts.commit(files, beacon, site().host, ledger.now())
    except LedgerError as error:
        raise FieldError("since", "value", error.message) from None
    except (ValueError, OverflowError):
        raise FieldError("since", "value", msg("A day and time, 2026-12-24T20:00.")) from None
    store = DrawsKept(ledger.home)
    store.sweep(ledger.now().timestamp(), lambda uri: reader.act(uri) is not None)
    store.keep(made.code, made.kept)
    return _to_sign(reader, user, made.draft, [], made.code)


@routes.post("/draws/<draw>/draft", INSPECTOR, limit="draws 20/minute", output=DrawDraftOut,
             answers=_NOT_FOUND | {409: "Nothing can be stated of it now"},
             parameters=_CODE)  # fmt: skip
def next_draft(draw: str, user: SignedIn, reader: Reader, body: GoOnIn) -> dict[str, Any]:
    """What replaces one drawn by the next rank, opens a draw, or aborts it."""
    _require_own_device(user)
    found, kept = access.of_office(reader, draw)
    hidden: list[Kept] = []
    with as_problem(422, LedgerError), as_problem(409, DrawOver, DrawError, CannotDecide):
        if body.op == "abort":
            made = draw_drafts.abort(found, body.reason, user.uri)
        elif body.op == "reveal":
            made = draw_drafts.reveal(found, kept, user.uri)
        else:
            made, hidden, _ = draw_drafts.replacing(
                found, kept, body.of, at=body.at, reason=body.reason, actor=user.uri
            )
    return _to_sign(reader, user, made, hidden, found.code)


@routes.post("/draws/<draw>/value", INSPECTOR, limit="draws 20/minute", output=DrawJson,
             answers=_NOT_FOUND | {409: "It is over"}, parameters=_CODE)  # fmt: skip
def value(draw: str, user: SignedIn, reader: Reader, body: ValueIn) -> DrawJson:
    """Keep the public value of a draw, as its beacon gave it: then its office sees who is drawn."""
    _require_own_device(user)
    found, _ = access.of_office(reader, draw)
    if found.act.ended is not None:
        raise ProblemError(409, "draw %s is over", found.code)
    text = body.value.strip()
    if not text.isprintable() or not text:
        raise FieldError("value", "value", msg("One line, as the beacon gave it."))
    DrawsKept(site().ledger.home).learn(found.code, text)
    return _json(access.shown(reader, draw))


def _require_own_device(user: SignedIn) -> None:
    if user.is_terminal:
        raise ProblemError(403, "draws are made on one's own device")


def _to_sign(
    reader: Reader, user: SignedIn, draft: Any, hidden: list[Kept], code: str
) -> dict[str, Any]:
    stated = draft.statement
    link = link_to_sign([subject(stated)], draft.after, statement=stated)
    link["disclosures"] = disclosures_json(hidden)
    readers = {uri for row in hidden for uri in row.audience.parties} | {user.uri}
    answer = to_sign(user.uri, [link], {uri: reader.name(uri) for uri in sorted(readers)})
    return answer | {"case": stated["uri"], "code": code}


def _json(found: Shown) -> DrawJson:
    draw = found.draw
    stated = draw.commit.statement
    return DrawJson(
        draw=draw.act.uri, code=draw.code, office=draw.act.office, beacon=stated["beacon"],
        round=stated["round"], since=stated["from"], ending=draw.act.ending,
        statements=[
            StatedJson(step.op, step.index, step.at.isoformat(), step.link.actor,
                       step.statement.get("reason"))
            for step in draw.steps
        ],
        drawn=[_drawn(one) for one in found.checked], more=found.more, like=list(found.like),
        due=None if found.clock is None else found.clock.due.day.isoformat(),
    )  # fmt: skip


def _drawn(one: Checked) -> DrawnJson:
    pick = one.pick
    return DrawnJson(pick.id, pick.stratum, list(pick.team), one.index, list(one.by))


def _instant(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1_000_000, zone()).isoformat()
