"""Two weeks to one week ago: pigs to pork, pork to sausages."""

from ..members import Object
from .numbers import Supplier
from .parties import ABATTOIR, BUTCHER, DEPOT, KITCHEN, LAB, PIGFARM
from .telling import Bought, Load, Moments, Said, Teller


def spices(t: Teller) -> Moments:
    """The sausage maker takes in what is bought outside this ledger."""
    trader = Supplier("鹭岛百味调料商行", 33108827, "中埔路18号", "（演示）0599-0000018")
    casings = Supplier("海丰肠衣加工厂", 20871164, "海丰县工业区", "（演示）0599-0000027")
    yield 14, "09:00"
    for lot, amount, seller, spec, producer, origin in (
        ("salt-1", 200, trader, "50千克/袋", "莆田湄洲盐场（演示）", "福建莆田"),
        ("sugar-1", 120, trader, "30千克/袋", "崇左甘源糖厂（演示）", "广西崇左"),
        ("liquor-1", 60, trader, "20千克/桶", "宜宾醇香酒坊（演示）", "四川宜宾"),
        ("chili-1", 20, trader, "5千克/袋", "遵义红满香料厂（演示）", "贵州遵义"),
        ("casing-1", 30, casings, "10千克/桶，盐渍", "海丰肠衣加工厂", "广东汕尾"),
    ):
        number = f"{t.day(40):%Y%m%d}"
        certificate = f"（演示）出厂检验{number}号"
        t.buy(KITCHEN, lot, amount, seller, Bought(origin, spec, number, producer, certificate))


def first_pigs(t: Teller) -> Moments:
    """Fifteen pigs are slaughtered; part of the pork is cut."""
    yield 12, "03:40"
    lorry = t.send(PIGFARM, ABATTOIR, {"pigs-1": 15}, certificate="动检（演示）3599000412号")
    yield 12, "04:35"
    t.take(lorry)
    yield 12, "06:30"
    t.do(
        ABATTOIR,
        "slaughter",
        {"carcass-1": "1216.5", "offal-1": "136.2"},
        inputs={"pigs-1": 15},
        ago=40,
        certificate="肉检（演示）2026-10871号",
        quantities=[_heads(t, "carcass-1", 15)],
    )
    yield 12, "09:20"
    t.do(
        ABATTOIR,
        "cut",
        {"hind-1": 318, "shoulder-1": "226.4", "fatback-1": 124, "ribs-1": "98.2"},
        inputs={"carcass-1": 900},
        ago=30,
        reason="剔骨、修整损耗133.4千克",
    )
    yield 12, "10:00"
    t.do(ABATTOIR, "store", {"hind-1": 318, "fatback-1": 124}, extra=t.cold(2.4))


def _heads(t: Teller, lot: str, heads: int) -> Object:
    return {"item": t.items[lot], "value": str(heads), "unit": "H87", "kind": "count"}


def pork_goes_out(t: Teller) -> Moments:
    """To the sausage maker, to the wholesale market, and on to the butcher's stall."""
    yield 12, "12:40"
    van = t.send(ABATTOIR, KITCHEN, {"hind-1": 300, "shoulder-1": 100, "fatback-1": 120})
    lorry = t.send(
        ABATTOIR,
        DEPOT,
        {
            "carcass-1": "316.5",
            "hind-1": 18,
            "shoulder-1": "126.4",
            "ribs-1": "98.2",
            "offal-1": 130,
        },
    )
    yield 12, "13:50"
    t.take(van, {"hind-1": "299.2"})
    yield 12, "14:25"
    t.take(lorry, {"shoulder-1": "125.6"})
    yield 12, "16:00"
    t.do(ABATTOIR, "loss", {"fatback-1": 4}, reason="修整")
    t.do(ABATTOIR, "destroy", {"offal-1": "6.2"}, reason="检验摘除，无害化处理")
    yield 11, "04:20"
    yield from t.carry(
        DEPOT,
        BUTCHER,
        {"carcass-1": 80, "shoulder-1": 40, "ribs-1": 30},
        (11, "05:30"),
        {"shoulder-1": "39.7"},
    )
    yield 11, "11:00"
    t.sell(
        DEPOT,
        {
            "carcass-1": "236.5",
            "hind-1": 18,
            "shoulder-1": "85.6",
            "ribs-1": "68.2",
            "offal-1": 130,
        },
    )
    yield 11, "18:40"
    t.sell(BUTCHER, {"carcass-1": "74.6", "shoulder-1": "39.7", "ribs-1": 30})
    t.do(BUTCHER, "loss", {"carcass-1": "5.4"}, reason="剔骨")


def sausages(t: Teller) -> Moments:
    """Stuffed, dried for days, weighed, and tested."""
    yield 8, "16:20"
    made = t.make(
        KITCHEN,
        "make",
        "sausage-1",
        "304.5",
        {
            "hind-1": 280,
            "fatback-1": 118,
            "sugar-1": 30,
            "salt-1": 9,
            "liquor-1": 9,
            "casing-1": 6,
        },
        reason="烘晒失水147.5千克，出品率67.4%",
    )
    yield 8, "17:10"
    sampled = t.do(LAB, "sample", {"sausage-1": 2}, after=[made])
    yield 8, "17:20"
    t.do(KITCHEN, "loss", {"sausage-1": 2}, after=[sampled], reason="抽样送检")
    yield 7, "10:15"
    t.make(
        KITCHEN,
        "make",
        "hot-sausage-1",
        "98.6",
        {
            "shoulder-1": 100,
            "hind-1": "19.2",
            "fatback-1": 2,
            "chili-1": 5,
            "salt-1": "3.6",
            "liquor-1": 3,
            "casing-1": "2.4",
        },
        reason="烘晒失水36.6千克，出品率72.9%",
    )
    yield 7, "15:05"
    passed = t.do(
        LAB,
        "test",
        {"sausage-1": None},
        after=[made, sampled],
        ago=15,
        result="合格",
        certificate="（演示）食检字第2026-03317号",
        tested="亚硝酸盐、过氧化值、菌落总数",
    )

    yield from _packing(t, passed)


def _packing(t: Teller, passed: Said) -> Moments:
    """Bags, gift boxes, and two pallets to the wholesale market, once the test is passed."""
    yield 7, "16:10"
    t.make(KITCHEN, "repack", "sausage-pack-1", 118, {"sausage-1": 60}, reason="分装损耗1千克")
    t.do(
        KITCHEN,
        "make",
        {"gift-1": None, "gift-2": None},
        inputs={"sausage-1": 3, "hot-sausage-1": 2},
        extra=t.ilmd("gift-1", made=True),
    )
    yield 6, "07:40"
    t.do(KITCHEN, "pack", {"sausage-1": 120, "hot-sausage-1": 50}, into="pallet-1", after=[passed])
    gifts: Load = {"gift-1": None, "gift-2": None}
    load: Load = {"sausage-1": 60, "hot-sausage-1": 30, "sausage-pack-1": 80, **gifts}
    t.do(KITCHEN, "pack", load, into="pallet-2", after=[passed])
    yield 6, "08:30"
    lorry = t.send(KITCHEN, DEPOT, {"pallet-1": None, "pallet-2": None})
    yield 6, "09:35"
    t.take(lorry)
    t.do(DEPOT, "store", {"pallet-1": None, "pallet-2": None}, extra=t.cold(3.1))
    yield 6, "17:00"
    t.do(KITCHEN, "count", {"sausage-1": "59.5", "hot-sausage-1": "16.6", "sausage-pack-1": 38})
    t.do(KITCHEN, "count", {"salt-1": "187.4", "sugar-1": 90, "liquor-1": 48, "chili-1": 15})


THREADS = (spices, first_pigs, pork_goes_out, sausages)
