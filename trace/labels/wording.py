"""The words on labels, in Chinese and English."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..errors import LedgerError
from .goods import Goods
from .label import Line


@dataclass(frozen=True, slots=True)
class Wording:
    """Captions, each in full and in brief; `code` the trace code's, `short` the scale code's.

    `again` stands in place of `serial` on what is printed again.
    """

    language: str
    code: str
    short: str
    serial: str
    again: str
    produced: tuple[str, str]
    life: tuple[str, str]
    days: str
    origin: str
    maker: str
    sources: str
    lot: str
    holder: str
    to: str
    comma: str

    @property
    def words(self) -> tuple[str, str, str]:
        """Captions of the trace code, the scale code and the serial."""
        return self.code, self.short, self.serial


WORDINGS = {
    "zh": Wording(
        language="zh-CN",
        code="追溯码",
        short="秤码",
        serial="标签",
        again="补打",
        produced=("生产日期", "生产"),
        life=("保质期", "保质期"),
        days="天",
        origin="产地",
        maker="生产者",
        sources="来源",
        lot="批号",
        holder="经营者",
        to="至",
        comma="、",
    ),
    "en": Wording(
        language="en",
        code="Trace code",
        short="Scale",
        serial="Label",
        again="Again",
        produced=("Produced", "Prod."),
        life=("Shelf life", "Life"),
        days="days",
        origin="Origin",
        maker="Maker",
        sources="Sources",
        lot="Lot",
        holder="Sold by",
        to="to",
        comma=", ",
    ),
}


def wording(language: str) -> Wording:
    """The words of a language; LedgerError for one that there are none of."""
    found = WORDINGS.get(language)
    if found is None:
        raise LedgerError(f"labels are in {' or '.join(WORDINGS)}, not in {language[:20]!r}")
    return found


def lines(goods: Goods, words: Wording, origin: str | None) -> tuple[Line, ...]:
    """The facts on a label, the most important first; `origin` as it is to be shown.

    A mix's sources are never left out, and dates never cut.
    """
    return tuple(_lines(goods, words, origin))


def _lines(goods: Goods, words: Wording, origin: str | None) -> Iterator[Line]:
    if goods.produced is not None:
        caption, brief = words.produced
        yield Line(caption, _span(*goods.produced, words), brief, most=None)
    if goods.shelf_life is not None:
        caption, brief = words.life
        yield Line(caption, f"{goods.shelf_life} {words.days}", brief, most=None)
    if goods.sources:
        yield Line(words.sources, words.comma.join(goods.sources), is_whole=True)
    for caption, text in (
        (words.origin, origin),
        (words.maker, goods.maker),
        (words.lot, goods.lot),
        (words.holder, goods.holder),
    ):
        if text:
            yield Line(caption, text)


def _span(first: date, last: date, words: Wording) -> str:
    if first == last:
        return first.isoformat()
    end = last.isoformat() if first.year != last.year else f"{last:%m-%d}"
    return f"{first.isoformat()} {words.to} {end}"
