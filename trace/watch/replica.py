"""A replica: another's ledger, read over HTTP alone, each entry decided again by every rule.

The log is believed only where it signed: an entry is taken in once it is shown to be under a
checkpoint of the log's, and that one to be consistent with all checkpoints met before.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from suyuan.keys import notes
from suyuan.keys.notes import Note
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.findings.finding import Finding
from suyuan.trace.format import statements
from suyuan.trace.format.errors import CannotDecide, FetchError
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.format.times import micros
from suyuan.trace.log import merkle, proofs
from suyuan.trace.log.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.proofs import HashReader
from suyuan.trace.log.tiles import HEIGHT, WIDTH
from suyuan.trace.store.append.checking import Checkers, Offer, keyid_in
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.rebuild.replicas import ReplicaStore

from .misbehaviour import LogMisbehaved, Misbehaviour, check_grown

NAMED = 20  # broken links that are named
_LOOKED = 20_000  # entries behind the first broken one that are looked at to name more
_BATCH = 2_048
_BATCH_BYTES = 8 << 20

Progress = Callable[[int, int], None]
Checked = list[tuple[bytes, Offer | Refused]]


class Replica:
    """A ledger as of a verified size, in a folder of its own.

    Raises LedgerError where the folder holds that of another ledger, StoreError where it cannot be
    used. Several processes may open it; one at a time advances.
    """

    def __init__(self, folder: Path, trust: Trust, checkers: Checkers | None = None) -> None:
        self.trust = trust
        self.store = ReplicaStore(folder, trust)
        self._checkers = checkers if checkers is not None else Checkers()
        self._spkis = {trust.root.keyid: trust.root.spki}

    def __enter__(self) -> "Replica":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and of the worker processes."""
        self._checkers.close()
        self.store.close()

    def verified(self) -> SignedCheckpoint | None:
        """The newest checkpoint all of whose links were decided."""
        stored = self.store.verified()
        return None if stored is None else self._signed(stored.note)

    def check(self) -> None:
        """Raise LogMisbehaved where that was seen before: a ledger stays so for good."""
        verdict = self.store.verdict()
        if verdict is not None:
            kind, why, evidence = verdict
            document = {**json.loads(evidence), "kind": kind, "why": why}
            raise LogMisbehaved(Misbehaviour.from_dict(document))

    def advance(
        self,
        client: LogClient,
        note: str,
        *,
        until: float | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Read and decide all that the checkpoint in `note` covers and that is not here yet.

        How many links are decided then. What was read is kept as it goes, so that after an
        interruption it goes on there; `until` is a `time.monotonic()` at which it pauses by itself.
        A smaller checkpoint is compared with what is here. Raises LogMisbehaved for a fork or a
        broken rule, which stays the answer from then on; LogError where the log serves other than
        what it signed, or `note` is none of its; CannotDecide where it does not serve it, or where
        a statement is newer than this program; StoreError where the replica itself fails.
        """
        wanted = self._signed(note)
        with self.store.locked():
            self.check()
            self.store.forget()
            try:
                reader = self._anchor(client, wanted)
                self.store.learn(wanted.checkpoint, wanted.note, micros(datetime.now(UTC)))
                return self._read(client, wanted, reader, until, progress)
            except LogMisbehaved as error:
                seen = error.misbehaviour
                evidence = json.dumps(seen.to_dict(), ensure_ascii=False)
                self.store.condemn(seen.kind, seen.why, evidence, micros(datetime.now(UTC)))
                raise

    def _signed(self, note: str) -> SignedCheckpoint:
        """The note with the log's own line only; what else stands below it is not looked at."""
        checkpoint = open_checkpoint(note, self.trust.log)
        parsed = notes.parse(note)
        line = parsed.line(self.trust.log)
        assert line is not None
        return SignedCheckpoint(Note(parsed.text, (line,)).encode(), checkpoint)

    # Consistency with what was met before.

    def _anchor(self, client: LogClient, wanted: SignedCheckpoint) -> HashReader:
        """The hashes of the wanted tree, once it is consistent with every checkpoint known."""
        size = wanted.checkpoint.size
        reader = client.hashes(wanted.checkpoint)
        here = self.store.size()
        if size <= here:
            self._compare(client, wanted)
            return reader
        known = self.store.checkpoint()
        if known is not None:
            top = self._signed(known.note)
            if top.checkpoint.size <= size:
                check_grown(top, wanted, reader)
            else:
                check_grown(wanted, top, client.hashes(top.checkpoint))
        if self.store.root(here) != proofs.root(here, reader):
            raise self._damaged()
        return reader

    def _compare(self, client: LogClient, wanted: SignedCheckpoint) -> None:
        """Hold a checkpoint that is not larger than what is here against it.

        Where the two differ it is seen first that what is here is still what the log signed.
        """
        size = wanted.checkpoint.size
        ours = self.store.root(size)
        if ours == wanted.checkpoint.root:
            return
        cover = self.store.checkpoint(size)
        if cover is None:  # of no links, and none were ever signed
            raise LogError("a checkpoint of %s links with another root than theirs", size)
        other = self._signed(cover.note)
        large = other.checkpoint
        if large.size > self.store.size():
            check_grown(wanted, other, client.hashes(large))
            raise self._damaged()
        proof = self.store.proof(size, large.size)
        try:
            proofs.check_consistency(size, ours, large.size, large.root, proof)
        except LogError:
            raise self._damaged() from None
        why = f"the log signed another root for its first {size} links than it signed before"
        both = (wanted.note, other.note)
        raise LogMisbehaved(Misbehaviour("fork", why, both, tuple(proof)))

    def _damaged(self) -> StoreError:
        return StoreError(
            "the replica in %s is damaged: remove it, so that it is read anew", self.store.folder
        )

    # Reading and deciding.

    def _read(
        self,
        client: LogClient,
        wanted: SignedCheckpoint,
        reader: HashReader,
        until: float | None,
        progress: Progress | None,
    ) -> int:
        here, total = self.store.size(), wanted.checkpoint.size
        if here >= total:
            return here
        bundles = self._bundles(client, wanted.checkpoint, reader, here)
        with closing(_one_ahead(self._checked(bundles))) as batches:
            for batch in batches:
                here += self._take(batch, wanted, batches)
                if progress is not None:
                    progress(here, total)
                if until is not None and time.monotonic() > until:
                    break
        return here

    def _bundles(
        self, client: LogClient, checkpoint: Checkpoint, reader: HashReader, start: int
    ) -> Iterator[list[bytes]]:
        """Entries from `start` on in runs up to the next multiple of 256, each shown to be right.

        Right is what the checkpoint covers. LogError, with the first index, for others.
        """
        bundle: list[bytes] = []
        at = start
        try:
            for entry in client.entries(start, checkpoint.size, checkpoint.size):
                bundle.append(entry)
                stop = at + len(bundle)
                if stop % WIDTH and stop != checkpoint.size:
                    continue
                _require_covered(bundle, at, checkpoint, reader)
                yield bundle
                at, bundle = stop, []
        except FetchError as error:
            if self.trust.entries != "private":
                raise
            raise CannotDecide(
                "the entries of %s are private, and are not shown here (%s): only "
                "what they hash to can be followed",
                self.trust.origin,
                error,
            ) from None

    def _checked(self, bundles: Iterator[list[bytes]]) -> Generator[Checked, None, None]:
        """The entries checked by themselves, in batches that fit into memory."""
        batch: list[bytes] = []
        size = 0
        for bundle in bundles:
            batch += bundle
            size += sum(map(len, bundle))
            if len(batch) >= _BATCH or size >= _BATCH_BYTES:
                yield self._check(batch)
                batch, size = [], 0
        if batch:
            yield self._check(batch)

    def _check(self, entries: list[bytes]) -> Checked:
        known = dict(self._spkis)  # which another thread adds to
        if unknown := {keyid_in(entry) for entry in entries} - known.keys() - {""}:
            known |= self.store.spkis(unknown)
            self._spkis |= known
        return list(zip(entries, self._checkers.check(entries, known), strict=True))

    def _take(self, checked: Checked, wanted: SignedCheckpoint, rest: Iterator[Checked]) -> int:
        """Decide a batch and write it, if no link of it breaks a rule; how many links it has."""
        with self.store.batch() as batch:
            batch.prefetch([offer.link for _, offer in checked if isinstance(offer, Offer)])
            decided = _Decided(batch.state)
            decided.take(checked)
            if decided.findings:
                decided.go_on(rest)
                raise decided.broken(wanted.note)
            root, keys = batch.write(decided.accepted)
            is_last = batch.state.size == wanted.checkpoint.size
            if is_last and root != wanted.checkpoint.root:
                raise LogError("the entries that are served do not give the root that was signed")
        self._spkis |= keys
        return len(checked)


def _one_ahead(batches: Generator[Checked, None, None]) -> Generator[Checked, None, None]:
    """The batches, the next of which is read and checked in a thread meanwhile."""
    thread = ThreadPoolExecutor(1, "reading")
    try:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch
    finally:
        thread.shutdown(wait=True, cancel_futures=True)
        batches.close()


def _require_covered(
    bundle: list[bytes], start: int, checkpoint: Checkpoint, reader: HashReader
) -> None:
    """Raise LogError, with the first index, unless these are the entries from `start` on."""
    leaves = [merkle.leaf_hash(entry) for entry in bundle]
    if len(bundle) == WIDTH and reader.read([(HEIGHT, start // WIDTH)]) == [merkle.root(leaves)]:
        return
    right = reader.read([(0, index) for index in range(start, start + len(bundle))])
    for index, (leaf, other) in enumerate(zip(leaves, right, strict=True), start):
        if leaf != other:
            raise LogError(
                "the entry %s that is served is not the one that the log's "
                "checkpoint of %s entries covers",
                index,
                checkpoint.size,
            )


@dataclass(slots=True)
class _Decided:
    """Links decided one after the other; behind a broken one so as to name others, not to keep."""

    state: State
    accepted: list[tuple[int, Link]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def take(self, checked: Checked) -> None:
        for entry, one in checked:
            if len(self.findings) >= NAMED:
                return
            if isinstance(one, Refused):
                index = self.state.size
                if one.rule is Rule.MEMBERS and not self.findings:
                    _require_known(entry, index)
                self.findings.append(Finding(str(one.rule), one.reason, index=index))
                self.state.adopt(index, {})
                continue
            try:
                chain.decide(one.link, self.state, verified=one.verified)
            except Refused as refused:
                self._broken(one.link, refused)
            else:
                self.accepted.append((self.state.apply(one.link), one.link))

    def go_on(self, rest: Iterator[Checked]) -> None:
        """Look for more broken links, within bounds."""
        looked = 0
        try:
            for checked in rest:
                if len(self.findings) >= NAMED or looked >= _LOOKED:
                    return
                looked += len(checked)
                self.take(checked)
        except (LogError, CannotDecide):
            return  # what was found stands

    def broken(self, note: str) -> LogMisbehaved:
        first = self.findings[0]
        more = len(self.findings) - 1
        tail = f", and {more} more" if more else ""
        why = f"the link at index {first.index} breaks rule {first.rule}: {first.reason}{tail}"
        return LogMisbehaved(Misbehaviour("rule", why, (note,), findings=tuple(self.findings)))

    def _broken(self, link: Link, refused: Refused) -> None:
        index, ref = self.state.size, link.items[0]
        self.findings.append(
            Finding(str(refused.rule), refused.reason, ref.item, link.actor, ref.seq, index)
        )
        # What the ledger acted upon goes on to count, so that one broken link is one finding.
        if refused.rule not in (Rule.AUTHORITY, Rule.STATEMENT):
            with suppress(AssertionError, KeyError, TypeError):
                self.state.apply(link)
                return
        heads = {(ref.item, link.actor): Head(ref.seq, link.hash) for ref in link.items}
        self.state.adopt(index, heads)


def _require_known(entry: bytes, index: int) -> None:
    try:
        statement = parse(entry, newer=True).statement
    except Refused:
        return
    if statements.is_newer(statement):
        raise CannotDecide(
            "the link at index %s is a statement that this program does not know: "
            "with a newer suyuan it can be decided",
            index,
        )
