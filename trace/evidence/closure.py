"""Filling an evidence file: from a history to the closure that a verifier asks for."""

from collections.abc import Callable, Collection, Iterator, Mapping

from suyuan.trace.admission import scopes
from suyuan.trace.admission.chain import STANDING
from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.ownership import candidates
from suyuan.trace.admission.state import State
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.format.link import Link, body_fault, link_hash, parse
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import ACTS, BEGINNING, DOCUMENT_URN, LINK_URN
from suyuan.trace.goods.history import MAX_BYTES, MAX_LINKS, History
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.lineage.joins import Pair, brought_about
from suyuan.trace.lineage.lots import MasterData
from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.scoping import list_of
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.log_reader import StoredCheckpoint, StoredLink
from suyuan.trace.store.read.reader import Reader

from .bundle import MAX_ENTRIES, Bundle, Entry, Scope
from .membership import gaps, holes, items_of, needed, scope_proofs, unnamed

MAX_ATTACHED = 32 << 20  # bytes of attachments in one file
GetAttachment = Callable[[str], bytes | None]
# Links of a chain that go in as they are; where the file gets too large, fewer. First all.
_LONG = (None, 1_000, 100, 10)
_TURNS = 20


class _TooLarge(Exception):
    """More links or bytes than an evidence file may have."""


def bundle(reader: Reader, history: History, attachment: GetAttachment) -> Bundle:
    """The evidence of a history, under the newest checkpoint that covers it and its acts.

    Preferably one that met the policy's quorum: what was recorded behind it is left out. Bodies of
    events by reference go with it. A history that is too long is given by its path, with what is
    left out named. Raises Tampered where history or store is not good, CannotDecide where an act's
    list is lost, LedgerError where the file would be too large even so.
    """
    _require_good(history)
    actors = {checked.link.actor for checked in history.links.values() if checked.link is not None}
    acts = _concerning(reader, {history.item, *history.items}, actors)
    checkpoint = _checkpoint(reader, max({*history.links, *acts}))
    closure = _closed(reader, history, checkpoint.size)
    return _bundle(reader, history.item, closure, checkpoint, attachment)


def of_statements(
    reader: Reader, subject: str, links: Mapping[int, Link], attachment: GetAttachment
) -> Bundle:
    """The evidence of statements about a subject: these links, and what a verifier needs of others.

    As `bundle` otherwise; LedgerError where it would be too large.
    """
    checkpoint = _checkpoint(reader, max(links))
    try:
        closure = _Closure(reader, subject, links, None, checkpoint.size)
    except _TooLarge:
        raise LedgerError("%s has too many links for one evidence file", subject) from None
    return _bundle(reader, subject, closure, checkpoint, attachment)


def _bundle(
    reader: Reader,
    item: str,
    closure: "_Closure",
    checkpoint: StoredCheckpoint,
    attachment: GetAttachment,
) -> Bundle:
    links = closure.links
    hashes, size = reader.hashes(), checkpoint.size
    try:
        entries = tuple(
            Entry(index, link.entry, tuple(proofs.inclusion(index, size, hashes)))
            for index, link in sorted(links.items())
        )
    except LogError as error:
        raise Tampered("no evidence can be given of %s: %s", item, error) from None
    named = tuple(_scopes(reader, links, closure.items, attachment))
    files = _attachments(links, attachment)
    return Bundle(item, checkpoint.note, entries, files, scopes=named, runs=closure.runs)


def _concerning(reader: Reader, items: Collection[str], actors: Collection[str]) -> set[int]:
    """The statements by which the authority, officers or `actors` hold or recall items now."""
    state = State(reader.trust().genesis, reader, reader.size())
    binding: dict[str, bool] = dict.fromkeys(actors, True)
    leaves: set[int | None] = set()
    for scope in ActBook(reader).covering(items):
        act = scope.act
        if act.kind == "hold" and act.actor not in binding:
            binding[act.actor] = is_officer(state, act.actor)
        if not act.drill and (act.kind != "hold" or binding[act.actor]):
            leaves |= {act.leaf, scope.leaf, scope.cleared, act.ended}
    return {leaf for leaf in leaves if leaf is not None}


def _scopes(
    reader: Reader, links: dict[int, Link], items: set[str], attachment: GetAttachment
) -> Iterator[Scope]:
    """Where the lists of the file's statements name its items, in order of index and item."""
    for index, _, statement in scopes.lists(sorted(links.items())):
        act = reader.act(str(statement["uri"]))
        leaf = index if act is None else act.leaf
        listed = list_of(reader.connection, statement, leaf, index, attachment)
        if listed is None:
            raise CannotDecide(
                "no evidence can be given: the list of items that index %s names, "
                "%s…, is not here. Put it back among the attachments",
                index,
                str(statement["list"])[:16],
            )
        yield from scope_proofs(index, listed, items)


def _require_good(history: History) -> None:
    broken = next((checked for checked in history.links.values() if not checked.is_good), None)
    if broken is not None or history.gaps or not history.links:
        if history.gaps:
            why = history.gaps[0].why
        elif broken is not None:
            why = f"index {broken.index}: {broken.problems[0].why}"
        else:
            why = "it has no links"
        raise Tampered(
            "no evidence can be given of %s: its history is broken: %s", history.item, why
        )


def _closed(reader: Reader, history: History, size: int) -> "_Closure":
    """The closure of a history: whole if it can be, else with less and less of long chains."""
    links = {i: link for i, link in history.good_links(with_aside=True).items() if i < size}
    for most in _LONG[1 if history.is_cut else 0 :]:
        aside = {index: link for index, link in links.items() if index in history.aside}
        start = links if most is None else _ends(links, history) | aside
        try:
            return _Closure(reader, history.item, start, most, size)
        except _TooLarge:
            continue
    raise LedgerError(
        "the history of %s has too many links for one evidence file, even by its path", history.item
    )


def _ends(links: Mapping[int, Link], history: History) -> dict[int, Link]:
    """The last link of each chain about the item that the history is of: what a path leads to."""
    last: dict[str, int] = {}
    for index, link in sorted(links.items()):
        if history.actor in (None, link.actor) and any(r.item == history.item for r in link.items):
            last[link.actor] = index
    return {index: links[index] for index in set(last.values()) or {max(links)}}


def _checkpoint(reader: Reader, last: int) -> StoredCheckpoint:
    checkpoint = reader.published()
    if checkpoint is None or checkpoint.size <= last:
        checkpoint = reader.checkpoint()
    if checkpoint is None or checkpoint.size <= last:
        raise Tampered("no checkpoint of this ledger covers index %s", last)
    return checkpoint


class _Closure:
    """Links by index, until nothing is missing that the file must have or should say.

    `start` are those that all others follow from. A chain that lacks more than `most` links goes
    in by reference: then `runs` say what of it is not there. Raises _TooLarge where there is too
    much even so.
    """

    def __init__(
        self,
        reader: Reader,
        item: str,
        start: Mapping[int, Link],
        most: int | None,
        size: int,
    ) -> None:
        self._reader = reader
        self._authority = reader.trust().authority
        self._most = most
        self._size = size
        self._verifier = None if most is None else Verifier(reader, reader.trust().genesis)
        self._bytes = 0
        self._long: set[Pair] = set()
        self._way: tuple[Collection[str], Collection[str]] = (), ()
        self._subjects: set[tuple[str, str | None]] = set()  # subjects whose statements are here
        self._signers: set[tuple[str, str]] = set()  # actors with the keys that signed for them
        self._looked_at: set[int] = set()  # links of which it is known what they need
        self.links: dict[int, Link] = {}
        self.items: set[str] = set()  # what the file is about
        for index, link in start.items():
            self._put(index, link)
        while True:
            before = len(self.links)
            items = items_of(self.links, item)
            self._acts(items)
            self.items = items
            self._fill(items)
            if len(self.links) == before:
                break
        self.runs = tuple(gaps(self.links, self.items, self._long))

    def _fill(self, items: set[str]) -> None:
        wanted = needed(self.links, items)
        for hole in holes(self.links, items, gaps(self.links, items, self._long)):
            pair = (hole.item, hole.actor)
            if self._most is None or wanted[pair] - hole.seq < self._most:
                for seq, stored in self._reader.chain_links(*pair, wanted[pair], since=hole.seq):
                    self._take(stored, f"number {seq} of {hole.actor} about {hole.item}")
            else:
                self._by_reference(pair, wanted[pair])
        for _, missing in unnamed(self.links, items):
            self._take(self._reader.link(missing.index), f"index {missing.index}")
        for index in sorted(self.links.keys() - self._looked_at):
            self._looked_at.add(index)
            self._standing(self.links[index])
            self._beside(self.links[index], items)
            self._begun(self.links[index])
            if committed(self.links[index]):
                self._about(f"{LINK_URN}{self.links[index].hash}", lambda _: True)

    def _acts(self, items: Collection[str]) -> None:
        """The statements of the holds and recalls over items on the way."""
        actors = {
            link.actor
            for link in self.links.values()
            if link.event is not None and any(ref.item in items for ref in link.items)
        }
        if (items, actors) == self._way:
            return
        self._way = (items, actors)
        for leaf in sorted(_concerning(self._reader, items, actors)):
            if leaf < self._size and leaf not in self.links:
                self._take(self._reader.link(leaf), f"index {leaf}")

    def _begun(self, link: Link) -> None:
        statement = link.statement or {}
        goes_on = statement.get("type") in ACTS and statement.get("op") not in BEGINNING
        act = self._reader.act(str(statement["uri"])) if goes_on else None
        if act is not None:
            self._take(self._reader.link(act.leaf), f"index {act.leaf}")

    def _standing(self, link: Link) -> None:
        if (link.actor, link.keyid) in self._signers:
            return
        self._signers.add((link.actor, link.keyid))
        key = self._reader.key(link.keyid)
        for party in {link.actor, link.actor if key is None else key.party}:
            self._about(party, lambda link: (link.statement or {}).get("type") in STANDING)

    def _beside(self, link: Link, items: set[str]) -> None:
        """The end of the document that it was made from, and the product that it names."""
        if not any(ref.item in items for ref in link.items):
            return
        for item in brought_about(link) & items:  # whose the prefix is
            for uri in candidates(item):
                self._about(uri, lambda about: about.statement is not None, self._authority)
        if link.document is not None:
            self._about(f"{DOCUMENT_URN}{link.document['sha256']}", lambda _: True, link.actor)
        if (product := MasterData.of((link.event or {}).get("ilmd")).product_id) is not None:
            self._about(product, lambda link: link.statement is not None, link.actor)

    def _about(
        self, subject: str, matters: Callable[[Link], bool], actor: str | None = None
    ) -> None:
        """The chains about a subject, each up to its last link that matters."""
        if (subject, actor) in self._subjects:
            return
        self._subjects.add((subject, actor))
        for head in self._reader.chains(subject):
            if actor not in (None, head.actor):
                continue
            is_long = self._most is not None and head.seq > self._most
            # Who may sign follows from the statements about a party: those go in whole.
            if is_long and self._reader.party(subject) is None:
                self._by_reference((subject, head.actor), head.seq)
                continue
            links: list[tuple[int, Link]] = []
            last = 0
            for seq, stored in self._reader.chain_links(subject, head.actor):
                link = _read(stored, f"number {seq} about {subject}")
                assert stored is not None
                if stored.index >= self._size:
                    break
                links.append((stored.index, link))
                last = len(links) if matters(link) else last
            for index, link in links[:last]:
                self._put(index, link)

    def _by_reference(self, pair: Pair, last: int) -> None:
        """Of a long chain its beginning, its end and what brings its item about or moves it."""
        self._long.add(pair)
        for seq in [0, *self._reader.turns(*pair, last, limit=_TURNS), last]:
            stored = self._reader.in_chain(*pair, seq)
            if stored is not None and stored.index < self._size:
                self._take(stored, f"number {seq} of {pair[1]} about {pair[0]}")

    def _take(self, stored: StoredLink | None, name: str) -> None:
        link = _read(stored, name)
        assert stored is not None
        if self._verifier is not None and stored.index not in self.links:  # no history has it
            for problem in self._verifier.check(stored, asks_witnessed=False).problems:
                raise Tampered("no evidence can be given: index %s: %s", stored.index, problem.why)
        self._put(stored.index, link)

    def _put(self, index: int, link: Link) -> None:
        if index >= self._size:
            raise Tampered("index %s stands before one that is smaller", index)
        self._bytes += 0 if index in self.links else len(link.entry)
        self.links[index] = link
        is_large = self._most is not None and self._bytes > MAX_BYTES
        most = MAX_ENTRIES if self._most is None else min(MAX_ENTRIES, MAX_LINKS)
        if len(self.links) > most or is_large:
            raise _TooLarge


def _read(stored: StoredLink | None, name: str) -> Link:
    if stored is None:
        raise Tampered("no evidence can be given: %s is not in the ledger any more", name)
    try:
        if link_hash(stored.entry) == stored.hash:
            return parse(stored.entry)
    except Refused:
        pass
    raise Tampered("no evidence can be given: index %s is not what was signed", stored.index)


def _attachments(links: dict[int, Link], attachment: GetAttachment) -> dict[str, bytes]:
    """The bodies of events by reference that fit; not documents, which are about others too."""
    naming: dict[str, list[Link]] = {}
    for _, link in sorted(links.items()):
        if link.event_ref is not None:
            naming.setdefault(str(link.event_ref["sha256"]), []).append(link)
    contents: dict[str, bytes] = {}
    room = MAX_ATTACHED
    for name, of in naming.items():
        data = attachment(name)
        if data is None or len(data) > room or any(body_fault(link, data) for link in of):
            continue
        room -= len(data)
        contents[name] = data
    return contents
