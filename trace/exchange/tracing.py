"""A lineage looked up with all that is shown of it, and as an EPCIS document."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import Object
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.format.times import zone
from suyuan.trace.lineage.drawing.lineage_view import Direction, Mark, Named, View, joined, marks
from suyuan.trace.lineage.lots import products_of
from suyuan.trace.lineage.model import Graph, Lot, Stock
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.graph import MOST
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

Attachment = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Query:
    """Which lineage: by default both ways and all steps, at most `most` items a way."""

    direction: Direction = Direction.BOTH
    steps: int | None = None
    most: int = MOST


def graph(reader: Reader, items: Sequence[str], query: Query) -> Graph:
    """The lineage of items; depths below 0 are what they were made from."""
    lineage = Lineage(reader)
    ways = [
        None
        if query.direction is other
        else lineage.graph(items, forward=forward, steps=query.steps, most=query.most)
        for other, forward in ((Direction.FORWARD, False), (Direction.BACK, True))
    ]
    return joined(*ways)


def view(reader: Reader, trust: Trust, items: Sequence[str], query: Query, made: datetime) -> View:
    """A lineage with names, codes, findings, recalls, and who has how much of what it gave."""
    lineage = Lineage(reader)
    dag = graph(reader, items, query)
    boxes = {stay.container for stay in dag.stays}
    named = sorted({*dag.depth, *boxes})
    stock: dict[str, list[Stock]] = {}
    if query.direction is not Direction.BACK:
        for held in lineage.stock([item for item, depth in dag.depth.items() if depth >= 0]):
            stock.setdefault(held.item, []).append(held)
    lots = {item: _named(reader, lot) for item, lot in lineage.lots(named).items()}
    parties = {making.maker for making in dag.makings.values()}
    parties |= {s.holder for stocks in stock.values() for s in stocks if s.holder is not None}
    products = {lot.product for lot in lots.values() if lot.product is not None}
    products |= {product for item in named for product in products_of(item)}
    return View(
        graph=dag,
        direction=query.direction,
        made=made,
        zone=zone(),
        steps=query.steps,
        origin=trust.origin,
        lots=lots,
        names=lineage.names({*parties, *products, *named}),
        codes={item: codes.of_uri(item, trust.host) for item in named},
        stock={item: tuple(sorted(stocks, key=_by_holder)) for item, stocks in stock.items()},
        marks=marks_of(reader, named, dag),
        findings=lineage.findings_of(named),
    )


def _named(reader: Reader, lot: Lot) -> Lot:
    """A lot whose coding names its product by number only, with the name that this has."""
    if lot.name or lot.product is None:
        return lot
    return replace(lot, name=reader.name(lot.product, lot.coder))


def _by_holder(stock: Stock) -> tuple[bool, str, str]:
    return stock.is_in_transit, stock.holder or "", stock.container or ""


def marks_of(reader: Reader, items: Sequence[str], dag: Graph) -> dict[str, Mark]:
    """The marks of items under acts in force that are no drills, directly or by their sources."""
    lineage, book = Lineage(reader), ActBook(reader)
    ancestors = lineage.reach(items, forward=False)
    around = {*items, *ancestors}
    rows: dict[int, tuple[bool, set[str], set[str]]] = {}
    for covered in book.covering(around):
        act = covered.act
        if act.stops:
            _, named, cleared = rows.setdefault(act.leaf, (act.kind == "recall", set(), set()))
            (named if covered.cleared is None else cleared).add(covered.item)
    if not rows:
        return {}
    acts = [Named(leaf, is_recall, on, off) for leaf, (is_recall, on, off) in sorted(rows.items())]
    whole = lineage.graph(list(items), forward=False, most=len(around))
    statuses = marks(acts, [*dag.edges, *whole.edges], [*dag.stays, *whole.stays])
    return {item: status for item, status in statuses.items() if item in set(items)}


@dataclass(frozen=True, slots=True)
class Holdings:
    """Who has how much of items and of all that was made from them; `view` names both."""

    view: View
    stocks: tuple[Stock, ...]


def holdings(reader: Reader, trust: Trust, items: Sequence[str], made: datetime) -> Holdings:
    """Who has how much of items and of all that was made from them."""
    lineage = Lineage(reader)
    stocks = sorted(lineage.trace(items), key=lambda held: (held.item, *_by_holder(held)))
    around = {*items, *(held.item for held in stocks)}
    around |= {held.container for held in stocks if held.container is not None}
    lots = lineage.lots(sorted(around))
    named = {*around, *(lot.product for lot in lots.values() if lot.product is not None)}
    named |= {product for item in around for product in products_of(item)}
    named |= {uri for held in stocks for uri in (held.holder, held.sender) if uri is not None}
    graph = Graph(tuple(items), True, lineage.size(), dict.fromkeys(items, 0), {}, (), (), False)
    shown = View(
        graph=graph,
        direction=Direction.FORWARD,
        made=made,
        zone=zone(),
        origin=trust.origin,
        lots=lots,
        names=lineage.names(named),
        codes={item: codes.of_uri(item, trust.host) for item in around},
    )
    return Holdings(shown, tuple(stocks))


# An EPCIS document.


class UnreadableError(LedgerError):
    """Events that are kept apart from their links, and are not here."""

    def __init__(self, leaves: Collection[int]) -> None:
        shown = ", ".join(map(str, sorted(leaves)[:5]))
        more = f" and {len(leaves) - 5} more" if len(leaves) > 5 else ""
        super().__init__(
            f"the events of links {shown}{more} are kept as attachments that are not here: "
            "no whole document can be given"
        )


def epcis(reader: Reader, dag: Graph, attachment: Attachment, made: datetime) -> Object:
    """All events about a lineage as an EPCIS 2.0 document, by eventTime, each as it was signed.

    With events that were corrected and the declarations of their errors, and those of containers
    while the items were inside. An event that several links share stands in it once. Raises
    UnreadableError where an attachment is lost.
    """
    from suyuan.trace.format.epcis.document import document  # loads pydantic

    lineage = Lineage(reader)
    lost: list[int] = []
    events = list(_events(reader, lineage.events_about(dag), lost))
    events += _referred(reader, lineage.others_about(dag), attachment, lost)
    if lost:
        raise UnreadableError(lost)
    events.sort(key=_when)  # stable: those of one moment stay in the order of the log
    scope: Object = {"items": list(dag.roots), "links": dag.size, "isWhole": not dag.is_cut}
    return document(events, made, {"suyuan:lineage": scope})


def _events(reader: Reader, leaves: Iterable[int], lost: list[int]) -> Iterator[Object]:
    for leaf in leaves:
        link = reader.parsed(leaf)
        if link is None or link.event is None:
            lost.append(leaf)
        else:
            yield link.event


def _referred(
    reader: Reader, leaves: Iterable[int], attachment: Attachment, lost: list[int]
) -> Iterator[Object]:
    """Events by reference, each once however many links share it."""
    seen: set[str] = set()
    for leaf in leaves:
        link = reader.parsed(leaf)
        if link is None:
            lost.append(leaf)
        elif link.event_ref is not None and (name := str(link.event_ref["sha256"])) not in seen:
            seen.add(name)
            event = _read(attachment(name))
            if event is None:
                lost.append(leaf)
            else:
                yield event


def _when(event: Object) -> tuple[bool, datetime]:
    when = parse_time(event.get("eventTime"))
    return when is None, when or datetime.max.replace(tzinfo=UTC)


def _read(data: bytes | None) -> Object | None:
    try:
        event = None if data is None else canonical.parse(data)
    except CanonicalError:
        return None
    return event if isinstance(event, dict) else None
