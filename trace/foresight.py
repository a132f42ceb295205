"""What a ledger would say of links before they are signed: what it refuses, and what it doubts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.keys.signer import LocalSigner

from . import scopes
from .lineage.story import tell
from .link import Link, parse
from .pen import Draft, Pen, is_too_large
from .plausibility import BY_NAME, check
from .plausibility.rule import Doubt, Severity
from .rules import Refused, Rule
from .state import Genesis, State
from .stocking import refuse
from .store.read import Reader
from .store.supposing import Supposed, SupposedAsking

# Told of what lies behind it, not of the record at hand: a warning would only tire.
_LEFT_OUT = frozenset({"far-key", "unusual-step"})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would come of drafts.

    `refused` are refusals, each with the item that it is about where it is about one; `doubts`
    what the rules of plausibility would say of these links, the gravest first.
    """

    refused: tuple[tuple[str | None, Refused], ...]
    doubts: tuple[Doubt, ...]


def foresee(
    reader: Reader, genesis: Genesis, actor: str, drafts: Sequence[Draft], now: datetime
) -> Foreseen:
    """What the ledger would say of drafts by an actor, signed now, if nothing else came first.

    Key and mandate are not looked at. The rules of plausibility are those by which the follower of
    lineage judges, over the links at hand and these; they should be up.
    """
    pen = Pen(genesis.origin, actor, _NOBODY, reader.heads, lambda: now)
    links = [parse(pen.sign(draft)) for draft in drafts if not is_too_large(draft, pen)]
    if len(links) < len(drafts):
        return Foreseen(((None, Refused(Rule.SIZE, "it is more than one link can hold")),), ())
    refused = [*_stopped(reader, genesis, links)]
    refused += [(None, one) for one in refuse(reader, links).values()]
    return Foreseen(tuple(refused), tuple(_doubts(reader, links)))


def severity(doubt: Doubt) -> Severity:
    """How bad it is if a doubt is right."""
    return BY_NAME[doubt.rule].severity


def _stopped(
    reader: Reader, genesis: Genesis, links: Sequence[Link]
) -> list[tuple[str | None, Refused]]:
    """Holds and recalls that stop what is sent or sold, as the append transaction would find."""
    found: list[tuple[str | None, Refused]] = []
    source = reader.source
    state = State(genesis, source)
    for link in links:
        if not scopes.may_be_stopped(link):
            continue
        for item, uri, leaf in source.in_scope(sorted(ref.item for ref in link.items)):
            act = source.act(uri)
            since = source.signed_at(leaf)
            is_bound = act is not None and scopes.binds(act, link, state)
            if act is not None and is_bound and not scopes.is_before(link, since):
                found.append((item, scopes.refusal(act, item, since)))
    return found


def _doubts(reader: Reader, links: Sequence[Link]) -> list[Doubt]:
    material = Supposed(reader, links)
    asking = SupposedAsking(material)
    found: dict[tuple[str, str], Doubt] = {}
    for item in sorted({ref.item for link in links for ref in link.items}):
        number = material.numbers([item]).get(item)
        known = None if number is None else material.known(number)
        if known is None or not known.events:
            continue
        for doubt in check(tell(known), asking):
            if doubt.leaf in material.supposed and doubt.rule not in _LEFT_OUT:
                found.setdefault((doubt.rule, doubt.subject), doubt)
    order = list(Severity)
    return sorted(found.values(), key=lambda one: (order.index(severity(one)), one.rule))


_NOBODY = LocalSigner.new()  # its signatures are never sent
