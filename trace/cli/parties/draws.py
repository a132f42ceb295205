"""`suyuan draw`: draws of whom an office inspects, and by whom, that anyone can recompute."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from suyuan.trace.admission.access import Access
from suyuan.trace.admission.trust import TrustError
from suyuan.trace.evidence.bundle import EvidenceError, NewerVersion, NoEvidence
from suyuan.trace.evidence.verdict import BROKEN, UNDECIDED
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.times import zone
from suyuan.trace.inspection.draws import draw_book, draw_check, draw_drafts, draw_file
from suyuan.trace.inspection.draws.draw import MAX_FILE, Pick
from suyuan.trace.inspection.draws.draw_book import Draw
from suyuan.trace.inspection.draws.draw_check import DrawVerdict
from suyuan.trace.inspection.draws.draw_drafts import Beacon
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept, KeptDraw
from suyuan.trace.inspection.inspectors import inspectors_of_office
from suyuan.trace.ledger.ledger import TRUST_FILE
from suyuan.trace.recall.course import act_code

from ..command import Run, argument, command, follow, option
from ..command_help import Group
from ..files import read, read_trust, require_size, staged
from ..terminal import say

draw = Group(
    "draw",
    help="Draws of whom an office inspects, and by whom, that anyone can recompute (双随机).",
)
CODE = argument()
VALUE = option(help="The public value of the draw's round, as its beacon gave it.")
REASON = option(help="Why, for everybody to read.")


@command("commit", draw, signs=True)
def commit(
    run: Run,
    draws: tuple[str, ...] = option("--draw", metavar="STRATUM=N", help="How many of a stratum."),
    team: int = option(default=2, help="How many inspectors each one gets."),
    beacon: str = option(default="drand quicknet", help="Whose public value decides."),
    pulse: str = option("--round", help="Which value of it: one that does not exist yet."),
    since: str | None = option("--from", help="From when on it exists, if no rule says so."),
    pool: Path | None = option(
        help="CSV of those drawn from: ID,STRATUM [default: parties of the remit]."
    ),
    by: Literal["role", "grade"] = option(
        default="role", help="What strata are, without a CSV: first roles, or grades of today."
    ),
    inspectors: Path | None = option(
        help="CSV of inspectors: ID, then whom each avoids [default: the office's own]."
    ),
    title: str = option(default="", help="What it is for."),
) -> None:
    """Commit to a draw before the value that decides it exists; print its code.

    Its nonce is kept in the home: without it nobody, this office included, can open the draw.
    """
    run.require_key()
    with run.reading() as reader:
        access = Access(reader, run.genesis)
        remit, office = access.remit(run.actor), access.office_of(run.actor) or run.actor
        if remit is None:
            raise LedgerError("%s is no office, nor an inspector of one", run.actor)
        stratum: draw_drafts.Stratum = draw_drafts.by_role
        about = dict[str, str]()
        if by == "grade" and pool is None:
            today = run.now().astimezone(zone()).date()
            stratum, about = draw_drafts.by_grade(reader, run.ledger, today)
        among = _pool(pool) if pool else draw_drafts.pool_of(reader, remit, stratum)
        if inspectors is None:
            found = inspectors_of_office(reader, run.ledger, office)
            people: dict[str, Sequence[str]] = {one.uri: () for one in found if one.is_able}
        else:
            people = {one: avoids for one, *avoids in _rows(inspectors)}
    counts = dict(map(_count, draws))
    files = draw_drafts.files_of(among, people, counts, team, about | {"title": title})
    value = Beacon(beacon, pulse, None if since is None else run.instant(since))
    made = draw_drafts.commit(files, value, run.host, run.now())
    DrawsKept(run.ledger.home).keep(made.code, made.kept)
    (receipt,) = run.sign([made.draft])
    say(msg("committed to at index %s: opened by value %s of %s", receipt.index, pulse, beacon))
    print(made.code)


@command("list", draw, json=True)
def listed(run: Run, office: str | None = option(help="Of this office only.")) -> None:
    """All draws, those aborted and never opened too, the newest first."""
    with run.reading() as reader:
        acts = list(draw_book.draws_of(reader, None if office is None else run.party(office)))
        rows = [(act, draw_book.commitment(reader, act), reader.name(act.office or act.actor))
                for act in acts]  # fmt: skip
    run.answer(
        [
            {"draw": act.uri, "code": act_code(act.uri, run.host), "of": act.office,
             "index": act.leaf, "ending": act.ending, "beacon": stated.get("beacon"),
             "round": stated.get("round"), "from": stated.get("from")}
            for act, stated, _ in rows
        ],
        (row(codes.shown(act_code(act.uri, run.host)), _state(act.ending), name,
             str(stated.get("from", ""))) for act, stated, name in rows),
    )  # fmt: skip


@command("show", draw, json=True)
def show(run: Run, code: str = CODE, value: str | None = VALUE) -> None:
    """A draw's statements, others like it, and with its value who is drawn.

    Until it is opened, who is drawn is seen only where its nonce is kept.
    """
    found = _draw(run, code)
    if value is not None:
        _needed(run, found, value)
    with run.reading() as reader:
        like = draw_book.siblings(reader, found.act)
    picks = () if found.act.ending == "abort" else draw_book.picks_now(run.ledger, found)
    run.answer(
        {
            "draw": found.act.uri, "code": found.code, "ending": found.act.ending,
            "statements": [
                {"index": step.index, "op": step.op, "actor": step.link.actor,
                 "recorded": step.at.isoformat(), "reason": step.statement.get("reason")}
                for step in found.steps
            ],
            "like": [act.uri for act in like],
            "drawn": [{"id": pick.id, "inspectors": list(pick.team)} for pick in picks],
        },
        _lines(found, [act_code(act.uri, run.host) for act in like], picks),
    )  # fmt: skip


@command("replace", draw, signs=True)
def replace(
    run: Run,
    code: str = CODE,
    of: str = argument(),
    at: str | None = option(help="The one drawn, whose inspector OF is."),
    reason: str = REASON,
    value: str | None = VALUE,
) -> None:
    """Replace OF, who is drawn, or is an inspector of the one --at, by the next rank."""
    run.require_key()
    found = _draw(run, code)
    kept = _needed(run, found, value)
    draft, hidden, change = draw_drafts.replacing(
        found, kept, of, at=at, reason=reason, actor=run.actor
    )
    run.sign([draft], disclosures=hidden)
    say(msg("%s is replaced by %s", change.of, change.to))


@command("reveal", draw, signs=True)
def reveal(run: Run, code: str = CODE, value: str | None = VALUE) -> None:
    """Open a draw after its checks: anybody can recompute it from now on."""
    run.require_key()
    found = _draw(run, code)
    (receipt,) = run.sign([draw_drafts.reveal(found, _needed(run, found, value), run.actor)])
    say(msg("opened at index %s", receipt.index))


@command("abort", draw, signs=True)
def abort(run: Run, code: str = CODE, reason: str = REASON) -> None:
    """End a draw without a result: that stays to be seen."""
    run.require_key()
    (receipt,) = run.sign([draw_drafts.abort(_draw(run, code), reason, run.actor)])
    say(msg("aborted at index %s", receipt.index))


@command("export", draw)
def export(
    run: Run, code: str = CODE, output: Path = option("-o", "--output", help="The new file.")
) -> None:
    """Write the file by which anybody can recompute a draw offline."""
    found = _draw(run, code)
    with run.reading(patient=True) as reader:
        data = draw_book.export(reader, run.ledger, found).encode()
    with staged(output) as file:
        file.write(data)


@command("verify", draw, json=True)
def verify(
    run: Run,
    file: Path = argument(),
    value: str | None = VALUE,
    trust: Path | None = option(
        envvar="SUYUAN_TRUST",
        help="The trust file to check it with [SUYUAN_TRUST, default the home's].",
    ),
) -> int:
    """Recompute a draw from its FILE, without a ledger and without a network.

    Where the home has its ledger, other draws of the office like it are named too.

    Ends with 1 where it is not what was committed to, with 3 where it is not opened yet, or not
    shown to have been committed to before its value existed.
    """
    with_trust = read_trust(trust or run.home / TRUST_FILE)
    try:
        verdict = draw_check.check(
            draw_file.parse(read(file, draw_file.MAX_BYTES + 1)), with_trust, value
        )
    except OSError as error:
        raise LedgerError("%s cannot be read: %s", file, error.strerror) from None
    except NoEvidence as error:
        raise LedgerError("%s: %s", file, error) from None
    except NewerVersion as error:
        run.answer({"verdict": "undecided", "undecided": [str(error)]}, [msg("%s", error)])
        return UNDECIDED
    except EvidenceError as error:
        fault = {"rule": "file", "why": str(error), "index": None}
        run.answer({"verdict": "broken", "faults": [fault]}, [msg("%s: BROKEN: %s", file, error)])
        return BROKEN
    except TrustError as error:
        raise CannotDecide(error) from None
    like = _like(run, verdict)
    run.answer(
        {**verdict.to_dict(), "like": like}, [*draw_check.describe(verdict), *_like_lines(like)]
    )
    return verdict.exit_code


def _like(run: Run, verdict: DrawVerdict) -> list[dict[str, Any]] | None:
    """Draws like it, by the ledger in the home; None where none is there that has this draw.

    `shared` is how many stand on both lists, where both are open and kept there.
    """
    try:
        with run.reading() as reader:
            act = draw_book.find(reader, run.host, verdict.uri)
            acts = [act, *draw_book.siblings(reader, act)]
    except LedgerError:
        return None
    book = DrawsKept(run.home)
    kept = [book.find(act_code(a.uri, run.host)) if a.ending == "reveal" else None for a in acts]
    own, *pools = (set[str]() if one is None else set(one.files.strata) for one in kept)
    return [
        {"draw": a.uri, "ending": a.ending, "shared": len(own & pool) if own and pool else None}
        for a, pool in zip(acts[1:], pools, strict=True)
    ]


def _like_lines(like: list[dict[str, Any]] | None) -> Iterator[Message]:
    if like:
        yield msg("The same office drew near it in time, from its list, or by its value, too:")
    for one in like or ():
        both = "" if one["shared"] is None else msg("%s on both lists", one["shared"])
        yield row(" ", one["draw"], _state(one["ending"]), both)


def _draw(run: Run, code: str) -> Draw:
    follow(run.ledger)
    with run.reading() as reader:
        return draw_book.read(reader, run.ledger, draw_book.find(reader, run.host, code))


def _needed(run: Run, found: Draw, value: str | None) -> KeptDraw:
    """What is kept of a draw that is not over, with the value that was given."""
    if found.act.ended is not None:
        raise draw_drafts.DrawOver("draw %s is over: make a new one", found.code)
    kept = DrawsKept(run.ledger.home)
    return kept.require(found.code) if value is None else kept.learn(found.code, value.strip())


def _state(ending: str | None) -> Message:
    words = {"reveal": msg("opened"), "abort": msg("aborted")}
    return words.get(str(ending), msg("not over"))


def _lines(found: Draw, like: Sequence[str], picks: Sequence[Pick]) -> Iterator[Message]:
    yield msg("%s: %s", codes.shown(found.code), _state(found.act.ending))
    for step in found.steps:
        at = f"{step.at.astimezone(zone()):%Y-%m-%d %H:%M}"
        said = str(step.statement.get("reason", ""))
        yield row(" ", str(step.index), at, step.op, step.link.actor, said, gap="  ")
    for code in like:
        yield msg(
            "  near it in time, of the same list, or by the same value: %s", codes.shown(code)
        )
    yield from (row(" ", pick.id, ", ".join(pick.team)) for pick in picks)


def _count(text: str) -> tuple[str, int]:
    stratum, _, number = text.rpartition("=")
    if not stratum or not (number.isascii() and number.isdigit() and len(number) < 7):
        raise LedgerError("--draw %s: write STRATUM=N", repr(text[:80]))
    return stratum, int(number)


def _pool(path: Path) -> dict[str, str]:
    rows = {line[0]: line[1:] for line in _rows(path)}
    if wrong := next((one for one, rest in rows.items() if len(rest) != 1), None):
        raise LedgerError("%s: write ID,STRATUM for %s", path, wrong)
    return {one: stratum for one, (stratum,) in rows.items()}


def _rows(path: Path) -> list[list[str]]:
    """The lines of a CSV file, each with what is written in it; LedgerError for a repeated one."""
    require_size(path, MAX_FILE)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise LedgerError("%s is no text in UTF-8", path) from None
    rows = [[part.strip() for part in line if part.strip()]
            for line in csv.reader(text.splitlines())]  # fmt: skip
    rows = [line for line in rows if line]
    if len({line[0] for line in rows}) < len(rows):
        raise LedgerError("%s: an ID stands there twice", path)
    return rows
