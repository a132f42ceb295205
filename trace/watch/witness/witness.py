"""The witness without HTTP: a request's body in, an answer out (C2SP tlog-witness v1.1.0).

And what it remembers: of each log the latest checkpoint that it cosigned, and evidence.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, Note, NoteSignature, VerifierKey
from suyuan.keys.signer import Signer
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.format.messages import msg
from suyuan.trace.log import checkpoint, cosignature, proofs, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import EMPTY_ROOT
from suyuan.trace.log.tlog_witness import Request, origin_hash
from suyuan.trace.store.append.lock import FileLock
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.trace.store.files import durable

from ..misbehaviour import EvidenceFolder, read_note, write_note

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
MAX_FORKS = 64  # pieces of evidence for each log that prove something by themselves
MAX_DOUBTS = 16  # and that do not: a proof that does not verify, which any stranger can send
_RETRY_SECONDS = 30
_CLOCK_SECONDS = 60  # at most so long a client is to wait for a clock that was set back
_log = logging.getLogger("suyuan.witness")

Audit = Callable[[str, Checkpoint, str], None]
"""Looks whether the log of an origin may be cosigned at a checkpoint, before it is.

The last argument is the checkpoint's note, as the log signed it. Raises LogError or Tampered where
a rule is broken, Later or another CannotDecide where it cannot tell. Called by several threads at
once, outside all locks, for checkpoints that the log signed.
"""


class Later(CannotDecide):
    """It cannot decide yet: ask again in `seconds`. Answered with 503."""

    def __init__(self, why: object, seconds: int = 5) -> None:
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
        """The note parsed; NoteError or LogError where it is no checkpoint."""
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
            raise StoreError(
                "%s cannot be written: %s", self._checkpoints, error.strerror
            ) from None

    def latest(self, origin: str) -> CheckpointNote | None:
        """The latest checkpoint that was cosigned, None for none.

        StoreError where the log's file is missing, cannot be read or is damaged.
        """
        path = self._file(origin)
        note = read_note(path)
        if note is None:
            raise StoreError(
                "%s is missing: what was cosigned of %s is not known any more", path, origin
            )
        try:
            cosigned = CheckpointNote.of(note) if note else None
        except (NoteError, LogError) as error:
            raise StoreError("%s is damaged: %s", path, error) from None
        if cosigned is not None and cosigned.checkpoint.origin != origin:
            raise StoreError("%s is damaged: it holds a checkpoint of another log", path)
        return cosigned

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
            raise StoreError("a witness never goes back: %s is not kept at %s", origin, new.size)
        write_note(self._file(origin), note)

    def keep_evidence(
        self, kind: str, known: CheckpointNote | None, request: str, why: str
    ) -> None:
        """Keep both signed notes and the request, unless there is enough already.

        `kind` is `fork` or `doubt`. The same twice is kept once. StoreError where it cannot be
        written.
        """
        log = origin_hash(request.partition("\n\n")[2].partition("\n")[0])[:16]
        about = "" if known is None else known.parsed.text
        cosigned = "" if known is None else known.note
        document = {"v": 1, "why": why, "cosigned": cosigned, "request": request}
        most = MAX_FORKS if kind == "fork" else MAX_DOUBTS
        stem, among = f"{log}-{kind}", f"{log}-{kind}-*"
        self._evidence.add(stem, f"{about}\n{request}", document, most=most, among=among)

    def evidence(self) -> Sequence[str]:
        """The names of the files of evidence."""
        return self._evidence.names()

    def _file(self, origin: str) -> Path:
        return self._checkpoints / f"{origin_hash(origin)}.note"


@dataclass(frozen=True, slots=True)
class LogToWitness:
    """A log by the keys that sign for it, each named as it likes, and where it can be read.

    With `audit` it is a Suyuan ledger whose every entry is checked against this trust first.
    """

    keys: tuple[VerifierKey, ...]
    url: str | None = None
    audit: Trust | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP; `retry_after` in seconds, where asking again makes sense."""

    status: int
    content_type: str
    body: bytes
    retry_after: int | None = None


class _Refusal(Exception):
    """An answer other than a cosignature."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Witness:
    """Cosigns what is consistent with all that it cosigned before, and forgets nothing.

    `clock` gives POSIX seconds. Raises LogError where a log is to be audited and there is no
    `audit`, or where name and key are no cosigner's.
    """

    def __init__(
        self,
        name: str,
        signer: Signer,
        logs: Mapping[str, LogToWitness],
        keeper: Keeper,
        clock: Callable[[], float] = time.time,
        *,
        audit: Audit | None = None,
    ) -> None:
        try:
            self.key = CosignerKey.of(name, signer.public)
        except NoteError as error:
            raise LogError(error) from None
        if audit is None and any(log.audit is not None for log in logs.values()):
            raise LogError("a log is to be audited, and nothing here audits")
        self._signer = signer
        self._logs = logs
        self._origins = {origin_hash(origin): origin for origin in logs}
        self._keeper = keeper
        self._clock = clock
        self._audit = audit

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request for a cosignature.

        In this order: 400 malformed, 404 unknown log, 403 not signed by the log, 400 old size over
        the checkpoint's, 409 (with the size) another size cosigned last, 422 inconsistent, or an
        audit found a rule broken; 503 where it cannot decide now. At 200 the checkpoint is kept
        durably, and the answer is the cosignature's line. Raises nothing.
        """
        try:
            line = self._cosign(body)
        except _Refusal as refusal:
            return refusal.answer
        except CannotDecide as error:
            seconds = error.seconds if isinstance(error, Later) else _RETRY_SECONDS
            return _answer(503, str(error), seconds)
        except (StoreError, LogError, NoteError) as error:  # its own record's, or its clock's
            return _broken(error)
        return Answer(200, TEXT, line.encode().encode())

    def latest(self, digest: str) -> Answer:
        """The latest checkpoint cosigned of the log with this origin hash, with both signatures.

        404 for an unknown log and one that was never cosigned. Raises nothing.
        """
        origin = self._origins.get(digest)
        try:
            cosigned = None if origin is None else self._keeper.latest(origin)
        except StoreError as error:
            return _broken(error)
        if cosigned is None:
            return _answer(404, "no checkpoint of a log with this hash was cosigned here")
        return Answer(200, TEXT, cosigned.note.encode())

    def _cosign(self, body: bytes) -> NoteSignature:
        try:
            request = tlog_witness.parse_request(body)
            sent = CheckpointNote.of(request.note)
        except (LogError, NoteError) as error:
            raise _refused(400, str(error)) from None
        origin = sent.checkpoint.origin
        log = self._logs.get(origin)
        if log is None:
            raise _refused(404, "this witness does not know the log")
        signed = _signed(sent.parsed, log.keys)
        if request.old > sent.checkpoint.size:
            raise _refused(400, f"the old size is over the checkpoint's, {sent.checkpoint.size}")
        if self._audit is not None and log.audit is not None:
            self._check(request, sent, self._keeper.latest(origin))
            self._require_audit(self._audit, origin, sent)
        with self._keeper.locked(origin) as known:
            self._check(request, sent, known)
            return self._sign(sent.parsed.text, signed, known)

    def _check(self, request: Request, sent: CheckpointNote, known: CheckpointNote | None) -> None:
        """Raise unless the checkpoint follows from the latest, whose size the client must know."""
        new = sent.checkpoint
        size = 0 if known is None else known.checkpoint.size
        try:
            if known is not None and new.size == size and new.root != known.checkpoint.root:
                raise LogError("another root than was cosigned at size %s", size)
            if new.size == 0 and new.root != EMPTY_ROOT:
                raise LogError("a tree of no leaves with a root that is not its own")
        except LogError as error:
            self._keep_evidence("fork", known, request, str(error))
            if request.old != size:
                raise _other_size(size) from None
            raise _refused(422, str(error)) from None
        if request.old != size:
            raise _other_size(size)
        root = EMPTY_ROOT if known is None else known.checkpoint.root
        try:
            proofs.check_consistency(size, root, new.size, new.root, request.proof)
        except LogError as error:
            self._keep_evidence("doubt", known, request, str(error))
            raise _refused(422, str(error)) from None

    def _require_audit(self, audit: Audit, origin: str, sent: CheckpointNote) -> None:
        try:
            audit(origin, sent.checkpoint, sent.note)
        except (LogError, Tampered) as error:
            size = sent.checkpoint.size
            _log.warning("%s is not cosigned at size %d: %s", origin, size, error)
            raise _refused(422, f"the audit found: {error}") from None

    def _sign(
        self, text: str, signed: Sequence[NoteSignature], known: CheckpointNote | None
    ) -> NoteSignature:
        """Cosign and keep. Between the two nothing is answered: a second request gets the size."""
        now = int(self._clock())
        if known is not None:
            line = known.parsed.line(self.key)
            last = 0 if line is None else int.from_bytes(line.signature[:8], "big")
            if line is not None and last == now and known.parsed.text == text:
                return line
            if last > now:
                # A cosignature says that nothing larger was seen up to then.
                raise Later(
                    msg("the clock is %s seconds behind the latest cosignature", last - now),
                    min(last - now, _CLOCK_SECONDS),
                )
        line = cosignature.sign(text, self.key.name, self._signer, now)
        self._keeper.keep(text.partition("\n")[0], Note(text, (*signed, line)).encode())
        return line

    def _keep_evidence(
        self, kind: str, known: CheckpointNote | None, request: Request, why: str
    ) -> None:
        body = tlog_witness.encode_request(request.old, request.proof, request.note).decode()
        _log.warning("inconsistent: %s", why)
        try:
            self._keeper.keep_evidence(kind, known, body, why)
        except StoreError as error:  # the refusal stands without it
            _log.error("%s", error)


def _signed(note: Note, keys: Sequence[VerifierKey]) -> list[NoteSignature]:
    """The log's lines, all verified; a known key's bad line fails the note."""
    lines = []
    try:
        for key in keys:
            line = note.line(key)
            if line is not None:
                note.check(key)
                lines.append(line)
    except NoteError as error:
        raise _refused(403, str(error)) from None
    if not lines:
        raise _refused(403, "no signature by a key of this log")
    return lines


def _refused(status: int, why: str) -> _Refusal:
    return _Refusal(_answer(status, why))


def _other_size(size: int) -> _Refusal:
    return _Refusal(Answer(409, SIZE, f"{size}\n".encode()))


def _broken(error: Exception) -> Answer:
    _log.error("a witness without its record cosigns nothing: %s", error)
    return _answer(503, "this witness cannot use its record", _RETRY_SECONDS)


def _answer(status: int, why: str, retry_after: int | None = None) -> Answer:
    return Answer(status, TEXT, f"{why[:500]}\n".encode(errors="replace"), retry_after)
