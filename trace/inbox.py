"""What a party has to look at: what was sent to it, what is held or recalled, what is overdue."""

from dataclasses import dataclass

from .arrivals import Slip, Slips
from .overdue import Overdue, overdue
from .recall.concerns import Concern, acts_for
from .state import Genesis
from .store.read import Reader


@dataclass(frozen=True, slots=True)
class Inbox:
    """`size` is how many links `arrivals` and `acts` follow from; `overdue` has open duties only.

    `acts` has the holds and recalls in force that concern it, to be acknowledged or not.
    """

    party: str
    size: int
    arrivals: tuple[Slip, ...]
    acts: tuple[Concern, ...]
    overdue: tuple[Overdue, ...]

    @property
    def count(self) -> int:
        """How many things wait for the party: arrivals, and recalls to acknowledge."""
        return len(self.arrivals) + sum(act.is_due for act in self.acts)


def inbox(reader: Reader, genesis: Genesis, party: str, now: int) -> Inbox:
    """A party's inbox at `now`, microseconds UTC."""
    found = overdue(reader, party, now, days=0)
    return Inbox(
        party=party,
        size=reader.cursors().get("lineage", 0),
        arrivals=tuple(Slips(reader).arrivals(party)),
        acts=tuple(acts_for(reader, genesis, party)),
        overdue=tuple(one for one in found if one.done is None),
    )
