"""Lineage, holdings, stays, shipments and findings: of each item that a link touches, made anew.

What is derived of an item follows from its events, from what answers and undoes them, and from
where its containers went; a link that bears on any of it touches the item. So it does not matter
in which runs the links are taken in, and a late event or a correction costs what it names.
"""

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from suyuan.keys.validity import significant
from suyuan.trace import findings
from suyuan.trace.admission import ownership
from suyuan.trace.admission.chain import step
from suyuan.trace.findings.reaching import traced
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.findings.rule_list import check, underived
from suyuan.trace.findings.rule_tables import city_text
from suyuan.trace.format import steps
from suyuan.trace.format.event_items import Role
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import text_in
from suyuan.trace.format.quantities import Quantity, storable
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.times import parse_micros
from suyuan.trace.format.vocabulary import step_named
from suyuan.trace.lineage import joins, lots, model, nesting, stock
from suyuan.trace.lineage import story as stories
from suyuan.trace.lineage.joins import EXAMINING, RECEIVING, REFUSING, SENDING
from suyuan.trace.lineage.model import ItemEvent, Lot, Sent, Story
from suyuan.trace.lineage.stock import SELLING, holdings, on_the_way
from suyuan.trace.lineage.story import is_individual, story_of

from .. import schema as t
from ..read import facts
from ..read.reader import Reader
from ..schema_columns import of_projection
from ..selecting import chunks
from . import coverage_sums, event_joins, item_events, material
from . import rule_context as asking
from .event_joins import Void, voids
from .followers import Attachment, Preparing, insert_new
from .material import Material
from .rule_context import Asking, of_making

Row = dict[str, Any]
_TEXT = 200
_KEPT = 200_000  # links of which it is remembered when they were signed
_UNFORESEEN = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError,
               TypeError, ValueError)  # fmt: skip


# Of what follows another way in another release, besides what plausibility is made of: rows that
# other rules made are no tampering, and must not look so.
_RULES = (
    ownership, steps, joins, lots, model, nesting, stock, stories, asking, facts,
    item_events, material, event_joins, coverage_sums, sys.modules[__name__],
)  # fmt: skip


@cache
def digest() -> str:
    """A digest of the code and tables by which lineage and its findings are derived.

    64 hex digits; the same for the same release and city's file on every machine. It forgets no
    change, as a number kept by hand would.
    """
    total = hashlib.sha256()
    for name, file in sorted(rule_files(), key=lambda pair: pair[0]):
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    total.update(city_text().encode())
    return total.hexdigest()


def rule_files() -> Iterator[tuple[str, Traversable]]:
    """The files of that code, by package and name."""
    for module in _RULES:
        package, _, name = module.__name__.rpartition(".")
        yield f"{package}/{name}.py", files(package) / f"{name}.py"
    root = files(findings)
    for folder in (root, root / "rules", root / "data"):
        for file in folder.iterdir():
            if file.name.endswith((".py", ".toml")):
                yield f"{findings.__name__}/{folder.name}/{file.name}", file


@dataclass(slots=True)
class Derived:
    """Rows of items made anew, by table; `items` are those whose earlier rows they replace."""

    items: list[int] = field(default_factory=list)
    rows: dict[Table, list[Row]] = field(default_factory=dict)
    voids: list[Void] = field(default_factory=list)


class Lineage(Preparing):
    """What `trace`, `holdings`, `arrivals`, `findings` and recalls are read from."""

    name = "lineage"
    after = ("events",)

    def __init__(self, host: str, attachment: Attachment) -> None:
        super().__init__(host, attachment)
        self._signed: dict[int, int | None] = {}  # when links were signed: that never changes

    def version(self) -> str:
        """A digest of the rules and tables that its rows follow from."""
        return digest()

    def prepare(self, reader: Reader, links: Sequence[tuple[int, Link]]) -> Derived:
        """The rows that `write` has to write; reads only."""
        if not links:
            return Derived()
        stop = links[-1][0] + 1
        voided = voids(reader, links)
        material = Material(reader, stop, dict(links), {void.leaf: void.by for void in voided})
        items = touched(material, links, voided)
        if len(self._signed) > _KEPT:
            self._signed.clear()
        return Derived(sorted(items), rows_of(material, items, self._signed), voided)

    def write(self, connection: Connection, derived: Derived) -> None:
        """Put what was prepared in the place of what stood there."""
        insert_new(connection, t.voided, [asdict(void) for void in derived.voids])
        counted: list[coverage_sums.Row] = []
        for part in chunks(derived.items):
            counted += coverage_sums.stored(connection, part)
            for table in OF_ITEMS:
                connection.execute(delete(table).where(table.c.item.in_(part)))
        coverage_sums.change(connection, counted, derived.rows.get(t.traced, ()))
        for table, rows in derived.rows.items():
            if rows:
                connection.execute(insert(table), rows)


OF_ITEMS = tuple(table for table in of_projection(Lineage.name) if "item" in table.c)


def touched(
    material: Material, links: Sequence[tuple[int, Link]], voided: Collection[Void]
) -> set[int]:
    """The numbers of all items on whose rows these links bear."""
    uris: set[str] = set()
    opened: dict[str, int] = {}  # containers that were filled, emptied, used or gone, since when
    moved: dict[str, int] = {}
    changed = [link for _, link in links if link.event is not None]
    changed += [link for void in voided if (link := material.link(void.leaf)) is not None]
    for link in changed:
        event = link.event or {}
        names = {ref.item for ref in link.items}
        uris |= names
        since = parse_micros(event.get("eventTime")) or 0
        bearing = opened if _opens(link) else moved
        bearing |= {name: min(since, bearing.get(name, since)) for name in names}
        if str(event.get("bizStep")).endswith((*RECEIVING, *REFUSING)):
            for ref in link.after:
                named = material.link(ref.index) if ref.ledger is None else None
                if named is not None and named.event is not None:
                    uris |= {part.item for part in named.items}
    uris |= {
        link.items[0].item
        for _, link in links
        if link.statement is not None and link.statement["type"] == "labels" and link.items
    }
    uris |= _of_one_making(material, [*links, *((void.leaf, None) for void in voided)])
    uris |= _in_circle(material, voided)
    numbers = material.numbers(uris)
    items = {numbers[uri] for uri in uris if uri in numbers}
    for uri in _packed(material, moved, numbers):
        opened[uri] = min(moved[uri], opened.get(uri, moved[uri]))
    return items | _inside(
        material, {numbers[uri]: since for uri, since in opened.items() if uri in numbers}
    )


def _opens(link: Link) -> bool:
    """Whether what is inside the items of an event may come out, or go in, by it."""
    event = link.event or {}
    return (
        event.get("type") in ("AggregationEvent", "TransformationEvent")
        or event.get("action") == "DELETE"
        or step(link) in SELLING
    )


def _packed(material: Material, uris: Collection[str], numbers: Mapping[str, int]) -> Iterator[str]:
    """The items that were ever inside something: moved by themselves, they have left it."""
    known = {numbers[uri]: uri for uri in uris if uri in numbers}
    c = t.containment.c
    rows = material.reader.among(select(c.item).distinct(), c.item, sorted(known))
    yield from (known[row.item] for row in rows)


def _of_one_making(material: Material, links: Sequence[tuple[int, Link | None]]) -> set[str]:
    """The items of all events of the transformations, by their own name, that these are part of."""
    uris: set[str] = set()
    for leaf, known in links:
        link = material.link(leaf) if known is None else known
        event = {} if link is None else link.event or {}
        if event.get("type") != "TransformationEvent" or "transformationID" not in event:
            continue
        for other in of_making(material, leaf):
            part = material.link(other)
            uris |= set() if part is None else {ref.item for ref in part.items}
    return uris


def _in_circle(material: Material, voided: Collection[Void]) -> set[str]:
    """The items found to be their own ancestors by an event that does not count any more."""
    void = {void.leaf for void in voided}
    if not void:
        return set()
    query = select(t.doubt.c.subject, t.doubt.c.evidence).where(t.doubt.c.rule == "self")
    rows = material.reader.connection.execute(query).all()
    return {row.subject for row in rows if void & set(json.loads(row.evidence))}


def _inside(material: Material, containers: Mapping[int, int]) -> set[int]:
    """What was in these since then, however deep; what the links pack is touched by itself."""
    inside: dict[int, int] = {}  # since when it matters
    waiting = dict(containers)
    while waiting:
        new: dict[int, int] = {}
        c = t.containment.c
        query = select(c.item, c.container, c.left)
        for row in material.reader.among(query, c.container, sorted(waiting)):
            since = waiting[row.container]
            if row.left is None or row.left >= since:
                new[row.item] = min(since, new.get(row.item, since))
        waiting = {n: since for n, since in new.items() if since < inside.get(n, since + 1)}
        inside |= waiting
    return set(inside)


def rows_of(
    material: Material, items: Collection[int], signed: dict[int, int | None] | None = None
) -> dict[Table, list[Row]]:
    """All rows about these items; `signed` as Asking takes it."""
    material.load(items)
    rows: dict[Table, list[Row]] = {}
    asking = Asking(material, signed)
    asking.prepare({event.leaf for item in items for event in material.every(item)})
    for item in sorted(items):
        for table, row in _surely(material, item, asking):
            rows.setdefault(table, []).append(row)
    return rows


def _surely(material: Material, item: int, asking: Asking) -> list[tuple[Table, Row]]:
    """The rows about an item; an unforeseen error is a finding and stops no other item."""
    rows: list[tuple[Table, Row]] = []
    try:
        known = material.known(item)
        if known.events or known.voided:
            rows += [(t.record, row) for row in _records(material, item, known.lot)]
            story = story_of(known)
            rows += list(_rows(material, item, story))
            rows += list(_traced(material, item, story, asking))
            asking.prepare({event.leaf for event in story.events})
            asking.load({event.leaf for event in story.events if event.step in EXAMINING})
            rows += [(t.doubt, finding_row(item, finding)) for finding in check(story, asking)]
    except _UNFORESEEN as error:
        leaf = max((event.leaf for event in material.every(item)), default=0)
        finding = underived(material.uri(item), leaf, type(error).__name__)
        rows.append((t.doubt, finding_row(item, finding)))
    return rows


def _rows(material: Material, item: int, story: Story) -> Iterator[tuple[Table, Row]]:
    if story.lot is not None:
        lot = story.lot
        row = {column.name: getattr(lot, column.name) for column in t.lot.c}
        coder = next((e.actor for e in story.events if e.leaf == lot.leaf), None)
        yield t.lot, row | {"item": item, "coder": coder, "category": category(story, lot)}
    used = {e.making for e in story.events if e.role & Role.INPUT and e.making is not None}
    for making in sorted(used | story.carried):
        yield t.used, {"item": item, "making": making}
    for making in sorted(
        {e.making for e in story.events if e.role & Role.OUTPUT and e.making is not None}
    ):
        yield t.made, {"making": making, "item": item}
    yield from _stays(material, item, story)
    individual = is_individual(story.item, story.events)
    for holder, is_reported, micro, unit, leaf in holdings(story, is_individual=individual):
        yield t.holding, {
            "item": item, "holder": holder, "reported": is_reported,
            "quantity": storable(micro), "unit": unit, "leaf": leaf,
        }  # fmt: skip
    away = on_the_way(story) if individual else None
    for line in story.shipments:
        yield t.shipment, _amount(line.quantity) | {
            "leaf": line.leaf, "item": item, "sender": line.sender, "recipient": line.recipient,
            "state": line.state.value, "answered": line.answered,
            "received": storable(line.received), "refused": storable(line.refused),
            "under_way": line.state is Sent.OPEN and (not individual or line.leaf == away),
        }  # fmt: skip


def _traced(
    material: Material, item: int, story: Story, asking: Asking
) -> Iterator[tuple[Table, Row]]:
    """How far a lot is traced, if it is one."""
    stated = None if story.lot is None else category(story, story.lot)
    known = traced(story, stated, asking)
    if known is not None:
        # As numbers, which are what the rows that stand there have.
        levels = {name: int(getattr(known, name)) for name in ("begins", "handed", "reached")}
        coder = material.numbers([known.coder])[known.coder]
        yield t.traced, known._asdict() | levels | {
            "item": item, "coder": coder, "division": significant(known.division),
        }  # fmt: skip


def _records(material: Material, item: int, lot: Lot | None) -> Iterator[Row]:
    """What was recorded of an item, whether it counts or not; declarations of errors are none."""
    events = {e.leaf: e for e in material.every(item) if not material.is_declaration(e.leaf)}
    numbers = material.numbers({event.actor for event in events.values()})
    for event in events.values():
        known = step_named(event.step or "", event.disposition or "")
        yield _amount(event.quantity) | {
            "item": item, "leaf": event.leaf, "actor": numbers[event.actor], "time": event.time,
            "step": (event.step or "")[:_TEXT] if known is None else known.name,
            "role": int(event.role),
            "name": None if lot is None else lot.name or lot.product,
            "counterparty": _counterparty(material, event, events),
        }  # fmt: skip


def _counterparty(
    material: Material, event: ItemEvent, events: Mapping[int, ItemEvent]
) -> str | None:
    """Who stands on the other side of a hand-over; None where that is nobody, or hidden."""
    if event.step in SENDING:
        member, party = "suyuan:recipient", material.recipient(event.leaf)
    elif event.step in (*RECEIVING, *REFUSING):
        member, party = SUPPLIER, None
        for leaf in event.after[:1]:
            sent = events.get(leaf) or material.link(leaf)
            party = None if sent is None else sent.actor
    else:
        return None
    if party is None:
        outside = (material.event(event.leaf) or {}).get(member)
        party = text_in(outside, "name") if isinstance(outside, dict) else None
    return None if party is None else party[:_TEXT]


def finding_row(item: int, finding: ItemFinding) -> Row:
    """The row of a finding about an item."""
    return {
        "rule": finding.rule, "subject": finding.subject, "leaf": finding.leaf, "item": item,
        "actor": finding.actor, "message": finding.message.dumps(),
        "evidence": f"[{','.join(map(str, finding.evidence))}]",
    }  # fmt: skip


def category(story: Story, lot: Lot) -> str | None:
    """The category by its product's statement, else its coding; cut to what an index holds."""
    return lot.category if story.product is None else story.product.category[:_TEXT]


def _stays(material: Material, item: int, story: Story) -> Iterator[tuple[Table, Row]]:
    numbers: Mapping[str, int] = material.numbers({stay.container for stay in story.stays})
    parts: dict[tuple[str, int], int] = {}
    for stay in story.stays:
        key = (stay.container, stay.entered_leaf)
        part = parts[key] = parts.get(key, -1) + 1
        yield t.containment, _amount(stay.quantity) | {
            "item": item, "container": numbers[stay.container], "entered": stay.entered,
            "entered_leaf": stay.entered_leaf, "part": part, "left": stay.left,
            "left_leaf": stay.left_leaf,
        }  # fmt: skip


def _amount(quantity: Quantity | None) -> Row:
    if quantity is None:
        return {"quantity": None, "unit": None}
    return {"quantity": storable(quantity.micro), "unit": quantity.unit}
