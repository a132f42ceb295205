"""The last ten days of the vegetables: field, wholesale market, stall A12."""

from .parties import DEPOT, FARM, GREENS, LAB, MARKET, OFFICE
from .telling import Load, Moments, Teller


def roots(t: Teller) -> Moments:
    """Carrots and cabbages are brought in and stored."""
    yield 10, "10:30"
    t.harvest("carrot-1", 400)
    t.do(FARM, "loss", {"carrot-1": "12.5"}, reason="清洗、去叶")
    yield 10, "15:00"
    t.do(FARM, "store", {"carrot-1": "387.5"}, extra=t.cold(4.0))
    yield 8, "10:40"
    t.harvest("cabbage-1", 350)
    yield 7, "03:50"
    lorry = t.send(FARM, DEPOT, {"cabbage-1": 200, "carrot-1": 180})
    yield 7, "05:00"
    t.take(lorry, {"cabbage-1": "198.6"})
    yield 7, "11:30"
    t.sell(DEPOT, {"cabbage-1": 90, "carrot-1": 60})
    yield 5, "11:20"
    t.sell(DEPOT, {"cabbage-1": 60, "carrot-1": 45})
    yield 4, "16:00"
    t.do(DEPOT, "loss", {"cabbage-1": "3.6"}, reason="剥除外叶")


def tomatoes(t: Teller) -> Moments:
    """Picked, coded by the crate; a delivery of them is returned."""
    yield 7, "06:20"
    t.harvest("tomato-1", 260)
    t.code(FARM, "tomato-1", None, "鹭岛市绿野合作社北坡基地10号棚")
    yield 7, "08:00"
    van = t.send(FARM, DEPOT, {"tomato-1": 160})
    yield 7, "09:05"
    t.take(van, {"tomato-1": "159.2"})
    yield 6, "04:10"
    crate = t.send(DEPOT, GREENS, {"tomato-1": 40, "carrot-1": 20, "cabbage-1": 25})
    yield 6, "05:15"
    t.take(crate)
    yield 6, "07:30"
    back = t.do(
        GREENS,
        "return",
        {"tomato-1": 8},
        to=DEPOT,
        after=[crate.said],
        reason="裂果、压伤，退回供货方",
    )
    yield 6, "09:50"
    t.do(DEPOT, "receive", {"tomato-1": 8}, after=[back], reason="退货入库")
    t.do(DEPOT, "destroy", {"tomato-1": 8}, reason="退货报损")
    yield 6, "11:40"
    t.sell(DEPOT, {"tomato-1": 90})
    yield 5, "11:40"
    t.sell(DEPOT, {"tomato-1": "29.2"})
    t.sell(FARM, {"tomato-1": 52})
    yield 3, "09:30"
    t.sell(FARM, {"tomato-1": 18})


def week_at_a12(t: Teller) -> Moments:
    """What stall A12 takes in and sells, day by day."""
    yield 6, "18:45"
    t.sell(GREENS, {"tomato-1": "12.4", "carrot-1": "6.5", "cabbage-1": "9.2"})
    yield 5, "18:50"
    t.sell(GREENS, {"tomato-1": "11.8", "bok-choy-1": "21.3", "cucumber-1": "14.6"})
    t.sell(GREENS, {"carrot-1": "5.2", "cabbage-1": "7.4"})
    yield 4, "18:40"
    t.sell(GREENS, {"tomato-1": "7.3", "bok-choy-1": "7.9", "cucumber-1": "9.7"})
    t.sell(GREENS, {"carrot-1": "4.1", "cabbage-1": "6.8"})
    yield 4, "19:00"
    t.do(GREENS, "loss", {"bok-choy-1": "0.8"}, reason="黄叶")
    t.do(GREENS, "loss", {"cabbage-1": "1.6"}, reason="剥除外叶")
    yield 4, "19:20"
    left: Load = {"tomato-1": "0.5", "carrot-1": "4.2", "cucumber-1": "0.7"}
    t.do(GREENS, "count", left, by=MARKET)
    yield 3, "18:55"
    t.sell(GREENS, {"carrot-1": "4.2", "aubergine-1": "13.5", "tomato-2": "16.2"})
    t.do(GREENS, "loss", {"tomato-1": "0.5", "cucumber-1": "0.7"}, reason="失鲜下架")
    yield 2, "18:50"
    t.sell(GREENS, {"aubergine-1": "9.8", "tomato-2": "14.1", "bok-choy-2": "22.6"})
    yield 1, "18:50"
    t.sell(GREENS, {"bok-choy-2": "12.9", "tomato-2": "6.3", "cucumber-2": "18.4"})
    t.sell(GREENS, {"lettuce-1": "9.6", "cherry-box-1": 21, "aubergine-1": "1.5"})
    yield 1, "19:20"
    left = {"cucumber-2": "11.6", "lettuce-1": "5.4", "tomato-2": "3.4", "cherry-box-1": 19}
    t.do(GREENS, "count", left, by=MARKET)


def leaves(t: Teller) -> Moments:
    """Bok choy and cucumbers, early in the week."""
    yield 6, "06:10"
    t.harvest("bok-choy-1", 180)
    t.harvest("cucumber-1", 150)
    yield 6, "07:10"
    van = t.send(FARM, DEPOT, {"bok-choy-1": 120, "cucumber-1": 95})
    yield 6, "08:20"
    t.take(van, {"bok-choy-1": "118.9"})
    yield 6, "11:10"
    t.sell(DEPOT, {"bok-choy-1": 70, "cucumber-1": 40})
    yield 5, "04:00"
    yield from t.carry(
        DEPOT,
        GREENS,
        {"bok-choy-1": 30, "cucumber-1": 25},
        (5, "05:10"),
    )
    yield 5, "11:00"
    t.sell(DEPOT, {"bok-choy-1": "16.4", "cucumber-1": 30})
    yield 5, "16:30"
    t.do(DEPOT, "loss", {"bok-choy-1": "2.5"}, reason="黄叶")
    yield 5, "17:00"
    t.do(FARM, "loss", {"bok-choy-1": 5}, reason="分拣剔除")
    t.sell(FARM, {"bok-choy-1": 25, "cucumber-1": 30})
    yield 4, "11:00"
    t.sell(FARM, {"bok-choy-1": 21, "cucumber-1": 25})
    yield 3, "10:00"
    t.do(FARM, "loss", {"bok-choy-1": 9}, reason="过期黄叶，还田堆肥")


def spinach(t: Teller) -> Moments:
    """A lot that does not pass the wholesale market's test, and is destroyed."""
    yield 5, "06:00"
    t.harvest("spinach-1", 120)
    yield 5, "06:50"
    van = t.send(FARM, DEPOT, {"spinach-1": 120})
    yield 5, "07:55"
    received = t.take(van, {"spinach-1": "119.4"})
    yield 5, "08:10"
    sampled = t.do(OFFICE, "sample", {"spinach-1": "0.5"}, after=[received])
    t.do(DEPOT, "loss", {"spinach-1": "0.5"}, ago=3, after=[sampled], reason="抽样快检")
    yield 5, "09:30"
    failed = t.do(
        OFFICE,
        "test",
        {"spinach-1": None},
        after=[received],
        result="不合格",
        certificate="（演示）快检2026-05512号",
        tested="腐霉利残留超标",
    )
    yield 5, "10:20"
    t.do(DEPOT, "destroy", {"spinach-1": "118.9"}, after=[failed], reason="检验不合格，监督销毁")


def midweek(t: Teller) -> Moments:
    """Aubergines, new tomatoes, cherry tomatoes in boxes."""
    yield 3, "05:40"
    t.harvest("aubergine-1", 130)
    t.harvest("tomato-2", 240)
    t.code(FARM, "tomato-2", None, "鹭岛市绿野合作社北坡基地11号棚")
    t.harvest("cherry-1", "61.5")
    t.code(FARM, "cherry-1", None, "鹭岛市绿野合作社北坡基地12号棚")
    yield 3, "06:30"
    van = t.send(FARM, DEPOT, {"aubergine-1": 80, "tomato-2": 150})
    direct = t.send(FARM, GREENS, {"aubergine-1": 25, "tomato-2": 40})
    yield 3, "07:35"
    t.take(van, {"tomato-2": "149.3"})
    yield 3, "07:50"
    t.take(direct, {"aubergine-1": "24.8"})
    yield 3, "09:00"
    t.make(
        FARM,
        "repack",
        "cherry-box-1",
        120,
        {"cherry-1": "61.5"},
        reason="剔除裂果1.5千克",
    )
    yield 3, "11:30"
    wrong = t.do(DEPOT, "sell", {"tomato-2": 85})
    t.sell(DEPOT, {"aubergine-1": 45})
    yield 3, "11:50"
    t.correct(wrong, "sell", {"tomato-2": 58}, ago=24)
    yield 2, "11:15"
    t.sell(DEPOT, {"aubergine-1": 20, "tomato-2": 35})


def second_leaves(t: Teller) -> Moments:
    """The lot of bok choy whose labels hang at A12."""
    yield 2, "05:30"
    cut = t.harvest("bok-choy-2", 210)
    t.harvest("coriander-1", 24)
    yield 2, "06:10"
    sampled = t.do(LAB, "sample", {"bok-choy-2": "0.6"}, after=[cut])
    t.do(FARM, "loss", {"bok-choy-2": "0.6"}, ago=2, after=[sampled], reason="抽样送检")
    yield 2, "06:40"
    van = t.send(FARM, GREENS, {"bok-choy-2": 45, "coriander-1": 4})
    lorry = t.send(FARM, DEPOT, {"bok-choy-2": 110, "coriander-1": 14})
    yield 2, "07:50"
    t.take(van, {"bok-choy-2": "44.7"})
    yield 2, "08:05"
    t.take(lorry, {"bok-choy-2": "109.1"})
    yield 2, "15:30"
    passed = t.do(
        LAB,
        "test",
        {"bok-choy-2": None},
        after=[cut, sampled],
        result="合格",
        certificate="（演示）食检字第2026-03402号",
        tested="甲维盐、毒死蜱等16项农残",
    )
    yield 2, "15:50"
    t.label(GREENS, "bok-choy-2", after=[passed])
    yield 2, "16:20"
    t.sell(DEPOT, {"bok-choy-2": 62, "coriander-1": 9})
    yield 1, "11:00"
    t.sell(DEPOT, {"bok-choy-2": "24.5", "coriander-1": 3})


def yesterday(t: Teller) -> Moments:
    """Cucumbers, lettuce, and the first mixed basin at A12."""
    yield 1, "05:20"
    t.harvest("cucumber-2", 140)
    t.harvest("lettuce-1", 90)
    yield 1, "06:00"
    boxes = {"cucumber-2": 30, "lettuce-1": 18, "cherry-box-1": 40}
    van = t.send(FARM, GREENS, boxes)
    lorry = t.send(FARM, DEPOT, {"cucumber-2": 80, "lettuce-1": 60, "cherry-box-1": 60})
    yield 1, "07:05"
    t.take(van)
    yield 1, "07:20"
    t.take(lorry, {"lettuce-1": "59.3"})
    yield 1, "08:10"
    inputs: Load = {"bok-choy-2": 3, "lettuce-1": 3, "coriander-1": "1.5"}
    t.make(GREENS, "mix", "basin-1", "7.5", inputs)
    yield 1, "11:30"
    t.sell(DEPOT, {"cucumber-2": 45, "lettuce-1": 33, "cherry-box-1": 36})
    yield 1, "19:05"
    t.sell(GREENS, {"basin-1": "6.9"})
    t.do(GREENS, "loss", {"basin-1": "0.6"}, reason="当日未售，下架")


THREADS = (
    roots,
    tomatoes,
    leaves,
    spinach,
    midweek,
    second_leaves,
    yesterday,
    week_at_a12,
)
