"""`suyuan findings`: findings and what is late as one list, in pages, with exit codes."""

import json
from datetime import timedelta

import pytest
from support.ledger.commands import PASSPHRASE, Suyuan
from support.ledger.world import Actor, World
from support.lineage.plausibility import (
    assert_same_facts,
    assert_texts_agree,
    day,
    harvest,
    kg,
    party,
    say,
    send,
)

from suyuan.keys import files
from suyuan.trace.findings.rule import Severity
from suyuan.trace.format import steps
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods.reporting import Query, page, read_key, written
from suyuan.trace.store.read.reader import Reader


@pytest.fixture
def suyuan(suyuan: Suyuan, small: World) -> Suyuan:
    """Runs `suyuan` over the small world."""
    files.save(small.home / "log.key", small.log, PASSPHRASE)
    return Suyuan("--home", small.home)


def overdrawn(world: World, who: Actor, times: int = 1) -> list[str]:
    """Lots of which more was sold than there was."""
    lots = [world.new_lot() for _ in range(times)]
    for lot in lots:
        harvest(world, who, lot, 10)
        say(world, who, "sell", 1, kg(lot, 20))
    return lots


def shown(uri: str) -> str:
    """The code in a URI of ours, as it is printed."""
    return codes.shown(uri.rpartition("/")[2])


def test_a_sound_ledger_has_nothing_to_list(small: World, suyuan) -> None:
    harvest(small, party(small, "producer"), small.new_lot(), 10)
    assert suyuan("findings")[:2] == (0, "nothing found\n")
    code, out, _ = suyuan("findings", "--json")
    assert code == 0 and json.loads(out) == {
        "size": small_size(small),
        "findings": [],
        "after": None,
    }


def small_size(world: World) -> int:
    with world.ledger.reading() as reader:
        return reader.size()


def test_a_grave_one_ends_with_1_and_says_all_of_it(small: World, suyuan) -> None:
    farm = party(small, "producer")
    (lot,) = overdrawn(small, farm)
    code, out, _ = suyuan("findings")
    assert code == 1
    for part in (
        "grave",
        "overdrawn  More went out",
        "Food Safety Law",
        shown(lot),
        shown(farm.uri),
    ):
        assert part in out
    code, out, _ = suyuan("findings", "--json")
    (found,) = json.loads(out)["findings"]
    assert code == 1 and (found["rule"], found["severity"]) == ("overdrawn", "grave")
    assert found["item"] == lot and found["index"] in found["evidence"]
    assert found["actor"] == farm.uri and len(found["evidence"]) == 2
    assert_texts_agree(found["reason"], found["reason_zh"])


def test_the_list_is_in_chinese_for_who_asks(small: World, suyuan) -> None:
    assert suyuan("findings", "--lang", "zh")[:2] == (0, "没有发现问题\n")
    farm = party(small, "producer")
    (lot,) = overdrawn(small, farm)
    code, out, err = suyuan("findings", "--lang", "zh", "--limit", 1)
    assert code == 1 and "条记录" in err
    for part in ("重大", "出库多于库存", "共有 10 千克，出库 20 千克：多出 10 千克", shown(lot)):
        assert part in out
    assert "too much" not in out
    code, out, _ = suyuan("findings", "--lang", "zh", "--json")
    assert json.loads(out) == json.loads(suyuan("findings", "--json")[1])


def test_minor_ones_alone_end_with_0(small: World, suyuan) -> None:
    harvest(small, party(small, "stall"), small.new_lot(), 10)
    code, out, _ = suyuan("findings")
    assert code == 0 and "minor  unusual-step" in out


def test_what_is_asked_for_is_listed_and_nothing_else(small: World, suyuan) -> None:
    here, there = party(small, "producer"), party(small, "producer", "350582")
    lot, other = overdrawn(small, here) + overdrawn(small, there)
    harvest(small, party(small, "stall", "350582"), small.new_lot(), 10)

    def items(*arguments: object) -> set[str]:
        found = json.loads(suyuan("findings", "--json", *arguments)[1])["findings"]
        return {f"{one['rule']} {one['item']}" for one in found if one["item"] in (lot, other)}

    both = {f"overdrawn {lot}", f"overdrawn {other}"}
    assert items() == items("--rule", "overdrawn") == items("--severity", "grave") == both
    assert items("--rule", "early") == items("--severity", "minor") == set()
    assert items("--item", lot) == items("--party", here.uri) == {f"overdrawn {lot}"}
    assert items("--item", codes.shown(codes.of_uri(lot, "trace.food.example"))) == items(
        "--item", lot
    )
    assert items("--division", "3502") == {f"overdrawn {lot}"}
    assert items("--division", "350500") == {f"overdrawn {other}"}
    assert items("--division", "44") == set()
    assert items("--party", here.uri, "--division", "3505") == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rule", "nonsense"),
        ("--severity", "dreadful"),
        ("--item", "ZZZZ"),
        ("--item", "https://nobody.example/t/1"),
        ("--party", "nobody"),
        ("--division", "35020"),
        ("--after", "x"),
        ("--limit", "0"),
    ],
)
def test_bad_input_is_a_sentence_and_ends_with_2(suyuan, arguments: tuple[str, str]) -> None:
    code, out, err = suyuan("findings", *arguments)
    assert code == 2 and not out and err


def test_pages_follow_one_another_without_gap_or_repeat(small: World, suyuan) -> None:
    farm = party(small, "producer")
    lots = overdrawn(small, farm, 5)
    listed, after, pages = [], (), 0
    while True:
        found = json.loads(suyuan("findings", "--json", "--limit", 2, *after)[1])
        listed += [one["item"] for one in found["findings"]]
        pages += 1
        if found["after"] is None:
            break
        after = ("--after", found["after"])
    assert pages == 3 and listed == lots


def test_findings_of_single_links_are_in_the_list(small: World) -> None:
    farm, lot = party(small, "producer"), small.new_lot()
    small_event = harvest_event(small, farm, lot)
    again = small_event | {"eventTime": small_event["eventTime"].replace("T12", "T13")}
    small.do(farm, small_event)
    (reused,) = small.do(farm, again)
    with small.caught_up() as reader:
        found = of(reader, small, Query(rule="event-id"))
        (named,) = [one.finding for one in found]
        assert (named.leaf, named.actor) == (reused.index, farm.uri)
        assert found[0].heading.title.text("zh") and found[0].severity is Severity.SERIOUS
        assert f"已在第 {reused.index - 1} 号记录用于另一事件" in found[0].finding.message.text(
            "zh"
        )
        assert of(reader, small, Query(rule="event-id", party=small.authority.uri)) == ()
        assert of(reader, small, Query(rule="event-id", division="350206")) == found
        assert of(reader, small, Query(rule="event-id", division="44")) == ()


def harvest_event(world: World, who: Actor, lot: str) -> dict:
    extra = steps.coding("上海青", None, None, "350212")
    return steps.event("harvest", day(0), [kg(lot, 10)], extra=extra)


def of(reader: Reader, world: World, asked: Query, **more: object) -> tuple:
    return page(reader, asked, world.ledger.now(), **more).entries


def test_what_is_overdue_is_late(small: World) -> None:
    farm, depot = party(small, "producer"), party(small, "wholesaler")
    lot = small.new_lot()
    harvest(small, farm, lot, 100)
    sent = send(small, farm, depot, 1, kg(lot, 50))
    with small.caught_up() as reader:
        now = small.ledger.now()
        assert page(reader, Query(), now).entries == ()
        later = now + timedelta(hours=25)
        (late,) = page(reader, Query(), later).entries
        assert (late.finding.rule, late.finding.leaf) == ("late", sent.index)
        assert (late.finding.actor, late.severity) == (depot.uri, Severity.SERIOUS)
        message = late.finding.message
        assert "not yet" in str(message) and "尚未确认" in message.text("zh")
        assert_same_facts(message)
        for asked in (Query(rule="late"), Query(party=depot.uri), Query(division="3502")):
            assert page(reader, asked, later).entries == (late,)
        for asked in (Query(rule="early"), Query(party=farm.uri), Query(division="44")):
            assert page(reader, asked, later).entries == ()
        assert page(reader, Query(), later, after=late.key).entries == ()


def test_a_place_in_the_list_is_read_as_it_was_written() -> None:
    key = (12, "event-id", "urn:x/y:z")
    assert read_key(written(key)) == key
    for bad in ("", "12", "12/x", "x/y/z", "-1/a/b", "1/a/", "9" * 40 + "/a/b"):
        with pytest.raises(LedgerError):
            read_key(bad)
