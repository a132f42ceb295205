"""How far an audit is: its phases, and its progress as JSON's values."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

PARTS = ("links", "signatures", "chains", "log", "projections", "findings")


class Phase(StrEnum):
    """A part of the work. The order of those in the middle is the audit's own affair."""

    LINKS = "links"  # each link's bytes, signature, rules and place in its chains
    AGAIN = "again"  # something was odd: all is looked at once more, more closely
    LOG = "log"  # the tree, its tiles and what checkpoints sign
    PROJECTIONS = "projections"  # what stands beside the links, made anew and compared
    FINDINGS = "findings"  # files, and what was accepted and has to be reported


_OF: dict[Phase, tuple[str, ...]] = {
    Phase.LINKS: ("links", "signatures", "chains"),  # of each link in one pass
    Phase.LOG: ("log",),
    Phase.PROJECTIONS: ("projections",),
    Phase.FINDINGS: ("findings",),
}

# Called with the phase that begins, or goes on, and how many things are known to be wrong by now.
Watch = Callable[[Phase, int], None]


def nobody(phase: Phase, findings: int) -> None:
    """A Watch that does nothing."""


class Progress:
    """How far an audit is. `notify` is given it as JSON's values whenever it changes."""

    def __init__(self, notify: Callable[[dict[str, Any]], None]) -> None:
        self._notify = notify
        self._states = dict.fromkeys(PARTS, "waiting")
        self._counts = (0, 0)
        self._findings = 0
        self._is_closer = False

    def watch(self, phase: Phase, findings: int) -> None:
        """Take note of what begins, or goes on."""
        self._findings = max(self._findings, findings)
        if phase is Phase.AGAIN:
            self._is_closer = True
            self._states = dict.fromkeys(PARTS, "waiting")
            phase = Phase.LINKS
        for part, state in self._states.items():
            if state == "running" and part not in _OF[phase]:
                self._states[part] = "done"
        for part in _OF[phase]:
            self._states[part] = "running"
        self._notify(self.to_dict())

    def count(self, done: int, total: int) -> None:
        """Take note of how many links are done."""
        self._counts = (done, total)
        self._notify(self.to_dict())

    def end(self) -> None:
        """Take note that all is done."""
        self._states = dict.fromkeys(PARTS, "done")
        self._notify(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """As JSON's values."""
        done, total = self._counts
        counts = {"done": done, "total": total}
        return {
            "parts": [
                {"name": part, "state": state}
                | (counts if part in _OF[Phase.LINKS] and total else {})
                for part, state in self._states.items()
            ],
            "found": self._findings,
            "is_closer": self._is_closer,
        }
