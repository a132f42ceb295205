"""Whose a GS1 company prefix, a place or a product is, and whose word about it counts for readers.

Pure. The authority says it (`ownership`, docs/format.md section 4); it refuses no link.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from suyuan.keys.validity import Party
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import PREFIX_URN

SHORTEST, LONGEST = 7, 12  # digits of a prefix that somebody can own
_SHORT = "00000"  # before the eight digits of a GTIN-8, which lie under no prefix of a company
_KEYS = {"01": 14, "00": 18, "414": 13}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner, by the statement `leaf` about `uri`; `party` is None while it is disputed."""

    uri: str
    party: str | None
    leaf: int | None = None


def candidates(uri: str) -> list[str]:
    """The URIs by which a product, place or item may have an owner: the narrowest first."""
    digits, product = _digits(uri)
    lengths = range(LONGEST, SHORTEST - 1, -1) if digits else ()
    exact = [uri] if product in (None, uri) else [uri, product]
    return exact + [f"{PREFIX_URN}{digits[:length]}" for length in lengths]


def owner_of(uri: str, newest: Callable[[str], Object | None]) -> Owner | None:
    """The owner of a URI by the newest statement about its narrowest candidate, or None."""
    for candidate in candidates(uri):
        statement = newest(candidate)
        if statement is not None and statement["op"] != "end":
            return Owner(candidate, statement.get("party"), statement.get("leaf"))
    return None


def counting(stated: Sequence[tuple[str, T]], owner: Owner | None, speaker: str | None) -> T | None:
    """The statement that counts of several actors' on one product or place, in order of the log.

    The owner's newest, for everyone. Where there is none, the newest of `speaker`: who coded the
    lot, or recorded the event, of which the statement is to tell. Never another's.
    """
    for party in (None if owner is None else owner.party, speaker):
        own = [statement for actor, statement in stated if actor == party]
        if party is not None and own:
            return own[-1]
    return None


def is_owned_by_another(
    item: str,
    actor: str,
    owner: Owner | None,
    registered: Iterable[Party] = (),
    firm: str | None = None,
) -> bool:
    """Whether the authority assigned a GS1 item to another than its actor or its firm.

    What such an actor codes joins nothing. `owner` is what `owner_of` says of the item, `firm` the
    party of which the actor is part. Where nobody was assigned the prefix, the longest that a
    registration lists decides: `registered` are parties whose last `party` statement is the
    authority's own, since a registrar could list another's prefix. What is disputed is nobody's.
    """
    ours = {actor, firm}
    if owner is not None:
        return owner.party is not None and owner.party not in ours
    digits, _ = _digits(item)
    prefixes = {
        (len(prefix), party.uri)
        for party in registered
        for prefix in party.gs1
        if digits and len(prefix) >= SHORTEST and digits.startswith(prefix)
    }
    longest = max((length for length, _ in prefixes), default=0)
    holders = {party for length, party in prefixes if length == longest}
    return bool(holders) and not holders & ours


def _digits(uri: str) -> tuple[str, str | None]:
    """The digits that begin with a company prefix, empty for none; and an item's product."""
    if not uri.startswith(f"{ID}/"):
        return "", None
    key, _, rest = uri.removeprefix(f"{ID}/").partition("/")
    value = rest.partition("/")[0]
    if len(value) != _KEYS.get(key) or not (value.isascii() and value.isdigit()):
        return "", None
    digits = value if key == "414" else value[1:]
    product = f"{ID}/01/{value}" if key == "01" else None
    return ("" if digits.startswith(_SHORT) else digits), product
