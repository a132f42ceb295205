"""The cases of consumers' reports: which there are, which office handles one, when one is over."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.office import report_cases
from suyuan.trace.store.beside.office.report_cases import ReportCaseBook
from suyuan.trace.store.beside.office.task_notes import State, notes_of
from suyuan.trace.store.read.act_reader import begun
from suyuan.trace.store.read.reader import Reader

from ..cases import KIND
from ..complaints import Complaint, Complaints, key_of, within
from ..time_limits import kept_for

UNSIGNED = timedelta(days=2)  # after which a draft is taken for one that nobody signs
KINDS = ("complaint", "offence")  # of cases that a report becomes


def cases_of(reader: Reader, numbers: Collection[str]) -> dict[str, list[Act]]:
    """The cases opened from these reports, by the number; only what the ledger has counts."""
    found: dict[str, list[Act]] = {}
    rows = report_cases.of_reports(reader, numbers)
    acts = begun(reader, [row.uri for row in rows])
    for row in rows:
        act = acts.get(row.uri)
        if act is not None and act.kind == KIND and row.report is not None:
            found.setdefault(row.report, []).append(act)
    return {number: sorted(acts, key=lambda act: act.leaf) for number, acts in found.items()}


def hidden_about(reader: Reader, party: str) -> list[Act]:
    """Cases that may be about a party and name it in no clear member, the newest first.

    What each says decides whether it is.
    """
    acts = begun(reader, [row.uri for row in report_cases.of_party(reader, party)]).values()
    newest_first = sorted(acts, key=lambda act: act.leaf, reverse=True)
    return [act for act in newest_first if act.kind == KIND]


def may_read(reader: Reader, report: Complaint, office: str | None, remit: Remit | None) -> bool:
    """Whether an office reads who reported and in what words: the one that handles it.

    That is the office of a case opened from it; until there is one, each that looks after it.
    """
    if acts := cases_of(reader, [report.number]).get(report.number):
        return office in {act.office for act in acts}
    return remit is not None and within(reader, remit)(report)


def retire(ledger: Ledger, now: datetime) -> int:
    """Erase what reports say of persons whose time is over, forget drafts; how many were erased.

    Its time begins when its last case is closed or, without one, when an office dealt with it.
    """
    book, end = Complaints(ledger.home), micros(now - kept_for("reports"))
    gone = book.erase_again()
    with ledger.reading(patient=True) as reader:
        over = [one for one in book.all(end) if not one.is_erased and _is_over(reader, one, end)]
        unsigned = [row.uri for row in report_cases.unsigned(reader, micros(now - UNSIGNED))]
    for report in over:
        book.erase(report)
    if unsigned:
        ReportCaseBook(ledger.database.engine).forget(unsigned)
    return gone + len(over)


def _is_over(reader: Reader, report: Complaint, end: int) -> bool:
    ends = list(_ends(reader, report))
    return bool(ends) and all(one is not None and one <= end for one in ends)


def _ends(reader: Reader, report: Complaint) -> Iterator[int | None]:
    """When each case of a report was closed, or it was dealt with; None while it is not."""
    acts = cases_of(reader, [report.number]).get(report.number, [])
    for act in acts:
        closed = None if act.ended is None else reader.recorded(act.ended)
        yield None if closed is None else closed.time
    if not acts:
        note = notes_of(reader, [key_of(report)]).get(key_of(report))
        yield note.at if note is not None and note.state == State.DONE else None
