"""What holders answer to a recall: that they know, and what became of their part.

Looked over before it is signed: an answer by one who never had any of it says nothing. Raises
LedgerError.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import acts, media
from ..errors import LedgerError
from ..quantities import UNITS, decimal, exact
from ..state import Act
from ..statements import FATES
from ..store.read import Reader
from ..store.recalls import ActBook
from .concerns import has_held
from .course import amount
from .drafts import Prepared, answering, some

PER_LINK = 200  # amounts in one statement, so that its link fits with long URIs too
MAX_FILE = 20 << 20
_CODES = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": None, "-": None}
_CATTY = "斤"  # half a kilogram


@dataclass(frozen=True, slots=True)
class Fate:
    """One amount of a report, as a person gave it: value and unit in their own digits."""

    item: str
    kind: str
    value: str
    unit: str


def acknowledge(reader: Reader, act: Act, actor: str) -> Prepared:
    """That a holder knows of a recall."""
    _require_holder(reader, act, actor)
    said = acts.recall_acknowledge(act.uri)
    return Prepared(act.uri, (answering(reader, act, actor, said),))


def report(
    reader: Reader,
    act: Act,
    actor: str,
    fates: Sequence[Fate],
    photos: Sequence[bytes] = (),
    *,
    named: Sequence[str] = (),
) -> Prepared:
    """What became of a holder's part, in as many links as it needs; the first names the files.

    `named` are the SHA-256 of files that the caller sends itself.
    """
    _require_holder(reader, act, actor)
    if not fates:
        raise LedgerError("a report says how much was recovered, sold, destroyed or remains")
    _require_covered(reader, act, sorted({one.item for one in fates}))
    rows: dict[tuple[str, str], Mapping[str, str]] = {}
    for one in fates:
        if (one.item, one.kind) in rows:
            raise LedgerError(f"{one.kind} of {one.item} is given twice: give its total once")
        rows[one.item, one.kind] = told(one)
    digests = [*(_digest(data) for data in photos), *named]
    quantities = list(rows.values())
    drafts = []
    for start in range(0, len(quantities), PER_LINK):
        files = digests if start == 0 else ()
        said = acts.recall_report(act.uri, quantities[start : start + PER_LINK], files)
        drafts.append(answering(reader, act, actor, said))
    return Prepared(act.uri, tuple(drafts), tuple(photos))


def _require_holder(reader: Reader, act: Act, actor: str) -> None:
    if act.kind != "recall":
        raise LedgerError(f"{act.uri} is a hold: it is not acknowledged, only placed and released")
    if not act.is_in_force:
        raise LedgerError(f"{act.uri} was withdrawn at index {act.ended}: nothing is asked of you")
    if not has_held(reader, act, actor):
        raise LedgerError(
            f"{actor} holds none of what {act.uri} recalls and never did, by this ledger: it has "
            "nothing to acknowledge or report. Goods that came without a record are recorded "
            "first: `suyuan record ITEM --step receive`"
        )


def _require_covered(reader: Reader, act: Act, items: Sequence[str]) -> None:
    covered = ActBook(reader).covering(items)
    there = {one.item for one in covered if one.act.leaf == act.leaf and one.cleared is None}
    outside = [item for item in items if item not in there]
    if outside:
        raise LedgerError(f"{some(outside)}: not in the scope of {act.uri}")


def told(one: Fate) -> Mapping[str, str]:
    """One amount as a statement has it, in kg, L, m or pieces; LedgerError where it is none."""
    if one.kind not in FATES:
        raise LedgerError(f"{one.kind!r} is none of {', '.join(FATES)}")
    value, code = one.value, _CODES.get(one.unit, one.unit)
    number = decimal(value)
    if one.unit == _CATTY and number is not None:
        value, code = f"{number / 2:f}", "KGM"
    if code is not None and code not in UNITS:
        raise LedgerError(
            f"unit {one.unit[:20]!r}: give kg, L, m, 1 for pieces, 斤, or a UN/ECE code such as GRM"
        )
    found = exact(value, code)
    if found is None or found.micro < 0:
        raise LedgerError(
            f"{one.value[:40]!r} {one.unit} of {one.item} is no amount of 0 or more, exact to a "
            "millionth"
        )
    return {"item": one.item, "kind": one.kind, **amount(found)}


def _digest(data: bytes) -> str:
    if len(data) > MAX_FILE:
        raise LedgerError(f"a file may have {MAX_FILE >> 20} MiB, this one has more")
    if media.kind(data) is None:
        raise LedgerError("a photograph is a JPEG, PNG or WebP, a document a PDF")
    return hashlib.sha256(data).hexdigest()


def only_item(reader: Reader, act: Act) -> str:
    """The item of a recall of one item; LedgerError where there are several."""
    rows = [row for row in ActBook(reader).scope(act.leaf) if row.cleared is None]
    if len(rows) != 1:
        raise LedgerError(f"{act.uri} recalls several items: name one by --item")
    return rows[0].item
