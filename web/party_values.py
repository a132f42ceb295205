"""The values of a party's admission as they were typed; FieldError for what is wrong."""

from collections.abc import Sequence

from suyuan.keys import validity
from suyuan.trace.statements import is_division

from .mistakes import wrong
from .session import SignedIn


def require_name(name: str) -> None:
    """A party's name, without the space around it."""
    if not name or not name.isprintable():
        wrong(
            "name", "text" if name else "needed", "a party needs a name, without control characters"
        )


def require_roles(roles: Sequence[str]) -> None:
    """A party's roles, of those that there are."""
    if not roles:
        wrong("roles", "needed", "a party has at least one role")


def require_division(who: SignedIn, division: str, places: Sequence[str] = ()) -> None:
    """A division within the remit of who admits, or with one of the places there."""
    if not is_division(division):
        wrong("division", "division", "a division has 2, 4, 6, 9 or 12 digits (GB/T 2260)")
    if not who.is_authority and not validity.in_remit(who.remit, division, places):
        wrong("division", "remit", f"{division} is not in your remit: {', '.join(who.remit)}")
