"""Which divisions a report is about: the one that is asked for, or all of a viewer's remit."""

from suyuan.keys.validity import significant
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.times import zone
from suyuan.trace.inspection.coverage import read_month
from suyuan.web.context import site

from ..problems import ProblemError
from . import remits


def divisions(remit: Remit, asked: str) -> tuple[str, ...]:
    """The divisions, none within another; "" is the whole ledger, and none a remit of places."""
    within = remits.division(remit, asked)
    if within.is_all:
        return ("",)
    return tuple(significant(part) for part in within.divisions)


def month(text: str) -> int:
    """The month that is asked for, or the present one; a problem for a text that is none."""
    if text:
        asked = read_month(text)
        if asked is None:
            raise ProblemError(422, "a month is written 2026-11", field="month")
        return asked
    now = site().ledger.now().astimezone(zone())
    return now.year * 100 + now.month
