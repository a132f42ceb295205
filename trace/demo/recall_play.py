"""A recall in the demo city, as commands that anybody can type (`suyuan demo recall`).

From a laboratory's result at one stall back to the field, forward to four stalls and a school,
to a recall that is closed once every kilogram is accounted for. And a drill of the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..errors import LedgerError
from ..identifiers import codes
from ..ledger import Ledger
from ..store.read import Reader
from ..store.recalls import ActBook
from ..times import zone
from .city import read_demo
from .dice import Dice
from .parties import (
    A15,
    A18,
    A21,
    AUTHORITY,
    DEPOT,
    FARM,
    GREENS,
    LAB,
    OFFICE,
    SCHOOL,
    people,
)
from .products import items

LOT, BUNCHES, DISH = "beans-1", "bunches-1", "fried-beans-1"
HOLDERS = (FARM, DEPOT, GREENS, A15, A18, A21, SCHOOL)
# Whose pages are looked at, by the names that commands have for their labels.
PAGES = (
    ("a12", "A12摊·豇豆", GREENS, LOT),
    ("a15", "A15摊·豇豆（扎把）", A15, BUNCHES),
    ("a18", "A18摊·豇豆（扎把）", A18, BUNCHES),
    ("a21", "A21摊·豇豆", A21, LOT),
    ("canteen", "学校食堂·豇豆", SCHOOL, LOT),
    ("lunch", "学校食堂·干煸豇豆", SCHOOL, DISH),
    ("other", "A12摊·上海青", GREENS, "bok-choy-2"),  # which has nothing to do with it
)
# What each has on its shelves when the result comes, in kilograms.
LEFT: tuple[tuple[str, str, str], ...] = (
    (FARM, LOT, "17.5"),
    (DEPOT, LOT, "16"),
    (DEPOT, BUNCHES, "10"),
    (GREENS, LOT, "13.7"),
    (A15, BUNCHES, "15.6"),
    (A18, BUNCHES, "12.5"),
    (A21, LOT, "16.6"),
    (SCHOOL, LOT, "12"),
)


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed after `suyuan`, names in braces; `code` is the exit code that it ends with.

    `keeps` is the name that commands after it have for what it prints: the URI of an act.
    """

    arguments: tuple[str, ...]
    code: int = 0
    keeps: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Some commands with what they are about; `shows` where the pages are looked at after them."""

    chinese: str
    english: str
    commands: tuple[Command, ...]
    shows: bool = False


def props(reader: Reader, ledger: Ledger) -> dict[str, str]:
    """What stands for the names in braces when the play begins.

    Raises CannotDecide where the ledger's home is no demo, LedgerError where it is one without
    this story in it.
    """
    seed, today = read_demo(ledger.home)
    dice = Dice(seed)
    uris, cast = items(dice, today), people(dice)
    found = {name: codes.of_chain(uris[lot], cast[who].uri) for name, _, who, lot in PAGES}
    for name, lot in (("lot", LOT), ("bunches", BUNCHES), ("dish", DISH)):
        found[name] = codes.of_uri(uris[lot], ledger.trust.host)
    if not reader.subject(uris[BUNCHES]):
        raise LedgerError("this city was made before it had a recall to play: make a new one")
    return found | {
        "depot": cast[DEPOT].uri,
        "known": f"{ledger.now().astimezone(zone()):%Y-%m-%dT%H:%M}",
        "evening": f"{today - timedelta(days=1)}T18:50",
    }


def require_new(reader: Reader, ledger: Ledger, *, is_drill: bool) -> None:
    """Raise LedgerError where the play was begun in this city already."""
    seed, today = read_demo(ledger.home)
    lot = items(Dice(seed), today)[LOT]
    for covered in ActBook(reader).covering([lot]):
        act = covered.act
        if act.drill and not (is_drill and act.ended is None):
            continue  # drills are played as often as one likes, but not two at once
        raise LedgerError(
            f"{act.uri} was played in this city already: see `suyuan recall show`, or make "
            "another city by `suyuan demo --home DIR`"
        )


# The scenes.


def scenes(*, is_drill: bool) -> Iterator[Scene]:
    """The play, or the drill, in order."""
    yield from _drill() if is_drill else _recall()


def _recall() -> Iterator[Scene]:
    yield Scene("昨天的样品检验不合格", "Yesterday's sample fails its test", (_test(),), shows=True)
    yield Scene(
        "从摊位的标签码追到田头",
        "Back from the stall's label to the field",
        (Command(("trace", "{a15}", "--back")),),
    )
    yield Scene(
        "再往下追：四个摊位和一所学校",
        "And forward: four stalls and a school",
        (Command(("trace", "{lot}", "--holdings")), Command(("recall", "scope", "{lot}"))),
    )
    hold = ("hold", "place", "{lot}", "{bunches}", "--reason", "豇豆检出毒死蜱，暂停销售")
    sale = ("record", "{bunches}", "--step", "sell", "--quantity", "1")
    yield Scene(
        "监管所暂控，摊位卖不出去",
        "The office places a hold, and a stall can sell no more",
        (Command(_by(OFFICE, *hold), keeps="hold"), Command(_by(A18, *sale), code=2)),
        shows=True,
    )
    yield Scene("市局下令一级召回", "The authority orders a recall", (_order(),), shows=True)
    extend = ("recall", "extend", "{act}", "{dish}", "--reason", "已供应的菜品一并列入")
    yield Scene(
        "昨天的午餐也列入召回",
        "Yesterday's lunch is taken in too",
        (Command(_by(AUTHORITY, *extend)),),
        shows=True,
    )
    yield Scene(
        "每个经营主体收到并确认",
        "Every holder has it in its inbox, and acknowledges",
        (Command(_by(A21, "inbox")), *_acknowledge()),
    )
    yield Scene("上报下架、已售和销毁", "What was recovered, sold, destroyed", tuple(_reports()))
    yield Scene(
        "缺A21的上报，不能结案",
        "A21 has not reported: the recall cannot be closed",
        (Command(_by(AUTHORITY, "recall", "close", "{act}"), code=1),),
    )
    yield Scene(
        "A21补报，其余退回批发市场销毁",
        "A21 reports; what is left goes back to the wholesale market, and is destroyed",
        (_report(A21, LOT, "--recovered", "16.6", "kg", *_PHOTO), *_destruction()),
    )
    yield Scene(
        "数量对上，结案",
        "The quantities add up, and it is closed",
        (
            Command(("recall", "show", "{act}")),
            Command(_by(AUTHORITY, "recall", "close", "{act}")),
            Command(_by(OFFICE, "hold", "release", "{hold}", "--reason", "已全部召回销毁")),
        ),
        shows=True,
    )
    yield Scene(
        "证据文件离线可验，账本审计无误",
        "The evidence verifies offline, and the ledger's audit finds nothing",
        (
            Command(("export", "{a15}", "-o", "{evidence}")),
            Command(("verify", "{evidence}", "--trust", "{trust}")),
            Command(("audit",)),
        ),
    )


def _drill() -> Iterator[Scene]:
    yield Scene(
        "模拟召回：页面不变，销售不停",
        "A drill: no page changes, no sale is stopped",
        (_order("--include-made", "--drill"),),
        shows=True,
    )
    yield Scene("各方确认", "Every holder acknowledges", tuple(_acknowledge()))
    told = (_report(who, lot, "--recovered", kilos, "kg") for who, lot, kilos in LEFT)
    yield Scene("各方上报找到的数量", "And says how much it found", tuple(told))
    yield Scene(
        "结束并出具报告",
        "It is closed, and there is a report",
        (
            Command(_by(AUTHORITY, "recall", "close", "{act}")),
            Command(("recall", "drill-report", "{act}")),
        ),
        shows=True,
    )


_PHOTO = ("--photo", "{photo}")


def _by(who: str, *arguments: str) -> tuple[str, ...]:
    return (*arguments, "--key", f"demo:{who}")


def _test() -> Command:
    said = {
        "suyuan:result": "不合格",
        "suyuan:tested": "毒死蜱0.18毫克/千克（蔬菜禁用农药）",
        "suyuan:certificate": "（演示）食检字第2026-03455号",
    }
    fields = [part for name, value in said.items() for part in ("--set", f"{name}={value}")]
    return Command(_by(LAB, "record", "{a15}", "--step", "test", *fields))


def _order(*more: str) -> Command:
    wanted = ("{lot}",) if more else ("{lot}", "{bunches}")
    why = ("--reason", "豇豆检出禁用农药毒死蜱，0.18毫克/千克")
    when = ("--known", "{known}", "--planned", "{known}")
    order = ("recall", "order", *wanted, "--level", "I", *when, *why, *more)
    return Command(_by(AUTHORITY, *order), keeps="act")


def _acknowledge() -> Iterator[Command]:
    return (Command(_by(who, "recall", "acknowledge", "{act}")) for who in HOLDERS)


def _report(who: str, lot: str, *amounts: str) -> Command:
    name = {LOT: "{lot}", BUNCHES: "{bunches}"}[lot]
    return Command(_by(who, "recall", "report", "{act}", "--item", name, *amounts))


def _reports() -> Iterator[Command]:
    for who, lot, kilos in LEFT:
        if who in (FARM, DEPOT):
            yield _report(who, lot, "--recovered", kilos, "kg")
        elif who in (GREENS, A15):
            yield _report(who, lot, "--recovered", kilos, "kg", *_PHOTO)
    # A18 sold some on the evening before, and had not written it down: it happened before the hold.
    sale = ("record", "{bunches}", "--step", "sell", "--quantity", "1.5", "--time", "{evening}")
    yield Command(_by(A18, *sale))
    yield _report(A18, BUNCHES, "--recovered", "11", "kg", "--sold", "13", "kg", *_PHOTO)
    yield _destroy(SCHOOL, "{lot}", "12")
    yield _report(SCHOOL, LOT, "--destroyed", "12", "kg", *_PHOTO)


def _destruction() -> Iterator[Command]:
    why = ("--set", "suyuan:reason=召回退货")
    for who, lot, kilos in ((A15, "{bunches}", "15.6"), (A18, "{bunches}", "11"),
                            (A21, "{lot}", "16.6")):  # fmt: skip
        back = ("record", lot, "--step", "return", "--quantity", kilos, "--to", "{depot}", *why)
        yield Command(_by(who, *back))
        yield Command(_by(DEPOT, "confirm", lot, "--all"))
    yield _destroy(DEPOT, "{lot}", "32.6")
    yield _destroy(DEPOT, "{bunches}", "36.6")
    yield _destroy(GREENS, "{lot}", "13.7")
    yield _destroy(FARM, "{lot}", "17.5")


def _destroy(who: str, lot: str, kilos: str) -> Command:
    why = ("--set", "suyuan:reason=召回，监督销毁")
    return Command(_by(who, "record", lot, "--step", "destroy", "--quantity", kilos, *why))


def filled(arguments: tuple[str, ...], names: Mapping[str, str]) -> list[str]:
    """Arguments with what stands for their names."""
    return [argument.format_map(names) for argument in arguments]
