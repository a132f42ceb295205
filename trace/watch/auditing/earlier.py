"""What the links before a part left: heads and coders by the rows, who may sign by statements."""

from suyuan.trace.admission import chain
from suyuan.trace.admission.chain import STANDING
from suyuan.trace.admission.state import Act, Source, State, codings
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.rules import Head, Refused
from suyuan.trace.format.statements import UNDER_URI
from suyuan.trace.store.rebuild.questions import entries_at
from suyuan.trace.store.selecting import chunks, entry_payload

from .session import Session

UNKNOWN = "?"  # the hash of a link that is missing
_STATEMENTS = (  # and little more: those of labels, which are many, are about other subjects
    "SELECT DISTINCT link_item.leaf FROM link_item JOIN chain ON chain.id = link_item.chain "
    "WHERE link_item.role = 0 AND chain.subject IN (SELECT subject FROM party "
    "UNION SELECT subject FROM registrar UNION SELECT subject FROM act) ORDER BY link_item.leaf"
)
_LAST = (
    "SELECT li.seq, li.leaf FROM subject item JOIN chain ON chain.subject = item.id "
    "JOIN subject actor ON actor.id = chain.actor JOIN link_item li ON li.chain = chain.id "
    "WHERE item.uri = ? AND actor.uri = ? AND li.leaf < ? ORDER BY li.seq DESC LIMIT ?"
)
_ABOUT = (
    "SELECT li.leaf FROM subject item JOIN chain ON chain.subject = item.id "
    "JOIN link_item li ON li.chain = chain.id WHERE item.uri = ? AND li.leaf < ? ORDER BY li.leaf"
)
_MOST = 50  # rows that are looked through, of a chain that was changed
Pair = tuple[str, str]  # item and actor: a chain


def is_standing(link: Link) -> bool:
    """Whether a link says who may sign, or begins, extends or ends an act."""
    return link.statement is not None and link.statement["type"] in (*STANDING, *UNDER_URI)


def stand(link: Link, state: State) -> bool:
    """Let a statement count that the ledger acted upon: a broken one too, so it is one finding."""
    assert link.statement is not None
    try:
        chain.authority(link, link.statement, state)
        chain.statement(link, link.statement, state)
        state.apply(link)
    except (Refused, AssertionError, KeyError, TypeError):
        return False
    return True


class Earlier(Source):
    """What the links before a part left, by the rows at their indexes."""

    def __init__(self, here: Session) -> None:
        self._here = here
        self.start = 0
        self.heads: dict[Pair, Head | None] = {}
        self.coders: dict[str, str] = {}
        self.acts: dict[str, Act] = {}

    def head(self, subject: str, actor: str) -> Head | None:
        """The last link of a chain before the part."""
        pair = subject, actor
        if pair not in self.heads or self._here.frame.is_closer:
            self.heads[pair] = self._last(pair)
        return self.heads[pair]

    def _last(self, pair: Pair) -> Head | None:
        """The last place that its link gives; of a broken link what the ledger acted upon."""
        frame = self._here.frame
        most = _MOST if frame.is_closer else 1
        for seq, leaf in self._here.rows(_LAST, *pair, self.start, most) if self.start else ():
            stored = self._here.reader.link(leaf)
            link = None if stored is None else readable(stored.entry)
            if (
                not frame.is_closer
                or link is None
                or leaf in frame.broken
                or gives(link, pair, seq)
            ):
                return Head(seq, UNKNOWN if stored is None else stored.hash)
        return None

    def coder(self, item: str) -> str | None:
        """Who coded an item first, before the part."""
        if self._here.frame.is_closer and self.start:
            return self._coded(item)
        return self.coders.get(item)

    def _coded(self, item: str) -> str | None:
        """The same by the links about an item, whatever the row says."""
        host = self._here.frame.genesis.host
        for (leaf,) in self._here.rows(_ABOUT, item, self.start):
            link = None if leaf in self._here.frame.broken else self._here.reader.parsed(leaf)
            if link is not None and item in codings(link, host):
                return link.actor
        return None

    def act(self, uri: str) -> Act | None:
        """The hold or recall that was begun under a URI."""
        return self.acts.get(uri)

    def at(self, index: int) -> tuple[str, str] | None:
        """Stored hash and actor of an earlier link; a wrong hash is that link's finding."""
        stored = self._here.reader.link(index)
        if stored is None:
            return None
        try:
            return stored.hash, str(entry_payload(stored.entry)["actor"])
        except Exception:  # noqa: BLE001  whatever a changed entry makes of parsing it
            return stored.hash, ""


def gives(link: Link, pair: Pair, seq: int) -> bool:
    """Whether a link is at this place of a chain."""
    return link.actor == pair[1] and any(
        (ref.item, ref.seq) == (pair[0], seq) for ref in link.items
    )


class Standing:
    """The state that grows with the parts that a process is given, in rising order."""

    def __init__(self, here: Session) -> None:
        self._here = here
        self.earlier = Earlier(here)
        self.state = State(here.frame.genesis, self.earlier)
        stated = here.frame.statements
        self.indexes = [row[0] for row in here.rows(_STATEMENTS)] if stated is None else stated
        self._met = 0  # of these
        self.known = frozenset(self.indexes)

    def move(self, start: int) -> State:
        """The state as of an index, no smaller than the last."""
        end = self._met
        while end < len(self.indexes) and self.indexes[end] < start:
            end += 1
        for leaves in chunks(self.indexes[self._met : end]):
            for leaf, entry in entries_at(self._here.reader, leaves):
                link = readable(entry)
                if leaf >= self.state.size and link is not None and is_standing(link):
                    self.state.adopt(leaf - 1, {})
                    stand(link, self.state)
        self._met = end
        self.earlier.acts |= self.state.take().acts
        self.state.move(start)
        self.earlier.start = start
        return self.state
