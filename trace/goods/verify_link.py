"""One stored link, verified on the spot against what the store holds of its past.

This is what a page can do at each request: bytes, hash, form, signature, the key's validity, the
place in the chain. Whether the whole log is what its checkpoint signs is the audit's to say.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from suyuan.keys.errors import BadKey
from suyuan.keys.validity import Key, Party
from suyuan.trace.admission import chain
from suyuan.trace.admission.ownership import candidates, is_owned_by_another, owner_of
from suyuan.trace.admission.state import Genesis, State
from suyuan.trace.findings.finding import Kind
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.link import Link, link_hash, parse, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.statements import EXAMINERS
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.read.log_reader import StoredCheckpoint, StoredLink
from suyuan.trace.store.read.reader import Reader

from .verdicts import registers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link must stand; `prev` is None for the first, `...` where the one before is gone."""

    item: str
    actor: str
    seq: int
    prev: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that a stored link breaks, and why."""

    rule: str
    why: str


def text_of(entry: bytes) -> str | None:
    """An entry's text; None where it is no UTF-8."""
    try:
        return entry.decode("utf-8")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class Checked:
    """A stored link with its problems; `link` is None where its bytes cannot be read.

    `logged` is the commit time of the first checkpoint that covers it, as the server has it;
    `witnessed` by when witnesses had cosigned the first such one that was kept, None until then.
    """

    index: int
    hash: str
    link: Link | None
    problems: tuple[Problem, ...]
    key: Key | None
    logged: datetime | None
    witnessed: datetime | None = None

    @property
    def recorded(self) -> datetime | None:
        """The time that counts for duties and deadlines (section 2 of the format)."""
        return self.logged if self.witnessed is None else self.witnessed

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    @property
    def is_lost_key(self) -> bool:
        """Whether its key is reported lost since before it."""
        return self.key is not None and self.key.reported_lost_at(self.index)

    @property
    def is_mandated(self) -> bool:
        """Whether another party than the actor signed it."""
        return self.link is not None and self.key is not None and self.key.party != self.link.actor


class _Checkpoints:
    """Checkpoints of one kind; `find` gives the first behind an index, and since which index."""

    def __init__(self, find: Callable[[int], tuple[StoredCheckpoint | None, int]]) -> None:
        self._find = find
        self._spans: list[tuple[int, StoredCheckpoint | None]] = []

    def behind(self, index: int) -> StoredCheckpoint | None:
        at = bisect_right(self._spans, index, key=itemgetter(0)) - 1
        if at >= 0 and ((known := self._spans[at][1]) is None or index < known.size):
            return known
        checkpoint, start = self._find(index)
        insort(self._spans, (start, checkpoint), key=itemgetter(0))
        return checkpoint


class Verifier:
    """Checks stored links of one ledger over one reader."""

    def __init__(self, reader: Reader, genesis: Genesis) -> None:
        self._reader = reader
        self._genesis = genesis
        self._book = State(genesis, reader)  # asks for each key and party once
        self._covering = _Checkpoints(reader.checkpoint_span)
        self._kept = _Checkpoints(lambda index: (reader.kept(index), index))
        self._enrolled: dict[str, bool] = {}
        self._examiners: dict[str, bool] = {}
        self._statements: dict[int, Link | None] = {}
        self._owned: dict[str, Object | None] = {}

    def check(self, stored: StoredLink, *, asks_witnessed: bool = True) -> Checked:
        """A stored link checked by itself and by who may sign.

        `asks_witnessed`: False where the recorded time is not needed.
        """
        problems: list[Problem] = []
        digest = link_hash(stored.entry)
        if digest != stored.hash:
            problems.append(Problem("entry", "the stored bytes are not those of the stored hash"))
        committed = stored.logged
        if committed is None and (covering := self._covering.behind(stored.index)) is not None:
            committed = covering.committed
        if committed is None:
            problems.append(Problem("log", "no checkpoint covers it"))
        link: Link | None = None
        key: Key | None = None
        try:
            link = parse(stored.entry)
            if link.ledger != self._genesis.origin:
                raise Refused(Rule.LEDGER, msg("it is a link of %s", link.ledger[:80]))
            key = self._book.key(link.keyid)
            self._key(link, key, stored.index)
            chain.items(link)
        except Refused as refused:
            problems.append(Problem(refused.rule, refused.reason))
        except BadKey as error:
            problems.append(Problem(Rule.KEY, f"the store's key is {error}"))
        except (TypeError, ValueError, KeyError) as error:  # of columns that were changed
            why = msg("what the store keeps of its signer cannot be read: %s", type(error).__name__)
            problems.append(Problem(str(Kind.PROJECTION), str(why)))
        logged = None if committed is None else from_micros(committed)
        first_kept = self._kept.behind(stored.index) if asks_witnessed else None
        try:
            witnessed = None if first_kept is None else from_micros(first_kept.committed)
        except (OverflowError, TypeError):  # of a column that was changed
            witnessed = None
        return Checked(stored.index, digest, link, tuple(problems), key, logged, witnessed)

    def about(self, uri: str, most: int | None = None) -> Iterator[Checked]:
        """The links about a subject, by whomever, each checked; of each chain the last `most`."""
        for head in self._reader.chains(uri):
            since = 0 if most is None else max(0, head.seq + 1 - most)
            for _, stored in self._reader.chain_links(uri, head.actor, since=since):
                if stored is not None:
                    yield self.check(stored)

    def place(self, checked: Checked, place: Place) -> Checked:
        """The checked link, with the problems of its place in a chain added."""
        if (link := checked.link) is None:
            return checked
        ref = next((ref for ref in link.items if ref.item == place.item), None)
        why = None
        if link.actor != place.actor or ref is None:
            why = msg("it is no link of %s about %s", place.actor, place.item)
        elif ref.seq != place.seq:
            why = msg("it says number %s, and stands as number %s", ref.seq, place.seq)
        elif place.prev not in ("...", ref.prev):
            why = msg("it does not name the link that stands before it")
        if why is None:
            return checked
        problems = (*checked.problems, Problem(Rule.CHAIN, str(why)))
        return replace(checked, problems=problems)

    def party(self, uri: str) -> Party | None:
        """A party that was ever admitted, asked for once."""
        return self._book.party(uri)

    def part_of(self, uri: str) -> str | None:
        """The firm of a party, by its last registration."""
        party = self.party(uri)
        return None if party is None else party.part_of

    def statement(self, index: int) -> Link | None:
        """The link at an index where it verifies by itself, looked at once."""
        if index not in self._statements:
            stored = self._reader.logged_link(index)
            checked = None if stored is None else self.check(stored, asks_witnessed=False)
            self._statements[index] = checked.link if checked and checked.is_good else None
        return self._statements[index]

    def is_examiner(self, uri: str) -> bool:
        """Whether the authority itself has registered a party to examine for others.

        By the authority's newest registration, read from the statement; what a registrar says,
        before it or after, counts for nothing.
        """
        if uri not in self._examiners:
            head = self._reader.chain_head(uri, self._genesis.authority)
            last = -1 if head is None else head.seq
            roles = self._newest(uri, last, lambda link: registers(link, uri))
            self._examiners[uri] = any(role in EXAMINERS for role in roles or ())
        return self._examiners[uri]

    def _newest(self, uri: str, last: int, read: Callable[[Link], T | None]) -> T | None:
        """The first value of `read` over the authority's statements on a URI, newest first."""
        for seq in range(last, -1, -1):
            stored = self._reader.in_chain(uri, self._genesis.authority, seq)
            link = None if stored is None else self.statement(stored.index)
            value = None if link is None else read(link)
            if value is not None:
                return value
        return None

    def is_lost(self, index: int, link: Link) -> bool:
        """Whether the key of the link at an index is reported lost since before it."""
        key = self._book.key(link.keyid)
        return key is not None and key.reported_lost_at(index)

    def is_foreign(self, item: str, actor: str) -> bool:
        """Whether the authority assigned an item to another than the actor or its firm."""
        owned = candidates(item) if item.startswith(f"{ID}/") else []
        new = [uri for uri in owned if uri not in self._owned]
        heads = self._reader.heads([(uri, self._genesis.authority) for uri in new]) if new else {}
        for (uri, _), head in heads.items():
            last = -1 if head is None else head.seq
            self._owned[uri] = self._newest(uri, last, _ownership)
        owner = owner_of(item, self._owned.get)
        firm = None if owner is None else self.part_of(actor)
        return is_owned_by_another(item, actor, owner, firm=firm)

    def _key(self, link: Link, key: Key | None, index: int) -> None:
        """Raise Refused or BadKey where the key is not good for the link, or did not sign it."""
        spki = chain.key(link, self._book, index)
        is_root = link.keyid == self._genesis.root_keyid
        if not is_root and key is not None and not self._is_enrolled(key):
            why = msg("key %s… is not what index %s enrols", key.keyid[:16], key.enrolled)
            raise Refused(Rule.KEY, why)
        chain.signature(link, spki)

    def _is_enrolled(self, key: Key) -> bool:
        if key.keyid not in self._enrolled:
            stored = self._reader.link(key.enrolled)
            is_whole = stored is not None and link_hash(stored.entry) == stored.hash
            link = readable(stored.entry) if stored is not None and is_whole else None
            statement = (None if link is None else link.statement) or {}
            members = [statement.get(name) for name in ("type", "op", "keyid", "party")]
            self._enrolled[key.keyid] = members == ["key", "enrol", key.keyid, key.party]
        return self._enrolled[key.keyid]


def _ownership(link: Link) -> Object | None:
    statement = link.statement or {}
    return statement if statement.get("type") == "ownership" else None
