"""Rows of lineage, compared with a plain reference."""

import json
from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from support.ledger.world import World
from support.lineage.lineage_reference import Reference

from suyuan.trace.format.link import parse
from suyuan.trace.lineage.model import Shipment, Stay, Stock, Story
from suyuan.trace.recall.accounts import Entry, accounting
from suyuan.trace.store.projections import follow_lineage as follower
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.schema_columns import of_projection

TABLES = of_projection(follower.Lineage.name)


def reference(reader: Reader) -> Reference:
    return Reference([json.loads(parse(s.entry).envelope.payload) for s in reader.links()])


def compare(world: World) -> Reference:
    """Follow all links, and fail where the product and the reference disagree."""
    with world.caught_up() as reader:
        expected = reference(reader)
        lineage = Lineage(reader)
        assert lineage.size() == sum(1 for _ in reader.links())
        differences = [row for item in expected.items for row in of_item(lineage, expected, item)]
        differences += of_holders(lineage, expected)
    assert differences == []
    return expected


def of_item(lineage: Lineage, expected: Reference, item: str) -> Iterator[tuple]:
    """The differences of product and reference about an item."""
    story = lineage.story(item)
    stock = where(lineage.stock([item]))
    if stock != expected.stock(item):
        yield "stock", item, stock - expected.stock(item), expected.stock(item) - stock
    shipments = lineage.shipments(item=item)
    if shipments != list(story.shipments) or lineage.stays(item) != list(story.stays):
        yield "rows that are not the story's", item
    lines = {leaf: line for (leaf, name), line in expected.lines.items() if name == item}
    if [line.leaf for line in shipments] != sorted(lines):
        yield "lines", item, [line.leaf for line in shipments], sorted(lines)
    for line in shipments:
        if line.leaf in lines and facts(line) != facts(lines[line.leaf]):
            yield "line", item, line.leaf, facts(line), facts(lines[line.leaf])
    yield from of_stays(story, expected)
    if not expected.is_piece(item):
        yield from of_accounts(story, expected)
    for forward in (True, False):
        depth = expected.reach(item, forward=forward)
        graph = lineage.graph([item], forward=forward)
        if dict(graph.depth) != depth or lineage.reach([item], forward=forward) != sorted(depth):
            yield "lineage", item, forward, dict(graph.depth), depth
    traced: Counter[Any] = Counter()
    for name in expected.reach(item, forward=True):
        traced.update(expected.stock(name))
    if where(lineage.trace([item])) != traced:
        yield "trace", item


def where(stocks: list[Stock]) -> Counter[Any]:
    """How many millionths are where, whatever they are."""
    amounts: Counter[Any] = Counter()
    place = attrgetter("holder", "is_in_transit", "is_reported", "container", "sender")
    for stock in stocks:
        if stock.quantity is not None and stock.quantity.micro:
            amounts[place(stock)] += stock.quantity.micro
    return amounts


def facts(line: Any) -> tuple:
    """The facts of a line of a dispatch, in one form for both."""
    amount = line.quantity and line.quantity.micro if isinstance(line, Shipment) else None
    if not isinstance(line, Shipment):
        amount = line.amount and line.amount[0]
    state = str(line.state)
    return line.sender, line.recipient, amount, state, line.received or 0, line.refused or 0


def of_accounts(story: Story, expected: Reference) -> Iterator[tuple]:
    """Balances, movements by kind, and where all of it went."""
    accounts = {(story.item, a.holder, a.is_reported): a for a in story.accounts}
    if set(accounts) != {key for key in expected.balance if key[0] == story.item}:
        yield "accounts", story.item, sorted(accounts)
    for key, account in accounts.items():
        kinds: Counter[str] = Counter()
        for movement in account.movements:
            kinds[movement.kind.value] += movement.delta or 0
        known = {kind: n for kind, n in expected.kinds[key].items() if n}
        if account.balance != expected.balance.get(key):
            yield "balance", key, account.balance, expected.balance.get(key)
        if {kind: n for kind, n in kinds.items() if n} != known:
            yield "kinds", key, dict(kinds), known
    summary = accounting(story)
    if accounts and summary.is_known:
        balance = expected.balance_of(story.item)
        entries = {entry.value: summary.of(entry) for entry in Entry if entry != Entry.DIFFERENCE}
        if entries != balance or summary.missing:
            yield "mass balance", story.item, entries, balance, summary.missing


def of_stays(story: Story, expected: Reference) -> Iterator[tuple]:
    """How much was inside what, just after each event at which that may have changed."""
    if any(stay.quantity is None for stay in story.stays):
        return
    item = story.item
    containers = {stay.container for stay in story.stays}
    containers |= {container for name, container in expected.stays if name == item}
    for container in sorted(containers):
        there = [stay for stay in story.stays if stay.container == container]
        times = {key for key, _ in expected.stays.get((item, container), ())}
        times |= {(stay.entered, stay.entered_leaf) for stay in there}
        times |= {(s.left, s.left_leaf or 0) for s in there if s.left is not None}
        for key in sorted(times):
            inside = sum(amount(stay) for stay in there if is_inside(stay, key))
            if inside != expected.inside_at(item, container, key):
                yield "inside", item, container, key, inside


def is_inside(stay: Stay, key: tuple[int, int]) -> bool:
    has_left = stay.left is not None and (stay.left, stay.left_leaf or 0) <= key
    return (stay.entered, stay.entered_leaf) <= key and not has_left


def amount(stay: Stay) -> int:
    assert stay.quantity is not None
    return stay.quantity.micro


def of_holders(lineage: Lineage, expected: Reference) -> Iterator[tuple]:
    """All that each party has, and all that is in each container."""
    held: dict[str, Counter[Any]] = {}
    for item in expected.items:
        for (holder, in_transit, _, container, _), micro in expected.stock(item).items():
            if holder is not None and not in_transit:
                held.setdefault(holder, Counter())[item, container] += micro
    for holder in sorted({*held, *expected.parties}):
        stocks: Counter[Any] = Counter()
        for stock in lineage.stock_of(holder):
            if stock.quantity is not None and stock.quantity.micro:
                stocks[stock.item, stock.container] += stock.quantity.micro
        if stocks != held.get(holder, Counter()):
            yield "stock of", holder, stocks - held.get(holder, Counter())
    packed: dict[str, list[Stay]] = {}
    for item in expected.items:
        for stay in lineage.stays(item):
            packed.setdefault(stay.container, []).append(stay)
    for container in expected.containers:
        if set(lineage.contents(container)) != set(packed.get(container, ())):
            yield "contents", container


def rows(world: World) -> dict[str, list[str]]:
    """Everything that the follower of lineage has written."""
    with world.ledger.reading() as reader:
        return {
            table.name: sorted(map(repr, reader.connection.execute(select(table)).all()))
            for table in TABLES
        }
