"""An item's labels: what they say, which its holder has issued, and what stops them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import divisions, history
from ..errors import LedgerError
from ..history import History
from ..identifiers import codes
from ..link import parse
from ..messages import Language
from ..recall.status import ActStatus, Relation, statuses
from ..rules import Refused
from ..state import Genesis
from ..store.lineage import Lineage
from ..store.read import Reader
from ..trust import Trust
from . import scale, serials
from .goods import goods
from .label import Label, Line, label
from .wording import captions, lines

_INDIVIDUAL = ("/21/", "/00/")


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


@dataclass(frozen=True, slots=True)
class Issue:
    """A `labels` statement about an item; `serials` is None where their list is not here."""

    index: int
    op: str
    count: int
    serials: tuple[str, ...] | None


def kind(reader: Reader, trust: Trust, item: str, actor: str, language: Language) -> Kind:
    """What the labels of a holder's item say, by good links alone.

    `stopped` are recalls and holds of the item, or of what it is in; `made_of` recalls of what it
    was made of. Raises LedgerError where the holder has recorded nothing of it, or its chain's
    trace code names something else.
    """
    if (item, actor) not in {(head.item, head.actor) for head in reader.chains(item)}:
        raise LedgerError(f"{actor} has recorded nothing of {item}: it issues no labels for it")
    code = codes.of_chain(item, actor)
    owner = reader.code(code)
    if owner != (item, actor):
        raise LedgerError(
            f"trace code {codes.shown(code)} of this chain names {owner and owner[0]} already: "
            "a label with it would open another page. Record the goods under a lot of your own"
        )
    path = history.path(reader, trust.genesis, item, actor)
    found = goods(path, reader.name)
    origin = found.origin and divisions.shown(found.origin, is_chinese=language == "zh")
    stopped, made_of = _acts(reader, trust.genesis, path)
    return Kind(
        item=item,
        code=code,
        product=found.product or codes.shown(codes.of_uri(item, trust.host)),
        lines=lines(found, language, origin),
        short=_short(reader, item, actor),
        language=language,
        stopped=stopped,
        made_of=made_of,
    )


def _acts(
    reader: Reader, genesis: Genesis, path: History
) -> tuple[tuple[ActStatus, ...], tuple[ActStatus, ...]]:
    found = statuses(reader, genesis, path)
    return (
        tuple(one for one in found if one.relation is not Relation.CONTAINS),
        tuple(one for one in found if one.relation is Relation.CONTAINS),
    )


def issues(reader: Reader, home: Path, item: str, actor: str) -> Iterator[Issue]:
    """A holder's `labels` statements about an item, in the order of its chain."""
    for _, stored in reader.chain_links(item, actor):
        try:
            said = None if stored is None else parse(stored.entry).statement
        except Refused:
            continue
        if stored is None or said is None or said["type"] != "labels":
            continue
        found = serials.find(home, str(said["root"]))
        kept = None if found is None else tuple(found)
        yield Issue(stored.index, str(said["op"]), int(said["count"]), kept)


def good_serials(found: list[Issue], index: int | None = None) -> list[str]:
    """Serials that were issued and not voided, by the last word about each; in byte order.

    With `index` those of that statement only. Raises LedgerError where a list is not here, as one
    that is voided could be in it.
    """
    lost = next((issue for issue in found if issue.serials is None), None)
    if lost is not None:
        raise LedgerError(
            f"the list of {lost.count} serials that the statement at index {lost.index} commits to "
            "is not in this home: bring back its labels/ folder"
        )
    good: set[str] = set()
    for issue in found:
        listed = set(issue.serials or ())
        good = good | listed if issue.op == "issue" else good - listed
    if index is not None:
        good &= {s for issue in found if issue.index == index for s in issue.serials or ()}
    return sorted(good)


def scale_codes_of(reader: Reader, actor: str, also: str | None = None) -> dict[str, int]:
    """The scale codes of the lots that a holder has, as far as the lineage is derived.

    With `also` one more that it may have by now.
    """
    lots = {stock.item for stock in Lineage(reader).stock_of(actor) if not stock.is_reported}
    lots |= set() if also is None else {also}
    lots = {item for item in lots if not any(part in item for part in _INDIVIDUAL)}
    by_itself = {item: scale.natural(item, actor) for item in lots}
    if len(set(by_itself.values())) == len(lots):
        return by_itself
    order = []
    for item in lots:
        first = reader.in_chain(item, actor, 0)
        order.append((reader.size() if first is None else first.index, item))
    return dict(scale.scale_codes(order, actor))


def _short(reader: Reader, item: str, actor: str) -> str | None:
    found = scale_codes_of(reader, actor, item).get(item)
    return None if found is None else str(found)


def names_of(
    reader: Reader, genesis: Genesis, items: list[str], actor: str
) -> dict[str, str | None]:
    """What a holder's items are called on their labels."""
    return {
        item: goods(history.path(reader, genesis, item, actor), reader.name).product
        for item in items
    }
