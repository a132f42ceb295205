"""Coding under a GTIN or company prefix that is another's, or that no registration lists."""

from collections.abc import Iterator

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import ORIGINS, kind
from ..rule import Context, Fault, Registration, Severity, fault, rule

_GTIN = "https://id.gs1.org/01/"
_SSCC = "https://id.gs1.org/00/"
_SHORT = "000000"  # before the 8 digits of a GTIN-8


@rule(
    "prefix",
    msg("Coded under a prefix that is not registered for the party"),
    Severity.SERIOUS,
    msg(
        "Measures for the Administration of Commodity Bar Codes (商品条码管理办法, AQSIQ Order 76, "
        "in force since 2005-10-01) art. 21: nobody uses a company prefix that is not registered "
        "for it."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each actor, at its first coding; a shop may use its firm's prefixes."""
    if (digits := _digits(story.item)) is None:
        return
    seen: set[str] = set()
    for event in story.events:
        if event.is_received or event.actor in seen or not _codes(story, event):
            continue
        if (reason := _why(story.item, digits, event, context)) is None:
            continue
        seen.add(event.actor)
        yield fault(event, reason)


def _why(item: str, digits: str, event: ItemEvent, context: Context) -> Message | None:
    """Why its actor may not use it: the authority's assignments go before registrations."""
    if (party := context.registration(event.actor, event.leaf)) is None:
        return None
    owner = context.owner(item, event.leaf)
    if owner is not None and owner.party is not None:
        if owner.party in (event.actor, party.part_of):
            return None
        return msg(
            "coded under %(digits)s, which by the authority's word is %(owner)s's",
            digits=digits,
            owner=owner.party,
        )
    firm = None if party.part_of is None else context.registration(party.part_of, event.leaf)
    if _may_use(digits, party) or (firm is not None and _may_use(digits, firm)):
        return None
    return msg(
        "coded under %(digits)s, but the company prefixes registered are: %(listed)s",
        digits=digits,
        listed=party.gs1 or msg("none"),
    )


def _digits(item: str) -> str | None:
    """The digits that begin with a company prefix: a GTIN's or SSCC's without its first."""
    for start, length in ((_GTIN, 14), (_SSCC, 18)):
        if item.startswith(start):
            number = item[len(start) : len(start) + length]
            return number[1:] if len(number) == length and number.isdigit() else None
    return None


def _codes(story: Story, event: ItemEvent) -> bool:
    """Whether an event gives the item its name: coding, making, the first packing of a unit."""
    if kind(event) in ORIGINS:
        return True
    is_packing = event.type == "AggregationEvent" and event.action == "ADD"
    return is_packing and bool(event.role & Role.PARENT) and event == story.events[0]


def _may_use(digits: str, party: Registration) -> bool:
    short = digits.removeprefix(_SHORT[1:]) if digits.startswith(_SHORT[1:]) else digits
    return any(digits.startswith(prefix) or short.startswith(prefix) for prefix in party.gs1)
