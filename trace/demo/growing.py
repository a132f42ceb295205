"""Four to two weeks ago: what grows is coded, fed, treated."""

from .parties import FARM, FISHERY, PIGFARM
from .telling import Moments, Teller

_FIELD = "鹭岛市绿野合作社北坡基地"


def pens_and_ponds(t: Teller) -> Moments:
    """Pigs and ponds get their codes."""
    yield 29, "16:30"
    t.code(PIGFARM, "pigs-1", 30, "鹭岛市翔丰养殖场3号栏")
    t.code(PIGFARM, "pigs-2", 28, "鹭岛市翔丰养殖场5号栏")
    yield 29, "17:10"
    t.code(FISHERY, "bass-1", None, "鹭岛市沧江基地2号塘")
    t.code(FISHERY, "bass-2", None, "鹭岛市沧江基地3号塘")
    t.code(FISHERY, "mullet-1", None, "鹭岛市沧江基地6号塘")
    t.code(FISHERY, "shrimp-1", None, "鹭岛市沧江基地8号塘")


def plots(t: Teller) -> Moments:
    """Plots get theirs as they are planted."""
    yield 28, "07:40"
    t.code(FARM, "bok-choy-1", None, f"{_FIELD}1号棚")
    t.code(FARM, "cucumber-1", None, f"{_FIELD}4号棚")
    t.code(FARM, "aubergine-1", None, f"{_FIELD}6号棚")
    t.code(FARM, "carrot-1", None, f"{_FIELD}露地东区")
    t.code(FARM, "cabbage-1", None, f"{_FIELD}露地西区")
    yield 27, "08:10"
    t.code(FARM, "spinach-1", None, f"{_FIELD}2号棚")
    t.code(FARM, "cucumber-2", None, f"{_FIELD}5号棚")
    yield 26, "08:00"
    t.code(FARM, "bok-choy-2", None, f"{_FIELD}3号棚")
    t.code(FARM, "lettuce-1", None, f"{_FIELD}7号棚")
    yield 25, "07:50"
    t.code(FARM, "coriander-1", None, f"{_FIELD}8号棚")
    yield 24, "07:45"
    t.code(FARM, "bok-choy-3", None, f"{_FIELD}9号棚")


def _feed(t: Teller, who: str, lots: tuple[str, ...], substance: str, dose: str) -> None:
    for lot in lots:
        t.do(who, "feed", {lot: None}, ago=20, substance=substance, dose=dose, withdrawalDays=0)


def _treat(t: Teller, who: str, step: str, lot: str, what: tuple[str, str, int]) -> None:
    substance, dose, days = what
    t.do(who, step, {lot: None}, ago=25, substance=substance, dose=dose, withdrawalDays=days)


def in_the_pens(t: Teller) -> Moments:
    """Feed, medicine with its withdrawal days, and a pig that died."""
    yield 23, "07:00"
    _feed(t, PIGFARM, ("pigs-1", "pigs-2"), "育肥猪配合饲料", "2.8千克/头·日")
    _feed(t, FISHERY, ("bass-1", "bass-2"), "加州鲈膨化配合饲料", "体重的3%/日")
    _feed(t, FISHERY, ("mullet-1",), "海水鱼配合饲料", "体重的2%/日")
    _feed(t, FISHERY, ("shrimp-1",), "对虾配合饲料", "体重的4%/日")
    yield 23, "15:30"
    _treat(t, PIGFARM, "medicine", "pigs-1", ("恩诺沙星注射液", "2.5毫克/千克体重，2日", 10))
    _treat(t, PIGFARM, "medicine", "pigs-2", ("氟苯尼考粉", "20毫克/千克体重，3日", 20))
    _treat(t, FISHERY, "medicine", "bass-1", ("恩诺沙星粉（水产用）", "20毫克/千克体重", 16))
    yield 21, "09:10"
    t.do(PIGFARM, "loss", {"pigs-1": 1}, ago=120, reason="病死，送无害化处理中心")


def in_the_fields(t: Teller) -> Moments:
    """What was sprayed, and how long to wait."""
    yield 20, "17:20"
    _treat(t, FARM, "pesticide", "bok-choy-1", ("5%甲氨基阿维菌素苯甲酸盐", "15毫升/亩", 5))
    _treat(t, FARM, "pesticide", "cabbage-1", ("32000IU苏云金杆菌", "60克/亩", 3))
    yield 18, "17:30"
    _treat(t, FARM, "pesticide", "cucumber-1", ("25%嘧菌酯悬浮剂", "30毫升/亩", 3))
    _treat(t, FARM, "pesticide", "cucumber-2", ("25%嘧菌酯悬浮剂", "30毫升/亩", 3))
    _treat(t, FARM, "pesticide", "aubergine-1", ("10%吡虫啉可湿性粉剂", "20克/亩", 7))
    yield 16, "06:50"
    _feed(t, PIGFARM, ("pigs-1", "pigs-2"), "育肥猪配合饲料", "3.1千克/头·日")
    _feed(t, FISHERY, ("bass-1", "bass-2"), "加州鲈膨化配合饲料", "体重的3%/日")
    yield 15, "17:15"
    _treat(t, FARM, "pesticide", "spinach-1", ("50%腐霉利可湿性粉剂", "40克/亩", 7))
    _treat(t, FARM, "pesticide", "bok-choy-2", ("5%甲氨基阿维菌素苯甲酸盐", "15毫升/亩", 5))
    _treat(t, FARM, "pesticide", "bok-choy-3", ("0.5%苦参碱水剂", "90毫升/亩", 3))


THREADS = (pens_and_ponds, plots, in_the_pens, in_the_fields)
