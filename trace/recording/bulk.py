"""All that is made from one file: appended whole or not at all, or resumed until it is.

Up to 10,000 links are one transaction. More are a large act: signed into a spool in the home,
sent in arrays, resumed by sending the spool again, and finished by a `document` statement.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from suyuan.keys import canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import AfterRef, Link, parse, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.statements import DOCUMENT_URN
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.lock import FileLock
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.files.durable import sync

ONE_TRANSACTION = 10_000
_ARRAY = 1_000
_CONFLICTS = 10
T = TypeVar("T")

Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """A Progress that reports nothing."""


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

    `was_there` says that the actor had finished the file before, and nothing was written now;
    `unread` how many of the links looked at cannot be read any more, which an audit names.
    """

    links: int
    closed: int
    was_there: bool
    unread: int = 0


def finished(ledger: Ledger, actor: str, sha256: str) -> Done | None:
    """The result of a file that this actor finished before; None where it has not."""
    unread = 0
    with ledger.reading() as reader:
        for _, stored in reader.chain_links(DOCUMENT_URN + sha256, actor):
            link = None if stored is None else readable(stored.entry)
            closing = None if link is None else link.statement
            unread += link is None
            if stored is not None and closing is not None and closing["type"] == "document":
                return Done(int(closing["links"]), stored.index, True, unread)
        # A statement that is damaged has closed the file all the same: the follower read it whole.
        links, closed = (unread and reader.document(sha256, actor)) or (0, None)
    return None if closed is None else Done(links, closed, True, unread)


def append(
    ledger: Ledger,
    pen: Pen,
    source: SourceFile,
    *,
    drafts: Iterable[Draft],
    count: int,
    progress: Progress = silent,
) -> Done:
    """Append the drafts made from a file, `count` of them, and the statement that closes it.

    Each draft is expected to name the file as its `document`. Raises Refused, LedgerError or
    StoreError; up to 10,000 links nothing is written then, beyond that what was sent stays,
    shown as unfinished, and the same call, or `resume`, goes on with it.
    """
    spool = _Spool(ledger.home, pen.actor, source.sha256)
    with spool.locked():
        done = _known(ledger, pen, source, spool, progress)
        if done is not None:
            return done
        if count < 1:
            raise LedgerError("the file gives nothing to record")
        if count <= ONE_TRANSACTION:
            done = _at_once(ledger, pen, source, count, drafts)
            progress(count, count)
            return done
        spool.write(_signed(pen, drafts, count, progress), count)
        return _send_all(ledger, pen, source, spool, progress)


def resume(
    ledger: Ledger, pen: Pen, source: SourceFile, progress: Progress = silent
) -> Done | None:
    """Go on with what this actor began of a file; None where nothing was begun.

    To be asked before the file is read anew: what is half in the ledger would stand in the way.
    """
    spool = _Spool(ledger.home, pen.actor, source.sha256)
    with spool.locked():
        return _known(ledger, pen, source, spool, progress)


def _known(
    ledger: Ledger, pen: Pen, source: SourceFile, spool: "_Spool", progress: Progress
) -> Done | None:
    done = finished(ledger, pen.actor, source.sha256)
    if done is not None:
        spool.remove()
        return done
    return _send_all(ledger, pen, source, spool, progress) if spool.path.exists() else None


def _at_once(
    ledger: Ledger, pen: Pen, source: SourceFile, count: int, drafts: Iterable[Draft] = ()
) -> Done:
    """The closing of a file, with its drafts unless they are sent, in one transaction.

    Nothing where another device of the actor was quicker with this file.
    """
    closing = Draft(statement=acts.document(source.sha256, source.size, count))
    everything = [*drafts, closing]
    for attempt in range(_CONFLICTS):
        # In this order: who comes between the two takes the number that the closing is given.
        pen.know(everything)
        done = finished(ledger, pen.actor, source.sha256)
        if done is not None:
            return done
        outcomes = ledger.append([pen.sign(draft) for draft in everything], atomic=True)
        refused = next((outcome for outcome in outcomes if isinstance(outcome, Refused)), None)
        if refused is None:
            last = outcomes[-1]
            assert isinstance(last, Receipt)
            return Done(count, last.index, False)
        pen.forget()
        if refused.rule is not Rule.CHAIN or attempt == _CONFLICTS - 1:
            raise refused
    raise AssertionError


def _send_all(
    ledger: Ledger, pen: Pen, source: SourceFile, spool: "_Spool", progress: Progress
) -> Done:
    count = sum(1 for _ in spool.entries())
    sent = 0
    for array in blocks(spool.entries(), _ARRAY):
        _send(ledger, pen, array)
        sent += len(array)
        progress(count + sent, 2 * count)
    done = _at_once(ledger, pen, source, count)
    spool.remove()
    return Done(count, done.closed, done.was_there)


def _signed(pen: Pen, drafts: Iterable[Draft], count: int, progress: Progress) -> Iterator[bytes]:
    done = 0
    for block in blocks(drafts, _ARRAY):
        pen.know(block)
        yield from map(pen.sign, block)
        done += len(block)
        progress(done, 2 * count)


def _send(ledger: Ledger, pen: Pen, array: list[bytes]) -> None:
    """Send one array whole; sign again what is not there yet where it is old or a head moved."""
    for attempt in range(_CONFLICTS):
        outcomes = ledger.append(array, atomic=True)
        refused = next((outcome for outcome in outcomes if isinstance(outcome, Refused)), None)
        if refused is None:
            return
        # A spool may also be older than the key: what that one signed is signed by the new one.
        is_old_key = refused.rule is Rule.KEY and parse(array[0]).keyid != pen.signer.public.keyid
        may_change = refused.rule in (Rule.CHAIN, Rule.TIME) or is_old_key
        if not may_change or attempt == _CONFLICTS - 1:
            raise refused
        pen.forget()
        drafts = [draft_of(link) for link in _missing(ledger, array)]
        pen.know(drafts)
        array = [pen.sign(draft) for draft in drafts]


def _missing(ledger: Ledger, array: list[bytes]) -> list[Link]:
    """The links of an array that its actor has not recorded yet, at whatever number.

    An earlier attempt may have signed them again before it broke off. A stored link that cannot be
    read counts for the first of them about its item that is not met: nothing is written twice.
    """
    links = [parse(entry) for entry in array]
    since: dict[str, int] = {}
    for link in links:
        ref = link.items[0]
        since[ref.item] = min(ref.seq, since.get(ref.item, ref.seq))
    counts: Counter[bytes] = Counter()
    unread: Counter[str] = Counter()
    with ledger.reading() as reader:
        for item, seq in since.items():
            for _, stored in reader.chain_links(item, links[0].actor, since=seq):
                recorded = None if stored is None else readable(stored.entry)
                unread[item] += recorded is None
                if recorded is not None and recorded.items[0].item == item:
                    counts[_content(recorded)] += 1
    missing = []
    for link in links:
        counts[_content(link)] -= 1
        if counts[_content(link)] < 0:
            unread[link.items[0].item] -= 1
            missing += [link] if unread[link.items[0].item] < 0 else []
    return missing


def _content(link: Link) -> bytes:
    """A link's content without its place in chains and its time, as a digest."""
    draft = draft_of(link)
    content = [draft.event, draft.event_ref, draft.statement, draft.document, list(draft.items)]
    after = [[ref.ledger, ref.index, ref.hash] for ref in draft.after]
    return hashlib.sha256(canonical.dumps([content, after])).digest()


def draft_of(link: Link) -> Draft:
    """The draft of a link, to be signed again at another place in its chains."""
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
        # A few lock files, for ever: one that is removed might be held by somebody.
        self._lock = home / "locks" / f"{name[:2]}.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one in this home who records this file for this actor."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError("the spool cannot be made: %s; nothing was sent", error) from None
        busy = "another process is recording a file, perhaps this one"
        with FileLock(self._lock, busy)():
            yield

    def write(self, entries: Iterable[bytes], count: int) -> None:
        part = self.path.with_suffix(".part")
        written = 0
        try:
            with part.open("wb") as file:
                for entry in entries:
                    file.write(entry + b"\n")
                    written += 1
                file.flush()
                os.fsync(file.fileno())
            if written != count:
                raise LedgerError("the file gave %s links where %s were expected", written, count)
            part.replace(self.path)
            sync(self.path.parent)  # else what is sent could not be resumed
        except OSError as error:
            raise LedgerError("the spool cannot be written: %s; nothing was sent", error) from None
        finally:
            part.unlink(missing_ok=True)

    def entries(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
