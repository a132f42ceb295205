"""The audit of a whole ledger: every entry, chain, rule, projection and checkpoint.

All entries are read in order and decided again, from nothing, by the rules that accepted them;
what the store keeps beside them is made anew in a scratch store and compared; the tree is built
anew and must have the root that each checkpoint signs.
"""

import tempfile
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from suyuan.keys import public
from suyuan.trace.admission import chain
from suyuan.trace.admission.trust import Trust
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.link import Link, link_hash, parse
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.recording.committed_files import NamedFile, named
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.log_reader import StoredCheckpoint, StoredLink
from suyuan.trace.store.read.reader import ItemAt, Reader
from suyuan.trace.store.rebuild.compare import Difference, differences
from suyuan.trace.store.rebuild.replicas import Replay

from .auditing.audit_progress import Phase, Watch, nobody
from .auditing.audit_report import (
    CHANGED,
    Report,
    add_notices,
    look_at_files,
    look_beside,
    without_list,
)
from .log_audit import TileAudit, cosigned_problems

_CHUNK = 2_000
_GAP = 10_000  # missing links in a row that are named one by one
_NAMED = 50  # links of a checkpoint's range that are named one by one
_UNKNOWN = "?"

Progress = Callable[[int, int], None]


def audit(
    ledger: Ledger,
    *,
    kept: str | None = None,
    progress: Progress | None = None,
    signatures: Container[int] | None = None,
    watch: Watch = nobody,
) -> Report:
    """Audit a ledger; `kept` is a checkpoint's note kept elsewhere, which must be in its past.

    `signatures` restricts the costly check of signatures to links at these indexes and to
    statements; everything else is checked for every link. Raises LogError where `kept` is no
    checkpoint of this log, StoreError where the database cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="suyuan-audit-") as folder,
        ledger.reading(patient=True) as live,
    ):
        replay = Replay(Path(folder), ledger.trust, live, ledger.attachments.get)
        report = Report(0)
        try:
            run = _Audit(ledger.trust, live, replay, signatures, watch)
            report = run.report
            run.entries(kept, progress)
            watch(Phase.PROJECTIONS, len(report.findings))
            run.projections()
            run.follow(live.cursors(), ledger)  # of the same moment as the rows compared
        except (StoreError, LogError):
            raise
        except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
            line = str(error).splitlines()[0] if str(error) else ""
            reason = f"the store holds what cannot be read: {type(error).__name__}: {line}"
            report.findings.append(Finding(str(Kind.PROJECTION), reason[:500]))
        finally:
            replay.close()
        return report


class _Audit:
    def __init__(
        self,
        trust: Trust,
        live: Reader,
        replay: Replay,
        signatures: Container[int] | None,
        watch: Watch,
    ) -> None:
        self._trust = trust
        self._watch = watch
        self._live = live
        self._signatures = signatures
        self.replay = replay
        self.report = Report(live.size())
        self._edge = Edge()
        self._stored_edge = Edge()
        self._tiles = TileAudit(live)
        self._good_size = 0
        self._is_lost = False  # the tree cannot be compared any more
        self._broken: set[int] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._named_files: dict[tuple[str, str], NamedFile] = {}
        self._checkpoints = live.checkpoints()
        self._next: StoredCheckpoint | None = next(self._checkpoints, None)
        self._committed = 0
        self._kept: StoredCheckpoint | None = None

    # Entries, rules, and the tree.

    def entries(self, note: str | None, progress: Progress | None) -> None:
        if note is not None:
            self._keep(note)
        for stray in self._live.strays():
            self._find(Kind.PROJECTION, "a link at an index below 0", index=stray)
        at = 0
        stored = self._live.links()
        while chunk := list(islice(stored, _CHUNK)):
            with self.replay.chunk():
                self._chunk(chunk, self._indexes(at, [link.index for link in chunk]))
            at = chunk[-1].index + 1
            self._watch(Phase.LINKS, len(self.report.findings))
            if progress is not None:
                progress(min(at, self.report.size), self.report.size)
        with self.replay.chunk():
            self._chunk([], self._indexes(at, [self.report.size])[:-1])
        self._end(at)

    def _keep(self, note: str) -> None:
        checkpoint = open_checkpoint(note, self._trust.log)
        self._kept = StoredCheckpoint(checkpoint.size, note, 0)
        if checkpoint.size > self.report.size:
            self._find(
                Kind.LOG,
                f"the kept checkpoint is of {checkpoint.size} links and the ledger has only "
                f"{self.report.size}: the newest were removed",
            )

    def _indexes(self, at: int, present: list[int]) -> list[int]:
        """The indexes from `at` through those found; a gap too wide to name is one finding."""
        indexes: list[int] = []
        for index in present:
            if index - at > _GAP:
                reason = f"the links from index {at} to {index - 1} are not in the ledger"
                self._find(Kind.MISSING, reason, index=at)
                self._is_lost = True
            else:
                indexes.extend(range(at, index))
            indexes.append(index)
            at = index + 1
        return indexes

    def _chunk(self, chunk: list[StoredLink], indexes: list[int]) -> None:
        stored_links = {link.index: link for link in chunk}
        links: dict[int, Link] = {}
        why: dict[int, Refused] = {}
        for stored in chunk:
            try:
                links[stored.index] = parse(stored.entry)
            except Refused as refused:
                why[stored.index] = refused
        unreadable = [index for index in indexes if index not in links]
        places = self._live.items_at(unreadable) if unreadable else {}
        self.replay.prefetch(list(links.values()))
        accepted: list[tuple[int, Link]] = []
        for index in indexes:
            if self.replay.state.size != index:
                self.replay.adopt(index - 1, {})
            stored_link = stored_links.get(index)
            if stored_link is None:
                self._missing(index, places.get(index, []))
            elif index not in links:
                self._unreadable(stored_link, why[index], places.get(index, []))
            elif self._link(stored_link, links[index]):
                accepted.append((index, links[index]))
            self._tree(index, stored_link)
        self.replay.write(accepted)

    def _missing(self, index: int, places: list[ItemAt]) -> None:
        self._broken.add(index)
        self._lose(index, places, _UNKNOWN)
        reason = "the link is not in the ledger any more"
        if index >= self.report.size:
            reason = "the link is beyond what the log's state says"
        self._find_at(Kind.MISSING, reason, index, places)

    def _unreadable(self, stored: StoredLink, refused: Refused, places: list[ItemAt]) -> None:
        self._broken.add(stored.index)
        self._lose(stored.index, places, stored.hash)
        if link_hash(stored.entry) == stored.hash:
            self._find_at(refused.rule, refused.reason, stored.index, places)
        else:
            reason = f"{CHANGED}, and cannot be read ({refused.rule}: {refused.reason})"
            self._find_at(Kind.ENTRY, reason, stored.index, places)

    def _lose(self, index: int, places: list[ItemAt], digest: str) -> None:
        heads = {(place.item, place.actor): Head(place.seq, digest) for place in places}
        self._pairs |= set(heads)
        self.replay.adopt(index, heads)

    def _link(self, stored: StoredLink, link: Link) -> bool:
        """Decide a link again; whether it is as it should be."""
        problems = []
        if stored.hash != link.hash:
            problems.append((str(Kind.ENTRY), CHANGED))
        state = self.replay.state
        heads = {}
        for ref in link.items:
            head = state.head(ref.item, link.actor)
            if head is not None and head.hash == _UNKNOWN and ref.prev is not None:
                heads[ref.item, link.actor] = Head(head.seq, ref.prev)
        if heads:
            self.replay.adopt(stored.index - 1, heads)
        try:
            chain.decide(link, state, verified=self._verified(stored.index, link))
        except Refused as refused:
            problems.append((str(refused.rule), refused.reason))
        if not problems:
            state.apply(link)
            for file in named(stored.index, link):
                self._named_files.setdefault((file.kind, file.digest), file)
            return True
        places = self._places(stored.index, link)
        self._broken.add(stored.index)
        if link.statement is not None and problems[-1][0] not in (Rule.AUTHORITY, Rule.STATEMENT):
            # What the ledger acted upon goes on to count, so that one broken link is one finding.
            with suppress(AssertionError, KeyError, TypeError):
                self.replay.state.apply(link)
        self._lose(stored.index, places, stored.hash)
        for rule, reason in problems:
            self._find_at(rule, reason, stored.index, places)
        return False

    def _places(self, index: int, link: Link) -> list[ItemAt]:
        """Where a broken link stands by the columns beside it, or else by its own members."""
        if len(self._broken) < _NAMED:  # each look is a walk over the table
            places = self._live.items_at([index]).get(index)
            if places:
                return places
        return [ItemAt(ref.item, link.actor, ref.seq) for ref in link.items]

    def _verified(self, index: int, link: Link) -> bytes | None:
        """The key to take a signature as verified under, where it is not asked to be checked."""
        if self._signatures is None or link.statement is not None or index in self._signatures:
            return None
        key = self.replay.state.key(link.keyid)
        return None if key is None else public.load(key.spki).spki

    def _tree(self, index: int, stored: StoredLink | None) -> None:
        if stored is None:
            self._is_lost = True
        elif not self._is_lost:
            leaf = bytes.fromhex(link_hash(stored.entry))
            self._edge.append(leaf)
            self._tiles.add(leaf)
            self._stored_edge.append(bytes.fromhex(stored.hash))
        while self._next is not None and self._next.size <= index + 1:
            self._checkpoint(self._next, index + 1)
            self._next = next(self._checkpoints, None)
        if self._kept is not None and self._kept.size == index + 1 and not self._is_lost:
            self._compare(self._kept, "the kept checkpoint")

    def _checkpoint(self, checkpoint: StoredCheckpoint, size: int) -> None:
        self.report.checkpoints += 1
        self.report.newest = checkpoint
        if checkpoint.committed < self._committed:
            self._find(Kind.CHECKPOINT, f"the commit time of size {checkpoint.size} goes back")
        self._committed = max(self._committed, checkpoint.committed)
        if checkpoint.size != size:
            self._find(Kind.CHECKPOINT, f"a checkpoint of size {checkpoint.size} is out of order")
        elif not self._is_lost:
            self._compare(checkpoint, f"the checkpoint of size {size}")

    def _compare(self, checkpoint: StoredCheckpoint, name: str) -> None:
        try:
            signed = open_checkpoint(checkpoint.note, self._trust.log)
        except LogError as error:
            self._find(Kind.CHECKPOINT, f"{name}: {error}")
            return
        if signed.size != checkpoint.size:
            self._find(Kind.CHECKPOINT, f"{name} says size {signed.size}")
        elif signed.root in (self._edge.root(), self._stored_edge.root()):
            # Where only the stored hashes give the root, the entries' own findings say which.
            self._good_size = checkpoint.size
        elif checkpoint is self._kept:
            # Whoever rewrites with the log's key has signed checkpoints of his own all along.
            self._find(
                Kind.LOG,
                f"{name} signs another tree of {checkpoint.size} links: this ledger was rewritten, "
                "or is a fork",
            )
        else:
            self._is_lost = True
            self._rewritten(self._good_size, checkpoint.size, name)

    def _rewritten(self, start: int, stop: int, name: str) -> None:
        """Name the links that a signed root does not cover, unless broken ones explain it."""
        if any(start <= index < stop for index in self._broken):
            return
        for stored in islice(self._live.links(start, stop), _NAMED):
            if self._tiles.agrees(stored.index, link_hash(stored.entry)):
                continue  # the tile was written with this link
            link = parse(stored.entry)
            alone = stop - start == 1
            self._find_at(
                Kind.LOG,
                f"{name} signs another link here"
                if alone
                else f"{name} signs other links than those from index {start} to {stop - 1}, "
                "of which this is one",
                stored.index,
                [ItemAt(ref.item, link.actor, ref.seq) for ref in link.items],
            )

    def _end(self, met: int) -> None:
        report, state = self.report, self._live.log_state()
        self._watch(Phase.LOG, len(report.findings))
        report.root = self._edge.root()
        if self._next is not None:
            self._find(
                Kind.MISSING,
                f"a checkpoint of size {self._next.size} is there, the links up to it are not",
            )
        newest = report.newest
        if met and (newest is None or newest.size != met) and self._next is None:
            self._find(Kind.CHECKPOINT, f"no checkpoint covers the {met} links")
        if self._is_lost or self._broken:
            return
        for fault in (*self._tiles.end(), *cosigned_problems(self._live, self._trust, self._edge)):
            self._find(Kind.PROJECTION, fault)
        last = self._live.last_standing()
        if state.standing != last:
            self._find(
                Kind.PROJECTION,
                f"log_state: standing is {state.standing}, the last statement gives {last}",
            )
        stored = (state.size, bytes(state.root), bytes(state.edge), state.committed)
        if stored != (met, report.root, self._edge.encode(), self._committed):
            self._find(Kind.PROJECTION, "log_state: size, root, edge or time is not the tree's")

    # What stands beside the entries.

    def projections(self) -> None:
        with self.replay.reading() as scratch:
            self._differ(differences(self._live, scratch, followed=False))
        for act, digest in self.replay.unlisted.items():
            self._find(Kind.PROJECTION, without_list(digest), index=act)

    def follow(self, cursors: dict[str, int], ledger: Ledger) -> None:
        names = ledger.followers.names
        for name in names:
            if not 0 <= cursors.get(name, 0) <= self.report.size:
                reason = f"follower {name} is at {cursors[name]}, of {self.report.size} links"
                self._find(Kind.PROJECTION, reason)
        stops = {name: max(0, min(cursors.get(name, 0), self.report.size)) for name in names}
        if not self._broken:  # else derived rows cannot be distinguished from broken ones
            self.replay.follow(stops)
            with self.replay.reading() as scratch:
                self._differ(differences(self._live, scratch, followed=True))
        self._watch(Phase.FINDINGS, len(self.report.findings))
        look_at_files(ledger, self._named_files.values(), self.report)
        look_beside(self._live, ledger.home, self.report)
        add_notices(self._live, self._trust, self.report)

    def _differ(self, differing: Iterable[Difference]) -> None:
        for difference in differing:
            pair = (difference.item or "", difference.actor or "")
            if difference.derived is None and difference.leaf in self._broken:
                continue
            if difference.table == "chain" and pair in self._pairs:
                continue
            if difference.table == "subject" and any(difference.item in p for p in self._pairs):
                continue
            if difference.table in ("party", "registrar", "coder", "act", "scope") and self._broken:
                continue
            if difference.table == "scope" and difference.key[1] in self.replay.unlisted:
                continue
            place = (difference.item, difference.actor, difference.seq, difference.leaf)
            self.report.findings.append(Finding(str(Kind.PROJECTION), difference.reason, *place))

    def _find_at(self, rule: str, reason: str, index: int, places: list[ItemAt]) -> None:
        for place in places:
            at = (place.item, place.actor, place.seq, index)
            self.report.findings.append(Finding(str(rule), reason, *at))
        if not places:
            self._find(rule, reason, index=index)

    def _find(self, rule: str, reason: str, *, index: int | None = None) -> None:
        self.report.findings.append(Finding(str(rule), reason, index=index))
