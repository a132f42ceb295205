"""What a monitor keeps: the last good note of a log, and evidence against it."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from suyuan.keys import base64
from suyuan.keys.errors import NoteError

from .durable import replace
from .errors import LedgerError
from .findings import Finding
from .log.errors import LogError
from .log.policy import check
from .replica import Signed
from .store.errors import StoreError
from .store.lock import FileLock
from .trust import Trust

LATEST, EVIDENCE, REPLICA = "latest.note", "evidence", "replica"
MAX_EVIDENCE = 100  # files


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a log must not do: what, in a sentence, with the notes that show it.

    `kind` is fork, rollback, backwards, rule or served. `evidence` is the file that keeps it.
    """

    kind: str
    why: str
    notes: tuple[str, ...] = ()
    proof: tuple[bytes, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "why": self.why,
            "notes": list(self.notes),
            "proof": [base64.encode(step) for step in self.proof],
            "findings": [asdict(one) for one in self.findings],
        }


class MonitorFolder:
    """A folder for one log. StoreError where it cannot be used, LedgerError if it is another's."""

    def __init__(self, path: Path, trust: Trust) -> None:
        self.path = path
        self._trust = trust
        try:
            (path / EVIDENCE).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from None

    def locked(self) -> AbstractContextManager[None]:
        """Alone with the folder; Busy where another monitor is at work in it."""
        return FileLock(self.path / "monitor.lock", f"another monitor works in {self.path}")()

    def latest(self) -> Signed | None:
        """The last note that was good; None before the first."""
        path = self.path / LATEST
        try:
            note = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{path} cannot be read: {error}") from None
        try:
            return Signed(note, check(note, self._trust.log, None).checkpoint)
        except (LogError, NoteError) as error:
            raise LedgerError(
                f"{path} holds no checkpoint of {self._trust.origin} ({error}): give each log a "
                "folder of its own"
            ) from None

    def keep(self, note: str) -> None:
        """Replace the last good note, durably."""
        try:
            replace(self.path / LATEST, note.encode())
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from None

    def keep_evidence(self, alarm: Alarm, now: datetime) -> str | None:
        """Keep what an alarm rests on; the file's name, None where there is enough already.

        The same is kept once, and nothing is written over.
        """
        document = {"v": 1, "origin": self._trust.origin, **alarm.to_dict()}
        text = json.dumps(document, ensure_ascii=False, indent=1)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        there = self.evidence()
        for name in there:
            if name.endswith(f"-{digest}.json"):
                return name
        if len(there) >= MAX_EVIDENCE:
            return None
        name = f"{now:%Y%m%dT%H%M%SZ}-{alarm.kind}-{digest}.json"
        try:
            replace(self.path / EVIDENCE / name, text.encode())
        except OSError as error:
            raise StoreError(f"evidence cannot be kept: {error.strerror}") from None
        return name

    def evidence(self) -> Sequence[str]:
        """The names of the files of evidence."""
        return sorted(path.name for path in (self.path / EVIDENCE).glob("*.json"))
