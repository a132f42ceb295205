"""One part of the links, checked in a worker process: bytes, signatures, rules, sums.

What a part cannot see, the state of the ledger at each link, it hands over: who used which key at
which index, and the statements. All else it checks here.
"""

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suyuan.keys import batch, public
from suyuan.keys.dsse import pae
from suyuan.keys.errors import KeysError
from suyuan.keys.notes import VerifierKey
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import Genesis, codings
from suyuan.trace.format.event_items import ItemRow, rows
from suyuan.trace.format.link import PAYLOAD_TYPE, Link, parse
from suyuan.trace.format.messages import Message
from suyuan.trace.format.rules import Refused
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH, Edge
from suyuan.trace.log.proofs import cover
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.recording.committed_files import NamedFile, named
from suyuan.trace.store import schema as t
from suyuan.trace.store.append.tiling import subtree_root
from suyuan.trace.store.projections.follow_events import row as event_row
from suyuan.trace.store.projections.follow_findings import unclear
from suyuan.trace.store.rebuild.scan import Scan, scanning
from suyuan.trace.store.schema import event
from suyuan.trace.store.selecting import entry_payload

from . import sums
from .sums import Sums, event_values


@dataclass(frozen=True, slots=True)
class Task:
    """Which links to check, as of which size, and what only the coordinator knows.

    With `only_hashes` they were checked before: their bytes are hashed again and nothing more.
    `marks` are roots that the tree must have at these sizes.
    """

    url: str
    genesis: Genesis
    log: str
    key: bytes
    start: int
    stop: int
    only_hashes: bool = False
    marks: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """What was found of a part of the links."""

    start: int
    stop: int
    odd: list[str] = field(default_factory=list)
    tiles: list[bytes] = field(default_factory=list)  # roots of full tiles
    tail: list[bytes] = field(default_factory=list)  # leaf hashes behind the last full tile
    sums: dict[str, int] = field(default_factory=dict)
    statements: list[tuple[int, bytes]] = field(default_factory=list)
    uses: dict[tuple[str, str], bytes] = field(default_factory=dict)  # keyid, actor: leaves
    mandated: list[tuple[int, str, str, str | None, str]] = field(default_factory=list)
    documents: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    reports: list[tuple[int, bytes]] = field(default_factory=list)
    files: list[NamedFile] = field(default_factory=list)
    unclear: list[tuple[int, str, str, Message]] = field(default_factory=list)  # as in `finding`
    coders: int = 0
    checkpoints: int = 0
    newest: tuple[int, str, int] | None = None
    committed: tuple[int, int] | None = None  # the first and last commit time


def run(task: Task) -> Part:
    """Check a part. Whatever is not as it should be is odd; nothing is raised for it."""
    part = Part(task.start, task.stop)
    try:
        with scanning(task.url) as scan:
            _Run(task, scan, part).all()
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        part.odd.append(f"links {task.start} to {task.stop - 1}: {type(error).__name__}: {error}")
    return part


class _Run:
    def __init__(self, task: Task, scan: Scan, part: Part) -> None:
        self._task = task
        self._scan = scan
        self._part = part
        self._sums = Sums(task.key)
        self._keys: dict[str, tuple[public.PublicKey, str]] = {}
        self._uses: dict[tuple[str, str], array[int]] = {}
        self._signed: list[batch.Signed] = []
        self._chains: dict[tuple[str, str], bytes] = {}
        self._seen_files: set[tuple[str, str]] = set()

    def all(self) -> None:
        leaves: list[bytes] = []
        for leaf, stored, entry in self._scan.rows(t.link, self._task.start, self._task.stop):
            digest = hashlib.sha256(b"\0" + entry).digest()
            if leaf != self._task.start + len(leaves) or digest != bytes(stored):
                self._odd(f"index {leaf}: its place or its hash is not as it should be")
            leaves.append(digest)
            if not self._task.only_hashes:
                self._link(leaf, bytes(entry))
        if len(leaves) != self._task.stop - self._task.start:
            self._odd(f"links are missing between {self._task.start} and {self._task.stop}")
            return
        if not batch.all_valid(self._signed):
            self._odd(f"a signature from index {self._task.start} on does not verify")
        self._tree(leaves)
        self._part.sums = self._sums.found
        self._part.uses = {pair: used.tobytes() for pair, used in self._uses.items()}

    def _odd(self, problem: str) -> None:
        if len(self._part.odd) < 20:
            self._part.odd.append(problem)

    # One link.

    def _link(self, leaf: int, entry: bytes) -> None:
        try:
            link = parse(entry)
            chain.items(link)
        except Refused as refused:
            self._odd(f"index {leaf}: {refused}")
            return
        if link.ledger != self._task.genesis.origin:
            self._odd(f"index {leaf}: a link of another ledger")
        self._signer(leaf, link)
        if link.after:
            self._after(leaf, link)
        self._rows(leaf, link)
        if link.event is not None:
            self._event(leaf, link)
        if link.statement is not None:
            self._part.statements.append((leaf, entry))
        if link.document is not None:
            self._document(leaf, link, entry)
        if link.document is not None or link.event is None:
            self._files(leaf, link)

    def _signer(self, leaf: int, link: Link) -> None:
        known = self._keys.get(link.keyid)
        if known is None:
            known = self._key(link.keyid)
            if known is None:
                self._odd(f"index {leaf}: key {link.keyid[:16]}… is not there")
                return
            self._keys[link.keyid] = known
        key, party = known
        message = pae(PAYLOAD_TYPE, link.envelope.payload)
        self._signed.append((key, message, link.envelope.signature))
        if party == link.actor:
            uses = self._uses.get((link.keyid, party))
            if uses is None:
                uses = self._uses[link.keyid, party] = array("q")
            uses.append(leaf)
        else:
            step = chain.step(link)
            self._part.mandated.append((leaf, link.keyid, link.actor, step, link.signed_at))

    def _key(self, keyid: str) -> tuple[public.PublicKey, str] | None:
        genesis = self._task.genesis
        if keyid == genesis.root_keyid:
            return public.load(genesis.root_spki), genesis.authority
        row = self._scan.key(keyid)
        try:
            key = None if row is None else public.load(bytes(row[0]))
        except KeysError:
            return None
        # The id is the digest of the key: whatever the row says, this is the key that was named.
        return None if row is None or key is None or key.keyid != keyid else (key, row[1])

    def _after(self, leaf: int, link: Link) -> None:
        order = [(ref.ledger is not None, ref.ledger or "", ref.index) for ref in link.after]
        if order != sorted(set(order)):
            self._odd(f"index {leaf}: after is out of order")
        for ref in link.after:
            if ref.ledger is not None:
                if ref.ledger == link.ledger:
                    self._odd(f"index {leaf}: after names this ledger")
                continue
            self._sums.add("follows", sums.values((leaf, ref.index)))
            row = self._scan.link(ref.index) if ref.index < leaf else None
            if row is None or bytes(row[0]).hex() != ref.hash:
                self._odd(f"index {leaf}: after names a link that is not there")
            elif entry_payload(bytes(row[1]))["actor"] == link.actor:
                self._odd(f"index {leaf}: after names a link of the same actor")

    def _rows(self, leaf: int, link: Link) -> None:
        """What the chains and the columns beside the entry must add up to."""
        actor, totals, digest = link.actor, self._sums, bytes.fromhex(link.hash)
        kinds = link.statement is None or link.statement["type"] == "labels"
        item_rows = rows(link)
        if link.event is not None and _may_be_unclear(link, item_rows):
            for rule, subject, message in unclear(link):
                self._part.unclear.append((leaf, rule, subject, message))
        for ref, row in zip(link.items, item_rows, strict=True):
            name = self._chains.get((ref.item, actor))
            if name is None:
                name = self._chains[ref.item, actor] = totals.chain(ref.item, actor)
            totals.add("chain", sums.head(name, ref.seq, digest))
            if ref.prev is not None:
                totals.add("chain", sums.head(name, ref.seq - 1, bytes.fromhex(ref.prev)), -1)
            if (ref.seq == 0) is not (ref.prev is None):
                self._odd(f"index {leaf}: number {ref.seq} with a wrong prev")
            amount = row.quantity
            micro, unit = (None, None) if amount is None else (amount.micro, amount.unit)
            totals.add("link_item", sums.place(name, ref.seq, leaf, (int(row.role), micro, unit)))
            if ref.seq == 0 and kinds:
                totals.add("code", name)
        for item in set(codings(link, self._task.genesis.host)):
            coder = self._scan.coder(item)
            if coder is None or coder[0] != actor or coder[1] > leaf:
                self._odd(f"index {leaf}: {item} has another first coder")
            elif coder[1] == leaf:
                self._part.coders += 1
                totals.add("coder", sums.values((item, actor, leaf)))

    def _event(self, leaf: int, link: Link) -> None:
        row = event_row(leaf, link)
        self._sums.add("event", event_values(row[column.name] for column in event.columns))

    def _document(self, leaf: int, link: Link, entry: bytes) -> None:
        assert link.document is not None
        pair = (str(link.document["sha256"]), link.actor)
        first, count = self._part.documents.get(pair, (leaf, 0))
        if count == 0 and link.is_received:
            self._part.reports.append((leaf, entry))
        self._part.documents[pair] = (first, count + 1)

    def _files(self, leaf: int, link: Link) -> None:
        for file in named(leaf, link):
            if (file.kind, file.digest) not in self._seen_files:
                self._seen_files.add((file.kind, file.digest))
                self._part.files.append(file)

    # The tree.

    def _tree(self, leaves: list[bytes]) -> None:
        start, part = self._task.start, self._part
        at = 0
        while len(leaves) - at >= WIDTH:
            hashes, number = leaves[at : at + WIDTH], (start + at) // WIDTH
            root = subtree_root(hashes)
            if self._scan.hashes.tile(0, number) != b"".join(hashes):
                self._odd(f"tile 0/{number} is not the tree's")
            part.tiles.append(root)
            at += WIDTH
        part.tail = leaves[at:]
        edge = Edge(start, self._scan.hashes.read(cover(0, start)))
        checkpoints = self._scan.rows(t.checkpoint, start + 1, self._task.stop + 1)
        waiting = next(checkpoints, None)
        log = VerifierKey.parse(self._task.log)
        for leaf in leaves:
            edge.append(leaf)
            if edge.size in self._task.marks and edge.root() != self._task.marks[edge.size]:
                self._odd(f"the tree of {edge.size} links has another root than was signed")
            if waiting is not None and waiting[0] == edge.size:
                self._checkpoint(waiting, edge, log)
                waiting = next(checkpoints, None)
        if waiting is not None:
            self._odd(f"a checkpoint of size {waiting[0]} is out of order")

    def _checkpoint(self, row: tuple[int, str, int], edge: Edge, log: VerifierKey) -> None:
        size, note, committed = row
        part = self._part
        part.checkpoints += 1
        part.newest = row
        first, last = part.committed or (committed, committed)
        if committed < last:
            self._odd(f"the commit time of size {size} goes back")
        part.committed = (first, committed)
        self._sums.add("checkpoint", sums.values(tuple(row)))
        if self._task.only_hashes:  # the sum is compared with that of the rows checked before
            return
        try:
            signed = open_checkpoint(note, log)
        except LogError as error:
            self._odd(f"the checkpoint of size {size}: {error}")
            return
        if signed.size != size or signed.root != edge.root() or len(signed.root) != HASH:
            self._odd(f"the checkpoint of size {size} signs another tree")


_GS1 = (b"/01/", b"/00/", b"urn:epc:")


def _may_be_unclear(link: Link, item_rows: Sequence[ItemRow]) -> bool:
    """Whether `unclear` can say anything: seen from what is known already, far more cheaply.

    A quantity that does not convert leaves its item's row without one; an identifier that is
    kept as written looks like GS1's.
    """
    return any(row.quantity is None for row in item_rows) or any(
        mark in link.envelope.payload for mark in _GS1
    )
