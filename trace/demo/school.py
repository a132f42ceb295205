"""The school's kitchen: what it buys, what it cooks, what it keeps as a sample."""

from .numbers import Supplier
from .parties import DEPOT, FARM, FISHERY, OFFICE, SCHOOL
from .telling import Bought, Load, Moments, Teller


def first_crate(t: Teller) -> Moments:
    """A crate of the farm for the week's stews."""
    yield 6, "07:20"
    t.do(FARM, "pack", {"tomato-1": 30, "carrot-1": 40, "cabbage-1": 35}, into="crate-1")
    yield 6, "07:50"
    van = t.send(FARM, SCHOOL, {"crate-1": None})
    yield 6, "08:45"
    t.take(van)
    t.do(SCHOOL, "unpack", {"tomato-1": 30, "carrot-1": 40, "cabbage-1": 35}, into="crate-1")
    yield 5, "10:50"
    inputs: Load = {"cabbage-1": 35, "carrot-1": 22, "tomato-1": 30}
    t.make(SCHOOL, "make", "borscht-1", 390, inputs, reason="烹调损耗")
    t.do(SCHOOL, "loss", {"borscht-1": 1}, ago=2, reason="留样")
    yield 5, "13:00"
    t.sell(SCHOOL, {"borscht-1": 376})
    t.do(SCHOOL, "loss", {"borscht-1": 13}, reason="剩余报损")
    yield 4, "07:10"
    t.do(DEPOT, "pack", {"belly-2": 40, "sausage-1": 18}, into="tote-1")
    yield 4, "07:40"
    van = t.send(DEPOT, SCHOOL, {"tote-1": None})
    yield 4, "08:40"
    t.take(van)
    t.do(SCHOOL, "unpack", {"belly-2": 40, "sausage-1": 18}, into="tote-1")
    t.do(SCHOOL, "store", {"belly-2": 40}, extra=t.cold(2.9))


def flour(t: Teller) -> Moments:
    """Flour from a mill outside this ledger."""
    name, address = "莆田金穗面粉有限公司", "莆田市粮食物流园"
    mill = Supplier(name, 41178305, address, "（演示）0599-0000033")
    number = f"{t.day(21):%Y%m%d}"
    certificate = f"（演示）出厂检验{number}号"
    yield 14, "10:20"
    flour = Bought("福建莆田", "25千克/袋", number, name, certificate)
    t.buy(SCHOOL, "flour-1", 100, mill, flour)


def braised_pork(t: Teller) -> Moments:
    """Three days ago: braised pork, two portions kept for two days as a sample."""
    yield 3, "11:10"
    inputs: Load = {"belly-2": 38, "carrot-1": 15}
    t.make(SCHOOL, "make", "braised-1", 420, inputs, reason="烹调损耗")
    t.do(SCHOOL, "loss", {"braised-1": 2}, ago=2, reason="留样")
    yield 3, "13:00"
    t.sell(SCHOOL, {"braised-1": 412})
    t.do(SCHOOL, "loss", {"braised-1": 6}, reason="剩余报损")
    yield 3, "13:30"
    t.do(SCHOOL, "count", {"belly-2": 2, "carrot-1": 3, "sausage-1": 18})


def yesterdays_lunch(t: Teller) -> Moments:
    """Yesterday: bok choy, steamed bass, tomato soup; labels at the counter."""
    yield 1, "05:40"
    t.do(FARM, "pack", {"bok-choy-2": 42, "tomato-2": 20}, into="crate-2")
    t.do(FISHERY, "pack", {"bass-2": "29.5"}, into="tank-1")
    yield 1, "06:10"
    greens = t.send(FARM, SCHOOL, {"crate-2": None})
    fish = t.send(FISHERY, SCHOOL, {"tank-1": None})
    yield 1, "07:15"
    t.take(greens)
    t.take(fish)
    opened = t.do(SCHOOL, "unpack", {"bok-choy-2": 42, "tomato-2": 20}, into="crate-2")
    t.do(SCHOOL, "unpack", {"bass-2": "29.5"}, into="tank-1")
    yield 1, "07:40"
    passed = t.do(
        OFFICE,
        "test",
        {"bok-choy-2": None},
        after=[opened],
        result="合格",
        certificate="（演示）快检2026-05633号",
        tested="农残速测",
    )
    yield 1, "11:00"
    t.make(SCHOOL, "make", "stir-fry-1", 360, {"bok-choy-2": 36}, after=[passed], reason="烹调损耗")
    t.make(SCHOOL, "make", "steamed-bass-1", 110, {"bass-2": "29.5"}, reason="宰杀、烹调损耗")
    t.make(SCHOOL, "make", "egg-soup-1", 300, {"tomato-2": 18}, reason="烹调损耗")
    yield 1, "11:20"
    t.label(SCHOOL, "stir-fry-1")
    sample: Load = {"stir-fry-1": 1, "steamed-bass-1": 1, "egg-soup-1": 1}
    t.do(SCHOOL, "loss", sample, reason="留样")
    yield 1, "13:00"
    t.sell(SCHOOL, {"stir-fry-1": 351, "steamed-bass-1": 109, "egg-soup-1": 287})
    t.do(SCHOOL, "loss", {"stir-fry-1": 8, "egg-soup-1": 12}, reason="剩余报损")


def tote(t: Teller) -> Moments:
    """What the kitchen takes in for the next days."""
    yield 1, "09:20"
    t.do(DEPOT, "pack", {"hind-3": 30, "belly-3": 36, "carrot-1": 25}, into="tote-2")
    yield 1, "09:50"
    van = t.send(DEPOT, SCHOOL, {"tote-2": None})
    yield 1, "10:40"
    t.take(van)
    t.do(SCHOOL, "unpack", {"hind-3": 30, "belly-3": 36, "carrot-1": 25}, into="tote-2")
    t.do(SCHOOL, "store", {"hind-3": 30, "belly-3": 36}, extra=t.cold(2.2))


def breakfast(t: Teller) -> Moments:
    """This morning's buns, with yesterday's pork and bok choy."""
    yield 0, "06:10"
    inputs: Load = {"flour-1": 18, "hind-3": 9, "belly-3": 3, "bok-choy-2": 6}
    t.make(SCHOOL, "make", "bun-1", 400, inputs, reason="出品400个，每个约90克")
    t.label(SCHOOL, "bun-1")
    t.do(SCHOOL, "loss", {"bun-1": 2}, ago=2, reason="留样")
    yield 0, "08:10"
    t.sell(SCHOOL, {"bun-1": 389})
    t.do(SCHOOL, "loss", {"bun-1": 9}, reason="剩余报损")


THREADS = (flour, first_crate, braised_pork, yesterdays_lunch, tote, breakfast)
