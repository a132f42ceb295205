"""The words of a recall's deadlines: by when what is due, and what a reader must know of it."""

from collections.abc import Iterator, Mapping

from suyuan.trace.recall.deadlines import Deadlines, Outcome, Timing

from . import shown
from .texts import Words, ngettext
from .texts import Words as _l
from .texts import gettext as _

OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.IN_TIME: _l("in time"),
    Outcome.LATE: _l("late"),
    Outcome.OPEN: _l("not due yet"),
    Outcome.OVERDUE: _l("overdue"),
}


def last_day(due: Deadlines) -> str:
    """The day to finish, marked where it may change still."""
    day = shown.day(due.finish_day)
    return _("%(day)s (provisional)", day=day) if due.is_provisional else day


def facts(timing: Timing) -> Iterator[tuple[str, str]]:
    """What is due by when, and by which rule; nothing where the order's time is not known."""
    due = timing.deadlines
    if due is None or timing.start is None or timing.finish is None:
        return
    yield _("To start by"), f"{shown.moment(due.start_due)} · {OUTCOMES[timing.start]}"
    yield _("To finish by"), f"{last_day(due)} · {OUTCOMES[timing.finish]}"
    if timing.next_report is not None:
        yield _("Next report to the authority by"), shown.day(timing.next_report)
    if timing.closing_report is not None:
        yield _("Report of its end by"), shown.day(timing.closing_report)
    elif timing.next_report is not None and due.rule.closing_days is not None:
        days = due.rule.closing_days
        within = ngettext("within %(num)d day of it", "within %(num)d days of it", days)
        yield _("Report of its end"), within
    yield _("Rule"), due.rule.name
