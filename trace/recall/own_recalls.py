"""The holds and recalls that concern a party: what it has of each, and is to account for."""

from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.state import Genesis
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .inbox import Concern, acts_for
from .lines import Line
from .progress import Part, part, to_tell

KINDS = ("recovered", "sold", "destroyed", "remaining")


@dataclass(frozen=True, slots=True)
class MyItem:
    """One item of an act, as far as it concerns one: what one has of it, and is to account for.

    `line` is None of a hold, and of what one has only on the way; `to_tell` and `again` are as
    `to_tell` has them, in millionths, None where amounts are not known.
    """

    item: str
    name: str | None
    stocks: tuple[Stock, ...]
    line: Line | None
    to_tell: int | None
    again: int | None


@dataclass(frozen=True, slots=True)
class MyAct:
    """A hold or a recall that concerns one; `part` of a recall that is open."""

    concern: Concern
    part: Part | None
    items: tuple[MyItem, ...]

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.concern.act.ended is None


def mine(reader: Reader, genesis: Genesis, uri: str, now: datetime) -> list[MyAct]:
    """The acts in force that concern a party, with its part in each; the newest first."""
    return [_act(reader, uri, one, now) for one in acts_for(reader, genesis, uri)]


def _act(reader: Reader, uri: str, concern: Concern, now: datetime) -> MyAct:
    stocks: dict[str, list[Stock]] = {item: [] for item in concern.had}
    for stock in concern.stocks:
        stocks.setdefault(stock.item, []).append(stock)
    act, found = concern.act, None
    if act.kind == "recall" and act.ended is None:
        found = part(reader, act, uri, stocks, now)
    lots, slips = Lineage(reader).lots(sorted(stocks)), Slips(reader)
    items = []
    for item, held in sorted(stocks.items()):
        line = None if found is None else found.lines.get(item)
        tell, again = None, None
        if line is not None and line.balance is not None:
            tell, again = to_tell(line.balance, line.left)
        name = slips.item_name(item, lots)
        items.append(MyItem(item, name, tuple(held), line, tell, again))
    return MyAct(concern, found, tuple(items))
