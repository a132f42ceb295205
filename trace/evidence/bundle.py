"""The evidence file, `.suyuan`: one RFC 8785 object (docs/format.md section 9)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from suyuan.keys import base64, canonical
from suyuan.keys.errors import CanonicalError, EncodingError

from ..log.merkle import HASH
from ..log.proofs import MAX_PROOF
from ..members import Object, uri
from .errors import EvidenceError, NewerVersion

VERSION = 2  # the newest; what names no runs is written as version 1
MEDIA_TYPE = "application/vnd.suyuan.evidence+json"
SUFFIX = ".suyuan"
MAX_BYTES = 64 << 20
MAX_ENTRIES = 100_000
MAX_INDEX = (1 << 53) - 1
_MUST = frozenset({"v", "item", "checkpoint", "entries"})
_MAY = frozenset({"attachments", "disclosures", "scopes"})
_ENTRY = frozenset({"index", "entry", "proof"})
_SCOPE = frozenset({"index", "item", "position", "proof"})
_RUN = frozenset({"item", "actor", "from", "to", "prev"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A link's bytes, its leaf index, and the hashes that prove it under the checkpoint."""

    index: int
    entry: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """That the list of an act's statement, the link at `index`, names an item.

    `position` is the item's number in that list, from 0, and `proof` its path to the list's root.
    """

    index: int
    item: str
    position: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, order=True, slots=True)
class Run:
    """Links of a chain that are not in the file: numbers `start` to `stop`, that one included.

    `prev` is the hash of number `stop`, which the next link of the chain names.
    """

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

    `item` is the URI that it is about, `checkpoint` a signed note, the entries stand in order of
    index. `attachments` are contents by their SHA-256 in hex, `disclosures` the stored strings of
    section 7, sorted; `scopes` stand in order of index and item. `runs` are what is left out of
    chains that are too long, in order of item, actor and number.
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
            "entries": [
                {
                    "index": one.index,
                    "entry": one.entry.decode("utf-8"),
                    "proof": [base64.encode(part) for part in one.proof],
                }
                for one in self.entries
            ],
        }
        if self.attachments:
            value["attachments"] = {
                name: base64.encode(data) for name, data in self.attachments.items()
            }
        if self.disclosures:
            value["disclosures"] = list(self.disclosures)
        if self.scopes:
            value["scopes"] = [
                {
                    "index": one.index,
                    "item": one.item,
                    "position": one.position,
                    "proof": [base64.encode(part) for part in one.proof],
                }
                for one in self.scopes
            ]
        if self.runs:
            value["runs"] = [
                {
                    "item": one.item,
                    "actor": one.actor,
                    "from": one.start,
                    "to": one.stop,
                    "prev": one.prev,
                }
                for one in self.runs
            ]
        data = canonical.dumps(value)
        if (
            len(data) > MAX_BYTES
            or max(len(self.entries), len(self.scopes), len(self.runs)) > MAX_ENTRIES
        ):
            raise EvidenceError(
                f"{len(self.entries):,} entries, {len(data):,} bytes: an evidence file has at most "
                f"{MAX_ENTRIES:,} and {MAX_BYTES:,}"
            )
        return data


def parse(data: bytes) -> Bundle:
    """The evidence file that `data` is.

    Raises EvidenceError unless `data` is its own RFC 8785 form with exactly the members of the
    format, each of its form: indexes ascending, base64 in its one spelling, each attachment with
    the digest that names it, an optional member absent rather than empty. NewerVersion, one of
    that family, for a file that says it is of another version.
    """
    if len(data) > MAX_BYTES:
        raise EvidenceError(f"over {MAX_BYTES:,} bytes: no evidence file is so large")
    try:
        value = canonical.parse(data)
    except CanonicalError as error:
        raise EvidenceError(f"no evidence file: {error}") from None
    if not isinstance(value, dict):
        raise EvidenceError("no evidence file: it is not a JSON object")
    version = value.get("v")
    if type(version) is not int or version < 1:
        raise EvidenceError("no evidence file: it has no version")
    if version > VERSION:
        raise NewerVersion(
            f"an evidence file of version {version}, this program reads up to version {VERSION}"
        )
    if not _MUST <= value.keys() <= _MUST | _MAY | {"runs"}:
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
        entries=_entries(value["entries"]),
        attachments=_attachments(value["attachments"]) if "attachments" in value else {},
        disclosures=_disclosures(value["disclosures"]) if "disclosures" in value else (),
        scopes=_scopes(value["scopes"]) if "scopes" in value else (),
        runs=_runs(value["runs"]) if "runs" in value else (),
    )


def _entries(value: object) -> tuple[Entry, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
        raise EvidenceError(f"entries must be a list of 1 to {MAX_ENTRIES:,}")
    found = tuple(_entry(part, at) for at, part in enumerate(value))
    for one, two in pairwise(found):
        if one.index >= two.index:
            raise EvidenceError(f"index {two.index} after {one.index}: they must ascend")
    return found


def _entry(value: object, at: int) -> Entry:
    where = f"entries/{at}"
    if not isinstance(value, dict) or value.keys() != _ENTRY:
        raise EvidenceError(f"{where} must be an object of index, entry and proof")
    index, entry = _number(value["index"], f"{where}/index"), value["entry"]
    if not isinstance(entry, str):
        raise EvidenceError(f"{where}/entry must be an envelope as a string")
    return Entry(index, entry.encode("utf-8"), _proof(value["proof"], where))


def _scopes(value: object) -> tuple[Scope, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
        raise EvidenceError(f"scopes must be a list of 1 to {MAX_ENTRIES:,}, or absent")
    found = tuple(_scope(part, f"scopes/{at}") for at, part in enumerate(value))
    if any((one.index, one.item) >= (two.index, two.item) for one, two in pairwise(found)):
        raise EvidenceError("scopes must be in order of index and item, each once")
    return found


def _scope(value: object, where: str) -> Scope:
    if not isinstance(value, dict) or value.keys() != _SCOPE:
        raise EvidenceError(f"{where} must be an object of index, item, position and proof")
    if not uri(value["item"]):
        raise EvidenceError(f"{where}/item must be an absolute ASCII URI")
    return Scope(
        index=_number(value["index"], f"{where}/index"),
        item=str(value["item"]),
        position=_number(value["position"], f"{where}/position"),
        proof=_proof(value["proof"], where),
    )


def _runs(value: object) -> tuple[Run, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ENTRIES:
        raise EvidenceError(f"runs must be a list of 1 to {MAX_ENTRIES:,}")
    found = tuple(_run(part, f"runs/{at}") for at, part in enumerate(value))
    if any(one >= two for one, two in pairwise(found)):
        raise EvidenceError("runs must be in order of item, actor and number, each once")
    return found


def _run(value: object, where: str) -> Run:
    if not isinstance(value, dict) or value.keys() != _RUN:
        raise EvidenceError(f"{where} must be an object of item, actor, from, to and prev")
    if not uri(value["item"]) or not uri(value["actor"]):
        raise EvidenceError(f"{where}: item and actor must be absolute ASCII URIs")
    start = _number(value["from"], f"{where}/from")
    stop = _number(value["to"], f"{where}/to")
    if not 1 <= start <= stop:
        raise EvidenceError(f"{where} must be from number 1 or higher, to that or a higher one")
    prev = value["prev"]
    if not isinstance(prev, str) or _DIGEST.fullmatch(prev) is None:
        raise EvidenceError(f"{where}/prev must be 64 lower-case hex digits")
    return Run(str(value["item"]), str(value["actor"]), start, stop, prev)


def _number(value: object, where: str) -> int:
    if type(value) is not int or not 0 <= value <= MAX_INDEX:
        raise EvidenceError(f"{where} must be an integer from 0")
    return value


def _proof(value: object, where: str) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        raise EvidenceError(f"{where}/proof must be a list of at most {MAX_PROOF} hashes")
    hashes = tuple(_base64(part, f"{where}/proof") for part in value)
    if any(len(part) != HASH for part in hashes):
        raise EvidenceError(f"{where}/proof has a hash that is not {HASH} bytes")
    return hashes


def _attachments(value: object) -> dict[str, bytes]:
    if not isinstance(value, dict) or not value:
        raise EvidenceError("attachments must be an object, and absent where there are none")
    found = {name: _base64(text, f"attachments/{name[:80]}") for name, text in value.items()}
    for name, data in found.items():
        if _DIGEST.fullmatch(name) is None or hashlib.sha256(data).hexdigest() != name:
            raise EvidenceError(f"attachment {name[:80]} is not the SHA-256 of its content")
    return found


def _disclosures(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(p, str) for p in value):
        raise EvidenceError(
            "disclosures must be a list of strings, and absent where there are none"
        )
    if value != sorted(set(value)):
        raise EvidenceError("disclosures must be sorted, each once")
    return tuple(value)


def _base64(value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise EvidenceError(f"{where} must be base64")
    try:
        return base64.decode(value)
    except EncodingError as error:
        raise EvidenceError(f"{where} is {error}") from None
