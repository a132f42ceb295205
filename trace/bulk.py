"""All that is made from one file: appended whole or not at all, or resumed until it is.

Up to 10,000 links are one transaction. More are a large act: signed into a spool in the home,
sent in arrays, resumed by sending the spool again, and finished by a `document` statement.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from . import acts
from .errors import LedgerError
from .ledger import Ledger
from .link import AfterRef, Link, parse
from .members import Object
from .pen import Draft, Pen
from .rules import Refused, Rule
from .statements import DOCUMENT_URN

ONE_TRANSACTION = 10_000
_ARRAY = 1_000
_CONFLICTS = 10
T = TypeVar("T")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that links are made from: its digest, size, media type, and in which sense.

    `role` is `own` for what the actor says itself, `received` for what it reports.
    """

    sha256: str
    size: int
    type: str
    role: str

    @classmethod
    def of(cls, data: bytes, media_type: str, role: str) -> "SourceFile":
        """The source file with this content."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), media_type, role)

    @property
    def member(self) -> Object:
        """The `document` member of a link made from it."""
        return {"sha256": self.sha256, "size": self.size, "type": self.type, "as": self.role}


@dataclass(frozen=True, slots=True)
class Done:
    """What is in the ledger of a file: how many links, closed at which index.

    `was_there` says that the actor had finished the file before, and nothing was written now.
    """

    links: int
    closed: int
    was_there: bool


def finished(ledger: Ledger, actor: str, sha256: str) -> Done | None:
    """What this actor finished of a file before; None where it has not."""
    subject = DOCUMENT_URN + sha256
    with ledger.reading() as reader:
        stored = reader.in_chain(subject, actor, 0)
    if stored is None:
        return None
    statement = parse(stored.entry).statement or {}
    return Done(int(statement["links"]), stored.index, True)


def append(
    ledger: Ledger,
    pen: Pen,
    source: SourceFile,
    *,
    drafts: Iterable[Draft],
    count: int,
    progress: Progress | None = None,
) -> Done:
    """Append the drafts made from a file, `count` of them, and the statement that closes it.

    Each draft is expected to name the file as its `document`. Raises Refused or LedgerError;
    up to 10,000 links nothing is written then, beyond that what was sent stays, shown as
    unfinished, and the same call goes on with it.
    """
    done = finished(ledger, pen.actor, source.sha256)
    if done is not None:
        return done
    if count < 1:
        raise LedgerError("the file gives nothing to record")
    closing = Draft(statement=acts.document(source.sha256, source.size, count))
    spool = _Spool(ledger.home, pen.actor, source.sha256)
    if count > ONE_TRANSACTION or spool.exists():
        return _large(
            ledger, pen, spool, drafts=drafts, closing=closing, count=count, progress=progress
        )
    everything = [*drafts, closing]
    pen.know(everything)
    receipts = ledger.write(pen, everything)
    if progress is not None:
        progress(count, count)
    return Done(count, receipts[-1].index, False)


def _large(
    ledger: Ledger,
    pen: Pen,
    spool: "_Spool",
    *,
    drafts: Iterable[Draft],
    closing: Draft,
    count: int,
    progress: Progress | None,
) -> Done:
    if not spool.exists():
        spool.write(_signed(pen, drafts, count, progress))
    sent = 0
    for array in blocks(spool.entries(), _ARRAY):
        _send(ledger, pen, array)
        sent += len(array)
        if progress is not None:
            progress(count + sent, 2 * count)
    if sent != count:
        raise LedgerError(f"the spool has {sent} links where {count} were expected: {spool.path}")
    (receipt,) = ledger.write(pen, [closing])
    spool.remove()
    return Done(count, receipt.index, False)


def _signed(
    pen: Pen, drafts: Iterable[Draft], count: int, progress: Progress | None
) -> Iterator[bytes]:
    done = 0
    for block in blocks(drafts, _ARRAY):
        pen.know(block)
        yield from map(pen.sign, block)
        done += len(block)
        if progress is not None:
            progress(done, 2 * count)


def _send(ledger: Ledger, pen: Pen, array: list[bytes]) -> None:
    """Send one array whole; where a head has moved, sign again what is not there yet."""
    for attempt in range(_CONFLICTS):
        outcomes = ledger.append(array, atomic=True)
        refused = next((found for found in outcomes if isinstance(found, Refused)), None)
        if refused is None:
            return
        if refused.rule is not Rule.CHAIN or attempt == _CONFLICTS - 1:
            raise refused
        pen.forget()
        array = [
            entry if _is_there(ledger, entry) else pen.sign(draft_of(parse(entry)))
            for entry in array
        ]


def _is_there(ledger: Ledger, entry: bytes) -> bool:
    link = parse(entry)
    ref = link.items[0]
    with ledger.reading() as reader:
        stored = reader.in_chain(ref.item, link.actor, ref.seq)
    return stored is not None and parse(stored.entry).envelope.payload == link.envelope.payload


def draft_of(link: Link) -> Draft:
    """What a link says, ready to be signed again at another place in its chains."""
    return Draft(
        event=link.event,
        event_ref=link.event_ref,
        statement=link.statement,
        items=tuple(ref.item for ref in link.items),
        after=tuple(AfterRef(ref.index, ref.hash, ref.ledger) for ref in link.after),
        document=link.document,
    )


def blocks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """`values` in lists of `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


class _Spool:
    """Signed entries in a file of the home, one a line; there only once it is whole."""

    def __init__(self, home: Path, actor: str, sha256: str) -> None:
        name = hashlib.sha256(f"{actor}\0{sha256}".encode()).hexdigest()[:32]
        self.path = home / "spool" / f"{name}.entries"

    def exists(self) -> bool:
        return self.path.exists()

    def write(self, entries: Iterable[bytes]) -> None:
        part = self.path.with_suffix(".part")
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                for entry in entries:
                    file.write(entry + b"\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise LedgerError(f"the spool cannot be written: {error}; nothing was sent") from None

    def entries(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
