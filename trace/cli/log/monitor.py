"""`suyuan monitor`: a log followed from outside, over HTTP alone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.store.files.auditors import token_for
from suyuan.trace.watch.monitor import Monitor, Round, follow

from ..command import FOLDER, Run, argument, command, option
from ..files import read_trust
from ..terminal import FINDINGS, UNDECIDED, plain, progress_bar, say

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
            with progress_bar("reading") as tell:
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
            f"{len(earlier)} files of evidence were kept earlier in "
            f"{watched.folder.path / 'evidence'}: move them away once they are dealt with"
        )
    lines = [] if seen.signed is None else [_line(seen, watched.trust.origin)]
    run.answer(_json(watched, seen, earlier, url), lines)
    if seen.alarm is not None or earlier:
        return FINDINGS
    return UNDECIDED if seen.undecided else 0


def _say_round(seen: Round, origin: str) -> None:
    for text in [*seen.said, *seen.undecided]:
        say(plain(f"{origin}: {text}"))
    if seen.alarm is None:
        return
    say(plain(f"ALARM  {origin}: {seen.alarm.kind}: {seen.alarm.why}"))
    for finding in seen.alarm.findings:
        say(plain(f"  FINDING  {finding}"))
    if seen.alarm.evidence is not None:
        say(f"kept as evidence: {seen.alarm.evidence}")


def _teller(origin: str, url: str) -> Callable[[Round], None]:
    """A function that prints the news of a round, or since when the log was silent."""
    heard, last = time.time(), ""

    def tell(seen: Round) -> None:
        nonlocal heard, last
        if seen.signed is None:
            when = datetime.fromtimestamp(heard, UTC)
            say(f"nothing was heard from {url} since {when:%Y-%m-%dT%H:%M:%SZ}")
        else:
            heard = time.time()
            if (line := _line(seen, origin)) != last:
                last = line
                say(plain(line))
        _say_round(seen, origin)

    return tell


def _line(seen: Round, origin: str) -> str:
    assert seen.signed is not None
    names = [] if seen.witnessed is None else [witness.name for witness in seen.witnessed.cosigned]
    parts = [f"{origin}: size {seen.signed.checkpoint.size}"]
    if names:
        parts.append(f"cosigned by {', '.join(names)}")
    if seen.verified is not None:
        parts.append(f"{seen.verified} entries decided")
    return ", ".join(parts)


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
