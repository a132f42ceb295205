"""How far lots are traced, summed: held to a plain count, kept with each change, and audited."""

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support.ledger.row import change
from support.ledger.world import World, event
from support.lineage.fill import fill
from support.watch.audits import audit_rows

from suyuan.keys.validity import significant
from suyuan.trace.admission import acts
from suyuan.trace.findings.food_catalogue import category_named
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections import coverage_sums
from suyuan.trace.store.schema_columns import MEASURES

DIVISIONS = ("35", "3502", "350203", "350206", "350206001", "350206001003", "4401")


def plainly(lots: list[dict]) -> dict:
    """What lots add up to, counted one by one: by coder, and by division at each level."""
    of_coders, of_divisions = {}, {}
    for lot in lots:
        followed = lot["handed"] == 2 or lot["reached"] > 0
        counts = Counter(
            lots=1, sourced=lot["begins"] == 2, supplied=lot["begins"] == 1,
            handed=lot["handed"] > 0, answered=lot["handed"] == 2, reached=lot["reached"] > 0,
            through=lot["begins"] > 0 and followed,
        )  # fmt: skip
        division, month, coder = lot["division"], lot["month"], lot["coder"]
        own = of_coders.setdefault((division, month, coder, lot["category"]), [Counter(), set()])
        own[0] += counts
        own[1].add(lot["product"])
        for level in (0, 2, 4, 6, 9, 12):
            for category in (lot["category"], ""):
                if level <= len(division):
                    key = division[:level], month, category
                    row = of_divisions.setdefault(key, [Counter(), set(), set()])
                    row[0] += counts
                    row[1].add((division, coder, lot["category"], lot["product"]))
                    row[2].add((division, coder))
    return {
        "coders": {
            key: tuple(len(row[1]) if name == "products" else row[0][name] for name in MEASURES)
            for key, row in of_coders.items()
        },
        "divisions": {
            key: (len(key[0]), len(row[2]),
                  *(len(row[1]) if name == "products" else row[0][name] for name in MEASURES))
            for key, row in of_divisions.items()
        },
    }  # fmt: skip


def stored(connection) -> dict:
    coders, divisions = (
        connection.execute(select(table)).all() for table in (t.coder_coverage, t.coverage)
    )
    return {
        "coders": {tuple(row[:4]): tuple(row[4:]) for row in coders},
        "divisions": {tuple(row[:3]): tuple(row[3:]) for row in divisions},
    }


ONE = st.fixed_dictionaries(
    {
        "coder": st.integers(1, 12),
        "month": st.sampled_from([202611, 202612]),
        "category": st.sampled_from(["rice", "meat", "other"]),
        "product": st.sampled_from(["", "米", "肉"]),
        "begins": st.integers(0, 2),
        "handed": st.integers(0, 2),
        "reached": st.integers(0, 3),
    }
)


@given(
    batches=st.lists(
        st.dictionaries(st.integers(1, 9), st.one_of(st.none(), ONE), max_size=6), max_size=6
    )
)
@settings(max_examples=40, deadline=None)
def test_sums_are_those_of_a_plain_count_however_lots_change(batches, shared: World) -> None:
    with writing(shared.ledger.database.engine) as connection:
        for table in (t.traced, t.coder_coverage, t.coverage):
            connection.execute(table.delete())
        lots: dict[int, dict] = {}
        for batch in batches:
            old = coverage_sums.stored(connection, list(batch))
            connection.execute(t.traced.delete().where(t.traced.c.item.in_(list(batch))))
            # A coder is registered in one division at a time.
            new = [
                row | {"item": item, "division": DIVISIONS[row["coder"] % len(DIVISIONS)]}
                for item, row in batch.items() if row is not None
            ]  # fmt: skip
            coverage_sums.change(connection, old, new)
            if new:
                connection.execute(t.traced.insert(), new)
            lots = {item: row for item, row in lots.items() if item not in batch}
            lots |= {row["item"]: row for row in new}
            kept, plain = stored(connection), plainly(list(lots.values()))
            for name in kept:
                assert sorted(kept[name].items()) == sorted(plain[name].items())
            for table, made in coverage_sums.summed().items():
                rows = {tuple(row) for row in connection.execute(select(table))}
                assert {tuple(row) for row in connection.execute(made)} == rows
        for table in (t.traced, t.coder_coverage, t.coverage):
            connection.execute(table.delete())


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> World:
    made = World(tmp_path_factory.mktemp("sums") / "home")
    yield made
    made.ledger.close()


def traced(world: World, lot: str) -> dict:
    with world.caught_up() as reader:
        query = select(t.traced).join(t.subject, t.subject.c.id == t.traced.c.item)
        row = reader.connection.execute(query.where(t.subject.c.uri == lot)).mappings().one()
        return dict(row)


def levels(world: World, lot: str) -> tuple[int, int, int]:
    row = traced(world, lot)
    return row["begins"], row["handed"], row["reached"]


def test_how_far_a_lot_is_traced_follows_its_records(small: World) -> None:
    farm = small.party("青山农场", "producer", division="350206001000")
    shop, stall = small.party("和顺食品", "processor"), small.party("阿明", "stall")
    pork, other, bought = (small.new_lot() for _ in range(3))
    small.code(farm, pork)
    assert levels(small, pork) == (2, 0, 0)
    assert traced(small, pork)["division"] == "350206001"
    small.code(stall, other)  # who grows nothing, and names nobody
    assert levels(small, other) == (0, 0, 0)
    small.hand_over(farm, shop, pork, "60")
    assert levels(small, pork) == (2, 2, 0)
    small.do(shop, event("sell", pork, "1"))
    assert levels(small, pork) == (2, 2, 3)
    small.do(stall, event("dispatch", other, "5", sender=stall.uri, recipient=shop.uri))
    assert levels(small, other) == (0, 1, 0)
    supplier = {"suyuan:supplier": {"name": "老王"}, "suyuan:product": "藕"}
    small.do(stall, event("receive", bought, "5", extra=supplier))
    assert levels(small, bought)[0] == 1
    assert traced(small, bought)["product"] == "藕"


def test_a_coder_that_moves_takes_no_lot_with_it(small: World) -> None:
    farm = small.party("青山农场", "producer", division="350206")
    before = small.new_lot()
    small.code(farm, before)
    small.ledger.followers.catch_up()
    moved = acts.admit(farm.uri, "青山农场", ["producer"], "350203", op="change")
    small.say(small.authority, moved)
    after = small.new_lot()
    small.code(farm, after)
    small.do(farm, event("feed", before, "1"))  # its rows are made anew
    assert traced(small, before)["division"] == "350206"
    assert traced(small, after)["division"] == "350203"
    assert audit_rows(small.ledger).is_good


def test_an_error_that_is_declared_takes_its_lot_out_of_the_sums(small: World) -> None:
    farm = small.party("青山农场", "producer")
    coding = event("code", small.new_lot(), "5", extra={"ilmd": {"suyuan:product": "菜"}})
    small.do(farm, coding)
    small.ledger.followers.catch_up()
    declared = {"declarationTime": coding["eventTime"], "reason": "did_not_occur"}
    small.do(farm, coding | {"errorDeclaration": declared})
    with small.caught_up() as reader:
        assert stored(reader.connection) == {"coders": {}, "divisions": {}}
    assert audit_rows(small.ledger).is_good


def test_the_sums_of_a_ledger_are_those_of_its_lots_in_whatever_runs_they_came(
    world: World,
) -> None:
    fill(world)
    with world.caught_up() as reader:
        rows = [dict(row) for row in reader.connection.execute(select(t.traced)).mappings()]
        one_by_one = stored(reader.connection)
        assert rows and plainly(rows) == one_by_one
    assert audit_rows(world.ledger).is_good
    world.ledger.followers.rebuild("lineage")
    with world.ledger.reading() as reader:
        assert stored(reader.connection) == one_by_one


@pytest.mark.parametrize(
    ("change_of", "table"),
    [
        ("UPDATE traced SET reached = 3", "traced"),
        ("DELETE FROM coder_coverage", "coder_coverage"),
        ("UPDATE coverage SET through = through + 1 WHERE level = 4", "coverage"),
        ("INSERT INTO coverage SELECT '11', month, category, level, coders, lots, products, "
         "sourced, supplied, handed, answered, reached, through FROM coverage WHERE level = 4 "
         "AND category = ''", "coverage"),
    ],
)  # fmt: skip
def test_a_changed_row_is_found(small: World, change_of: str, table: str) -> None:
    farm = small.party("青山农场", "producer")
    small.code(farm, small.new_lot())
    small.ledger.followers.catch_up()
    assert audit_rows(small.ledger).is_good
    change(small.ledger, change_of)
    reasons = [one.reason for one in audit_rows(small.ledger).findings if one.rule == "projection"]
    assert any(reason.startswith((f"{table}:", f"{table} ")) for reason in reasons), reasons


def test_a_month_is_that_of_the_time_that_the_event_states(small: World) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    late = datetime.fromisoformat("2026-10-31T20:00:00+00:00")
    goods = {"suyuan:product": "菜", "suyuan:category": "蔬菜/叶菜"}
    coding = event("code", lot, "5", extra={"ilmd": goods})
    coding |= {"eventTime": late.isoformat(), "eventTimeZoneOffset": "+08:00"}
    small.do(farm, coding)
    row = traced(small, lot)
    assert (row["month"], row["category"]) == (202611, "vegetables")
    assert category_named(None) == category_named("木材") == "other"
    assert significant("350206000000") == "350206"
