"""The rules of section 5 over a part of a ledger: what holds of the links that one has.

A file leaves out whole chains, and the beginnings of chains about other items. So a link's place
in a chain is compared with those links of it that are there, and `after` with those that are
there; all other rules are decided as in the ledger itself, by what is there with a smaller index.
"""

from suyuan.keys import canonical, dsse
from suyuan.keys.errors import BadKey, CanonicalError, EncodingError
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import Genesis, State
from suyuan.trace.format.link import PAYLOAD_TYPE, Link, parse
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.format.statements import is_newer


class Newer(Exception):
    """A link of a version that this program does not know."""


def read(entry: bytes) -> Link:
    """The link, its statement of a new type as it is; Refused, or Newer for its version."""
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
    """Links in order of index, some left out; `state` is what those taken in leave behind."""

    def __init__(self, genesis: Genesis) -> None:
        self.state = State(genesis)
        self._hashes: dict[int, str] = {}
        self._actors: dict[int, str] = {}

    def take(self, index: int, digest: str, link: Link | None) -> Refused | None:
        """The first rule that the link breaks, if any; one that breaks none is taken in.

        Of another only its place in chains is kept. `link` is None where the bytes give none.
        """
        self._hashes[index] = digest
        if link is None:
            return None
        broken = None
        self.state.size = index
        try:
            self._decide(link)
        except Refused as refused:
            broken = refused
        if broken is None and not is_newer(link.statement):
            self.state.apply(link)
        else:
            heads = {(ref.item, link.actor): Head(ref.seq, link.hash) for ref in link.items}
            self.state.adopt(index, heads)
        self._actors[index] = link.actor
        return broken

    def mandate(self, link: Link, to: str, index: int) -> int | None:
        """The index of the newest mandate under which `to` signed a link for its actor."""
        step = chain.step(link)
        indexes = [m.given for m in self.state.mandates(link.actor)
                 if m.to == to and m.covers(step, link.signed_at, index)]  # fmt: skip
        return max(indexes, default=None)

    def _decide(self, link: Link) -> None:
        state = self.state
        chain.ledger(link, state)
        try:
            chain.signature(link, chain.key(link, state))
        except BadKey as error:  # of the trust file's root key, as an enrolled one was checked
            raise Refused(Rule.KEY, error) from None
        self._chain(link)
        if is_newer(link.statement):
            chain.after(link, state, self._at)
            return
        chain.items(link)
        chain.after(link, state, self._at)
        if (link.statement or {}).get("type") == "erasure":
            self._erasure(link)
        elif link.statement is not None:
            chain.authority(link, link.statement, state)
            chain.statement(link, link.statement, state)
        elif state.size == 0:
            raise Refused(
                Rule.AUTHORITY, msg("the first link must be the authority's own admission")
            )
        chain.coding(link, state)

    def _at(self, index: int) -> tuple[str | None, str | None] | None:
        is_before = index < self.state.size
        return (self._hashes.get(index), self._actors.get(index)) if is_before else None

    def _erasure(self, link: Link) -> None:
        """Take an erasure as it is where its link is not there: its owner is not known."""
        statement = link.statement
        assert statement is not None
        index = int(statement["index"])
        if index >= self.state.size:
            raise Refused(Rule.STATEMENT, msg("index %s is not before this link", index))
        if index in self._hashes:
            at = (self._hashes[index], self._actors.get(index, ""))
            chain.erasing(link, statement, at, self.state)
            chain.erased(statement, at)

    def _chain(self, link: Link) -> None:
        for ref in link.items:
            head = self.state.head(ref.item, link.actor)
            where = f"number {ref.seq} of {link.actor} about {ref.item[:200]}"
            if (ref.seq == 0) != (ref.prev is None):
                raise Refused(Rule.CHAIN, msg("%s: only number 0 names no link before it", where))
            if head is None:
                continue
            if ref.seq <= head.seq:
                raise Refused(Rule.CHAIN, msg("%s stands behind number %s", where, head.seq))
            if ref.seq == head.seq + 1 and ref.prev != head.hash:
                raise Refused(Rule.CHAIN, msg("%s does not name the link before it", where))
