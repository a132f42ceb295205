"""`suyuan audit`: the whole ledger, on all cores."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ..audit import Report
from ..auditing import audit_state as knowledge
from ..auditing.quick import Prefix
from ..auditing.whole import audit
from ..findings import Finding, Kind
from ..ledger import Ledger
from ..log import proofs
from ..log.errors import LogError
from ..receipt_check import Damaged, KeptReceipt, compare
from ..times import from_micros
from .common import (
    follow,
    head,
    home_option,
    json_option,
    opened,
    plain,
    progress_bar,
    say,
    show_json,
)
from .monitoring import audit_served, read_receipts

FOUND = 1
UNDECIDED = 3


@click.command(name="audit")
@click.option(
    "--checkpoint",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A checkpoint kept elsewhere, which must be in this ledger's past.",
)
@click.option(
    "--receipt",
    "receipts",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    help="A receipt kept by who recorded a link, or its proof: the link must be here still.",
)
@click.option("--strict", is_flag=True, help="Notices count as findings.")
@click.option(
    "--incremental",
    is_flag=True,
    help="Decide only what came since the last audit; what was before is hashed again.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Begin anew, whatever an interrupted audit has left, and look into every index.",
)
@click.option("--url", help="A ledger served elsewhere, by its log's prefix; needs --trust.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The trust file of the ledger at --url.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where an audit by --url keeps what it read, so that the next reads what is new only.",
)
@json_option
@home_option
def audit_command(
    *,
    kept: Path | None,
    receipts: tuple[Path, ...],
    url: str | None,
    trust: Path | None,
    folder: Path | None,
    strict: bool,
    incremental: bool,
    fresh: bool,
    as_json: bool,
    home: Path | None,
) -> int:
    """Audit the whole ledger: every link, signature, chain, projection and checkpoint.

    An audit that was interrupted goes on where it was.
    """
    if url is not None:
        return audit_served(url, trust, folder, kept, receipts, strict=strict, as_json=as_json)
    if trust is not None or folder is not None:
        raise click.UsageError("--trust and --folder go with --url")
    with opened(home) as ledger:
        known = read_receipts(receipts, ledger.trust)
        follow(ledger)
        note = None if kept is None else head(kept)
        known_before = None if fresh else _known(ledger, incremental)
        report = _audit(ledger, note, known_before, indexes=fresh)
        report.findings += _against(ledger, known)
        if as_json:
            show_json(report_json(ledger.trust.origin, report))
        else:
            print_report(report)
        return exit_code(report, strict=strict)


def _against(ledger: Ledger, receipts: Sequence[KeptReceipt]) -> Iterator[Finding]:
    """What receipts have against the ledger as it is now."""
    with ledger.reading() as reader:
        size, hashes = reader.size(), reader.hashes()
        for receipt in receipts:
            try:
                found = compare(receipt, size, proofs.root(size, hashes), hashes)
            except Damaged:
                raise
            except LogError as error:
                reason = f"a receipt cannot be held against this ledger: {error}"
                found = Finding(str(Kind.LOG), reason, index=receipt.index)
            if found is not None:
                yield found


def _known(ledger: Ledger, incremental: bool) -> Prefix | None:
    found = knowledge.load(ledger.home / knowledge.FILE, ledger.trust.origin)
    if found is None:
        return None
    prefix, is_whole = found
    if is_whole and not incremental:
        return None
    what = "decided before" if is_whole else "an interrupted audit goes on"
    say(f"{what}: {prefix.size} links, whose bytes are hashed again")
    return prefix


def _audit(
    ledger: Ledger, note: str | None, prefix: Prefix | None, *, indexes: bool = False
) -> Report:
    path, origin = ledger.home / knowledge.FILE, ledger.trust.origin
    last: list[Prefix] = []

    def save(known: Prefix) -> None:
        last[:] = [known]
        knowledge.save(path, origin, known, is_whole=False)

    with progress_bar("auditing") as tell:
        report = audit(ledger, kept=note, progress=tell, prefix=prefix, save=save, indexes=indexes)
    if report.findings:
        path.unlink(missing_ok=True)  # what is wrong is looked at as a whole each time
    elif last:
        knowledge.save(path, origin, last[0], is_whole=True)
    return report


def exit_code(report: Report, *, strict: bool) -> int:
    """1 for findings, with `strict` for notices too; 3 where not all could be looked at; else 0."""
    if report.findings or (strict and report.notices):
        return FOUND
    return UNDECIDED if report.undecided else 0


def report_json(origin: str, report: Report) -> dict[str, object]:
    """A report for programs."""
    return {
        "origin": origin,
        "good": report.is_good,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoints": report.checkpoints,
        "findings": [found.to_dict() for found in report.findings],
        "notices": [found.to_dict() for found in report.notices],
        "undecided": report.undecided,
    }


def print_report(report: Report) -> None:
    """A report for people."""
    print_findings(report.findings)
    for notice in report.notices:
        click.echo(plain(f"  notice   {notice}"))
    for reason in report.undecided:
        click.echo(plain(f"  UNKNOWN  {reason}"))
    click.echo(
        f"{report.size} links under {report.checkpoints} checkpoints: "
        + ("nothing is wrong" if report.is_good else f"findings: {len(report.findings)}")
        + (", and not all could be looked at" if report.undecided else "")
    )
    say(as_of(report))


def print_findings(findings: list[Finding]) -> None:
    """Findings for people, one a line."""
    for finding in findings:
        click.echo(plain(f"  FINDING  {finding}"))


def as_of(report: Report) -> str:
    """Of which size, and since when that stood."""
    if report.newest is None:
        return f"as of {report.size} links, under no checkpoint"
    try:
        when = from_micros(report.newest.committed)
    except (OverflowError, TypeError):
        return f"as of size {report.newest.size}, committed at a time that cannot be read"
    return f"as of size {report.newest.size}, committed {when:%Y-%m-%dT%H:%M:%SZ} by this server"


COMMANDS = (audit_command,)
