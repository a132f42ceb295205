"""A plan of inspections: whom it finds due, the task that each is, and whether that is done.

A plan is a case, and so is each task, which names its party in no clear member: whom an office is
about to inspect nobody else sees (SAMR Order 49, article 46).
"""

import hmac
from collections.abc import Collection
from datetime import date

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.steps import at_whom
from suyuan.trace.format.times import zone
from suyuan.trace.store.read.reader import Reader

from ..cases import CLOSED, Case
from ..counter import THOROUGH, kind_of
from ..draws.draw_drafts import pool_of
from ..grading.grade_facts import Graded

PLAN, TASK = "inspections", "inspection"  # the kinds of cases that they are
UNANNOUNCED = "unannounced"


def kind(case: Case) -> str:
    """The kind of inspection that a plan or a task is of."""
    return str(case.stages[0].said.get("inspection"))


def until(plan: Case) -> date:
    """The last day of a plan."""
    return plan.stages[0].until or plan.stages[0].at.astimezone(zone()).date()


def due(plan: Case, graded: Graded) -> date | None:
    """When a party is due for the inspections that a plan is of; None where not in its time."""
    day = graded.next_thorough if kind(plan) == THOROUGH else graded.next_inspection
    return day if day is not None and day <= until(plan) else None


def unannounced(reader: Reader, remit: Remit, secret: bytes, before: Collection[str]) -> list[str]:
    """The parties of a remit in the order in which a plan comes to them, but for those before.

    By HMAC-SHA256 under the plan's secret (`cases.secret_of`): it follows from what was signed and
    from who is registered, and nobody can work it out who has not the plan.
    """
    pool = set(pool_of(reader, remit)) - set(before)
    return sorted(pool, key=lambda uri: hmac.digest(secret, f"inspect|{uri}".encode(), "sha256"))


def is_answer(reader: Reader, task: Case, index: int) -> bool:
    """Whether a record is the inspection that a task asks for: of its party and kind, since."""
    link = reader.parsed(index) if index > task.act.leaf else None
    if link is None or link.event is None or link.actor != task.act.office:
        return False
    return task.party in at_whom(link.event) and kind_of(link.event) == kind(task)


def is_done(reader: Reader, task: Case) -> bool:
    """Whether a task was closed with the inspection that it asks for."""
    end = task.stage(CLOSED)
    named = () if end is None else end.statement.get("of", ())
    return any(is_answer(reader, task, ref["index"]) for ref in named)
