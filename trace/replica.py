"""A replica: another's ledger, read over HTTP alone, each entry decided again by every rule.

The log is believed only where it signed: an entry is taken in once it is shown to be under a
checkpoint of the log's, and that one to be consistent with all checkpoints met before.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from suyuan.keys import base64, notes
from suyuan.keys.notes import Note

from . import chain, statements
from .checking import Checkers, Offer, keyid_in
from .errors import CannotDecide, FetchError, Tampered
from .findings import Finding
from .link import Link, parse
from .log import merkle, proofs
from .log.checkpoint import Checkpoint, open_checkpoint
from .log.client import LogClient
from .log.errors import LogError
from .log.proofs import HashReader
from .log.tiles import HEIGHT, WIDTH
from .rules import Head, Refused, Rule
from .state import State
from .store.errors import StoreError
from .store.replica import ReplicaStore
from .times import micros
from .trust import Trust

NAMED = 20  # broken links that are named
_LOOKED = 20_000  # entries behind the first broken one that are looked at to name more
_BATCH = 2_048
_BATCH_BYTES = 8 << 20

Progress = Callable[[int, int], None]
Checked = list[tuple[bytes, Offer | Refused]]


class Broken(Tampered):
    """Links under the log's own signature break rules: the first of them, and that note."""

    def __init__(self, reason: str, findings: Sequence[Finding], note: str) -> None:
        super().__init__(reason)
        self.findings = tuple(findings)
        self.notes = (note,)


class Forked(Tampered):
    """The log signed two histories: both notes, that of the smaller tree first.

    `proof` are the hashes by which the two are seen not to be one, as a consistency proof has
    them: from them comes the root of the larger and not that of the smaller. None for one size.
    """

    def __init__(self, reason: str, notes: tuple[str, str], proof: Sequence[bytes]) -> None:
        super().__init__(reason)
        self.notes = notes
        self.proof = tuple(proof)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint and the note that says so."""

    note: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Advanced:
    """How far a replica is: `size` links decided; whether those are all that were asked for."""

    size: int
    is_whole: bool


def check_grown(old: Signed, new: Signed, reader: HashReader) -> None:
    """Raise Forked unless `old` is a beginning of `new`, whose hashes `reader` gives.

    The reader's are shown to be the new tree's (`LogClient.hashes`), or are one's own. Raises what
    reading raises: LogError where the log serves another tree than it signed, FetchError where it
    serves none. Then nothing is said of the two.
    """
    one, two = old.checkpoint, new.checkpoint
    proof = proofs.consistency(one.size, two.size, reader)
    try:
        proofs.check_consistency(one.size, one.root, two.size, two.root, proof)
    except LogError:
        if one.size == two.size:
            reason = f"the log signed two roots for its first {one.size} links"
        else:
            reason = (
                f"the log signed {two.size} links that do not begin with the {one.size} that it "
                "signed before: it was rewritten, or is a fork"
            )
        raise Forked(reason, (old.note, new.note), proof) from None


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

    def verified(self) -> Signed | None:
        """The newest checkpoint all of whose links were decided."""
        found = self.store.verified()
        return None if found is None else self._signed(found.note)

    def check(self) -> None:
        """Raise Broken or Forked where that was found before: a ledger stays so for good."""
        found = self.store.verdict()
        if found is None:
            return
        kind, reason, evidence = found
        kept = json.loads(evidence)
        if kind == "rule":
            raise Broken(reason, [Finding(**one) for one in kept["findings"]], kept["notes"][0])
        one, two = kept["notes"]
        raise Forked(reason, (one, two), [base64.decode(step) for step in kept["proof"]])

    def advance(
        self,
        client: LogClient,
        note: str,
        *,
        until: float | None = None,
        progress: Progress | None = None,
    ) -> Advanced:
        """Read and decide all that the checkpoint in `note` covers and that is not here yet.

        What was read is kept as it goes, so that after an interruption it goes on there; `until`
        is a `time.monotonic()` at which it pauses by itself. A smaller checkpoint is compared with
        what is here. Raises Forked or Broken, which stays the answer from then on; LogError where
        the log serves other than what it signed, or `note` is none of its; CannotDecide where it
        does not serve it, or where a statement is newer than this program; StoreError where the
        replica itself fails.
        """
        wanted = self._signed(note)
        with self.store.locked():
            self.check()
            self.store.forget()
            try:
                reader = self._anchor(client, wanted)
                self.store.learn(wanted.checkpoint, wanted.note, _now())
                return self._read(client, wanted, reader, until, progress)
            except Forked as error:
                steps = [base64.encode(step) for step in error.proof]
                self._condemn("fork", error, {"notes": error.notes, "proof": steps})
                raise
            except Broken as error:
                found = [one.to_dict() for one in error.findings]
                self._condemn("rule", error, {"notes": error.notes, "findings": found})
                raise

    def _condemn(self, kind: str, error: Exception, evidence: dict[str, Any]) -> None:
        text = json.dumps(evidence, ensure_ascii=False)
        self.store.condemn(kind, str(error), text, _now())

    def _signed(self, note: str) -> Signed:
        """The note with the log's own line only; what else stands below it is not looked at."""
        found = open_checkpoint(note, self.trust.log)
        parsed = notes.parse(note)
        line = parsed.line(self.trust.log)
        assert line is not None
        return Signed(Note(parsed.text, (line,)).encode(), found)

    # Consistency with what was met before.

    def _anchor(self, client: LogClient, wanted: Signed) -> HashReader:
        """The hashes of the wanted tree, once it is consistent with every checkpoint known."""
        size = wanted.checkpoint.size
        reader = client.hashes(wanted.checkpoint)
        here = self.store.size()
        if size <= here:
            self._compare(client, wanted)
            return reader
        known = self.store.newest()
        if known is not None:
            top = self._signed(known.note)
            if top.checkpoint.size <= size:
                check_grown(top, wanted, reader)
            else:
                check_grown(wanted, top, client.hashes(top.checkpoint))
        if self.store.root(here) != proofs.root(here, reader):
            raise self._damaged()
        return reader

    def _compare(self, client: LogClient, wanted: Signed) -> None:
        """Hold a checkpoint that is not larger than what is here against it.

        Where the two differ it is seen first that what is here is still what the log signed.
        """
        size = wanted.checkpoint.size
        ours = self.store.root(size)
        if ours == wanted.checkpoint.root:
            return
        cover = self.store.covering(size)
        if cover is None:  # of no links, and none were ever signed
            raise LogError(f"a checkpoint of {size} links with another root than theirs")
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
        raise Forked(
            f"the log signed another root for its first {size} links than it signed before",
            (wanted.note, other.note),
            proof,
        )

    def _damaged(self) -> StoreError:
        return StoreError(
            f"the replica in {self.store.folder} is damaged: remove it, so that it is read anew"
        )

    # Reading and deciding.

    def _read(
        self,
        client: LogClient,
        wanted: Signed,
        reader: HashReader,
        until: float | None,
        progress: Progress | None,
    ) -> Advanced:
        here, total = self.store.size(), wanted.checkpoint.size
        if here >= total:
            return Advanced(here, is_whole=True)
        coming = self._checked(self._bundles(client, wanted.checkpoint, reader, here))
        with ThreadPoolExecutor(1, "reading") as ahead:
            try:
                following = ahead.submit(next, coming, None)
                while (checked := self._result(following.result)) is not None:
                    following = ahead.submit(next, coming, None)
                    rest = partial(self._result, following.result)
                    here += self._take(checked, wanted, _Rest(rest, coming))
                    if progress is not None:
                        progress(here, total)
                    if until is not None and time.monotonic() > until and here < total:
                        return Advanced(here, is_whole=False)
            finally:
                following.cancel()
                ahead.shutdown(wait=True)
                coming.close()
        return Advanced(here, is_whole=True)

    def _result(self, result: Callable[[], Checked | None]) -> Checked | None:
        try:
            return result()
        except FetchError as error:
            if self.trust.entries == "private":
                raise CannotDecide(
                    f"the entries of {self.trust.origin} are private, and are not shown here "
                    f"({error}): only what they hash to can be followed"
                ) from None
            raise

    def _bundles(
        self, client: LogClient, checkpoint: Checkpoint, reader: HashReader, start: int
    ) -> Iterator[list[bytes]]:
        """Entries from `start` on in runs up to the next multiple of 256, each shown to be right.

        Right is what the checkpoint covers. LogError, with the first index, for others.
        """
        found: list[bytes] = []
        at = start
        for entry in client.entries(start, checkpoint.size, checkpoint.size):
            found.append(entry)
            stop = at + len(found)
            if stop % WIDTH and stop != checkpoint.size:
                continue
            leaves = [merkle.leaf_hash(one) for one in found]
            whole = [(HEIGHT, at // WIDTH)] if len(found) == WIDTH else []
            if not whole or reader.read(whole) != [merkle.root(leaves)]:
                right = reader.read([(0, index) for index in range(at, stop)])
                for index, leaf, other in zip(range(at, stop), leaves, right, strict=True):
                    if leaf != other:
                        raise LogError(
                            f"the entry {index} that is served is not the one that the log's "
                            f"checkpoint of {checkpoint.size} entries covers"
                        )
            yield found
            at, found = stop, []

    def _checked(self, bundles: Iterator[list[bytes]]) -> Generator[Checked, None, None]:
        """What can be checked of entries by themselves, in batches that fit into memory."""
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
        known = dict(self._spkis)
        unknown = {keyid_in(entry) for entry in entries} - known.keys() - {""}
        if unknown:
            self._spkis |= self.store.spkis(unknown)
            known = dict(self._spkis)
        return list(zip(entries, self._checkers.check(entries, known), strict=True))

    def _take(self, checked: Checked, wanted: Signed, rest: "_Rest") -> int:
        """Decide a batch and write it, if no link of it breaks a rule; how many links it has."""
        with self.store.batch() as batch:
            batch.prefetch([one.link for _, one in checked if isinstance(one, Offer)])
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


@dataclass(slots=True)
class _Rest:
    """The batches behind the present one: the next is under way already."""

    following: Callable[[], Checked | None]
    coming: Iterator[Checked]

    def batches(self) -> Iterator[Checked]:
        first = self.following()
        if first is not None:
            yield first
            yield from self.coming


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
                self._unreadable(entry, one)
                continue
            try:
                chain.decide(one.link, self.state, verified=one.verified)
            except Refused as refused:
                self._broken(one.link, refused)
            else:
                self.accepted.append((self.state.apply(one.link), one.link))

    def go_on(self, rest: _Rest) -> None:
        """Look for more broken links, within bounds."""
        looked = 0
        try:
            for checked in rest.batches():
                if len(self.findings) >= NAMED or looked >= _LOOKED:
                    return
                looked += len(checked)
                self.take(checked)
        except (LogError, CannotDecide):
            return  # what was found stands

    def broken(self, note: str) -> Broken:
        first = self.findings[0]
        more = len(self.findings) - 1
        tail = f", and {more} more" if more else ""
        return Broken(
            f"the link at index {first.index} breaks rule {first.rule}: {first.reason}{tail}",
            self.findings,
            note,
        )

    def _unreadable(self, entry: bytes, refused: Refused) -> None:
        index = self.state.size
        if refused.rule is Rule.MEMBERS and not self.findings:
            _require_known(entry, index)
        self.findings.append(Finding(str(refused.rule), refused.what, index=index))
        self.state.adopt(index, {})

    def _broken(self, link: Link, refused: Refused) -> None:
        index, ref = self.state.size, link.items[0]
        self.findings.append(
            Finding(str(refused.rule), refused.what, ref.item, link.actor, ref.seq, index)
        )
        # What the ledger acted upon goes on to count, so that one broken link is one finding.
        if refused.rule not in (Rule.AUTHORITY, Rule.STATEMENT):
            try:
                self.state.apply(link)
                return
            except (AssertionError, KeyError, TypeError):
                pass
        heads = {(ref.item, link.actor): Head(ref.seq, link.hash) for ref in link.items}
        self.state.adopt(index, heads)


def _require_known(entry: bytes, index: int) -> None:
    """Raise CannotDecide for a statement of a later version than this program's."""
    try:
        statement = parse(entry, newer=True).statement
    except Refused:
        return
    if statements.is_newer(statement):
        raise CannotDecide(
            f"the link at index {index} is a statement that this program does not know: with a "
            "newer suyuan it can be decided"
        )


def _now() -> int:
    return micros(datetime.now(UTC))
