"""What a ledger would refuse of links before it has them, and what it would find of them.

A party may want its own records refused where they take more of a lot than it has. That is asked
only at entry, of what its holder records itself; what is in the ledger stays there, and more than
it had is a finding of the rule `overdrawn` all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import scopes
from suyuan.trace.admission.link_builder import Draft, Pen, is_too_large
from suyuan.trace.admission.state import Genesis, State
from suyuan.trace.findings.parts import amount
from suyuan.trace.findings.rule import ItemFinding, Severity
from suyuan.trace.findings.rule_list import check, heading
from suyuan.trace.findings.rule_tables import tolerance
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.lineage.model import ItemEvent, Kind, Story
from suyuan.trace.lineage.stock import BROUGHT_IN, converter, effect
from suyuan.trace.lineage.story import is_individual, item_event, story_of
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choosers
from suyuan.trace.store.projections.rule_context import Supposed, SupposedAsking
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

_OUT = (Kind.USED, Kind.SENT, Kind.SOLD, Kind.PACKED, Kind.LOST, Kind.DESTROYED)
# Said of what lies behind it, not of the record at hand: a warning would only tire.
_LEFT_OUT = frozenset({"far-key", "unusual-step"})
_Refusal = tuple[str | None, Refused]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of drafts: refusals, with their items, and findings, the gravest first."""

    refused: tuple[_Refusal, ...]
    findings: tuple[ItemFinding, ...]


def preview(
    reader: Reader, genesis: Genesis, actor: str, drafts: Sequence[Draft], now: datetime
) -> Preview:
    """The refusals and findings that drafts by an actor would meet, recorded now.

    Keys and mandates are not looked at; the rules judge as the follower of lineage does.
    """
    nobody = LocalSigner.new()  # its signatures are never sent
    pen = Pen(genesis.origin, actor, nobody, reader.heads, lambda: now)
    links = [parse(pen.sign(draft)) for draft in drafts if not is_too_large(draft, pen)]
    if len(links) < len(drafts):
        return Preview(((None, Refused(Rule.SIZE, msg("it is more than one link can hold"))),), ())
    refused = [*_stopped(reader, genesis, links)]
    refused += [(None, refusal) for refusal in refusals(reader, links).values()]
    return Preview(tuple(refused), tuple(_findings(reader, links)))


def severity(finding: ItemFinding) -> Severity:
    """How bad it is if a finding is right."""
    return heading(finding.rule).severity


def _stopped(reader: Reader, genesis: Genesis, links: Sequence[Link]) -> Iterator[_Refusal]:
    """Holds and recalls that stop what is sent or sold, as the append transaction would."""
    state = State(genesis, reader)
    for link in links:
        if not scopes.may_be_stopped(link):
            continue
        for item, uri, leaf in reader.in_scope(sorted(ref.item for ref in link.items)):
            act = reader.act(uri)
            since = reader.signed_at(leaf)
            is_bound = act is not None and scopes.binds(act, link, state)
            if act is not None and is_bound and not scopes.is_before(link, since):
                yield item, scopes.refusal(act, item, since)


def _findings(reader: Reader, links: Sequence[Link]) -> list[ItemFinding]:
    material = Supposed(reader, links)
    asking = SupposedAsking(material)
    findings: dict[tuple[str, str], ItemFinding] = {}
    for item in sorted({ref.item for link in links for ref in link.items}):
        number = material.numbers([item]).get(item)
        known = None if number is None else material.known(number)
        if known is None or not known.events:
            continue
        for finding in check(story_of(known), asking):
            if finding.leaf in material.supposed and finding.rule not in _LEFT_OUT:
                findings.setdefault((finding.rule, finding.subject), finding)
    order = list(Severity)
    return sorted(findings.values(), key=lambda f: (order.index(severity(f)), f.rule))


def refusals(reader: Reader, links: Sequence[Link | None]) -> dict[int, Refused]:
    """The refusals, by position, of links that overdraw and whose actors want those refused."""
    choosing = choosers(reader, OVERDRAW, REFUSE)
    positions = [n for n, link in enumerate(links) if link is not None and link.actor in choosing]
    chosen = [link for link in links if link is not None and link.actor in choosing]
    reasons = overdrawing(reader, chosen) if chosen else {}
    return {
        positions[at]: Refused(
            Rule.STOCK,
            "; ".join(why),
            fix=msg(
                "record first what came in, or count what is there. Its party has chosen "
                "that records beyond its stock be refused"
            ),
        )
        for at, why in reasons.items()
    }


def overdrawing(reader: Reader, links: Sequence[Link]) -> dict[int, list[str]]:
    """Why links, taken as one change, take more of their actors' lots than there is, by position.

    As of the follower of lineage; what is not known in one unit is not decided.
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
            if not is_individual(item, [*story.events, event]):
                total = sums.setdefault((link.actor, item), _Sum())
                _add(total, number, link, event, story)
    reasons: dict[int, list[str]] = {}
    for (actor, item), total in sums.items():
        if (reason := _reason(stories[item], actor, total)) is not None:
            for number in total.out:
                reasons.setdefault(number, []).append(f"{item}: {reason}")
    return reasons


@dataclass(slots=True)
class _Sum:
    """What links do to one holder's account of an item; `micro` None where that is not known."""

    micro: int | None = 0
    unit: str | None = None
    out: list[int] = field(default_factory=list)  # which of the links take something

    def add(self, number: int, kind: Kind, sign: int, quantity: Quantity | None) -> None:
        if kind in _OUT and sign < 0:
            self.out.append(number)
        same = quantity is not None and self.unit in (None, quantity.unit)
        if quantity is None or not same or self.micro is None:
            self.micro = None
            return
        self.micro += sign * quantity.micro
        self.unit = quantity.unit


def _is_there(reader: Reader, link: Link) -> bool:
    """Whether its place in its chain is taken: sent again, or to be signed again."""
    first = link.items[0]
    return reader.in_chain(first.item, link.actor, first.seq) is not None


def _add(total: _Sum, number: int, link: Link, event: ItemEvent, story: Story) -> None:
    """An event's effect; an error declaration takes back that of the event it repeats."""
    if link.event is not None and "errorDeclaration" in link.event:
        for earlier in story.events:
            if earlier.event_id == event.event_id and earlier.actor == link.actor:
                done = effect(earlier, is_answer=True)
                if done is not None and done.kind is not Kind.COUNTED:
                    total.add(number, Kind.RECEIVED, -done.sign, _converted(story, done.quantity))
        return
    if (done := effect(event, is_answer=True)) is None:
        return
    if done.kind in (Kind.COUNTED, Kind.UNPACKED):
        total.micro = None  # what a count or an unpacking does does not follow from its own amount
        return
    kinds = {move.kind for account in story.accounts for move in account.movements}
    if done.kind is Kind.CODED and not kinds.isdisjoint(BROUGHT_IN):
        return
    total.add(number, done.kind, done.sign, _converted(story, done.quantity))


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
    taken = amount(-total.micro, total.unit)
    left = amount(max(balance, 0), total.unit)
    return f"{taken} of it would go, and {left} are there"
