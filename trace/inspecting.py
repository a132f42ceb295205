"""What an inspector may look into: its remit, as divisions and places."""

from dataclasses import dataclass

from suyuan.keys import validity
from suyuan.keys.validity import Party, significant

from . import scopes
from .state import Genesis, State
from .store.read import Reader

_DIGITS = 12  # of the longest division


@dataclass(frozen=True, slots=True)
class Remit:
    """Divisions and places that an inspector looks after; with `is_all` every one there is."""

    parts: tuple[str, ...] = ()
    is_all: bool = False

    @property
    def divisions(self) -> tuple[str, ...]:
        """Its divisions, each by the digits that say something; none that another one covers."""
        found = {significant(part) for part in self.parts if part.isdigit()}
        return tuple(
            sorted(
                one
                for one in found
                if not any(one != other and one.startswith(other) for other in found)
            )
        )

    @property
    def has_places(self) -> bool:
        """Whether single places are in it, which no division finds."""
        return any(not part.isdigit() for part in self.parts)

    def covers(self, party: Party | None) -> bool:
        """Whether a party, one that has left too, lies in it."""
        if party is None:
            return False
        return self.is_all or validity.in_remit(self.parts, party.division, party.places)

    def covers_division(self, division: str) -> bool:
        """Whether a division and all below it lie in it."""
        return self.is_all or any(significant(division).startswith(one) for one in self.divisions)

    def within(self, division: str) -> "Remit":
        """One division of it and all below that."""
        return Remit((division,))

    def spans(self) -> tuple[tuple[str, str], ...]:
        """Divisions from one up to another, both included, among which all its parties' are.

        Compared as text. All there are where it has places: then `covers` decides.
        """
        if self.is_all or self.has_places:
            return (("0", "9" * _DIGITS),)
        return tuple((one, one.ljust(_DIGITS, "9")) for one in self.divisions)


def remit_of(reader: Reader, genesis: Genesis, viewer: str) -> Remit | None:
    """An inspector's remit; None for who inspects nobody.

    The authority's is everything; an officer's, by the authority's own statement, what it was
    appointed for, else its own division. As `entitled.inspects` decides for one party.
    """
    if viewer == genesis.authority:
        return Remit(is_all=True)
    office = reader.party(viewer)
    if office is None or office.left is not None:
        return None
    if not scopes.is_officer(State(genesis, reader.source, reader.size()), viewer):
        return None
    return Remit(reader.remit(viewer) or (office.division,))
