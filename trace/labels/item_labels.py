"""An item's labels: what they say, what stops them, and the number to key into a scale.

Scale codes are the five digits that a stall keys into its scale for a lot, 10000 to 99999: digits
of SHA-256 over the lot and its holder, so that every device gives the same without asking. Of the
lots that a holder has at a time those that would share one differ: the lot whose chain began first
keeps its own, the later one takes the next of its digests that is free. So a lot that comes never
changes the code of one that is there.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from suyuan.trace.admission.state import Genesis
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.messages import Language
from suyuan.trace.goods import history
from suyuan.trace.recall.status import ActStatus, Relation, statuses
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .label import Label, Line, label
from .label_facts import captions, goods, lines

_INDIVIDUAL = ("/21/", "/00/")
LEAST, MOST = 10_000, 99_999
_SPAN = MOST - LEAST + 1


@dataclass(frozen=True, slots=True)
class Kind:
    """What all labels of a holder's item carry but their serials."""

    item: str
    code: str
    product: str
    lines: tuple[Line, ...]
    short: str | None
    language: Language
    stopped: tuple[ActStatus, ...]
    made_of: tuple[ActStatus, ...]

    def label(self, base_url: str, serial: str, *, is_again: bool = False) -> Label:
        """One of them; one that is printed again says so before its serial."""
        return label(
            base_url, self.code, serial, self.product, self.lines, short=self.short,
            words=captions(self.language, is_again=is_again),
        )  # fmt: skip


def kind(reader: Reader, trust: Trust, item: str, actor: str, language: Language) -> Kind:
    """What the labels of a holder's item say, by good links alone.

    `stopped` are recalls and holds of the item, or of what it is in; `made_of` recalls of what it
    was made of. Raises LedgerError where the holder has recorded nothing of it, or its chain's
    trace code names something else.
    """
    if (item, actor) not in {(head.item, head.actor) for head in reader.chains(item)}:
        raise LedgerError(f"{actor} has recorded nothing of {item}: it issues no labels for it")
    code = codes.of_chain(item, actor)
    owner = reader.codes([code]).get(code)
    if owner != (item, actor):
        raise LedgerError(
            f"trace code {codes.shown(code)} of this chain names {owner and owner[0]} already: "
            "a label with it would open another page. Record the goods under a lot of your own"
        )
    path = history.path(reader, trust.genesis, item, actor)
    facts = goods(path, reader.name)
    origin = facts.origin and divisions.shown(facts.origin, is_chinese=language == "zh")
    scale_code = scale_codes_of(reader, actor, item).get(item)
    acts = statuses(reader, trust.genesis, path)
    return Kind(
        item=item,
        code=code,
        product=facts.product or codes.shown(codes.of_uri(item, trust.host)),
        lines=lines(facts, language, origin),
        short=None if scale_code is None else str(scale_code),
        language=language,
        stopped=tuple(one for one in acts if one.relation is not Relation.CONTAINS),
        made_of=tuple(one for one in acts if one.relation is Relation.CONTAINS),
    )


def scale_codes_of(reader: Reader, actor: str, also: str | None = None) -> dict[str, int]:
    """The scale codes of the lots that a holder has, as far as the lineage is derived.

    With `also` one more that it may have by now.
    """
    lots = {stock.item for stock in Lineage(reader).stock_of(actor) if not stock.is_reported}
    lots |= set() if also is None else {also}
    lots = {item for item in lots if not any(part in item for part in _INDIVIDUAL)}
    by_itself = {item: natural(item, actor) for item in lots}
    if len(set(by_itself.values())) == len(lots):
        return by_itself
    order = []
    for item in lots:
        first = reader.in_chain(item, actor, 0)
        order.append((reader.size() if first is None else first.index, item))
    return dict(scale_codes(order, actor))


def names_of(
    reader: Reader, genesis: Genesis, items: list[str], actor: str
) -> dict[str, str | None]:
    """What a holder's items are called on their labels."""
    return {
        item: goods(history.path(reader, genesis, item, actor), reader.name).product
        for item in items
    }


def natural(item: str, actor: str, turn: int = 0) -> int:
    """A lot's code by itself; with a `turn`, the ones after it that it may take instead."""
    data = item.encode() + b"\0" + actor.encode()
    digest = hashlib.sha256(b"scale\0" + (data if not turn else data + f"\0{turn}".encode()))
    return LEAST + int.from_bytes(digest.digest()[:8], "big") % _SPAN


def scale_codes(lots: Iterable[tuple[int, str]], actor: str) -> Mapping[str, int]:
    """The codes of a holder's lots; each lot with the index of its chain's first link.

    No two are the same, for at most 90,000 lots.
    """
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for _, item in sorted(set(lots)):
        if item in numbers or len(taken) == _SPAN:
            continue
        turn = 0
        while (code := natural(item, actor, turn)) in taken:
            turn += 1
        taken.add(code)
        numbers[item] = code
    return numbers
