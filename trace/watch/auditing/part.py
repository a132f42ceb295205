"""One part of the links: decided by the rules, and the rows that they give compared.

A part begins from what stands in the store of the links before it: the last place of each chain
that it goes on, by its row and the stored hash of the link there; who coded an item; and who may
sign, by the statements before. Whatever it takes for granted of those, the part that has them
checks: that a link of this hash is there and by the rules, and that the rows at its index are those
that it gives, no more and no fewer. So by induction over the parts, all is right where each is.
Where a row is wrong, the heads that were taken from it may be: then all parts are decided once
more, closer, with heads from all the rows of a chain and the links themselves.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from suyuan.keys import batch, public
from suyuan.keys.dsse import pae
from suyuan.keys.errors import KeysError
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import codings
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.link import PAYLOAD_TYPE, Link, link_hash, parse, readable
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.store import schema as t
from suyuan.trace.store.rebuild.compare import Difference, Projection, Row, differences
from suyuan.trace.store.rebuild.questions import at_links, column_at
from suyuan.trace.store.selecting import as_bytes, chunks

from .earlier import UNKNOWN, Pair, Standing, gives, is_standing, stand
from .given import BY_LEAF, Given, Giving
from .session import Frame, Session, look
from .tree import Edges, Growing, Tree

CHANGED = "the stored bytes are not those of the stored hash"
_AT_ONCE = 2_048  # links in memory together
_MOST_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class Task:
    """Which links to decide; those whose rows have the digest `known` are only hashed again.

    `sizes` are those at which the tree's roots are asked for, `edges` what it has before the part.
    """

    frame: Frame
    start: int
    stop: int
    known: bytes | None = None
    sizes: frozenset[int] = frozenset()
    edges: Edges | None = None


@dataclass(slots=True)
class Part:
    """What is to say of a part of the links, and what of it others need.

    `is_same` says that its rows have the digest that was known, so that nothing was decided.
    """

    start: int
    stop: int
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    pairs: set[Pair] = field(default_factory=set)  # the chains of those
    tree: Tree = field(default_factory=Tree)
    digest: bytes = b""
    is_same: bool = False
    is_unread: bool = False  # not all of it could be looked at
    is_misled: bool = False  # a statement on who may sign is at an index that no column says
    given: Given = field(default_factory=Given)


def run(task: Task) -> Part:
    """Check a part. StoreError where the database cannot be opened; all else is a finding."""
    part = Part(task.start, task.stop)
    is_read = look(task.frame, part.findings, lambda here: _Run(task, here, part).all())
    part.is_unread = not is_read
    return part


class _Run:
    def __init__(self, task: Task, here: Session, part: Part) -> None:
        self._task, self._here, self._part = task, here, part
        self._frame = task.frame
        self._keys: dict[str, public.PublicKey | None] = here.memory.setdefault("keys", {})
        self._searched = 0
        self._giving = Giving(task.frame.cursors)
        part.given = self._giving.given
        self._places: dict[int, list[tuple[str, str, int]]] = {}

    def all(self) -> None:
        task, part = self._task, self._part
        stored, before = self._stored()
        checkpoints = self._here.rows(
            "SELECT size, note, committed FROM checkpoint WHERE size > ? AND size <= ? "
            "ORDER BY size",
            task.start, task.stop,
        )  # fmt: skip
        self._tree = Growing(task.start, task.sizes, checkpoints, self._here.reader)
        part.digest = self._here.digest([*stored.values(), checkpoints])
        part.is_same = task.known is not None and part.digest == task.known
        if part.is_same:
            for _, entry, digest in self._links(task.start, task.stop):
                leaf = None if entry is None else _leaf(entry)
                part.is_same &= leaf == digest
                self._tree.append(leaf, digest)
        else:
            self._decide(stored, before)
        part.tree = self._tree.end(self._frame.log, task.edges, is_known=part.is_same)

    # What stands in the store.

    def _stored(self) -> tuple[dict[Projection, list[Row]], list[Row]]:
        """The rows at these leaves, and for places in chains what stands before them."""
        bounds = self._task.start, self._task.stop
        stored = {table: at_links(self._here.reader, table, *bounds) for table in BY_LEAF}
        before = stored[t.link_item]
        stored[t.link_item] = [row[:7] for row in before]
        return stored, before

    def _links(self, start: int, stop: int) -> Iterator[tuple[int, bytes | None, bytes]]:
        """Index, entry and stored hash of each link; None and nothing where it is missing."""
        rows = iter(
            self._here.rows(
                "SELECT leaf, entry, hash FROM link WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
                start,
                stop,
            )
        )
        waiting = next(rows, None)
        for index in range(start, stop):
            if waiting is None or waiting[0] != index:
                yield index, None, b""
            else:
                yield index, as_bytes(waiting[1]), as_bytes(waiting[2])
                waiting = next(rows, None)

    # Deciding.

    def _decide(self, stored: Mapping[Projection, list[Row]], before: Sequence[Row]) -> None:
        memory, task = self._here.memory, self._task
        standing: Standing | None = memory.get("standing")
        if standing is None or standing.state.size > task.start:
            standing = memory["standing"] = Standing(self._here)
        self._state = standing.move(task.start)
        self._earlier, self._known = standing.earlier, standing.known
        self._before(stored, before)
        for start in range(task.start, task.stop, _AT_ONCE):
            self._chunk(start, min(start + _AT_ONCE, task.stop))
        broken = set(self._part.broken)
        for table in BY_LEAF:
            rows, derived = stored[table], self._giving.rows[table]
            place = column_at(table, "leaf")
            if broken:
                rows = [row for row in rows if row[place] not in broken]
            cursor = self._here.cursors.get("events", 0)
            if table.info["by"] == "events" and cursor < task.stop:
                derived = [row for row in derived if row[place] < cursor]
            self._part.differences += differences(table, rows, derived)

    def _before(self, stored: Mapping[Projection, list[Row]], before: Sequence[Row]) -> None:
        """What the rows say of heads and coders before the part, and of places in it."""
        heads: dict[Pair, Head | None] = {}
        for item, actor, seq, leaf, _, _, _, last, digest in before:
            if item is None or actor is None:
                continue
            self._places.setdefault(leaf, []).append((item, actor, seq))
            if (item, actor) not in heads and (last is not None or seq == 0):
                known = UNKNOWN if digest is None else as_bytes(digest).hex()
                heads[item, actor] = None if last is None else Head(seq - 1, known)
        if len({(row[0], row[1], row[2]) for row in before}) < len(before):
            heads.clear()  # a place that stands twice: each is looked up by itself
        self._earlier.heads = heads
        self._earlier.coders = {}

    def _chunk(self, start: int, stop: int) -> None:
        links: list[tuple[int, bytes | None, bytes, Link | Refused | None]] = []
        for index, entry, digest in self._links(start, stop):
            link: Link | Refused | None = None
            if entry is not None:
                try:
                    link = parse(entry)
                except Refused as refused:
                    link = refused
            links.append((index, entry, digest, link))
        parsed = [(index, link) for index, _, _, link in links if isinstance(link, Link)]
        self._coders([link for _, link in parsed])
        valid = self._valid(parsed)
        for index, entry, digest, link in links:
            if entry is None:
                self._tree.append(None, digest)
                self._missing(index)
            elif isinstance(link, Link):
                self._tree.append(bytes.fromhex(link.hash), digest)
                self._link(index, link, digest, valid)
            else:
                self._tree.append(_leaf(entry), digest)
                assert link is not None
                self._unreadable(index, entry, digest, link)
        changes = self._state.take()
        self._earlier.acts |= changes.acts
        coders = [(leaf, item, actor) for item, (actor, leaf) in changes.coders.items()]
        good = {leaf for leaf, _, _ in coders}.difference(self._part.broken)
        self._giving.rows[t.coder] += [
            (item, actor, leaf) for leaf, item, actor in sorted(coders) if leaf in good
        ]

    def _coders(self, links: Sequence[Link]) -> None:
        """Look up who coded before the part what these links code."""
        host, start = self._frame.genesis.host, self._task.start
        items = {item for link in links for item in codings(link, host)} if start else ()
        for part in chunks(sorted(items)):
            marks = ", ".join("?" * len(part))
            query = (
                "SELECT item.uri, actor.uri FROM subject item "  # noqa: S608  marks only
                "JOIN coder ON coder.subject = item.id "
                "JOIN subject actor ON actor.id = coder.actor "
                f"WHERE item.uri IN ({marks}) AND coder.leaf < ?"
            )
            self._earlier.coders |= dict(self._here.rows(query, *part, start))

    def _valid(self, links: Sequence[tuple[int, Link]]) -> bool:
        """Whether all signatures that are asked for are valid, each under the key that it names."""
        signed: list[batch.Signed] = []
        for index, link in links:
            key = self._key(link.keyid)
            if key is not None and self._is_sampled(index, link):
                message = pae(PAYLOAD_TYPE, link.envelope.payload)
                signed.append((key, message, link.envelope.signature))
        return batch.all_valid(signed)

    def _is_sampled(self, index: int, link: Link) -> bool:
        """Whether a signature is to be checked: of statements every one."""
        sampled = self._frame.signatures
        return sampled is None or index in sampled or link.statement is not None

    def _key(self, keyid: str) -> public.PublicKey | None:
        if keyid not in self._keys:
            genesis = self._frame.genesis
            spki: Any = genesis.root_spki if keyid == genesis.root_keyid else None
            if spki is None:
                spki = self._here.reader.spkis([keyid]).get(keyid)
            key = None
            with suppress(KeysError, TypeError, ValueError):
                key = None if spki is None else public.load(spki)
            # The id is the digest of the key: whatever the row says, this one was named.
            self._keys[keyid] = None if key is None or key.keyid != keyid else key
        return self._keys[keyid]

    # One link.

    def _link(self, index: int, link: Link, digest: bytes, valid: bool) -> None:
        state = self._state
        problems = []
        if digest.hex() != link.hash:
            problems.append((str(Kind.ENTRY), CHANGED))
        refused = self._refused(index, link, valid)
        if refused is not None and refused.rule == Rule.CHAIN and self._resume(index, link):
            refused = self._refused(index, link, valid)
        if refused is not None:
            problems.append((str(refused.rule), refused.reason))
        if is_standing(link) and index not in self._known:
            self._part.is_misled = True
        if not problems:
            state.apply(link)
            self._giving.take(index, link)
            return
        if link.statement is not None and problems[-1][0] not in (Rule.AUTHORITY, Rule.STATEMENT):
            stand(link, state)
        if link.statement is not None:
            self._part.given.statements.append((index, link.entry))
        places = self._places.get(index)
        places = places or [(ref.item, link.actor, ref.seq) for ref in link.items]
        self._lose(index, places, digest.hex())
        for rule, reason in problems:
            self._find(rule, reason, index, places)

    def _refused(self, index: int, link: Link, valid: bool) -> Refused | None:
        try:
            chain.decide(link, self._state, verified=self._verified(index, link, valid))
        except Refused as refused:
            return refused
        return None

    def _resume(self, index: int, link: Link) -> bool:
        """Take what a link follows for the head where that is missing; whether there was such."""
        heads = {}
        for ref in link.items:
            pair = ref.item, link.actor
            last = self._state.head(*pair)
            if ref.prev is None:
                continue
            if last is not None and last.hash == UNKNOWN:
                heads[pair] = Head(last.seq, ref.prev)
            elif self._frame.is_closer and (last is None or last.seq < ref.seq - 1):
                heads |= self._search(pair, ref.seq - 1, ref.prev)
        if heads:
            self._state.adopt(index - 1, heads)
        return bool(heads)

    def _search(self, pair: Pair, seq: int, digest: str) -> dict[Pair, Head]:
        """The link of this hash before the part, if it is at that place of the chain."""
        self._searched += 1
        query = "SELECT entry FROM link WHERE hash = ? AND leaf < ?"
        if self._searched > _MOST_SEARCHED:
            return {}
        for (entry,) in self._here.rows(query, bytes.fromhex(digest), self._task.start):
            link = readable(as_bytes(entry))
            if link is not None and gives(link, pair, seq):
                return {pair: Head(seq, digest)}
        return {}

    def _verified(self, index: int, link: Link, valid: bool) -> bytes | None:
        """The key to take a signature as verified under: all were, or it is not asked for."""
        is_taken = valid or not self._is_sampled(index, link)
        key = self._key(link.keyid) if is_taken else None
        return None if key is None else key.spki

    def _missing(self, index: int) -> None:
        places = self._places.get(index, [])
        self._lose(index, places, UNKNOWN)
        self._find(Kind.MISSING, "the link is not in the ledger any more", index, places)

    def _unreadable(self, index: int, entry: bytes, digest: bytes, refused: Refused) -> None:
        places = self._places.get(index, [])
        self._lose(index, places, digest.hex())
        if link_hash(entry) == digest.hex():
            self._find(refused.rule, refused.reason, index, places)
        else:
            reason = f"{CHANGED}, and cannot be read ({refused.rule}: {refused.reason})"
            self._find(Kind.ENTRY, reason, index, places)

    def _lose(self, index: int, places: Sequence[tuple[str, str, int]], digest: str) -> None:
        heads = {(item, actor): Head(seq, digest) for item, actor, seq in places}
        self._part.broken.append(index)
        self._part.pairs |= set(heads)
        self._state.adopt(index, heads)

    def _find(
        self, rule: str, reason: str, index: int, places: Sequence[tuple[str, str, int]]
    ) -> None:
        for item, actor, seq in places:
            self._part.findings.append(Finding(str(rule), reason, item, actor, seq, index))
        if not places:
            self._part.findings.append(Finding(str(rule), reason, index=index))


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()
