"""The rules of section 5 over a part of a ledger: what holds of the links that one has.

A file leaves out whole chains, and the beginnings of chains about other items. So a link's place
in a chain is compared with those links of it that are there, and `after` with those that are
there; all other rules are decided as in the ledger itself, by what is there with a smaller index.
"""

import itertools

from suyuan.keys import canonical, dsse, public
from suyuan.keys.errors import BadKey, CanonicalError, EncodingError
from suyuan.keys.validity import Key, Party

from .. import chain
from ..link import PAYLOAD_TYPE, Link, parse
from ..rules import Head, Refused, Rule
from ..state import Act, Genesis, State
from ..statements import is_newer


class Newer(Exception):
    """A link of a version that this program does not know."""


def read(entry: bytes) -> Link:
    """The link, with a statement of a type not known here as it is.

    Raises Refused as `link.parse` does, Newer for a payload of another version.
    """
    try:
        return parse(entry, newer=True)
    except Refused as refused:
        if refused.rule is Rule.MEMBERS and _version(entry) > 1:
            raise Newer(f"a link of version {_version(entry)}") from None
        raise


def _version(entry: bytes) -> int:
    try:
        payload = canonical.parse(dsse.decode(entry, PAYLOAD_TYPE).payload)
    except (EncodingError, CanonicalError):
        return 0
    version = payload.get("v") if isinstance(payload, dict) else None
    return version if type(version) is int else 0


class Part:
    """Links of one ledger in order of index, some of them left out."""

    def __init__(self, genesis: Genesis) -> None:
        self._state = State(genesis)
        self._hashes: dict[int, str] = {}
        self._actors: dict[int, str] = {}

    def take(self, index: int, digest: str, link: Link | None) -> Refused | None:
        """The first rule that the link breaks, if any; one that breaks none is taken in.

        Of one that breaks a rule, only its place in its chains is kept: what it enrols or admits
        counts for nothing. `link` is None where the bytes give none.
        """
        self._hashes[index] = digest
        if link is None:
            return None
        found = None
        self._state.size = index
        try:
            self._decide(link)
        except Refused as refused:
            found = refused
        if found is None and not is_newer(link.statement):
            self._state.apply(link)
        else:
            heads = {(ref.item, link.actor): Head(ref.seq, link.hash) for ref in link.items}
            self._state.adopt(index, heads)
        self._actors[index] = link.actor
        return found

    def key(self, keyid: str) -> Key | None:
        """The key as all links taken in leave it."""
        return self._state.key(keyid)

    def party(self, uri: str) -> Party | None:
        """The party as all links taken in leave it."""
        return self._state.party(uri)

    def act(self, uri: str) -> Act | None:
        """The hold or recall as all links taken in leave it."""
        return self._state.act(uri)

    def mandate(self, link: Link, to: str, index: int) -> int | None:
        """The index of the newest mandate under which `to` signed a link for its actor."""
        step = chain.step(link)
        given = [m.given for m in self._state.mandates(link.actor)
                 if m.to == to and m.covers(step, link.signed_at, index)]  # fmt: skip
        return max(given, default=None)

    def _decide(self, link: Link) -> None:
        state = self._state
        chain.ledger(link, state)
        try:
            key = public.load(chain.key(link, state))
        except BadKey as error:  # of the trust file's root key, as an enrolled one was checked
            raise Refused(Rule.KEY, str(error)) from None
        if not link.envelope.verify(key):
            why = f"the signature by key {link.keyid[:16]}… does not verify"
            raise Refused(Rule.SIGNATURE, why)
        self._chain(link)
        if is_newer(link.statement):
            self._after(link)
            return
        chain.items(link)
        self._after(link)
        if (link.statement or {}).get("type") == "erasure":
            self._erasure(link)
        elif link.statement is not None:
            chain.authority(link, link.statement, state)
            chain.statement(link, link.statement, state)
        elif state.size == 0:
            raise Refused(Rule.AUTHORITY, "the first link must be the authority's own admission")
        chain.coding(link, state)

    def _erasure(self, link: Link) -> None:
        """Of a link that is not there it is not known whose it is."""
        said = link.statement
        assert said is not None
        index = int(said["index"])
        if index >= self._state.size:
            raise Refused(Rule.STATEMENT, f"index {index} is not before this link")
        if index in self._hashes:
            at = (self._hashes[index], self._actors.get(index, ""))
            chain.erasing(link, said, at, self._state)
            chain.erased(said, at)

    def _chain(self, link: Link) -> None:
        for ref in link.items:
            head = self._state.head(ref.item, link.actor)
            where = f"number {ref.seq} of {link.actor} about {ref.item[:200]}"
            if (ref.seq == 0) != (ref.prev is None):
                raise Refused(Rule.CHAIN, f"{where}: only number 0 names no link before it")
            if head is None:
                continue
            if ref.seq <= head.seq:
                raise Refused(Rule.CHAIN, f"{where} stands behind number {head.seq}")
            if ref.seq == head.seq + 1 and ref.prev != head.hash:
                raise Refused(Rule.CHAIN, f"{where} does not name the link before it")

    def _after(self, link: Link) -> None:
        order = [(ref.ledger is not None, ref.ledger or "", ref.index) for ref in link.after]
        if any(one >= two for one, two in itertools.pairwise(order)):
            raise Refused(Rule.AFTER, "after must be in order, this ledger's first, each once")
        for ref in link.after:
            if ref.ledger is not None:
                if ref.ledger == self._state.genesis.origin:
                    raise Refused(Rule.AFTER, "a link of this ledger is named without `ledger`")
                continue
            if ref.index >= self._state.size:
                raise Refused(Rule.AFTER, f"index {ref.index} is not before this link")
            if self._hashes.get(ref.index, ref.hash) != ref.hash:
                raise Refused(Rule.AFTER, f"the link at index {ref.index} is not {ref.hash[:16]}…")
            if self._actors.get(ref.index) == link.actor:
                raise Refused(Rule.AFTER, f"index {ref.index} is a link of the same actor")
