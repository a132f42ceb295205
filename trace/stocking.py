"""A party that wants its own records refused where they take more of a lot than it has.

Asked only at entry, of what its holder records itself; what is in the ledger stays there, and
more than it had is told by the rule `overdrawn` all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .checking import Entry
from .lineage.links import item_event
from .lineage.model import ItemEvent, Kind, Story
from .lineage.stock import converter, effect
from .lineage.story import is_individual
from .link import Link, parse
from .plausibility.saying import amount
from .plausibility.tables import tolerance
from .quantities import Quantity
from .rules import Refused, Rule
from .store.lineage import Lineage
from .store.preferences import OVERDRAW, REFUSE, choosers
from .store.read import Reader

_OUT = (Kind.USED, Kind.SENT, Kind.SOLD, Kind.PACKED, Kind.LOST, Kind.DESTROYED)


@dataclass(slots=True)
class _Sum:
    """What links do to one holder's account of an item; `micro` None where that is not known."""

    micro: int | None = 0
    unit: str | None = None
    out: list[int] = field(default_factory=list)  # which of the links take something

    def add(self, number: int, kind: Kind, sign: int, quantity: Quantity | None) -> None:
        """One more event of it."""
        if kind in _OUT and sign < 0:
            self.out.append(number)
        same = quantity is not None and self.unit in (None, quantity.unit)
        if quantity is None or not same or self.micro is None:
            self.micro = None
            return
        self.micro += sign * quantity.micro
        self.unit = quantity.unit


def overdraws(reader: Reader, link: Link) -> list[str]:
    """Why a link takes more of its actor's lots than there is; nothing where it does not.

    Whether its actor has chosen to be refused is not asked here.
    """
    return overdrawing(reader, [link]).get(0, [])


def overdrawing(reader: Reader, links: Sequence[Link]) -> dict[int, list[str]]:
    """The same for links that come together, by their position: they are taken as one.

    So a correction and the event that it declares an error are one change. What is not known in
    one unit is not decided. As of the follower of lineage, which should be up.
    """
    lineage = Lineage(reader)
    stories: dict[str, Story] = {}
    sums: dict[tuple[str, str], _Sum] = {}
    for number, link in enumerate(links):
        if link.event is None or link.is_received or _is_there(reader, link):
            continue
        for event, item in item_event(link):
            if item not in stories:
                stories[item] = lineage.story(item)
            story = stories[item]
            if is_individual(item, [*story.events, event]):
                continue
            total = sums.setdefault((link.actor, item), _Sum())
            _add(total, number, link, event, story)
    found: dict[int, list[str]] = {}
    for (actor, item), total in sums.items():
        reason = _reason(stories[item], actor, total)
        if reason is not None:
            for number in total.out:
                found.setdefault(number, []).append(f"{item}: {reason}")
    return found


def _is_there(reader: Reader, link: Link) -> bool:
    """Whether its place in its chain is taken: sent again, or to be signed again."""
    first = link.items[0]
    return reader.source.in_chain(first.item, link.actor, first.seq) is not None


def refuse(reader: Reader, links: Sequence[Link | None]) -> dict[int, Refused]:
    """The refusals of those links whose actors want them, by position."""
    wishing = choosers(reader, OVERDRAW, REFUSE)
    asked = {n: one for n, one in enumerate(links) if one is not None and one.actor in wishing}
    numbers = list(asked)
    reasons = overdrawing(reader, list(asked.values())) if asked else {}
    return {
        numbers[position]: Refused(
            Rule.STOCK,
            "; ".join(said),
            fix="record first what came in, or count what is there. Its party has chosen that "
            "records beyond its stock be refused",
        )
        for position, said in reasons.items()
    }


def readable(entries: Sequence[Entry]) -> list[Link | None]:
    """The links in entries; None for bytes that are none, which the ledger refuses itself."""
    found: list[Link | None] = []
    for entry in entries:
        try:
            found.append(entry if isinstance(entry, Link) else parse(entry))
        except Refused:
            found.append(None)
    return found


def _add(total: _Sum, number: int, link: Link, event: ItemEvent, story: Story) -> None:
    """An event's effect; an error declaration takes back that of the event it repeats."""
    if link.event is not None and "errorDeclaration" in link.event:
        for earlier in story.events:
            if earlier.event_id == event.event_id and earlier.actor == link.actor:
                done = effect(earlier, is_answer=True)
                if done is not None and done.kind is not Kind.COUNTED:
                    total.add(number, Kind.RECEIVED, -done.sign, _converted(story, done.quantity))
        return
    done = effect(event, is_answer=True)
    if done is None:
        return
    if done.kind in (Kind.COUNTED, Kind.UNPACKED):
        total.micro = None  # what a count or an unpacking does is not told by its own amount
        return
    if done.kind is Kind.CODED and _is_restated(story):
        return
    total.add(number, done.kind, done.sign, _converted(story, done.quantity))


def _is_restated(story: Story) -> bool:
    kinds = {move.kind for account in story.accounts for move in account.movements}
    return bool(kinds & {Kind.CAUGHT, Kind.MADE, Kind.BOUGHT})


def _converted(story: Story, quantity: Quantity | None) -> Quantity | None:
    if quantity is None or story.product is None:
        return quantity
    return converter(story.product)(quantity) or quantity


def _reason(story: Story, actor: str, total: _Sum) -> str | None:
    if not total.out or total.micro is None or total.micro >= 0:
        return None
    account = next((a for a in story.accounts if a.holder == actor and not a.is_reported), None)
    balance = 0 if account is None else account.balance
    if balance is None or (account is not None and account.unit not in (None, total.unit)):
        return None
    had = 0 if account is None else sum(max(move.delta or 0, 0) for move in account.movements)
    allowed = tolerance(None if story.product is None else story.product.category)
    if balance + total.micro >= -allowed.of(had, total.unit):
        return None
    taken = amount(-total.micro, total.unit).english
    there = amount(max(balance, 0), total.unit).english
    return f"{taken} of it would go, and {there} are there"
