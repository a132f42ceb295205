"""Attacks by the plan of a recall, from whose day the days to finish count (ADR 50)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from support.ledger.world import Actor, World, days_ago
from support.web.acting import act_uri, officer, refusal, say

from suyuan.trace.admission import acts
from suyuan.trace.format.rules import Rule
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.recall.course import read
from suyuan.trace.recall.deadlines import Timing
from suyuan.trace.recall.progress import progress

LEVEL, DAYS = 2, 20

pytestmark = pytest.mark.usefixtures("newest_measures")


class Recall:
    """A recall of a farm's own lot, of which an instant of its plan may be stated."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm, self.stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
        lot, self.uri = world.new_lot(), act_uri()
        world.code(self.farm, lot)
        world.hand_over(self.farm, self.stall, lot)
        data, named = acts.listed([lot])
        say(world, self.farm, (acts.recall_order(self.uri, LEVEL, early(16), "检出", named), data))

    def plan(self, planned: str | datetime, who: Actor | None = None) -> None:
        if isinstance(planned, datetime):
            planned = planned.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        say(self.world, who or self.farm, (acts.recall_plan(self.uri, planned), None))

    def timing(self) -> Timing:
        with self.world.caught_up() as reader:
            act = reader.act(self.uri)
            assert act is not None
            return progress(reader, act, datetime.now(UTC)).timing

    def finish(self) -> date:
        due = self.timing().deadlines
        assert due is not None and not due.is_plan_open
        return due.finish_day


@pytest.fixture
def recall(small: World) -> Recall:
    return Recall(small)


def early(hour: int = 17) -> str:
    """An instant of yesterday in Shanghai: at 16 hours, the first one of the measures."""
    return f"{days_ago(2)}T{hour}:00:00Z"


def day_after(days: int) -> date:
    return datetime.now(SHANGHAI).date() + timedelta(days=days)


def test_who_recalls_dates_its_plan_ahead_to_put_the_deadline_off(recall: Recall) -> None:
    first = day_after(DAYS)
    recall.plan("2999-01-01T00:00:00Z")
    assert first <= recall.finish() <= day_after(DAYS)


def test_who_recalls_states_a_later_plan_when_its_days_run_out(recall: Recall) -> None:
    recall.plan(early())
    assert recall.finish() == day_after(DAYS - 1)
    recall.plan(datetime.now(UTC))
    assert recall.finish() == day_after(DAYS - 1)


def test_the_authority_corrects_a_plan_that_was_stated_late(recall: Recall) -> None:
    recall.plan(datetime.now(UTC))
    recall.plan(early(), recall.world.authority)
    assert recall.finish() == day_after(DAYS - 1)


def test_a_plan_from_before_the_danger_was_known_counts_from_then(recall: Recall) -> None:
    recall.plan("0001-01-01T00:00:00Z")
    assert recall.finish() == day_after(DAYS - 1)


def test_a_holder_or_an_office_states_the_plan_of_anothers_recall(recall: Recall) -> None:
    said = acts.recall_plan(recall.uri, early())
    for who in (recall.stall, officer(recall.world)):
        assert refusal(recall.world, who, said).rule is Rule.AUTHORITY
    with recall.world.ledger.reading() as reader:
        act = reader.act(recall.uri)
        assert act is not None and read(reader, act).planned is None


def test_a_plan_is_stated_of_a_recall_that_is_closed(recall: Recall) -> None:
    say(recall.world, recall.farm, (acts.recall_close(recall.uri), None))
    said = acts.recall_plan(recall.uri, early())
    assert refusal(recall.world, recall.farm, said).rule is Rule.STATEMENT


def test_reports_are_due_while_it_is_under_way_and_once_at_its_end(recall: Recall) -> None:
    timing = recall.timing()
    assert timing.next_report == day_after(5) and timing.closing_report is None
    say(recall.world, recall.farm, (acts.recall_close(recall.uri), None))
    timing = recall.timing()
    assert timing.next_report is None and timing.closing_report == day_after(5)
