"""`suyuan monitor`, and `audit --url`: a log from outside, over HTTP alone."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..errors import CannotDecide
from ..log.errors import LogError
from ..monitor import Monitor, Round, follow, monitor
from ..receipt_check import KeptReceipt
from ..receipt_check import parse as parse_receipt
from ..remote_audit import RemoteReport, audit_url
from ..trust import Trust, TrustError
from .common import head, json_option, plain, progress_bar, say, show_json

FOUND, UNDECIDED = 1, 3
EVERY = 60


@click.command("monitor")
@click.argument("url")
@click.option(
    "--trust",
    "trust_file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The ledger's trust file.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the monitor remembers what it saw, and keeps evidence; one for each log.",
)
@click.option("--once", is_flag=True, help="One look, and the answer as the exit code.")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    default=EVERY,
    show_default=True,
    help="Look again and again, until there is an alarm.",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="URL",
    help="Also compare with what this witness cosigned; may be given several times.",
)
@click.option("--no-entries", is_flag=True, help="Follow what is signed only; decide no entry.")
@json_option
def monitor_command(
    *,
    url: str,
    trust_file: Path,
    folder: Path,
    once: bool,
    every: float,
    witnesses: tuple[str, ...],
    no_entries: bool,
    as_json: bool,
) -> int:
    """Follow the log at URL (its prefix, without /checkpoint) from outside.

    Exits 1 on a fork, a rewrite, a rollback, a checkpoint that goes backwards or a broken rule,
    and keeps the signed notes that show it; 3 where it cannot tell (no network, not yet witnessed).
    An alarm stays one until the evidence is moved out of the folder.
    """
    trust = read_trust(trust_file)
    watched = monitor(url, trust, folder, witnesses=witnesses, with_entries=not no_entries)
    try:
        earlier = list(watched.folder.evidence())
        if once:
            with progress_bar("reading") as tell:
                found = watched.look(progress=tell)
            _tell(found, trust.origin)
        else:
            found = follow(watched, every, _Teller(trust.origin, url))
        return _end(watched, found, earlier, url, as_json=as_json)
    finally:
        watched.close()


def _end(watched: Monitor, found: Round, earlier: list[str], url: str, *, as_json: bool) -> int:
    folder = watched.folder.path / "evidence"
    if earlier:
        say(
            f"{len(earlier)} files of evidence were kept earlier in {folder}: move them away once "
            "they are dealt with"
        )
    if as_json:
        show_json(_json(watched, found, earlier, url))
    elif found.signed is not None:
        click.echo(plain(_line(found, watched.trust.origin)))
    if found.alarm is not None or earlier:
        return FOUND
    return UNDECIDED if found.undecided else 0


def _tell(found: Round, origin: str) -> None:
    """What a round gave, for people."""
    for text in [*found.said, *found.undecided]:
        say(plain(f"{origin}: {text}"))
    if found.alarm is None:
        return
    say(plain(f"ALARM  {origin}: {found.alarm.kind}: {found.alarm.why}"))
    for finding in found.alarm.findings:
        say(plain(f"  FINDING  {finding}"))
    if found.alarm.evidence is not None:
        say(f"kept as evidence: {found.alarm.evidence}")


class _Teller:
    """Tells what is new since the last round, and since when nothing was heard."""

    def __init__(self, origin: str, url: str) -> None:
        self._origin, self._url = origin, url
        self._heard = time.time()
        self._last = ""

    def __call__(self, found: Round) -> None:
        if found.is_heard:
            self._heard = time.time()
        else:
            when = datetime.fromtimestamp(self._heard, UTC)
            say(f"nothing was heard from {self._url} since {when:%Y-%m-%dT%H:%M:%SZ}")
        if found.signed is not None and (line := _line(found, self._origin)) != self._last:
            self._last = line
            say(plain(line))
        _tell(found, self._origin)


def _line(found: Round, origin: str) -> str:
    assert found.signed is not None
    names = [] if found.witnessed is None else [one.name for one in found.witnessed.cosigned]
    parts = [f"{origin}: size {found.signed.checkpoint.size}"]
    if names:
        parts.append(f"cosigned by {', '.join(names)}")
    if found.verified is not None:
        parts.append(f"{found.verified} entries decided")
    return ", ".join(parts)


def _json(watched: Monitor, found: Round, earlier: list[str], url: str) -> dict[str, Any]:
    signed, witnessed = found.signed, found.witnessed
    alarm = found.alarm
    return {
        "origin": watched.trust.origin,
        "url": url,
        "good": alarm is None and not earlier and not found.undecided,
        "size": None if signed is None else signed.checkpoint.size,
        "root": None if signed is None else signed.checkpoint.root.hex(),
        "note": None if signed is None else signed.note,
        "witnessed": witnessed is not None and witnessed.is_met,
        "cosigned": [] if witnessed is None else [one.name for one in witnessed.cosigned],
        "verified": found.verified,
        "alarm": None if alarm is None else {**alarm.to_dict(), "evidence": alarm.evidence},
        "undecided": found.undecided,
        "said": found.said,
        "earlier": earlier,
    }


def audit_served(
    url: str,
    trust_file: Path | None,
    folder: Path | None,
    kept: Path | None,
    receipts: Sequence[Path] = (),
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """`suyuan audit --url URL`: audit a ledger served elsewhere; the exit code."""
    if trust_file is None:
        raise CannotDecide("a ledger served elsewhere is audited by its trust file: --trust FILE")
    trust = read_trust(trust_file)
    note = None if kept is None else head(kept)
    known = read_receipts(receipts, trust)
    with progress_bar("auditing") as tell:
        report = audit_url(url, trust, folder, note, tell, receipts=known)
    if as_json:
        show_json({"origin": trust.origin, "url": url, **report.to_dict()})
    else:
        _print(report)
    if report.findings or (strict and report.notices):
        return FOUND
    return 0 if report.is_witnessed else UNDECIDED


def _print(report: RemoteReport) -> None:
    for finding in report.findings:
        click.echo(plain(f"  FINDING  {finding}"))
    for notice in report.notices:
        click.echo(plain(f"  notice   {notice}"))
    click.echo(
        f"{report.size} links under {report.checkpoints} checkpoints: "
        + ("nothing is wrong" if report.is_good else f"findings: {len(report.findings)}")
    )
    cosigned = (
        "" if report.time is None else f", cosigned by its quorum no later than {report.time}"
    )
    say(f"as of size {report.size}{cosigned}; {NOT_SHOWN}")
    if not report.is_witnessed:
        say("not yet witnessed: the quorum of the trust file's policy is not met")


NOT_SHOWN = (
    "not shown: attachments, hidden fields, and what the server derives from the links, which are "
    "not in the log"
)


def read_receipts(paths: Sequence[Path], trust: Trust) -> list[KeptReceipt]:
    """The receipts in files; LogError, with the file's name, for one that is not by this log."""
    found = []
    for path in paths:
        try:
            found.append(parse_receipt(head(path), trust.log))
        except LogError as error:
            raise LogError(f"{path}: {error}") from None
    return found


def read_trust(path: Path) -> Trust:
    """The trust file at a path; CannotDecide where it cannot be read or is none."""
    try:
        return Trust.from_json(head(path))
    except OSError as error:
        raise CannotDecide(f"{path} cannot be read: {error.strerror}") from None
    except TrustError as error:
        raise CannotDecide(f"{path}: {error}") from None


COMMANDS = (monitor_command,)
