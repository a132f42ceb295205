"""`suyuan monitor`: a log followed from outside, over HTTP alone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.store.files.auditors import token_for
from suyuan.trace.watch.monitor import Monitor, Round, follow

from ..command import FOLDER, Run, argument, command, option
from ..files import read_trust
from ..terminal import FINDINGS, UNDECIDED, local_time, progress_bar, say

EVERY = 60


@command("monitor", home=False, json=True)
def monitor_command(
    run: Run,
    url: str = argument(),
    trust_file: Path = option("--trust", help="The ledger's trust file."),
    folder: Path = option(
        type=FOLDER,
        help="Where the monitor remembers what it saw, and keeps evidence; one for each log.",
    ),
    once: bool = option(help="One look, and the answer as the exit code."),
    every: float = option(
        type=click.FloatRange(min=1),
        metavar="SECONDS",
        default=EVERY,
        help="Look again and again, until there is an alarm.",
    ),
    witnesses: tuple[str, ...] = option(
        "--witness",
        metavar="URL",
        help="Also compare with what this witness cosigned; may be given several times.",
    ),
    no_entries: bool = option(help="Follow what is signed only; decide no entry."),
) -> int:
    """Follow the log at URL (its prefix, without /checkpoint) from outside.

    Exits 1 on a fork, a rewrite, a rollback, a checkpoint that goes backwards or a broken rule,
    and keeps the signed notes that show it; 3 where it cannot tell (no network, not yet witnessed).
    An alarm stays one until the evidence is moved out of the folder.
    """
    trust = read_trust(trust_file)
    fetcher = Fetcher(url, token=token_for(trust.origin))
    others = {witness: Fetcher(witness) for witness in witnesses}
    watched = Monitor(fetcher, trust, folder, witnesses=others, with_entries=not no_entries)
    try:
        earlier = list(watched.folder.evidence())
        if once:
            with progress_bar(msg("reading")) as tell:
                seen = watched.look(progress=tell)
            _say_round(seen, trust.origin)
        else:
            seen = follow(watched, every, _teller(trust.origin, url))
        return _end(run, watched, seen, earlier, url)
    finally:
        watched.close()


def _end(run: Run, watched: Monitor, seen: Round, earlier: list[str], url: str) -> int:
    if earlier:
        say(
            "%s files of evidence were kept earlier in %s: move them away once they are dealt with",
            len(earlier),
            watched.folder.path / "evidence",
        )
    lines = [] if seen.signed is None else [_line(seen, watched.trust.origin)]
    run.answer(_json(watched, seen, earlier, url), lines)
    if seen.alarm is not None or earlier:
        return FINDINGS
    return UNDECIDED if seen.undecided else 0


def _say_round(seen: Round, origin: str) -> None:
    for text in [*seen.said, *seen.undecided]:
        say(row(origin, text, gap=": "))
    if seen.alarm is None:
        return
    say(row(msg("ALARM"), f"{origin}: {seen.alarm.kind}: {seen.alarm.why}"))
    for finding in seen.alarm.findings:
        say(row(" ", msg("FINDING"), str(finding)))
    if seen.alarm.evidence is not None:
        say("kept as evidence: %s", seen.alarm.evidence)


def _teller(origin: str, url: str) -> Callable[[Round], None]:
    """A function that prints the news of a round, or since when the log was silent."""
    heard = time.time()
    last: Message | None = None

    def tell(seen: Round) -> None:
        nonlocal heard, last
        if seen.signed is None:
            when = local_time(datetime.fromtimestamp(heard, UTC))
            say("nothing was heard from %s since %s", url, when)
        else:
            heard = time.time()
            if (line := _line(seen, origin)) != last:
                last = line
                say(line)
        _say_round(seen, origin)

    return tell


def _line(seen: Round, origin: str) -> Message:
    assert seen.signed is not None
    names = [] if seen.witnessed is None else [witness.name for witness in seen.witnessed.cosigned]
    size = msg("size %s", seen.signed.checkpoint.size)
    return row(
        msg("%s: %s", origin, size),
        msg("cosigned by %s", names) if names else None,
        None if seen.verified is None else msg("%s entries decided", seen.verified),
        gap=", ",
    )


def _json(watched: Monitor, seen: Round, earlier: list[str], url: str) -> dict[str, Any]:
    signed, witnessed, alarm = seen.signed, seen.witnessed, seen.alarm
    return {
        "origin": watched.trust.origin,
        "url": url,
        "good": alarm is None and not earlier and not seen.undecided,
        "size": None if signed is None else signed.checkpoint.size,
        "root": None if signed is None else signed.checkpoint.root.hex(),
        "note": None if signed is None else signed.note,
        "witnessed": witnessed is not None and witnessed.is_met,
        "cosigned": [] if witnessed is None else [witness.name for witness in witnessed.cosigned],
        "verified": seen.verified,
        "alarm": None if alarm is None else {**alarm.to_dict(), "evidence": alarm.evidence},
        "undecided": seen.undecided,
        "said": seen.said,
        "earlier": earlier,
    }
