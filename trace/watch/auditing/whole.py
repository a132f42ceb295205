"""The audit that a command runs: quick where nothing is wrong, thorough where something is."""

from collections.abc import Callable, Iterator

from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.errors import StoreError

from ..audit import Progress
from ..audit import audit as thorough
from . import quick
from .audit_progress import Phase, Watch, nobody
from .audit_report import Report, add_notices, look_at_files, look_beside
from .audited_prefix import Prefix
from .quick import Audited
from .schemas import SchemaLook

SMALL = 3_000  # links up to which starting processes takes longer than the thorough audit


def audit(
    ledger: Ledger,
    *,
    kept: str | None = None,
    progress: Progress | None = None,
    prefix: Prefix | None = None,
    save: Callable[[Prefix], None] | None = None,
    watch: Watch = nobody,
    indexes: bool = False,
) -> Report:
    """Audit a whole ledger on all cores; where something is odd, say exactly what it is.

    `kept` is a checkpoint's note kept elsewhere, which must be in its past; `prefix` what an
    earlier audit knew, `save` is given what this one knows; with `indexes` the database compares
    them with their tables too. Raises LogError where `kept` is no checkpoint of this log,
    StoreError where the database cannot be read, CannotDecide where rows were derived by other
    rules than this program's: the last two only of a schema in which nothing is wrong.
    """
    schema = SchemaLook(ledger.database)
    try:
        report = _links_and_rows(ledger, kept, progress, prefix, save, watch=watch)
    except (StoreError, CannotDecide) as error:
        if not schema.findings:
            raise
        report = Report(0)
        reason = f"beyond the schema nothing could be looked at: {error}"
        report.findings.append(Finding(str(Kind.SCHEMA), reason))
    if indexes:
        schema.look_into_indexes()
    schema.end()
    report.findings += [*schema.findings, *_alarms(ledger)]
    report.notices += schema.notices
    report.undecided += schema.undecided
    return report


def _alarms(ledger: Ledger) -> Iterator[Finding]:
    """Findings for the alarms that no operator has resolved."""
    if not ledger.database.seals.is_here:
        return  # which is reported, and nobody knows which alarms these are
    try:
        unresolved = WitnessBook(ledger.database.engine).alarms(unresolved=True)
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        reason = f"alarms cannot be read: {type(error).__name__}"
        yield Finding(str(Kind.ALARM), reason)
        return
    for alarm in unresolved:
        reason = f"alarm {alarm.id} ({alarm.kind}) is not resolved: {alarm.reason}"
        yield Finding(str(Kind.ALARM), reason)


def _links_and_rows(
    ledger: Ledger,
    note: str | None,
    progress: Progress | None,
    prefix: Prefix | None,
    save: Callable[[Prefix], None] | None,
    *,
    watch: Watch,
) -> Report:
    outdated = ledger.followers.outdated()
    if outdated:
        raise CannotDecide(
            "%s: derived by the rules of another version of this program, so that "
            "they cannot be compared: run `suyuan upgrade` and audit again",
            ", ".join(outdated),
        )
    with ledger.reading() as reader:
        is_small = reader.size() < SMALL and prefix is None
    looked = None if is_small else _quick(ledger, note, progress, prefix, save, watch=watch)
    if looked is not None and not looked.odd:
        report = Report(looked.size, checkpoints=looked.checkpoints, root=looked.root)
        report.newest = looked.newest
        watch(Phase.FINDINGS, 0)
        look_at_files(ledger, looked.files, report)
        with ledger.reading(patient=True) as reader:
            look_beside(reader, ledger.home, report)
            add_notices(reader, ledger.trust, report)
        return report
    watch(Phase.LINKS if is_small else Phase.AGAIN, 0)
    report = thorough(ledger, kept=note, progress=progress, watch=watch)
    if looked is not None and not report.findings:
        # Nothing that one of the two has seen goes unsaid.
        report.findings += [Finding(str(Kind.PROJECTION), problem) for problem in looked.odd]
    return report


def _quick(
    ledger: Ledger,
    note: str | None,
    progress: Progress | None,
    prefix: Prefix | None,
    save: Callable[[Prefix], None] | None,
    *,
    watch: Watch,
) -> Audited | None:
    try:
        return quick.audit(
            ledger, kept=note, progress=progress, prefix=prefix, save=save, watch=watch
        )
    except LogError:
        raise
    except Exception:  # noqa: BLE001  what a changed database makes of reading it
        return None
