"""What each office and officer did in a month: inspections, orders, samples, complaints, cases."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime

from suyuan.keys.validity import significant
from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import msg
from suyuan.trace.format.steps import inspectors_of
from suyuan.trace.format.times import micros, zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.act_reader import cases_among
from suyuan.trace.store.read.examining import inspections_by
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

from .. import cases
from ..counter import kind_of
from ..sampling import plans
from . import inspection_plans

READ = 200  # of a month's newest cases, of which clocks are read
_MOST = 20_000  # inspections by an office in a month
COLUMNS = {
    "regular": msg("Regular inspections"), "unannounced": msg("Unannounced inspections"),
    "thorough": msg("Thorough inspections"), "order": msg("Orders to correct"),
    "order-closed": msg("of these orders closed"), "sample": msg("Samples"),
    "accepted": msg("Complaints decided on"), "accepted-in-time": msg("of these in time"),
    "ended": msg("Mediations ended"), "ended-in-time": msg("of these in time"),
    "cases": msg("Cases opened"), "closed": msg("Cases closed"), "overdue": msg("Cases overdue"),
}  # fmt: skip
_COMPLAINTS = {"opened": "accepted", "accepted": "ended"}  # by the stage that starts its clock
_UNCOUNTED = (
    plans.PLAN, plans.TASK, inspection_plans.PLAN, inspection_plans.TASK, cases.SHARE,
)  # fmt: skip
Figures = dict[tuple[str, str | None], Counter[str]]


def figures(
    reader: Reader, ledger: Ledger, offices: Collection[str], month: int
) -> tuple[Figures, bool]:
    """By office, and by its officers; and whether there was more than is read.

    A case is its opener's, whoever it was handed to, its closing theirs who closed it, what became
    of a complaint theirs who recorded it; complaints and what is overdue are of the cases that the
    month opened, handed to an office by those above it too. An inspection is both its officers'.
    """
    later = month + 1 if month % 100 < 12 else month + 89
    leaves = range(
        *(
            reader.first_since(micros(datetime(at // 100, at % 100, 1, tzinfo=zone())))
            for at in (month, later)
        )
    )
    counts: Figures = defaultdict(Counter)

    staff = {uri: {uri, *(one.uri for one in parts_of(reader, uri))} for uri in offices}
    office_of = {who: office for office, people in staff.items() for who in people}

    def add(office: str | None, who: str, *what: str) -> None:
        if office is not None and office in staff:
            for one in {None, *staff[office]} & {None, who}:
                counts[office, one].update(what)

    opened, ended = (
        [act for act in cases_among(reader, cases.KIND, leaves, is_ended=is_ended)
         if (act.actor in office_of or act.office in offices) and act.sort not in _UNCOUNTED]
        for is_ended in (False, True)
    )  # fmt: skip
    opened = [act for act in opened if act.actor in office_of or _is_from_above(reader, act)]
    for act in opened:
        add(office_of.get(act.actor), act.actor, "cases", *({"order", "sample"} & {str(act.sort)}))
    for act in ended:
        link = reader.parsed(act.ended or 0)
        closer = "" if link is None else link.actor
        orders = ["order-closed"] if act.sort == "order" else []
        add(office_of.get(closer), closer, "closed", *orders)
    now = ledger.now()
    for act in opened[-READ:]:
        try:
            case = cases.read(reader, ledger, act)
        except LedgerError:  # its page says so
            continue
        if any(clock.outcome(now) == "overdue" for clock in case.open_clocks):
            add(act.office, act.actor, "overdue")
        for clock in case.clocks if case.kind == "complaint" else ():
            name, stage = _COMPLAINTS.get(clock.clock.after), case.stage(*clock.clock.until)
            if name is not None and stage is not None:
                in_time = [f"{name}-in-time"] if clock.outcome(now) == "in time" else []
                add(office_of.get(stage.actor), stage.actor, name, *in_time)
    is_over = len(opened) > READ
    for office in offices:
        visits = inspections_by(reader, office, _MOST, leaves)
        is_over |= len(visits) == _MOST
        for _leaf, visit in visits:
            for who in (None, *staff[office].intersection(inspectors_of(visit["event"]))):
                counts[office, who][kind_of(visit["event"])] += 1
    return counts, is_over


def _is_from_above(reader: Reader, act: Act) -> bool:
    """Whether who opened a case is of a division around that of the office whose it is now."""
    opener, office = reader.party(act.actor), reader.party(act.office or "")
    if opener is None or office is None:
        return False
    return significant(office.division).startswith(significant(opener.division))
