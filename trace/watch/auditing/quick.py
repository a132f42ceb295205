"""The quick audit: parts of the links and of the tables to all cores, and the sums compared."""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.log.policy import Policy, check
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.recording.committed_files import NamedFile
from suyuan.trace.store.append.tiling import full_tile, split
from suyuan.trace.store.append.workers import Pool, WorkerDied
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.rederive import Clashes, Range, clashes, touched_since
from suyuan.trace.store.rebuild.scan import ROWS, Snapshot, snapshot

from . import derived, tasks
from .audit_progress import Phase, Watch, nobody
from .audited_prefix import Prefix
from .derived import Given
from .key_validity import KeyValidity
from .part import Part, Task
from .sums import Sums
from .table_sums import Rows, Summed

PART = 2_048  # links to a part: whole tiles
MANY = 50_000  # links since the last audit, beyond which everything is made anew
_TRIES = 20
_RUN = f"{tasks.__name__}:run"

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Audited:
    """What was found of a ledger as of `size` links; nothing is wrong unless `odd` says so."""

    size: int
    odd: list[str] = field(default_factory=list)
    checkpoints: int = 0
    root: bytes = b""
    newest: StoredCheckpoint | None = None
    files: list[NamedFile] = field(default_factory=list)


def audit(
    ledger: Ledger,
    *,
    kept: str | None = None,
    progress: Progress | None = None,
    prefix: Prefix | None = None,
    save: Callable[[Prefix], None] | None = None,
    watch: Watch = nobody,
) -> Audited | None:
    """Audit a ledger; None where its followers are behind, so that a quick look is not enough.

    What was checked before, `prefix`, is hashed again and not decided again; `save` is called with
    the prefix after each few parts. Raises LogError where `kept` is no checkpoint of this log.
    """
    for _ in range(_TRIES):  # links that come in between are followed too
        size = ledger.followers.catch_up()
        with ledger.reading(patient=True) as live:
            cursors = live.cursors()
            if live.size() != size or any(cursors[name] != size for name in ledger.followers.names):
                continue
            run = _Run(ledger, snapshot(live), live, prefix or Prefix.new(), progress, watch=watch)
            try:
                run.all(kept, save)
            finally:
                run.pool.close()
            return run.audited
    return None


class _Run:
    def __init__(
        self,
        ledger: Ledger,
        seen: Snapshot,
        live: Reader,
        prefix: Prefix,
        progress: Progress | None,
        *,
        watch: Watch,
    ) -> None:
        self._watch = watch
        self._ledger = ledger
        self._seen = seen
        self._live = live
        self._prefix = prefix
        self._progress = progress
        self._known = prefix  # of whole parts, to be kept
        self._ranges: dict[Range, int] = {}
        self._tail: list[bytes] = []
        self._clashes = Clashes()
        self.audited = Audited(seen.size)
        self.pool = Pool(os.cpu_count() or 1)

    def all(self, note: str | None, save: Callable[[Prefix], None] | None) -> None:
        marks = self._marks(note)
        try:
            self._watch(Phase.LINKS, 0)
            self._again(marks)
            self._links(marks, save)
            if not self.audited.odd:
                self._watch(Phase.PROJECTIONS, 0)
                self._tables()
        except WorkerDied as error:
            self._odd(f"a process of the audit ended: {error}")
        if not self.audited.odd:
            self._watch(Phase.LOG, 0)
            self._tree()
        if not self.audited.odd:
            self._standing()
        if not self.audited.odd and save is not None:
            self._known.ranges, self._known.followed = self._ranges, self._seen.size
            save(self._known)

    def _odd(self, *problems: str) -> None:
        self.audited.odd += problems

    # What must be in the past of the tree: checkpoints kept elsewhere, and cosigned ones.

    def _marks(self, old_note: str | None) -> dict[int, bytes]:
        trust = self._ledger.trust
        marks: dict[int, bytes] = {}
        policy = None if trust.policy == "none" else Policy.parse(trust.policy)
        for size, note, at in self._seen.cosigned:
            try:
                witnessed = check(note, trust.log, policy)
            except LogError as error:
                self._odd(f"the cosigned checkpoint of size {size}: {error}")
                continue
            if witnessed.checkpoint.size != size or not 0 < size <= self._seen.size:
                self._odd(f"the cosigned checkpoint of size {size} has another size")
            if witnessed.time is not None and witnessed.time * 1_000_000 != at:
                self._odd(f"the cosigned checkpoint of size {size} has another time")
            marks[size] = witnessed.checkpoint.root
        if old_note is not None:
            old = open_checkpoint(old_note, trust.log)
            if old.size > self._seen.size or marks.get(old.size, old.root) != old.root:
                self._odd(f"the kept checkpoint of size {old.size} is not in this ledger's past")
            if old.size == 0 and old.root != Edge().root():
                self._odd("the kept checkpoint of size 0 has another root")
            marks[old.size] = old.root
        return marks

    # Links.

    def _task(self, start: int, stop: int, marks: dict[int, bytes], *, only_hashes: bool) -> Task:
        trust = self._ledger.trust
        return Task(
            url=self._ledger.database.url,
            genesis=trust.genesis,
            log=str(trust.log),
            key=self._prefix.key,
            start=start,
            stop=stop,
            only_hashes=only_hashes,
            marks={size: root for size, root in marks.items() if start < size <= stop},
        )

    def _again(self, marks: dict[int, bytes]) -> None:
        """Hash again what was checked before: its tiles and checkpoints are what they were."""
        known, sums = self._prefix, Sums(self._prefix.key)
        tiles: list[bytes] = []
        if known.size > self._seen.size:
            self._odd(f"{known.size} links were there, and there are {self._seen.size} now")
            return
        tasks = (
            (_RUN, self._task(start, start + PART, marks, only_hashes=True))
            for start in range(0, known.size, PART)
        )
        for part in self.pool.ask(tasks):
            self._odd(*part.odd)
            tiles += part.tiles
            sums.merge(part.sums)
            self._newest(part)
            self._tell(part.stop)
        if tiles != known.tiles or sums.found.get("checkpoint") != known.sums.get("checkpoint"):
            self._odd("links or checkpoints that were audited before are others now")

    def _links(self, marks: dict[int, bytes], save: Callable[[Prefix], None] | None) -> None:
        size, known = self._seen.size, self._prefix
        tasks = (
            (_RUN, self._task(start, min(start + PART, size), marks, only_hashes=False))
            for start in range(known.size, size, PART)
        )
        last: Part | None = None
        for part in self.pool.ask(tasks):
            self._odd(*part.odd)
            if self.audited.odd:
                return
            if part.committed is not None and part.committed[0] < known.committed:
                self._odd(f"the commit time goes back after size {known.size}")
            self._newest(part)
            self._tell(part.stop)
            if part.stop - part.start == PART:
                known.add(part)
                if save is not None and part.stop % (PART * 16) == 0:
                    save(known)
            else:
                last = part
        if save is not None:
            save(known)
        self._prefix = known = known.copy()
        if last is not None:
            known.add(last)
            self._tail = last.tail

    def _newest(self, part: Part) -> None:
        if part.newest is not None:
            self.audited.newest = StoredCheckpoint(*part.newest)

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._seen.size)

    # The tree.

    def _tree(self) -> None:
        seen, known = self._seen, self._prefix
        self.audited.checkpoints = known.checkpoints
        level, below = 0, known.tiles
        while len(below) >= WIDTH:
            above = []
            for number in range(len(below) // WIDTH):
                tile = full_tile(level + 1, number, below[number * WIDTH : (number + 1) * WIDTH])
                above.append(tile.root)
                if self._live.tile(level + 1, number) != tile.hashes:
                    self._odd(f"tile {level + 1}/{number} is not the tree's")
            level, below = level + 1, above
        edge = Edge()
        for number, root in enumerate(known.tiles):
            self._carry(edge, number, root)
        for leaf in self._tail:
            edge.append(leaf)
        self.audited.root = root = edge.root()
        if seen.log_state != (seen.size, root, edge.encode(), known.committed):
            self._odd("log_state: size, root, edge or time is not the tree's")
        newest = self.audited.newest
        if seen.size and (newest is None or newest.size != seen.size):
            self._odd(f"no checkpoint covers the {seen.size} links")
        tiles = sum(seen.size >> shift for shift in range(8, 64, 8))
        roots = {row[:2]: row[2] for row in seen.tile_roots}
        if len(roots) != tiles or any(
            roots.get((0, n)) != known.tiles[n] for n in range(len(known.tiles))
        ):
            self._odd("tiles are missing, too many, or have other roots")
        for (lev, number), root in roots.items():
            if (
                lev
                and full_tile(lev, number, split(self._live.tile(lev, number) or b"")).root != root
            ):
                self._odd(f"tile {lev}/{number} has another root")

    @staticmethod
    def _carry(edge: Edge, number: int, root: bytes) -> None:
        """Append a full subtree of 256 leaves to an edge whose size is a multiple of that."""
        edge.size //= WIDTH
        edge.append(root)
        edge.size *= WIDTH

    # Tables.

    def _tables(self) -> None:
        total: dict[str, Summed] = {}
        for summed in self.pool.ask(self._row_tasks()):
            self._odd(*summed.odd)
            whole = total.setdefault(summed.table, summed)
            if whole is not summed:
                sums = Sums(self._prefix.key)
                sums.found = whole.sums
                sums.merge(summed.sums)
                whole.ranges |= summed.ranges
                whole.used |= summed.used
                whole.named |= summed.named
                whole.coded |= summed.coded
                whole.count += summed.count
        self._ranges = total["lineage"].ranges if "lineage" in total else {}
        totals: dict[str, int] = {}
        for summed in total.values():
            totals |= summed.sums
        codes = total.get("code", Summed("code"))
        is_short = totals.get("code", 0) != self._prefix.sums.get("code", 0)
        if is_short or codes.named != codes.coded:
            totals["code"] = self._clashing(codes, totals)
        for name in ("chain", "link_item", "event", "follows", "code", "coder"):
            if totals.get(name, 0) != self._prefix.sums.get(name, 0):
                self._odd(f"table {name} is not what the links give")
        self._odd(*self._counts(total))

    def _clashing(self, codes: Summed, totals: dict[str, int]) -> int:
        """The sum of the codes with those that are rightly another's; the rest is odd."""
        self._clashes = clashes(self._live, self._ledger.trust.host)
        self._odd(*self._clashes.odd[:20])
        codes.named |= self._clashes.named
        codes.coded |= self._clashes.coded
        sums = Sums(self._prefix.key)
        sums.found["code"] = totals.get("code", 0)
        for item, actor in self._clashes.chains:
            sums.add("code", sums.chain(item, actor))
        return sums.found["code"]

    def _row_tasks(self) -> Iterator[tuple[str, Any]]:
        seen = self._seen
        known = self._still_known()
        for table, cuts in (
            ("chain", seen.chains),
            ("subject", seen.subjects),
            ("event", [*range(0, seen.size, ROWS), seen.size]),
            ("follows", [*range(0, seen.size, ROWS), seen.size]),
            ("code", seen.subjects),
            ("coder", seen.subjects),
            ("lineage", seen.subjects),
            ("voided", [0, seen.size]),
        ):
            for start, stop in pairwise(cuts):
                yield _RUN, Rows(
                    self._ledger.database.url, self._prefix.key, self._ledger.trust.host,
                    table, start, stop, seen.size,
                    {part: total for part, total in known.items() if start <= part[0] < stop},
                )  # fmt: skip

    def _still_known(self) -> dict[Range, int]:
        """Sums of the rows about items on which no link bears since they were made anew."""
        known, size = self._known, self._seen.size
        if not known.ranges or not size - MANY <= known.followed <= size:
            return {}
        numbers = sorted(touched_since(self._live, known.followed, size))
        return {
            part: total
            for part, total in known.ranges.items()
            if bisect_left(numbers, part[0]) == bisect_left(numbers, part[1])
        }

    def _counts(self, total: dict[str, Summed]) -> Iterator[str]:
        seen, none = self._seen, Summed("")
        yield from seen.odd
        used = total.get("chain", none).used | seen.standing_subjects
        if len(used) != total.get("subject", none).count:
            yield "subjects are missing, or no link names them"
        codes = total.get("code", none)
        if codes.named != codes.coded or codes.count < seen.codes:
            yield "codes are missing, or too many"
        if total.get("event", none).count != seen.events:
            yield "event has rows that no link gives"
        if seen.coders != self._prefix.coders:
            yield "coder has rows that no link gives"

    # Who might sign, and what is derived.

    def _standing(self) -> None:
        known = self._prefix
        if self._seen.size and (not known.statements or known.statements[0][0] != 0):
            self._odd("the first link is no statement")
            return
        keys = KeyValidity(self._ledger.trust.genesis, self._live.at)
        links = keys.take(known.statements)
        keys.check(known.uses, known.mandated)
        self._odd(*keys.odd)
        if self.audited.odd:
            return
        self._odd(*derived.standing(self._live, keys.changes()))
        self._odd(*derived.scoped(self._live, self._ledger, links))
        given = Given(links, known.reports, known.documents, known.unclear, self._clashes.findings)
        self._odd(*derived.followed(self._live, self._ledger, given))
        self.audited.files = list(known.files.values())
