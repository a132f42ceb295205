"""What a witness remembers: of each log the latest checkpoint that it cosigned, and evidence."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import Note

from .. import durable
from ..log import checkpoint
from ..log.checkpoint import Checkpoint
from ..log.errors import LogError
from ..store.errors import Busy, StoreError
from ..store.lock import FileLock
from .errors import Later

MAX_FORKS = 64  # pieces of evidence for each log that prove something by themselves
MAX_DOUBTS = 16  # and that do not: a proof that does not verify, which any stranger can send


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that this witness cosigned: the note with the log's lines and its own."""

    note: str
    parsed: Note
    checkpoint: Checkpoint

    @classmethod
    def of(cls, note: str) -> "Kept":
        """What a note says; NoteError or LogError where it is no checkpoint."""
        parsed = notes.parse(note)
        return cls(note, parsed, checkpoint.parse_any(parsed.text))


def origin_hash(origin: str) -> str:
    """Lower-case hex SHA-256 of the origin: the name of its file, and its place in URLs."""
    return hashlib.sha256(origin.encode()).hexdigest()


class Keeper:
    """One file for each log in a folder, shared by threads and processes.

    A file is replaced whole and is durable before anything is answered. A log's file is made,
    empty, when the log is taken on (`begin`): one that is missing later was lost, and a witness
    that forgot what it cosigned must not go on as if it had cosigned nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._checkpoints = folder / "checkpoints"
        self._evidence = folder / "evidence"

    def begin(self, origin: str) -> None:
        """Take a log on that was never cosigned; nothing happens where it is there already.

        StoreError where it cannot be written.
        """
        try:
            self._checkpoints.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._evidence.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self._file(origin), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            durable.sync(self._checkpoints)
            durable.sync(self._checkpoints.parent)
        except OSError as error:
            raise StoreError(f"{self._checkpoints} cannot be written: {error.strerror}") from None

    def latest(self, origin: str) -> Kept | None:
        """The latest checkpoint that was cosigned, None for none.

        StoreError where the log's file is missing, cannot be read or is damaged.
        """
        path = self._file(origin)
        try:
            note = path.read_bytes().decode()
            found = Kept.of(note) if note else None
        except FileNotFoundError:
            raise StoreError(
                f"{path} is missing: what was cosigned of {origin} is not known any more"
            ) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from None
        except (UnicodeDecodeError, NoteError, LogError) as error:
            raise StoreError(f"{path} is damaged: {error}") from None
        if found is not None and found.checkpoint.origin != origin:
            raise StoreError(f"{path} is damaged: it holds a checkpoint of another log")
        return found

    @contextmanager
    def locked(self, origin: str) -> Iterator[Kept | None]:
        """The latest checkpoint, while no other thread or process may change it.

        Raises what `latest` raises, and Later where the lock cannot be had in time.
        """
        lock = FileLock(
            self._file(origin).with_suffix(".lock"),
            "another request of this log is being answered",
        )
        try:
            with lock():
                yield self.latest(origin)
        except Busy as error:
            raise Later(str(error), 1) from None

    def keep(self, origin: str, note: str) -> None:
        """Replace the latest checkpoint, durably; under `locked` only.

        Raises StoreError where that failed, or may have failed, and where the tree would become
        smaller: then nothing may be answered.
        """
        new, old = Kept.of(note).checkpoint, self.latest(origin)
        if new.origin != origin or (old is not None and new.size < old.checkpoint.size):
            raise StoreError(f"a witness never goes back: {origin} is not kept at {new.size}")
        try:
            durable.replace(self._file(origin), note.encode())
        except OSError as error:
            raise StoreError(f"what is cosigned cannot be kept: {error.strerror}") from None

    def keep_evidence(self, kind: str, known: Kept | None, request: str, why: str) -> bool:
        """Keep both signed notes and the request; False where there is enough already.

        `kind` is `fork` or `doubt`. The same twice is kept once. StoreError where it cannot be
        written.
        """
        note = "" if known is None else known.note
        sent = request.partition("\n\n")[2]
        log = origin_hash(sent.partition("\n")[0])[:16]
        about = "" if known is None else known.parsed.text
        digest = hashlib.sha256(f"{about}\n{request}".encode()).hexdigest()[:16]
        path = self._evidence / f"{log}-{kind}-{digest}.json"
        document = {"v": 1, "why": why, "cosigned": note, "request": request}
        try:
            there = list(self._evidence.glob(f"{log}-{kind}-*.json"))
            if path in there:
                return True
            if len(there) >= (MAX_FORKS if kind == "fork" else MAX_DOUBTS):
                return False
            durable.replace(path, json.dumps(document, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise StoreError(f"evidence cannot be kept: {error.strerror}") from None
        return True

    def evidence(self) -> list[str]:
        """The names of the files of evidence."""
        return sorted(path.name for path in self._evidence.glob("*.json"))

    def _file(self, origin: str) -> Path:
        return self._checkpoints / f"{origin_hash(origin)}.note"
