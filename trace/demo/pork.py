"""The last week of the pork: two more slaughters, stall B05, and sausages at stall D03."""

from .parties import ABATTOIR, BUTCHER, DELI, DEPOT, LAB, OFFICE, PIGFARM
from .telling import Load, Moments, Teller


def second_pigs(t: Teller) -> Moments:
    """The rest of the first pigs; half of the sides go out whole, in a chilled cage."""
    yield 5, "03:35"
    lorry = t.send(PIGFARM, ABATTOIR, {"pigs-1": 14}, certificate="动检（演示）3599000455号")
    yield 5, "04:30"
    t.take(lorry)
    yield 5, "06:20"
    t.do(
        ABATTOIR,
        "slaughter",
        {"carcass-2": "1138.2", "offal-2": "127.4"},
        inputs={"pigs-1": 14},
        ago=40,
        certificate="肉检（演示）2026-11302号",
    )
    yield 5, "09:00"
    t.do(
        ABATTOIR,
        "cut",
        {"hind-2": "176.4", "belly-2": 158, "ribs-2": 61, "fatback-2": 72},
        inputs={"carcass-2": 540},
        ago=30,
        reason="剔骨、修整损耗72.6千克",
    )
    yield 5, "09:40"
    t.do(ABATTOIR, "pack", {"carcass-2": "598.2"}, into="cage-1")
    yield 5, "10:10"
    lorry = t.send(ABATTOIR, DEPOT, {"cage-1": None, "hind-2": 150, "belly-2": 130, "ribs-2": 50})
    yield 5, "11:40"
    t.take(lorry, {"hind-2": "149.4"})
    t.do(DEPOT, "unpack", {"carcass-2": "598.2"}, into="cage-1")
    t.do(DEPOT, "store", {"carcass-2": "598.2"}, extra=t.cold(1.8))
    yield 5, "15:00"
    t.do(ABATTOIR, "destroy", {"offal-2": "3.4"}, reason="检验摘除，无害化处理")
    t.sell(ABATTOIR, {"offal-2": 124, "fatback-2": 72, "hind-2": "26.4", "belly-2": 28})
    t.sell(ABATTOIR, {"ribs-2": 11})


def week_at_b05(t: Teller) -> Moments:
    """What stall B05 takes in and sells."""
    yield 4, "03:50"
    load: Load = {"hind-2": 45, "belly-2": 30, "ribs-2": 20, "carcass-2": 78}
    yield from t.carry(DEPOT, BUTCHER, load, (4, "05:05"), {"carcass-2": "77.4"})
    yield 4, "10:40"
    t.sell(DEPOT, {"carcass-2": "310.4", "hind-2": 60, "belly-2": 42})
    yield 4, "18:30"
    t.sell(BUTCHER, {"hind-2": "14.8", "belly-2": "12.6", "ribs-2": "11.3", "carcass-2": "38.5"})
    yield 3, "06:10"
    inputs: Load = {"hind-2": 9, "carcass-2": 6}
    t.make(BUTCHER, "mix", "mince-1", "14.6", inputs, reason="绞制损耗0.4千克")
    yield 3, "10:30"
    t.sell(DEPOT, {"carcass-2": "209.8", "hind-2": "44.4", "ribs-2": 30, "belly-2": 18})
    yield 3, "18:35"
    t.sell(BUTCHER, {"mince-1": "13.9", "hind-2": "12.7", "belly-2": "9.8", "ribs-2": "8.7"})
    t.sell(BUTCHER, {"carcass-2": "27.2"})
    t.do(BUTCHER, "loss", {"carcass-2": "5.7", "mince-1": "0.7"}, reason="剔骨、下架")
    yield 2, "18:30"
    t.sell(BUTCHER, {"hind-2": "8.5", "belly-2": "7.6"})
    yield 2, "18:50"
    t.do(BUTCHER, "count", {"hind-2": 0, "belly-2": 0, "carcass-2": 0})


def third_pigs(t: Teller) -> Moments:
    """Twelve pigs of the other pen, slaughtered yesterday."""
    yield 1, "03:10"
    lorry = t.send(PIGFARM, ABATTOIR, {"pigs-2": 12}, certificate="动检（演示）3599000498号")
    yield 1, "03:55"
    arrived = t.take(lorry)
    yield 1, "04:05"
    passed = t.do(
        OFFICE,
        "test",
        {"pigs-2": None},
        after=[arrived],
        result="合格",
        certificate="（演示）快检2026-05630号",
        tested="尿样β-受体激动剂",
    )
    yield 1, "05:10"
    t.do(
        ABATTOIR,
        "slaughter",
        {"carcass-3": "978.6", "offal-3": 109},
        inputs={"pigs-2": 12},
        ago=30,
        after=[passed],
        certificate="肉检（演示）2026-11645号",
    )
    yield 1, "06:30"
    t.do(
        ABATTOIR,
        "cut",
        {"hind-3": "196.5", "belly-3": 164, "ribs-3": "71.5"},
        inputs={"carcass-3": 500},
        ago=20,
        reason="剔骨、修整损耗68千克",
    )
    yield 1, "06:50"
    t.do(ABATTOIR, "pack", {"hind-3": 60, "belly-3": 45, "ribs-3": 25}, into="cage-2")
    yield 1, "07:00"
    van = t.send(ABATTOIR, BUTCHER, {"cage-2": None})
    lorry = t.send(ABATTOIR, DEPOT, {"carcass-3": "478.6", "hind-3": 120, "belly-3": 110})
    yield 1, "08:15"
    t.take(van)
    t.do(BUTCHER, "unpack", {"hind-3": 60, "belly-3": 45, "ribs-3": 25}, into="cage-2")
    t.label(BUTCHER, "hind-3")
    yield 1, "08:40"
    t.take(lorry, {"carcass-3": "476.9"})
    yield 1, "10:50"
    t.sell(DEPOT, {"carcass-3": "260.5", "hind-3": 52, "belly-3": 47})
    yield 1, "14:30"
    t.sell(ABATTOIR, {"offal-3": 109, "ribs-3": "46.5"})
    yield 1, "18:35"
    t.sell(BUTCHER, {"hind-3": "21.4", "belly-3": "16.8", "ribs-3": "12.2"})


def pallets(t: Teller) -> Moments:
    """One pallet is opened at the wholesale market, the other goes on to D03 unopened."""
    yield 5, "08:40"
    t.do(DEPOT, "unpack", {"sausage-1": 120, "hot-sausage-1": 50}, into="pallet-1")
    yield 5, "11:50"
    t.sell(DEPOT, {"sausage-1": 34, "hot-sausage-1": "12.5"})
    yield 4, "07:30"
    yield from t.carry(DEPOT, DELI, {"pallet-2": None}, (4, "08:25"))
    t.do(
        DELI,
        "unpack",
        {
            "sausage-1": 60,
            "hot-sausage-1": 30,
            "sausage-pack-1": 80,
            "gift-1": None,
            "gift-2": None,
        },
        into="pallet-2",
    )
    t.label(DELI, "sausage-1")
    t.label(DELI, "sausage-pack-1")
    yield 3, "11:40"
    t.sell(DEPOT, {"sausage-1": "21.5", "hot-sausage-1": 16})


def week_at_d03(t: Teller) -> Moments:
    """Sausages by weight, by the bag, two kinds together, and a gift box."""
    yield 4, "18:20"
    t.sell(DELI, {"sausage-1": "5.4", "hot-sausage-1": "3.1", "sausage-pack-1": 9})
    yield 3, "18:25"
    t.sell(DELI, {"sausage-1": "6.2", "hot-sausage-1": "2.7", "sausage-pack-1": 12})
    yield 2, "09:30"
    mixed = t.make(DELI, "mix", "platter-1", 12, {"sausage-1": 6, "hot-sausage-1": 6})
    yield 2, "10:00"
    sampled = t.do(LAB, "sample", {"platter-1": "0.5"}, after=[mixed])
    t.do(DELI, "loss", {"platter-1": "0.5"}, ago=2, after=[sampled], reason="抽样送检")
    yield 2, "18:20"
    t.sell(DELI, {"sausage-1": "4.8", "platter-1": "3.5", "sausage-pack-1": 7, "gift-1": None})
    yield 1, "18:25"
    t.sell(DELI, {"sausage-1": "5.1", "platter-1": "2.8", "sausage-pack-1": 11})
    yield 1, "18:45"
    left: Load = {
        "sausage-1": "32.5",
        "hot-sausage-1": "18.2",
        "platter-1": "5.2",
        "sausage-pack-1": 41,
    }
    t.do(DELI, "count", left)


THREADS = (second_pigs, week_at_b05, third_pigs, pallets, week_at_d03)
