"""How a lot is named to a viewer: product, day, supplier, and the codes that people read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from suyuan.trace.format.identifiers import codes
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.slip_lines import senders

from ..handover.slips import Slips


@dataclass(frozen=True, slots=True)
class LotName:
    """A lot as its viewer calls it; None for what nobody stated.

    `product`, `coder` and `source` are the URIs of what it is a lot of, of who registered it and of
    its supplier. `number` is the lot's own code, `own` the one on the labels of `holder`, both as
    stored.
    """

    item: str
    name: str | None
    produced: date | None
    supplier: str | None
    number: str
    own: str | None = None
    product: str | None = None
    coder: str | None = None
    source: str | None = None

    @property
    def code(self) -> str:
        """The one code to show, as printed: the holder's where there is one, else the lot's."""
        return codes.shown(self.own or self.number)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code of it that this viewer may meet, as printed, the one to show first."""
        every = dict.fromkeys(filter(None, (self.own, self.number)))
        return tuple(codes.shown(code) for code in every)


def lot_names(
    reader: Reader, host: str, items: Iterable[str], holder: str | None = None
) -> dict[str, LotName]:
    """What items are called, by URI: to the holder of them, or to whoever holds none.

    A holder's supplier is who sent it to them, else who coded it; its own code stands only where
    the holder has a record of the item, so that no label with it could name another.
    """
    wanted = sorted(set(items))
    lots, slips = Lineage(reader).lots(wanted), Slips(reader)
    sent: Mapping[str, str] = {} if holder is None else senders(reader, holder, wanted)
    heads = {} if holder is None else reader.heads([(item, holder) for item in wanted])
    names = {}
    for item in wanted:
        lot = lots.get(item)
        supplier = sent.get(item) or (None if lot is None else lot.coder)
        has_chain = holder is not None and heads[item, holder] is not None
        names[item] = LotName(
            item=item,
            name=slips.item_name(item, lots),
            produced=None if lot is None else first_day(lot.produced),
            supplier=None if supplier in (None, holder) else slips.name(supplier),
            number=codes.of_uri(item, host),
            own=codes.of_chain(item, holder) if has_chain and holder is not None else None,
            product=None if lot is None else lot.product,
            coder=None if lot is None else lot.coder,
            source=supplier,
        )
    return names
