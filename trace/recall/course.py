"""A recall: its act, what was stated under it, and what it reaches or would reach."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object, text_in
from suyuan.trace.format.quantities import CODES, Quantity, exact
from suyuan.trace.format.statements import ACTS, OFFICIAL
from suyuan.trace.format.times import from_micros
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.lineage.model import Lot, Stock
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

# Instants beyond these are nobody's knowledge, and no calendar here counts with them.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_ENDS = ("close", "withdraw", "release")


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement under the act: by whom, at which index, recorded when."""

    actor: str
    leaf: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """A holder's report: exact amounts by item and kind; `unread` are items whose are not."""

    stated: Stated
    amounts: Mapping[tuple[str, str], Quantity]
    unread: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A recall as its statements have it; instants are recorded times, but for `known`.

    `ordered` is None where no checkpoint covers it, `planned` the earliest plan; `missing` the
    amounts that its closing names.
    """

    act: Act
    known: datetime
    ordered: datetime | None
    planned: datetime | None
    reason: str | None
    acknowledged: tuple[Stated, ...]
    reports: tuple[Report, ...]
    extended: tuple[Stated, ...]
    ended: Stated | None
    ending_reason: str | None
    missing: tuple[tuple[str, Quantity], ...]

    def answers_of(self, party: str) -> tuple[Stated | None, tuple[Report, ...]]:
        """A party's first acknowledgement, and its reports."""
        first = next((stated for stated in self.acknowledged if stated.actor == party), None)
        return first, tuple(r for r in self.reports if r.stated.actor == party)


def act_code(uri: str, host: str) -> str:
    """The trace code by which an act is called: the one in its own URI, else of the URI."""
    kind, _, last = uri.removeprefix(f"https://{host}/").partition("/")
    is_own = kind in ("act", *OFFICIAL)
    return last if is_own and codes.is_code(last) else codes.of_uri(uri, host)


def act_named(reader: Reader, host: str, text: str, of: str) -> Act | None:
    """What a URI names, or a trace code of what acts, cases or draws have; IdentifierError."""
    uri = text.strip()
    if ":" not in uri:
        uri = codes.uri_of(codes.read(uri), host, of)
    return reader.act(uri) if uri.isascii() and len(uri) <= 512 else None


def find_act(reader: Reader, host: str, text: str, kind: str | None = None) -> Act:
    """The act, of a kind, that a URI or its trace code names; IdentifierError, NotFound."""
    try:
        act = act_named(reader, host, text, "act")
    except IdentifierError as error:
        raise IdentifierError("no act: %s", error) from None
    if act is None or act.kind not in ACTS:
        raise NotFound(
            "%s is no hold or recall of this ledger: `suyuan recall list` and "
            "`suyuan hold list` name them",
            text[:200],
        )
    if kind is not None and act.kind != kind:
        raise NotFound("%s is a %s, no %s", act.uri, act.kind, kind)
    return act


def in_scope(reader: Reader, act: Act, items: Collection[str]) -> set[str]:
    """The items, of these, that are in an act's scope and not cleared."""
    covering = ActBook(reader).covering(items)
    return {c.item for c in covering if c.act.leaf == act.leaf and c.cleared is None}


def read(reader: Reader, act: Act) -> Course:
    """The course of a recall; LedgerError where its order cannot be read any more."""
    book = ActBook(reader)
    entries = [(index, readable(entry)) for index, entry in book.entries(act.uri)]
    links = [(index, link) for index, link in entries if link is not None]
    times = book.times([index for index, _ in links])
    order = next((link for index, link in links if index == act.leaf), None)
    if order is None or order.statement is None:
        raise LedgerError("the order of %s cannot be read: `suyuan audit` says why", act.uri)
    by_op: dict[str, list[tuple[Stated, Object]]] = {}
    for index, link in links:
        if link.statement is not None and link.statement["type"] == act.kind:
            at = from_micros(times[index]) if index in times else None
            stated = Stated(link.actor, index, at)
            by_op.setdefault(str(link.statement["op"]), []).append((stated, link.statement))
    ends = [pair for op in _ENDS for pair in by_op.get(op, ()) if pair[0].leaf == act.ended]
    ended, ending = ends[0] if ends else (None, {})
    known = _known(order)
    return Course(
        act=act,
        known=known,
        ordered=from_micros(times[act.leaf]) if act.leaf in times else None,
        planned=_planned(by_op.get("plan", ()), known),
        reason=text_in(order.statement, "reason"),
        acknowledged=tuple(stated for stated, _ in by_op.get("acknowledge", ())),
        reports=tuple(_report(*report) for report in by_op.get("report", ())),
        extended=tuple(stated for stated, _ in by_op.get("extend", ())),
        ended=ended,
        ending_reason=text_in(ending, "reason"),
        missing=tuple(
            (str(missing["item"]), amount)
            for missing in ending.get("missing", ())
            if (amount := quantity(missing["value"], missing["unit"])) is not None
        ),
    )


def _known(order: Link) -> datetime:
    known = parse_time((order.statement or {}).get("known")) or parse_time(order.signed_at)
    assert known is not None
    return min(max(known, _FIRST), _LAST)


def _planned(plans: Sequence[tuple[Stated, Object]], known: datetime) -> datetime | None:
    """The earliest stated: none is later than it was recorded, or the deadline could be put off."""
    instants = []
    for stated, statement in plans:
        if (when := parse_time(statement["planned"])) is not None:
            instants.append(max(known, when if stated.at is None else min(when, stated.at)))
    return min(instants, default=None)


def _report(stated: Stated, statement: Object) -> Report:
    amounts: dict[tuple[str, str], Quantity] = {}
    unread = []
    for reported in statement["quantities"]:
        if (amount := quantity(reported["value"], reported["unit"])) is None:
            unread.append(str(reported["item"]))
            continue
        key = (str(reported["item"]), str(reported["kind"]))
        before = amounts.get(key)
        if before is not None and before.unit == amount.unit:
            amount = Quantity(before.micro + amount.micro, amount.unit)
        amounts[key] = amount
    return Report(stated, amounts, tuple(unread), tuple(statement.get("files", ())))


def quantity(value: object, unit: object) -> Quantity | None:
    """The amount that a statement's value and unit give, where it is exact."""
    return exact(value, CODES[str(unit)]) if unit in CODES else None


def reason_of(reader: Reader, leaf: int) -> str | None:
    """The reason that a statement gives; None where it is hidden or cannot be read."""
    link = reader.parsed(leaf)
    return None if link is None else text_in(link.statement or {}, "reason")


def acknowledgement(reader: Reader, act: Act, party: str) -> Stated | None:
    """A party's first acknowledgement of a recall."""
    for index, statement in reader.chain_statements(act.uri, party, "recall"):
        if statement["op"] == "acknowledge":
            at = ActBook(reader).times([index]).get(index)
            return Stated(party, index, None if at is None else from_micros(at))
    return None


@dataclass(frozen=True, slots=True)
class Reached:
    """An item in a scope, named itself or made from such, and the recalls that it is under."""

    item: str
    lot: Lot | None
    is_asked: bool
    stocks: tuple[Stock, ...]
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Items by URI, as of `size` links, but not what is `inside` containers among them.

    Nor `containers` that items are in now: that stops only by naming them too.
    """

    items: tuple[Reached, ...]
    inside: tuple[str, ...]
    containers: tuple[str, ...]
    size: int

    def remaining(self) -> dict[str, int]:
        """All that is left anywhere, in millionths by unit; what is not known is not in it."""
        return by_unit(stock for item in self.items for stock in item.stocks)

    def holders(self) -> dict[str, list[Stock]]:
        """What each party has or waits for; the empty name is on its way out of the ledger."""
        by_holder: dict[str, list[Stock]] = {}
        for item in self.items:
            for stock in item.stocks:
                by_holder.setdefault(stock.holder or "", []).append(stock)
        return dict(sorted(by_holder.items()))


def scope(reader: Reader, items: Sequence[str], *, forward: bool) -> Scope:
    """The scope of a recall of items, `forward` with all made from them; LedgerError if unknown."""
    known = reader.subject_numbers(set(items))
    if unknown := sorted(set(items) - known.keys()):
        raise LedgerError("this ledger has no record of %s", ", ".join(unknown[:3]))
    lineage, book = Lineage(reader), ActBook(reader)
    named = sorted(set(items))
    reach = lineage.reach(named, forward=True) if forward else named
    stocks = lineage.trace(named) if forward else lineage.stock(named)
    by_item: dict[str, list[Stock]] = {}
    for stock in stocks:
        by_item.setdefault(stock.item, []).append(stock)
    lots = lineage.lots(reach)
    acts: dict[str, list[str]] = {}
    for covered in book.covering(reach):
        if covered.cleared is None and covered.act.kind == "recall" and covered.act.is_in_force:
            acts.setdefault(covered.item, []).append(covered.act.uri)
    return Scope(
        tuple(
            Reached(
                item,
                lots.get(item),
                item in known,
                tuple(by_item.get(item, ())),
                tuple(acts.get(item, ())),
            )
            for item in sorted(reach, key=lambda item: (item not in known, item))
        ),
        tuple(sorted(book.inside(named) - set(reach))),
        tuple(sorted(_containers(lineage, stocks) - set(reach))),
        lineage.size(),
    )


def _containers(lineage: Lineage, stocks: Iterable[Stock]) -> set[str]:
    todo = {stock.container for stock in stocks if stock.container is not None}
    containers: set[str] = set()
    while todo:
        containers |= todo
        stays = [stay for container in todo for stay in lineage.stays(container)]
        todo = {stay.container for stay in stays if stay.left is None} - containers
    return containers


def by_unit(stocks: Iterable[Stock]) -> dict[str, int]:
    """All of these stocks, in millionths by unit; what is not known is not in it."""
    totals: dict[str, int] = {}
    for stock in stocks:
        if stock.quantity is not None:
            unit = stock.quantity.unit
            totals[unit] = totals.get(unit, 0) + stock.quantity.micro
    return dict(sorted(totals.items()))
