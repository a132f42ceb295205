"""Asking one witness for its cosignature (C2SP tlog-witness), believing nothing that it says.

LogError is for what a witness says wrongly, FetchError for what it does not say.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, Note, NoteSignature, VerifierKey

from ..errors import FetchError
from ..fetch import Fetched
from . import add_checkpoint, cosignature
from .checkpoint import Checkpoint, open_checkpoint
from .errors import ClockError, LogError

MAX_ANSWER = 64 << 10  # bytes
CLOCK_SECONDS = 300  # that a witness's clock may differ from ours
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


class Talking(Protocol):
    """What a Fetcher does, below the witness's prefix."""

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        """An answer, or FetchError."""

    def post(
        self, path: str, body: bytes, content_type: str = ..., max_bytes: int | None = None
    ) -> Fetched:
        """An answer, or FetchError."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """The witness's line on the checkpoint that it was asked about, and its POSIX second."""

    line: NoteSignature
    time: int


@dataclass(frozen=True, slots=True)
class OtherSize:
    """The size that the witness says it cosigned last, below 2^63."""

    size: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The witness holds that the checkpoint does not follow from what it knows, or breaks a rule.

    `why` is its own words, made harmless.
    """

    why: str


Answer = Cosignature | OtherSize | Refusal


class WitnessClient:
    """The witness with `key`, whose submission prefix `fetcher` asks below.

    `clock` gives POSIX seconds. Threads may share it.
    """

    def __init__(
        self, fetcher: Talking, key: CosignerKey, clock: Callable[[], float] = time.time
    ) -> None:
        self.key = key
        self._fetcher = fetcher
        self._clock = clock

    def ask(self, old: int, proof: Sequence[bytes], note: str) -> Answer:
        """What the witness says to a checkpoint, with a consistency proof from the size `old`.

        A 409 that names the size that was sent is a refusal, as older witnesses have it. Raises
        FetchError for no answer, or one that decides nothing; LogError for one that is wrong: no
        cosignature of this key over this note, one that does not verify, or one of another time
        than now.
        """
        body = add_checkpoint.encode(old, proof, note)
        found = self._fetcher.post("add-checkpoint", body, max_bytes=MAX_ANSWER)
        if found.status == 200:
            return self._cosignature(found.body, note)
        if found.status == 409:
            match = _SIZE.fullmatch(found.body)
            if match is None or int(match[1]) >= 1 << 63:
                raise LogError("the witness answers 409 without a size")
            size = int(match[1])
            return Refusal("409 naming the size that was sent") if size == old else OtherSize(size)
        if found.status == 422:
            return Refusal(_words(found.body))
        raise FetchError(f"the witness answers {found.status}: {_words(found.body)}")

    def latest(self, log: VerifierKey) -> tuple[str, Checkpoint] | None:
        """The latest checkpoint of a log that the witness cosigned, once `log` is seen to sign it.

        None where the witness gives none: not every one does. Raises LogError for any other note,
        FetchError for no answer.
        """
        digest = hashlib.sha256(log.name.encode()).hexdigest()
        found = self._fetcher.get(f"{digest}/checkpoint", MAX_ANSWER)
        if found.status in (404, 405):
            return None
        if found.status != 200:
            raise FetchError(f"the witness answers {found.status} when asked for its latest")
        note = _text(found.body)
        return note, open_checkpoint(note, log)

    def _cosignature(self, body: bytes, note: str) -> Cosignature:
        try:
            text = notes.parse(note).text
            opened = Note(text, notes.lines_of(_text(body)))
            line = opened.line(self.key)
        except NoteError as error:
            raise LogError(str(error)) from None
        when = cosignature.verify(opened, self.key)
        if line is None or when is None:
            raise LogError(f"no cosignature of {self.key.name} that can be checked here")
        off = when - int(self._clock())
        if abs(off) > CLOCK_SECONDS:
            raise ClockError(off)
        return Cosignature(line, when)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise LogError("an answer that is no UTF-8") from None


def _words(body: bytes) -> str:
    """The first of a stranger's words, made harmless."""
    said = body[:200].decode(errors="replace").strip()
    return said.encode("unicode_escape").decode("ascii")[:300]
