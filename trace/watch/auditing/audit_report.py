"""What an audit says of a ledger: its findings, its notices, what was not looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from suyuan.trace.admission.trust import Trust
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recording.committed_files import NamedFile
from suyuan.trace.store.beside.sealed_rows import broken, seals_of
from suyuan.trace.store.beside.seals import MISSING
from suyuan.trace.store.files.attachments import FileState
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader

from ..log_audit import unmet
from . import counts

CHANGED = "the stored bytes are not those of the stored hash"


@dataclass(slots=True)
class Report:
    """What an audit found, as of `size` links, and what it looked at.

    `notices` are what the ledger accepted and has to report (an eventID used twice, an unfinished
    document): they are no evidence of tampering.
    """

    size: int
    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    checkpoints: int = 0
    root: bytes = b""
    newest: StoredCheckpoint | None = None
    undecided: list[str] = field(default_factory=list)  # what could not be looked at, and why

    @property
    def is_good(self) -> bool:
        """Whether all was looked at, and nothing is wrong."""
        return not (self.findings or self.undecided)


def look_at_files(ledger: Ledger, files: Iterable[NamedFile], report: Report) -> None:
    """Files beside the store that links commit to: changed ones are findings, lost ones not."""
    for file in files:
        state, place = file.look(ledger), (file.item, file.actor, None, file.index)
        if state is FileState.CHANGED:
            reason = f"{file} is not what the link committed to"
            report.findings.append(Finding(str(Kind.FILE), reason, *place))
        elif state is FileState.MISSING:
            report.notices.append(Finding(str(Kind.FILE), f"{file} is not here", *place))


def look_beside(live: Reader, home: Path, report: Report) -> None:
    """Rows beside the ledger that somebody else has written or taken away are findings."""
    if not seals_of(live.connection).is_here:
        report.undecided.append(MISSING)
        return
    wrong = [*(alarm.reason for alarm in broken(live)), *counts.fallen(live, home)]
    report.findings += [Finding(str(Kind.SEAL), reason) for reason in wrong]


def without_list(digest: str) -> str:
    """The finding on an act whose list is lost and whose rows are not what the list was."""
    return (
        f"its scope cannot be compared: the list {digest[:16]}… is not here, nor do rows give it. "
        "Put it back among the attachments, or send it again with its entry"
    )


def add_notices(live: Reader, trust: Trust, report: Report) -> None:
    """Add the notices of what the ledger accepted and has to report."""
    for rule, index, item, message in live.findings():
        report.notices.append(Finding(rule, str(message), item=item, index=index))
    for sha256, actor, links in live.unfinished():
        reason = f"document {sha256[:16]}… of {actor} is not finished: {links} links so far"
        report.notices.append(Finding("document", reason, actor=actor))
    for reason in unmet(live, trust):
        report.notices.append(Finding(str(Kind.CHECKPOINT), reason))
