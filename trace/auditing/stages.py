"""What an audit is at, for who watches it."""

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """A part of the work. The order of those in the middle is the audit's own affair."""

    LINKS = "links"  # each link's bytes, signature, rules and place in its chains
    AGAIN = "again"  # something was odd: all is looked at once more, more closely
    LOG = "log"  # the tree, its tiles and what checkpoints sign
    PROJECTIONS = "projections"  # what stands beside the links, made anew and compared
    FINDINGS = "findings"  # files, and what was accepted and has to be reported


# Told what begins, or goes on, and how many things are known to be wrong by now.
Watch = Callable[[Stage, int], None]


def nobody(stage: Stage, found: int) -> None:
    """Who watches where nobody does."""
