"""What a witness remembers: of each log the latest checkpoint that it cosigned, and evidence."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import Note

from .. import durable
from ..errors import CannotDecide
from ..log import checkpoint
from ..log.checkpoint import Checkpoint
from ..log.errors import LogError
from ..log.tlog_witness import origin_hash
from ..misbehaviour import EvidenceFolder, read_note, write_note
from ..store.errors import Busy, StoreError
from ..store.lock import FileLock

MAX_FORKS = 64  # pieces of evidence for each log that prove something by themselves
MAX_DOUBTS = 16  # and that do not: a proof that does not verify, which any stranger can send


class Later(CannotDecide):
    """Nothing can be said yet: ask again in `seconds`. Answered with 503."""

    def __init__(self, why: str, seconds: int = 5) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class CheckpointNote:
    """A checkpoint of any log: the note, and what it says, none of its lines verified here."""

    note: str
    parsed: Note
    checkpoint: Checkpoint

    @classmethod
    def of(cls, note: str) -> "CheckpointNote":
        """What a note says; NoteError or LogError where it is no checkpoint."""
        parsed = notes.parse(note)
        return cls(note, parsed, checkpoint.parse_any(parsed.text))


class Keeper:
    """One file for each log in a folder, shared by threads and processes.

    A file is replaced whole and is durable before anything is answered. A log's file is made,
    empty, when the log is taken on (`begin`): one that is missing later was lost, and a witness
    that forgot what it cosigned must not go on as if it had cosigned nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._checkpoints = folder / "checkpoints"
        self._evidence = EvidenceFolder(folder / "evidence")

    def begin(self, origin: str) -> None:
        """Take a log on that was never cosigned; nothing happens where it is there already.

        StoreError where it cannot be written.
        """
        try:
            self._checkpoints.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._evidence.path.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self._file(origin), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            durable.sync(self._checkpoints)
            durable.sync(self._checkpoints.parent)
        except OSError as error:
            raise StoreError(f"{self._checkpoints} cannot be written: {error.strerror}") from None

    def latest(self, origin: str) -> CheckpointNote | None:
        """The latest checkpoint that was cosigned, None for none.

        StoreError where the log's file is missing, cannot be read or is damaged.
        """
        path = self._file(origin)
        note = read_note(path)
        if note is None:
            raise StoreError(
                f"{path} is missing: what was cosigned of {origin} is not known any more"
            )
        try:
            found = CheckpointNote.of(note) if note else None
        except (NoteError, LogError) as error:
            raise StoreError(f"{path} is damaged: {error}") from None
        if found is not None and found.checkpoint.origin != origin:
            raise StoreError(f"{path} is damaged: it holds a checkpoint of another log")
        return found

    @contextmanager
    def locked(self, origin: str) -> Iterator[CheckpointNote | None]:
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
        new, old = CheckpointNote.of(note).checkpoint, self.latest(origin)
        if new.origin != origin or (old is not None and new.size < old.checkpoint.size):
            raise StoreError(f"a witness never goes back: {origin} is not kept at {new.size}")
        write_note(self._file(origin), note)

    def keep_evidence(
        self, kind: str, known: CheckpointNote | None, request: str, why: str
    ) -> bool:
        """Keep both signed notes and the request; False where there is enough already.

        `kind` is `fork` or `doubt`. The same twice is kept once. StoreError where it cannot be
        written.
        """
        log = origin_hash(request.partition("\n\n")[2].partition("\n")[0])[:16]
        about = "" if known is None else known.parsed.text
        cosigned = "" if known is None else known.note
        document = {"v": 1, "why": why, "cosigned": cosigned, "request": request}
        most = MAX_FORKS if kind == "fork" else MAX_DOUBTS
        stem, among = f"{log}-{kind}", f"{log}-{kind}-*"
        name = self._evidence.add(stem, f"{about}\n{request}", document, most=most, among=among)
        return name is not None

    def evidence(self) -> Sequence[str]:
        """The names of the files of evidence."""
        return self._evidence.names()

    def _file(self, origin: str) -> Path:
        return self._checkpoints / f"{origin_hash(origin)}.note"
