"""`suyuan audit`: the whole ledger, on all cores, or one that is served elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence.receipt_check import Damaged, KeptReceipt, compare
from suyuan.trace.evidence.receipt_check import parse as parse_receipt
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.watch.audit import audit
from suyuan.trace.watch.auditing import audit_state as knowledge
from suyuan.trace.watch.auditing.audit_report import Report
from suyuan.trace.watch.auditing.audit_state import Prefix

from ..command import FOLDER, Run, command, follow, if_given, option
from ..files import head, read_trust
from ..terminal import FINDINGS, UNDECIDED, UNREADABLE, Text, local_time, progress_bar, say

if TYPE_CHECKING:
    from suyuan.trace.watch.remote_audit import RemoteReport

_EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)
NOT_SHOWN = msg(
    "not shown: attachments, hidden fields, and what the server derives from the records, which "
    "are not in the log"
)


@command("audit", json=True)
def audit_command(
    run: Run,
    kept: Path | None = option(
        "--checkpoint",
        type=_EXISTING,
        help="A checkpoint kept elsewhere, which must be in this ledger's past.",
    ),
    receipts: tuple[Path, ...] = option(
        "--receipt",
        type=_EXISTING,
        help="A receipt kept by who recorded a link, or its proof: the link must be here still.",
    ),
    strict: bool = option(help="Notices count as findings."),
    incremental: bool = option(
        help="Decide only what came since the last audit; what was before is hashed again."
    ),
    fresh: bool = option(
        help="Begin anew, whatever an interrupted audit has left, and look into every index."
    ),
    url: str | None = option(help="A ledger served elsewhere, by its log's prefix; needs --trust."),
    trust: Path | None = option(help="The trust file of the ledger at --url."),
    folder: Path | None = option(
        type=FOLDER,
        help="Where an audit by --url keeps what it read, so that the next reads what is new only.",
    ),
) -> int:
    """Audit the whole ledger: every link, signature, chain, projection and checkpoint.

    An audit that was interrupted goes on where it was.
    """
    if url is not None:
        return _audit_served(run, url, trust, folder, kept, receipts, strict=strict)
    if trust is not None or folder is not None:
        raise LedgerError("--trust and --folder go with --url")
    ledger = run.ledger
    known = _read_receipts(receipts, ledger.trust)
    follow(ledger)
    note = if_given(kept, head)
    before = None if fresh else _known(ledger, incremental)
    report = _audit(ledger, note, before, indexes=fresh)
    report.findings += _against(ledger, known)
    run.answer(report_json(ledger.trust.origin, report), report_lines(report), as_of(report))
    if report.findings or (strict and report.notices):
        return FINDINGS
    return UNDECIDED if report.undecided else 0


def _audit_served(
    run: Run,
    url: str,
    trust_file: Path | None,
    folder: Path | None,
    checkpoint: Path | None,
    receipts: Sequence[Path],
    *,
    strict: bool,
) -> int:
    from suyuan.trace.watch.remote_audit import audit_url  # loads HTTP, so only here

    if trust_file is None:
        raise CannotDecide("a ledger served elsewhere is audited by its trust file: --trust FILE")
    trust = read_trust(trust_file)
    note = if_given(checkpoint, head)
    known = _read_receipts(receipts, trust)
    with progress_bar(msg("auditing")) as tell:
        report = audit_url(url, trust, folder, note, tell, receipts=known)
    time, when = parse_time(report.time), None
    if time is not None:
        when = msg("cosigned by its quorum no later than %s", local_time(time))
    notes: list[Text] = [row(as_of_size(report.size), when, NOT_SHOWN, gap="; ")]
    if not report.is_witnessed:
        notes.append(msg("not yet witnessed: the quorum of the trust file's policy is not met"))
    value = {"origin": trust.origin, "url": url, **report.to_dict()}
    run.answer(value, report_lines(report), *notes)
    if report.findings or (strict and report.notices):
        return FINDINGS
    return 0 if report.is_witnessed else UNDECIDED


def _read_receipts(paths: Sequence[Path], trust: Trust) -> list[KeptReceipt]:
    """The receipts in files; LogError, with the file's name, for one that is not by this log."""
    receipts = []
    for path in paths:
        try:
            receipts.append(parse_receipt(head(path), trust.log))
        except LogError as error:
            raise LogError("%s: %s", path, error) from None
    return receipts


def _against(ledger: Ledger, receipts: Sequence[KeptReceipt]) -> Iterator[Finding]:
    """The findings of comparing receipts with the ledger."""
    with ledger.reading() as reader:
        size, hashes = reader.size(), reader.hashes()
        for receipt in receipts:
            try:
                finding = compare(receipt, size, proofs.root(size, hashes), hashes)
            except Damaged:
                raise
            except LogError as error:
                reason = f"a receipt cannot be held against this ledger: {error}"
                finding = Finding(str(Kind.LOG), reason, index=receipt.index)
            if finding is not None:
                yield finding


def _known(ledger: Ledger, incremental: bool) -> Prefix | None:
    known = knowledge.load(ledger.home / knowledge.FILE, ledger.trust.origin)
    if known is None:
        return None
    prefix, is_whole = known
    if is_whole and not incremental:
        return None
    state = msg("decided before") if is_whole else msg("an interrupted audit goes on")
    say("%s: %s records, whose bytes are hashed again", state, prefix.size)
    return prefix


def _audit(
    ledger: Ledger, note: str | None, prefix: Prefix | None, *, indexes: bool = False
) -> Report:
    path, origin = ledger.home / knowledge.FILE, ledger.trust.origin
    last: list[Prefix] = []

    def save(known: Prefix) -> None:
        last[:] = [known]
        knowledge.save(path, origin, known, is_whole=False)

    with progress_bar(msg("auditing")) as tell:
        report = audit(ledger, kept=note, progress=tell, prefix=prefix, save=save, indexes=indexes)
    if report.findings:
        path.unlink(missing_ok=True)  # what is wrong is looked at as a whole each time
    elif last:
        knowledge.save(path, origin, last[0], is_whole=True)
    return report


def report_json(origin: str, report: Report) -> dict[str, object]:
    """An audit's report for programs."""
    return {
        "origin": origin,
        "good": report.is_good,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoints": report.checkpoints,
        "findings": [finding.to_dict() for finding in report.findings],
        "notices": [notice.to_dict() for notice in report.notices],
        "undecided": report.undecided,
    }


def report_lines(report: "Report | RemoteReport") -> Iterator[Text]:
    """An audit's report for people."""
    undecided = report.undecided if isinstance(report, Report) else []
    yield from finding_lines(report.findings)
    for notice in report.notices:
        yield row(" ", msg("notice"), str(notice))
    for reason in undecided:
        yield row(" ", msg("UNKNOWN"), reason)
    result = msg("nothing is wrong")
    if not report.is_good:
        result = msg("findings: %s", len(report.findings))
    yield row(
        msg("%s records under %s checkpoints: %s", report.size, report.checkpoints, result),
        msg("and not all could be looked at") if undecided else None,
        gap=", ",
    )


def finding_lines(findings: Iterable[Finding]) -> Iterator[Text]:
    """Findings for people, one a line."""
    return (row(" ", msg("FINDING"), str(finding)) for finding in findings)


def as_of(report: Report) -> Message:
    """Of which size, and since when that stood."""
    if report.newest is None:
        return msg("as of %s records, under no checkpoint", report.size)
    when = local_time(report.newest.committed)
    if when == UNREADABLE:
        return row(as_of_size(report.newest.size), when, gap=", ")
    return msg("as of size %s, committed %s by this server", report.newest.size, when)


def as_of_size(size: int) -> Message:
    """As of a checkpoint of this size."""
    return msg("as of size %s", size)
