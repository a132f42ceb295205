"""How far an audit is, and what it found, as JSON: for the web, and for programs."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..audit import Report
from ..ledger import Ledger
from ..plausibility.rule import Severity
from ..reporting import Query, entries
from .stages import Stage

PARTS = ("links", "signatures", "chains", "log", "projections", "findings")
_log = logging.getLogger("suyuan.audit")
MOST = 200  # findings, and notices, that are kept with their words
_OF: dict[Stage, tuple[str, ...]] = {
    Stage.LINKS: ("links", "signatures", "chains"),  # of each link in one pass
    Stage.LOG: ("log",),
    Stage.PROJECTIONS: ("projections",),
    Stage.FINDINGS: ("findings",),
}


class Progress:
    """How far an audit is. `tell` is given it as JSON's values whenever it changes."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._states = dict.fromkeys(PARTS, "waiting")
        self._counts = (0, 0)
        self._found = 0
        self._is_closer = False

    def watch(self, stage: Stage, count: int) -> None:
        """Take note of what begins, or goes on."""
        self._found = max(self._found, count)
        if stage is Stage.AGAIN:
            self._is_closer = True
            self._states = dict.fromkeys(PARTS, "waiting")
            stage = Stage.LINKS
        for part, state in self._states.items():
            if state == "running" and part not in _OF[stage]:
                self._states[part] = "done"
        for part in _OF[stage]:
            self._states[part] = "running"
        self._tell(self.told())

    def count(self, done: int, total: int) -> None:
        """Take note of how many links are done."""
        self._counts = (done, total)
        self._tell(self.told())

    def end(self) -> None:
        """Take note that all is done."""
        self._states = dict.fromkeys(PARTS, "done")
        self._tell(self.told())

    def told(self) -> dict[str, Any]:
        """As JSON's values."""
        done, total = self._counts
        counts = {"done": done, "total": total}
        return {
            "parts": [
                {"name": part, "state": state}
                | (counts if part in _OF[Stage.LINKS] and total else {})
                for part, state in self._states.items()
            ],
            "found": self._found,
            "is_closer": self._is_closer,
        }


def result(ledger: Ledger, report: Report) -> dict[str, Any]:
    """What an audit found: all numbers, and of findings and notices the first MOST."""
    newest = report.newest
    return {
        "good": report.is_good,
        "exit_code": 1 if report.findings else 3 if report.undecided else 0,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoints": report.checkpoints,
        "checkpoint_size": None if newest is None else newest.size,
        "committed": None if newest is None else newest.committed,
        "findings": [one.to_dict() for one in report.findings[:MOST]],
        "findings_total": len(report.findings),
        "notices": [one.to_dict() for one in report.notices[:MOST]],
        "notices_total": len(report.notices),
        "undecided": report.undecided,
        "reported": _reported(ledger),
    }


def _reported(ledger: Ledger) -> dict[str, int] | None:
    """How much of each severity the ledger has to report; None where that cannot be read."""
    try:
        with ledger.reading(patient=True) as reader:
            counted = Counter(one.severity for one in entries(reader, Query(), ledger.now()))
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        _log.warning("what the ledger has to report cannot be counted: %r", error)
        return None
    return {severity.value: counted[severity] for severity in Severity}
