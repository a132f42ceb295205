"""How many labels a holder's goods have room for: as many as it had pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..lineage.model import Account, Story
from ..plausibility.books import books, on_the_way
from ..plausibility.rule import Context
from ..quantities import MICRO
from ..store.lineage import Lineage

_PIECES = "1"


@dataclass(frozen=True, slots=True)
class Room:
    """Pieces that came or are on their way, and labels issued less those voided, of one item."""

    had: int
    issued: int

    @property
    def left(self) -> int:
        """How many more labels there are pieces for."""
        return max(0, self.had - self.issued)


def rooms(lineage: Lineage, holder: str, items: Sequence[str]) -> dict[str, Room]:
    """The room of a holder's items that are counted in pieces; what is weighed is not compared.

    As far as the lineage is derived, and as the rule labels-overdrawn counts.
    """
    found = {}
    for story, context in lineage.told(items):
        for account in story.accounts:
            if account.holder == holder and account.unit == _PIECES and not account.is_reported:
                room = _room(account, story, context)
                if room is not None:
                    found[story.item] = room
    return found


def _room(account: Account, story: Story, context: Context) -> Room | None:
    told = books(account, story, context)
    coming = None if told is None else on_the_way(story, account)
    if told is None or coming is None:
        return None
    issued = sum(
        said["count"] if said["op"] == "issue" else -said["count"]
        for _, actor, said in context.statements(story.item, "labels")
        if actor == account.holder
    )
    return Room((told.had + coming) // MICRO, issued)
