"""Holds and recalls said in tests: statements with their lists, and what they stop."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from support.ledger.world import HOST, Actor, World, days_ago

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.store.append.receipts import Receipt

KNOWN = f"{days_ago(2)}T00:00:00Z"
AHEAD = timedelta(seconds=2)
CHANGED = days_ago(1)  # the first day of the newest measures, in a test that moves it so


def act_uri() -> str:
    return codes.uri_of(codes.new(), HOST, "act")


def say(world: World, who: Actor, *said: tuple[Object, bytes | None]) -> list[Receipt]:
    """Statements in one transaction, with their lists."""
    drafts = [Draft(statement=statement) for statement, _ in said]
    return world.ledger.write(who.pen, drafts, [data for _, data in said if data is not None])


def order(
    world: World, who: Actor, *items: str, uri: str | None = None, drill: bool = False
) -> str:
    data, named = acts.listed(items)
    uri = uri or act_uri()
    say(world, who, (acts.recall_order(uri, 1, KNOWN, "检出", named, drill=drill), data))
    return uri


def hold(world: World, who: Actor, *items: str) -> str:
    data, named = acts.listed(items)
    uri = act_uri()
    say(world, who, (acts.hold_place(uri, "待检", named), data))
    return uri


def extend(world: World, who: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, who, (acts.recall_extend(uri, named), data))


def clear(world: World, who: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, who, (acts.recall_clear(uri, "不含", named), data))


def later(step: str, lot: str, **more) -> Object:
    """An event a little ahead of now, so that it happened before no act."""
    when = datetime.now(UTC) + AHEAD
    return steps.event(step, when, [steps.Portion(lot, None, None)], **more)


def dispatch(world: World, sender: Actor, recipient: Actor, lot: str) -> Receipt:
    (found,) = world.do(sender, later("dispatch", lot, sender=sender.uri, recipient=recipient.uri))
    return found


def refusal(world: World, who: Actor, said: Object, data: bytes | None = None) -> Refused:
    with pytest.raises(Refused) as found:
        say(world, who, (said, data))
    return found.value


def stopped(world: World, sender: Actor, recipient: Actor, lot: str) -> Refused:
    with pytest.raises(Refused) as found:
        dispatch(world, sender, recipient, lot)
    assert (found.value.rule, found.value.status) == (Rule.HOLD, 409)
    return found.value


def rows(world: World) -> set[tuple]:
    with world.ledger.reading() as reader:
        query = text("SELECT item, act, leaf, cleared FROM scope")
        return {tuple(row) for row in reader.connection.execute(query)}


def officer(world: World, role: str = "office", by: Actor | None = None) -> Actor:
    return world.party("思明区监管所", role, by=by)
