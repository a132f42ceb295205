"""What became of a recalled item in each holder's hands, and of all of it, in millionths. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from suyuan.trace.findings.rule_tables import tolerance
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.format.vocabulary import biz_steps
from suyuan.trace.lineage.model import Account, Kind, Movement, Sent, Stock, Story
from suyuan.trace.lineage.stock import disposition, effect

from .accounts import FLOWS, Accounting, Balance, Entry, Outflow, Totals, accounting, balance

_STOPPED = biz_steps("sends", "sells")


@dataclass(frozen=True, slots=True)
class Line:
    """One holder's part in one item; `left` is what it had at the recall and took in since.

    `balance` is None where an amount is `unknown`; what was sold and destroyed before is in it,
    and what reports repeat of that counts once.
    """

    item: str
    holder: str
    is_reported: bool
    unit: str | None
    balance: Balance | None
    left: int
    has_answered: bool
    unknown: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether the recall asks something of its holder: some of it was there since."""
        return self.balance is None or self.left != 0 or self.has_answered

    @property
    def gap(self) -> int:
        """What the ledger has in its hands and it has not accounted for; below 0 a surplus."""
        return 0 if self.balance is None else self.balance.missing


@dataclass(frozen=True, slots=True)
class Sum:
    """All of one item, or of one unit: `produced` and `unsaid` are the sum of all after them.

    `unsaid` is how much less is recorded as made than at the recall, `weighed` how much less
    was confirmed than sent, as scales may be off. `held` is in the hands of those who have not
    reported yet, by the records, `in_transit` on its way, and `unaccounted` what nothing explains;
    below 0 more was counted than made.
    """

    produced: int = 0
    unsaid: int = 0
    recovered: int = 0
    remaining: int = 0
    sold: int = 0
    destroyed: int = 0
    used: int = 0
    lost: int = 0
    outside: int = 0
    weighed: int = 0
    held: int = 0
    in_transit: int = 0
    unaccounted: int = 0

    @property
    def unsettled(self) -> int:
        """What no report and no record has settled: held, on its way, or explained by nothing."""
        return self.held + self.in_transit + self.unaccounted

    def plus(self, other: "Sum") -> "Sum":
        """Both together."""
        return Sum(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sum)))


@dataclass(frozen=True, slots=True)
class Item:
    """A recalled item: its lines, and what it adds up to; no sum where amounts are not known.

    `dated_before` sent or sold it since the recall, at a time before it.
    """

    item: str
    name: str | None
    unit: str | None
    since: int
    lines: tuple[Line, ...]
    sum: Sum | None
    unknown: tuple[str, ...]
    dated_before: tuple[int, ...] = ()


def item(
    story: Story,
    since: int,
    stocks: Sequence[Stock],
    reports: Mapping[str, Sequence[Totals]],
    unclear: Mapping[str, str] = MappingProxyType({}),
    *,
    before: Story | None = None,
) -> Item:
    """The item of a story, recalled at leaf `since`; who never had it has no line.

    `reports` are each party's in its unit, `unclear` what is unknown of others; `before` is the
    story as it was at its recall, where that may have been another.
    """
    book = accounting(story)
    returns = {event.leaf for event in story.events if disposition(event) == "returned"}
    lines = [
        _line(
            account,
            since,
            [
                stock
                for stock in stocks
                if not stock.is_in_transit
                and (stock.holder, stock.is_reported) == (account.holder, account.is_reported)
            ],
            () if account.is_reported else reports.get(account.holder, ()),
            unit=book.unit,
            returns=returns,
        )
        for account in _accounts(story, stocks, book.unit)
    ]
    holders = [line.holder for line in lines if not line.is_reported]
    unknown = [*book.unknown, *(unclear[holder] for holder in holders if holder in unclear)]
    unknown += [line.unknown for line in lines if line.unknown]
    dated = tuple(
        event.leaf
        for event in story.events
        if event.leaf > since and event.step in _STOPPED and event.leaf not in returns
    )
    return Item(
        item=story.item,
        name=None if story.lot is None else story.lot.name,
        unit=book.unit,
        since=since,
        lines=tuple(lines),
        sum=None if unknown else _sum(story, book, lines, stocks, before),
        unknown=tuple(dict.fromkeys(unknown)),
        dated_before=dated,
    )


def may_differ(story: Story, since: int) -> bool:
    """Whether more of it may have been recorded as made or brought in when it was recalled."""
    return bool(story.voided) or any(
        event.is_made or (event.quantity is not None and event.quantity.micro < 0)
        for event in story.events
        if event.leaf > since
    )


def _accounts(story: Story, stocks: Sequence[Stock], unit: str | None) -> list[Account]:
    """Accounts by holder; a pallet's holder has what is in it, named in its records or not."""
    accounts = {(a.holder, a.is_reported): a for a in story.accounts or _individual(story)}
    for stock in stocks:
        if stock.holder is not None and not stock.is_in_transit:
            key = stock.holder, stock.is_reported
            accounts.setdefault(key, Account(story.item, *key, unit, (), 0))
    return [account for _, account in sorted(accounts.items(), key=lambda pair: pair[0])]


def _line(
    account: Account,
    since: int,
    stocks: Sequence[Stock],
    reports: Sequence[Totals],
    *,
    unit: str | None,
    returns: Collection[int],
) -> Line:
    item, holder, is_reported = account.item, account.holder, account.is_reported
    amounts = [
        stock.quantity.micro
        for stock in stocks
        if stock.quantity is not None and stock.quantity.unit == unit
    ]
    is_known = len(amounts) == len(stocks) and account.unit in (unit, None)
    if not is_known or any(movement.delta is None for movement in account.movements):
        why = f"how much of {item} {holder} has or had is not known in one unit"
        return Line(item, holder, is_reported, unit, None, 0, bool(reports), why)
    outflows = [
        Outflow(move.leaf, flow, -(move.delta or 0))
        for move in account.movements
        if move.leaf > since and (flow := _flow(move, returns)) in FLOWS
    ]
    sold, destroyed = (
        -sum(m.delta or 0 for m in account.movements if m.leaf <= since and m.kind is kind)
        for kind in (Kind.SOLD, Kind.DESTROYED)
    )
    parts = balance(sum(amounts), outflows, reports)
    left = parts.had
    # A report of all that was ever sold or destroyed repeats what was recorded before.
    surplus = max(-parts.missing, 0)
    sold_again = min(sold, surplus)
    destroyed_again = min(destroyed, surplus - sold_again)
    parts = replace(
        parts,
        had=parts.had + sold + destroyed,
        sold=parts.sold + sold - sold_again,
        destroyed=parts.destroyed + destroyed - destroyed_again,
        missing=parts.missing + sold_again + destroyed_again,
    )
    return Line(item, holder, is_reported, unit, parts, left, bool(reports))


def _flow(move: Movement, returns: Collection[int]) -> str:
    return "returned" if move.kind is Kind.SENT and move.leaf in returns else move.kind


def _individual(story: Story) -> list[Account]:
    """Accounts of a piece or a logistic unit: one, that goes from hand to hand."""
    by_holder: dict[tuple[str, bool], list[Movement]] = {}
    for event in story.events:
        does = effect(event, is_answer=True)
        if does is not None and does.kind is not Kind.COUNTED:
            movement = Movement(event.leaf, event.time, does.kind, does.sign * MICRO)
            by_holder.setdefault((does.holder, event.is_received), []).append(movement)
        elif event.type == "AggregationEvent" and event.holder is not None:
            by_holder.setdefault((event.holder, event.is_received), [])
    return [
        Account(story.item, *holder, "1", tuple(movements), None)
        for holder, movements in by_holder.items()
    ]


def _sum(
    story: Story,
    book: Accounting,
    lines: Sequence[Line],
    stocks: Sequence[Stock],
    before: Story | None,
) -> Sum:
    parts = [line.balance for line in lines if line.balance is not None]
    # What left with the container that it was in stands in no holder's account; and what is
    # reported of it besides is reported twice.
    surplus = sum(max(-part.missing, 0) for part in parts)
    gone = {kind: _gone(story, kind, book.unit) for kind in (Kind.SOLD, Kind.DESTROYED)}
    sold = gone[Kind.SOLD] - min(gone[Kind.SOLD], surplus)
    surplus -= gone[Kind.SOLD] - sold
    destroyed = gone[Kind.DESTROYED] - min(gone[Kind.DESTROYED], surplus)
    produced = book.of(Entry.BROUGHT_IN)
    then = produced if before is None else accounting(before).of(Entry.BROUGHT_IN)
    total = Sum(
        produced=produced,
        unsaid=max(then - produced, 0),
        recovered=sum(part.recovered for part in parts),
        remaining=sum(part.remaining for part in parts),
        sold=sum(part.sold for part in parts) + sold,
        destroyed=sum(part.destroyed for part in parts) + destroyed,
        used=book.of(Entry.USED),
        lost=book.of(Entry.LOST),
        outside=book.of(Entry.OUTSIDE),
        weighed=_weighed(story, book.unit),
        held=sum(max(line.gap, 0) for line in lines if not line.has_answered),
        in_transit=sum(
            stock.quantity.micro
            for stock in stocks
            if stock.is_in_transit and stock.quantity and stock.quantity.unit == (book.unit or "1")
        ),
    )
    explained = sum(getattr(total, part.name) for part in fields(Sum)[2:])
    return replace(total, unaccounted=total.produced + total.unsaid - explained)


def _weighed(story: Story, unit: str | None) -> int:
    """How much less recipients confirmed than was sent, within what scales may be off."""
    allowed = tolerance(None if story.product is None else story.product.category)
    total = 0
    for line in story.shipments:
        sent, less = line.quantity, line.rest
        if line.state is not Sent.DIFFERENT or sent is None or sent.unit != unit:
            continue
        if less is not None and abs(less) <= allowed.of(sent.micro, unit):
            total += less
    return total


def _gone(story: Story, kind: Kind, unit: str | None) -> int:
    """How much was sold or destroyed with the containers that it was in."""
    return sum(
        stay.quantity.micro
        for stay in story.stays
        if stay.quantity is not None
        and stay.quantity.unit == unit
        and stay.left_leaf is not None
        and story.gone.get(stay.left_leaf) is kind
    )
