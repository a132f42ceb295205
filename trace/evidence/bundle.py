"""The evidence file, `.suyuan`: one RFC 8785 object (docs/format.md section 9)."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from operator import attrgetter
from typing import Any

from suyuan.keys import base64, canonical
from suyuan.keys.errors import CanonicalError, EncodingError
from suyuan.trace.format.errors import MessageError
from suyuan.trace.format.members import Object, uri
from suyuan.trace.log.merkle import HASH
from suyuan.trace.log.proofs import MAX_PROOF

VERSION = 2  # the newest; what names no runs is written as version 1
MEDIA_TYPE = "application/vnd.suyuan.evidence+json"
SUFFIX = ".suyuan"
MAX_BYTES = 64 << 20
MAX_ENTRIES = 100_000
MAX_INDEX = (1 << 53) - 1
_MARKS = (b'"checkpoint":"', b'"entries":[')  # of every version; one damaged byte leaves one
_MUST = frozenset({"v", "item", "checkpoint", "entries"})
_MAY = frozenset({"attachments", "disclosures", "scopes", "runs"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_JSON_NAMES = {"start": "from", "stop": "to"}  # members whose names Python keeps for itself
Reader = Callable[[object, str], Any]


class EvidenceError(MessageError):
    """Bytes that are no evidence file."""


class NoEvidence(EvidenceError):
    """Bytes that have no mark of an evidence file of any version: something else."""


class NewerVersion(EvidenceError):
    """An evidence file of a later version: this program cannot decide on it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A link's bytes, its leaf index, and the hashes that prove it under the checkpoint."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """A proof that the list of the act's statement at `index` has an item at `position`."""

    index: int
    item: str
    position: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, order=True, slots=True)
class Run:
    """Numbers `start` to `stop` of a chain, left out; `prev` is the hash of number `stop`."""

    item: str
    actor: str
    start: int
    stop: int
    prev: str

    @property
    def count(self) -> int:
        """How many links are left out."""
        return self.stop - self.start + 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """What an evidence file holds; nothing of it is verified but its form.

    A signed note, entries by index, attachments by SHA-256, disclosures sorted, scopes by index
    and item, and runs: what is left out of chains that are too long.
    """

    item: str
    checkpoint: str
    entries: tuple[Entry, ...]
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    disclosures: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    runs: tuple[Run, ...] = ()

    def encode(self) -> bytes:
        """The file's bytes; EvidenceError where it would be larger than a file may be."""
        value: Object = {
            "v": VERSION if self.runs else 1,
            "item": self.item,
            "checkpoint": self.checkpoint,
            "entries": [_json(entry) for entry in self.entries],
        }
        optional: Object = {
            "attachments": {name: base64.encode(data) for name, data in self.attachments.items()},
            "disclosures": list(self.disclosures),
            "scopes": [_json(scope) for scope in self.scopes],
            "runs": [_json(run) for run in self.runs],
        }
        data = canonical.dumps(value | {name: part for name, part in optional.items() if part})
        if (
            len(data) > MAX_BYTES
            or max(len(self.entries), len(self.scopes), len(self.runs)) > MAX_ENTRIES
        ):
            raise EvidenceError(
                "%s entries, %s bytes: an evidence file has at most %s and %s",
                f"{len(self.entries):,}",
                f"{len(data):,}",
                f"{MAX_ENTRIES:,}",
                f"{MAX_BYTES:,}",
            )
        return data


def _json(part: Entry | Scope | Run) -> Object:
    """An element of a list in the file: entries as text, hashes in base64."""
    return {_JSON_NAMES.get(member.name, member.name): _plain(getattr(part, member.name))
            for member in fields(part)}  # fmt: skip


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [base64.encode(part) for part in value]
    return value.decode("utf-8") if isinstance(value, bytes) else value


def parse(data: bytes) -> Bundle:
    """The evidence file that `data` is.

    Raises NoEvidence for something else; EvidenceError unless it is its own RFC 8785 form with the
    members of the format, in order, base64 in one spelling, attachments under their digests;
    NewerVersion for a later one.
    """
    if not any(mark in data for mark in _MARKS):
        raise NoEvidence(
            "this is no evidence file: one is given by a label's page, or by suyuan export"
        )
    if len(data) > MAX_BYTES:
        raise EvidenceError("over %s bytes: no evidence file is so large", f"{MAX_BYTES:,}")
    try:
        value = canonical.parse(data)
    except CanonicalError as error:
        raise EvidenceError("no evidence file: %s", error) from None
    if not isinstance(value, dict):
        raise EvidenceError("no evidence file: it is not a JSON object")
    version = value.get("v")
    if type(version) is not int or version < 1:
        raise EvidenceError("no evidence file: it has no version")
    if version > VERSION:
        raise NewerVersion(
            "an evidence file of version %s, this program reads up to version %s", version, VERSION
        )
    if not _MUST <= value.keys() <= _MUST | _MAY:
        raise EvidenceError(
            "an evidence file has v, item, checkpoint and entries, may have attachments, "
            "disclosures, scopes and runs, and no other members"
        )
    if (version == VERSION) != ("runs" in value):
        raise EvidenceError("runs are in a file of version 2, and in no other")
    item, note = value["item"], value["checkpoint"]
    if not uri(item) or not isinstance(note, str):
        raise EvidenceError("item must be an absolute ASCII URI, checkpoint a signed note")
    return Bundle(
        item=str(item),
        checkpoint=note,
        **{name: read(value[name], name) for name, read in _READERS.items() if name in value},
    )


def _each(kind: type[Entry | Scope | Run], readers: Mapping[str, Reader], *order: str) -> Reader:
    names = " and ".join([", ".join([*readers][:-1]), [*readers][-1]])
    fields_of = {json: name for name, json in _JSON_NAMES.items()}
    key = attrgetter(*order)

    def read(value: object, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
            raise EvidenceError("%s must be a list of 1 to %s", where, f"{MAX_ENTRIES:,}")
        parts = []
        for at, part in enumerate(value):
            if not isinstance(part, dict) or part.keys() != readers.keys():
                raise EvidenceError("%s/%s must be an object of %s", where, at, names)
            parts.append(kind(**{
                fields_of.get(name, name): read_member(part[name], f"{where}/{at}/{name}")
                for name, read_member in readers.items()
            }))  # fmt: skip
        if any(key(former) >= key(latter) for former, latter in pairwise(parts)):
            raise EvidenceError("%s must be in order of %s, each once", where, " and ".join(order))
        return tuple(parts)

    return read


def _number(value: object, where: str) -> int:
    if type(value) is not int or not 0 <= value <= MAX_INDEX:
        raise EvidenceError("%s must be an integer from 0", where)
    return value


def _envelope(value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise EvidenceError("%s must be an envelope as a string", where)
    return value.encode("utf-8")


def _uri(value: object, where: str) -> str:
    if not uri(value):
        raise EvidenceError("%s must be an absolute ASCII URI", where)
    return str(value)


def _digest(value: object, where: str) -> str:
    if not isinstance(value, str) or _DIGEST.fullmatch(value) is None:
        raise EvidenceError("%s must be 64 lower-case hex digits", where)
    return value


def _proof(value: object, where: str) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        raise EvidenceError("%s must be a list of at most %s hashes", where, MAX_PROOF)
    hashes = tuple(_base64(part, where) for part in value)
    if any(len(part) != HASH for part in hashes):
        raise EvidenceError("%s has a hash that is not %s bytes", where, HASH)
    return hashes


def _runs(value: object, where: str) -> tuple[Run, ...]:
    runs: tuple[Run, ...] = _each(
        Run,
        {"item": _uri, "actor": _uri, "from": _number, "to": _number, "prev": _digest},
        "item", "actor", "start", "stop", "prev",
    )(value, where)  # fmt: skip
    for at, run in enumerate(runs):
        if not 1 <= run.start <= run.stop:
            raise EvidenceError(
                "%s/%s must be from number 1 or higher, to that or a higher one", where, at
            )
    return runs


def _attachments(value: object, where: str) -> dict[str, bytes]:
    if not isinstance(value, dict) or not value:
        raise EvidenceError("%s must be an object, and absent where there are none", where)
    files = {name: _base64(text, f"{where}/{name[:80]}") for name, text in value.items()}
    for name, data in files.items():
        if _DIGEST.fullmatch(name) is None or hashlib.sha256(data).hexdigest() != name:
            raise EvidenceError("attachment %s is not the SHA-256 of its content", name[:80])
    return files


def _disclosures(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(p, str) for p in value):
        raise EvidenceError("%s must be a list of strings, and absent where there are none", where)
    if value != sorted(set(value)):
        raise EvidenceError("%s must be sorted, each once", where)
    return tuple(value)


def _base64(value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise EvidenceError("%s must be base64", where)
    try:
        return base64.decode(value)
    except EncodingError as error:
        raise EvidenceError("%s is %s", where, error) from None


_READERS: Mapping[str, Reader] = {
    "entries": _each(Entry, {"index": _number, "entry": _envelope, "proof": _proof}, "index"),
    "attachments": _attachments,
    "disclosures": _disclosures,
    "scopes": _each(
        Scope,
        {"index": _number, "item": _uri, "position": _number, "proof": _proof},
        "index", "item",
    ),
    "runs": _runs,
}  # fmt: skip
