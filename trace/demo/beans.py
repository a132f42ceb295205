"""Long beans: one field, four stalls and a school, and a sample that is at the laboratory still.

What comes of it is told by whoever plays it: `suyuan demo recall`, in `recall_play`.
"""

from .parties import A15, A18, A21, DEPOT, FARM, GREENS, LAB, SCHOOL
from .telling import Moments, Teller


def field(t: Teller) -> Moments:
    """Sown, sprayed by the book as far as the book says, picked the day before yesterday."""
    yield 24, "08:20"
    t.code(FARM, "beans-1", None, "鹭岛市绿野合作社北坡基地13号棚")
    yield 12, "17:20"
    what, dose = "5%啶虫脒乳油", "30毫升/亩"
    t.do(
        FARM, "pesticide", {"beans-1": None}, ago=25, substance=what, dose=dose, withdrawalDays=3
    )  # fmt: skip
    yield 2, "05:55"
    t.harvest("beans-1", 260)
    t.do(FARM, "loss", {"beans-1": "4.5"}, reason="分拣剔除老荚、虫荚")


def wholesale(t: Teller) -> Moments:
    """Most of it to the wholesale market, which sells some loose and ties some in bunches."""
    yield 2, "06:25"
    lorry = t.send(FARM, DEPOT, {"beans-1": 160})
    yield 2, "07:40"
    t.take(lorry)
    yield 2, "15:10"
    t.make(DEPOT, "repack", "bunches-1", "78.4", {"beans-1": 80}, reason="剔除断荚1.6千克")
    yield 2, "16:40"
    t.sell(DEPOT, {"beans-1": 38})
    yield 1, "11:10"
    t.sell(DEPOT, {"bunches-1": "14.4"})


def stalls(t: Teller) -> Moments:
    """Three stalls buy of the wholesale market, A12 of the farm; the laboratory comes to A15."""
    yield 1, "04:20"
    vans = [
        t.send(DEPOT, A15, {"bunches-1": 30}),
        t.send(DEPOT, A18, {"bunches-1": 24}),
        t.send(DEPOT, A21, {"beans-1": 26}),
        t.send(FARM, GREENS, {"beans-1": 30}),
    ]
    yield 1, "05:25"
    taken = [t.take(van) for van in vans]
    yield 1, "05:50"
    for who, lot in ((A15, "bunches-1"), (A18, "bunches-1"), (A21, "beans-1"), (GREENS, "beans-1")):
        t.label(who, lot)
    yield 1, "09:40"
    sampled = t.do(LAB, "sample", {"bunches-1": "0.8"}, after=taken[:1])
    t.do(A15, "loss", {"bunches-1": "0.8"}, ago=2, after=[sampled], reason="抽样送检")
    yield 1, "18:30"
    t.sell(A15, {"bunches-1": "13.6"})
    t.sell(A18, {"bunches-1": "11.5"})
    t.sell(A21, {"beans-1": "9.4"})
    t.sell(GREENS, {"beans-1": "16.3"})
    t.sell(FARM, {"beans-1": 12})


def canteen(t: Teller) -> Moments:
    """Yesterday's lunch at the school was of them too."""
    yield 1, "06:05"
    van = t.send(FARM, SCHOOL, {"beans-1": 36})
    yield 1, "07:05"
    t.take(van)
    yield 1, "10:40"
    t.make(SCHOOL, "make", "fried-beans-1", 230, {"beans-1": 24}, reason="烹调损耗")
    t.do(SCHOOL, "loss", {"fried-beans-1": 1}, ago=2, reason="留样")
    yield 1, "13:05"
    t.sell(SCHOOL, {"fried-beans-1": 219})
    t.do(SCHOOL, "loss", {"fried-beans-1": 10}, reason="剩余报损")


THREADS = (field, wholesale, stalls, canteen)
