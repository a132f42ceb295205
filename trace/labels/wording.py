"""What labels say of goods, in Chinese or English."""

from collections.abc import Iterator
from datetime import date

from ..messages import Language, Message, as_message, msg, msg_in
from .goods import Goods
from .label import Line


def captions(language: Language, *, is_again: bool) -> tuple[str, str, str]:
    """Captions of the trace code, the scale code and the serial, of what is printed again too."""
    serial = msg("Again") if is_again else msg_in("label", "Label")
    return msg("Trace code").text(language), msg("Scale").text(language), serial.text(language)


def lines(goods: Goods, language: Language, origin: str | None) -> tuple[Line, ...]:
    """The facts on a label, the most important first; `origin` as it is to be shown.

    A mix's sources are never left out, and dates never cut.
    """
    return tuple(_lines(goods, language, origin))


def _lines(goods: Goods, language: Language, origin: str | None) -> Iterator[Line]:
    if goods.produced is not None:
        caption, brief = msg("Produced").text(language), msg("Prod.").text(language)
        yield Line(caption, _span(*goods.produced).text(language), brief, most=None)
    if goods.shelf_life is not None:
        caption, brief = msg("Shelf life").text(language), msg("Life").text(language)
        days = msg("%(days)s days", days=goods.shelf_life).text(language)
        yield Line(caption, days, brief, most=None)
    if goods.sources:
        sources = as_message(goods.sources).text(language)
        yield Line(msg("Sources").text(language), sources, is_whole=True)
    for name, text in (
        (msg("Origin"), origin),
        (msg("Maker"), goods.maker),
        (msg_in("label", "Lot"), goods.lot),
        (msg("Sold by"), goods.holder),
    ):
        if text:
            yield Line(name.text(language), text)


def _span(first: date, last: date) -> Message:
    if first == last:
        return as_message(first.isoformat())
    end = last.isoformat() if first.year != last.year else f"{last:%m-%d}"
    return msg("%(first)s to %(last)s", first=first.isoformat(), last=end)
