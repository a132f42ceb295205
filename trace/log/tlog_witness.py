"""C2SP tlog-witness: the body that asks for a cosignature, and asking one witness for it.

Nothing that a witness says is believed. LogError is for what it says wrongly, FetchError for what
it does not say.
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from suyuan.keys import base64, notes
from suyuan.keys.errors import EncodingError
from suyuan.keys.notes import MAX_NOTE, CosignerKey, Note, NoteSignature, VerifierKey
from suyuan.trace.format.errors import FetchError

from . import cosignature
from .checkpoint import SignedCheckpoint, open_served
from .errors import ClockError, LogError, note_errors
from .fetch import Fetched, Getting
from .merkle import HASH

MAX_PROOF = 63  # lines
MAX_BODY = 64 << 10  # a note of 16 ML-DSA lines fits
MAX_ANSWER = 64 << 10  # bytes
CLOCK_SECONDS = 300  # that a witness's clock may differ from ours
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


@dataclass(frozen=True, slots=True)
class Request:
    """A consistency proof from size `old` to the checkpoint's in `note`, only its form checked."""

    old: int
    proof: list[bytes]
    note: str


def encode_request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body; LogError where `parse_request` would refuse it."""
    lines = [f"old {old}", *(base64.encode(step) for step in proof), "", note]
    try:
        body = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise LogError("a note that is no UTF-8") from None
    parse_request(body)
    return body


def parse_request(body: bytes) -> Request:
    """What a body asks for; LogError for any other than `encode_request` makes, or over 64 KiB."""
    if len(body) > MAX_BODY:
        raise LogError("a request of over %s KiB", MAX_BODY >> 10)
    head, separator, note = body.partition(b"\n\n")
    if not separator:
        raise LogError("no empty line between the consistency proof and the checkpoint")
    first, *steps = head.split(b"\n", MAX_PROOF + 1)
    match = _OLD.fullmatch(first.decode("latin-1"))
    if match is None or int(match.group(1)) >= 1 << 63:
        raise LogError("the first line is: old <size>, in decimal and below 2^63")
    if len(steps) > MAX_PROOF:
        raise LogError("over %s lines of consistency proof", MAX_PROOF)
    try:
        proof = [base64.decode(step.decode("latin-1")) for step in steps]
        text = note.decode()
    except EncodingError as error:
        raise LogError("a line of the consistency proof is %s", error) from None
    except UnicodeDecodeError:
        raise LogError("a checkpoint that is no UTF-8") from None
    if any(len(step) != HASH for step in proof):
        raise LogError("a line of the consistency proof is not %s bytes in base64", HASH)
    return Request(int(match.group(1)), proof, text)


class Talking(Getting, Protocol):
    """What a Fetcher does, below the witness's prefix."""

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
    """The witness will not cosign it; `why` is its own words, made harmless."""

    why: str


Answer = Cosignature | OtherSize | Refusal


class WitnessClient:
    """The witness with `key`, below the fetcher's prefix; threads may share it."""

    def __init__(
        self, fetcher: Talking, key: CosignerKey, clock: Callable[[], float] = time.time
    ) -> None:
        self.key = key
        self._fetcher = fetcher
        self._clock = clock

    def ask(self, old: int, proof: Sequence[bytes], note: str) -> Answer:
        """The witness's answer to a checkpoint, with a consistency proof from the size `old`.

        A 409 that names the size that was sent is a refusal, as older witnesses have it. Raises
        FetchError for no answer, or one that decides nothing; LogError for one that is wrong: no
        cosignature of this key over this note, one that does not verify, or one of another time
        than now.
        """
        body = encode_request(old, proof, note)
        answer = self._fetcher.post("add-checkpoint", body, max_bytes=MAX_ANSWER)
        if answer.status == 200:
            return self._cosignature(answer.body, note)
        if answer.status == 409:
            match = _SIZE.fullmatch(answer.body)
            if match is None or int(match[1]) >= 1 << 63:
                raise LogError("the witness answers 409 without a size")
            size = int(match[1])
            return Refusal("409 naming the size that was sent") if size == old else OtherSize(size)
        if answer.status == 422:
            return Refusal(_words(answer.body))
        raise FetchError("the witness answers %s: %s", answer.status, _words(answer.body))

    def _cosignature(self, body: bytes, note: str) -> Cosignature:
        try:
            lines = body.decode()
        except UnicodeDecodeError:
            raise LogError("an answer that is no UTF-8") from None
        with note_errors():
            signed = Note(notes.parse(note).text, notes.lines_of(lines))
            line = signed.line(self.key)
        when = cosignature.verify(signed, self.key)
        if line is None or when is None:
            raise LogError("no cosignature of %s that can be checked here", self.key.name)
        off = when - int(self._clock())
        if abs(off) > CLOCK_SECONDS:
            raise ClockError(off)
        return Cosignature(line, when)


def origin_hash(origin: str) -> str:
    """Lower-case hex SHA-256 of the origin: a log's name in URLs and in a witness's folder."""
    return hashlib.sha256(origin.encode()).hexdigest()


def latest_cosigned(fetcher: Getting, log: VerifierKey) -> SignedCheckpoint | None:
    """The latest checkpoint that a witness cosigned of a log; None, LogError, FetchError."""
    answer = fetcher.get(f"{origin_hash(log.name)}/checkpoint", MAX_NOTE)
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise FetchError("the witness answers %s when asked for its latest", answer.status)
    return open_served(answer.body, log)


def _words(body: bytes) -> str:
    """The first of a stranger's words, made harmless."""
    words = body[:200].decode(errors="replace").strip()
    return words.encode("unicode_escape").decode("ascii")[:300]
