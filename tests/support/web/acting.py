"""Holds and recalls in tests: statements with their lists, and the links that they stop."""

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


def act_uri(kind: str = "act") -> str:
    return codes.uri_of(codes.new(), HOST, kind)


def say(world: World, actor: Actor, *statements: tuple[Object, bytes | None]) -> list[Receipt]:
    """Statements in one transaction, with their lists."""
    drafts = [Draft(statement=statement) for statement, _ in statements]
    lists = [data for _, data in statements if data is not None]
    return world.ledger.write(actor.pen, drafts, lists)


def order(
    world: World, actor: Actor, *items: str, uri: str | None = None, drill: bool = False
) -> str:
    data, named = acts.listed(items)
    uri = uri or act_uri()
    say(world, actor, (acts.recall_order(uri, 1, KNOWN, "检出", named, drill=drill), data))
    return uri


def hold(world: World, actor: Actor, *items: str) -> str:
    data, named = acts.listed(items)
    uri = act_uri()
    say(world, actor, (acts.hold_place(uri, "待检", named), data))
    return uri


def extend(world: World, actor: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, actor, (acts.recall_extend(uri, named), data))


def clear(world: World, actor: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, actor, (acts.recall_clear(uri, "不含", named), data))


def later(step: str, lot: str, **more) -> Object:
    """An event a little ahead of now, so that it happened before no act."""
    when = datetime.now(UTC) + AHEAD
    return steps.event(step, when, [steps.Portion(lot, None, None)], **more)


def dispatch(world: World, sender: Actor, recipient: Actor, lot: str) -> Receipt:
    to = {"sender": sender.uri, "recipient": recipient.uri}
    return world.do(sender, later("dispatch", lot, **to))[0]


def refusal(world: World, actor: Actor, statement: Object, data: bytes | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        say(world, actor, (statement, data))
    return caught.value


def stopped(world: World, sender: Actor, recipient: Actor, lot: str) -> Refused:
    with pytest.raises(Refused) as caught:
        dispatch(world, sender, recipient, lot)
    assert (caught.value.rule, caught.value.status) == (Rule.HOLD, 409)
    return caught.value


def rows(world: World) -> set[tuple]:
    with world.ledger.reading() as reader:
        query = text("SELECT item, act, leaf, cleared FROM scope")
        return {tuple(row) for row in reader.connection.execute(query)}


def officer(world: World, role: str = "office", by: Actor | None = None) -> Actor:
    return world.party("思明区监管所", role, by=by)
