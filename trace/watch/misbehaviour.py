"""What a log must not do, and the folder in which whoever watches one holds that against it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suyuan.keys import base64
from suyuan.trace.findings.finding import Finding
from suyuan.trace.format.errors import Tampered
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import SignedCheckpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.proofs import HashReader
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files import durable


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """Something that a log must not do: what, in a sentence, with the signed notes that show it.

    `kind` is fork, rollback, backwards, rule or served. Of a fork `notes` has both, that of the
    smaller tree first, and `proof` the hashes of a consistency proof from which comes the root of
    the larger and not that of the smaller; none for two of one size. `findings` are the links that
    break rules. `evidence` is the name of the file that holds all of this.
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
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Misbehaviour":
        """The Misbehaviour that `to_dict` wrote; members that are missing are empty."""
        return cls(
            document["kind"],
            document["why"],
            tuple(document["notes"]),
            tuple(base64.decode(step) for step in document.get("proof", ())),
            tuple(Finding(**finding) for finding in document.get("findings", ())),
        )


class LogMisbehaved(Tampered):
    """A log did what it must not do; signed, it stays so for good."""

    def __init__(self, misbehaviour: Misbehaviour) -> None:
        super().__init__(misbehaviour.why)
        self.misbehaviour = misbehaviour


def check_grown(old: SignedCheckpoint, new: SignedCheckpoint, reader: HashReader) -> None:
    """Raise LogMisbehaved unless `old` is a beginning of `new`, whose hashes `reader` gives.

    The reader's are shown to be the new tree's (`LogClient.hashes`), or are one's own. Raises what
    reading raises: LogError where the log serves another tree than it signed, FetchError where it
    serves none. Then nothing is known of the two.
    """
    first, second = old.checkpoint, new.checkpoint
    proof = proofs.consistency(first.size, second.size, reader)
    try:
        proofs.check_consistency(first.size, first.root, second.size, second.root, proof)
    except LogError:
        why = (
            f"the log signed two roots for its first {first.size} links"
            if first.size == second.size
            else f"the log signed {second.size} links that do not begin with the {first.size} that "
            "it signed before: it was rewritten, or is a fork"
        )
        notes = (old.note, new.note)
        raise LogMisbehaved(Misbehaviour("fork", why, notes, tuple(proof))) from None


def read_note(path: Path) -> str | None:
    """The note in a file, None where there is no file; StoreError where it cannot be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError("%s cannot be read: %s", path, error.strerror) from None
    except UnicodeDecodeError as error:
        raise StoreError("%s is damaged: %s", path, error) from None


def write_note(path: Path, note: str) -> None:
    """Put a note in the place of the one in a file, durably; StoreError where that may have failed.

    After a crash there is the old one or the new one.
    """
    try:
        durable.replace(path, note.encode())
    except OSError as error:
        raise StoreError("%s cannot be written: %s", path, error.strerror) from None


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """A folder of JSON files: the same is held once, and nothing is written over."""

    path: Path

    def add(
        self, stem: str, about: str, document: object, *, most: int, among: str = "*"
    ) -> str | None:
        """Write a document durably, unless one about the same is there; the file's name.

        `about` is what makes two documents the same. None where `most` files whose names match
        `among` are there already. StoreError where nothing can be written.
        """
        end = f"-{hashlib.sha256(about.encode()).hexdigest()[:16]}.json"
        try:
            names = self.names(among)
            if same := next((name for name in names if name.endswith(end)), None):
                return same
            if len(names) >= most:
                return None
            text = json.dumps(document, ensure_ascii=False, indent=1)
            durable.replace(self.path / f"{stem}{end}", text.encode())
        except OSError as error:
            raise StoreError("evidence cannot be kept: %s", error.strerror) from None
        return f"{stem}{end}"

    def names(self, among: str = "*") -> Sequence[str]:
        """The names of the files."""
        return sorted(path.name for path in self.path.glob(f"{among}.json"))
