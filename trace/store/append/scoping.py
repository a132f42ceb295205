"""Holds and recalls in the append transaction: what their lists bring in, and what they stop.

Only the server asks this of a link (docs/format.md section 5): an act's list is here and is what
the statement says of it, its items are in the ledger and its actor may speak for them; a dispatch
or sale of an item under a hold or a recall is refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from suyuan.trace.admission import scopes
from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.scopes import Listed
from suyuan.trace.admission.state import Act, State
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule

from .. import schema as t
from ..engine import run_driver
from ..selecting import chunks
from .source import StoreSource

Attachment = Callable[[str], bytes | None]
Met = Mapping[tuple[str, str, int], tuple[int, Link]]
_TAKE_IN = (
    "INSERT INTO scope (item, act, leaf, cleared) VALUES (?, ?, ?, NULL) ON CONFLICT (item, act) "
    "DO UPDATE SET leaf = excluded.leaf, cleared = NULL WHERE scope.cleared IS NOT NULL"
)
_CLEAR = (
    "INSERT INTO scope (item, act, leaf, cleared) VALUES (?, ?, ?, ?) ON CONFLICT (item, act) "
    "DO UPDATE SET cleared = excluded.cleared WHERE scope.cleared IS NULL"
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A statement that changes a scope: the act's URI and leaf, its own leaf, and the items."""

    uri: str
    act: int
    leaf: int
    op: str
    items: Sequence[str]
    named: frozenset[str]
    signed_at: str


@dataclass(eq=False)
class Scoping:
    """Scopes as one transaction finds and changes them, each link seeing the ones before it.

    `_ahead` are the links to come: what they send or sell is looked up at once.
    """

    _source: StoreSource
    _attachment: Attachment
    _has_acts: bool
    _ahead: Iterable[Link] = ()
    _entered: list[Entered] = field(default_factory=list)
    _read: dict[str, list[str]] = field(default_factory=dict)
    _looked: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def trial(self) -> "Scoping":
        """A copy to try links in, to be thrown away."""
        return replace(self, _entered=list(self._entered))

    def check(self, link: Link, state: State, met: Met, ready: Mapping[str, Listed]) -> None:
        """Raise Refused where the link is one that only the server refuses.

        `met` are the links of this transaction before it, `ready` lists that were read before
        the lock, by the hash of their link.
        """
        if scopes.has_list(link):
            assert link.statement is not None
            items = self._items(link, ready)
            unknown = set(items) - self._source.subject_numbers(set(items)).keys()
            if unknown:
                unknown -= {item for item, _, _ in met}
                scopes.refuse_unknown([item for item in items if item in unknown])
            self._may_speak(link, link.statement, items, state, met)
        elif scopes.takes_back(link):
            self._may_take_back(link, state)
        elif (self._has_acts or self._entered) and scopes.may_be_stopped(link):
            self._stop(link, state)

    def apply(self, index: int, link: Link, state: State, ready: Mapping[str, Listed]) -> None:
        """Take in a link that was accepted, after `check`."""
        if not scopes.has_list(link):
            return
        statement = link.statement
        assert statement is not None
        items, uri, op = self._items(link, ready), str(statement["uri"]), str(statement["op"])
        act = state.act(uri)
        assert act is not None
        entered = Entered(uri, act.leaf, index, op, items, frozenset(items), link.signed_at)
        self._entered.append(entered)

    def write(self, connection: Connection) -> None:
        """Write the scopes of what was accepted."""
        for change in self._entered:
            write(connection, change.op, change.items, change.act, change.leaf)

    # Who speaks for what.

    def _items(self, link: Link, ready: Mapping[str, Listed]) -> list[str]:
        statement = link.statement
        assert statement is not None
        listed = self._read.get(link.hash) or ready.get(link.hash)
        if not isinstance(listed, list):  # it may have come while the link waited for the lock
            listed = scopes.read(self._attachment(str(statement["list"])), statement)
        self._read[link.hash] = listed
        return listed

    def _may_speak(
        self, link: Link, statement: Object, items: Sequence[str], state: State, met: Met
    ) -> None:
        actor, op = link.actor, statement["op"]
        if is_officer(state, actor):
            return
        if op == "place":
            own = self._source.with_events(actor, items)
            own |= {i for (i, party, _), (_, x) in met.items() if party == actor and x.event}
            foreign = [item for item in items if item not in own]
            scopes.refuse_foreign(actor, foreign, "it has recorded nothing about them")
            return
        act = state.act(str(statement["uri"]))
        if op == "clear" and act is not None:
            if act.actor == actor:
                self._not_an_officers(act, actor, items, state)
                return
            bound = self._source.standing_in(act.leaf, items)
            for change in self._entered:
                if change.uri == act.uri:
                    bound = bound - change.named if change.op == "clear" else bound | change.named
            why = f"they are in the scope itself, from which {act.actor} or the authority clears"
            scopes.refuse_foreign(actor, [item for item in items if item in bound], why)
        self._source.prefetch_coders(items)
        party = state.party(actor)
        foreign = [i for i in items if not scopes.is_own(i, party, state.coder(i))]
        why = "it coded them not here, nor are they under a company prefix of its registration"
        scopes.refuse_foreign(actor, foreign, why)

    def _not_an_officers(self, act: Act, actor: str, items: Sequence[str], state: State) -> None:
        """What an officer took into another's recall, only officers find not to be concerned."""
        entered = dict(self._source.entered_in(act.leaf, items))
        for change in self._entered:  # as `scopes.apply` has it
            for item in items if change.uri == act.uri else ():
                if item in change.named and change.op == "clear":
                    entered.pop(item, None)
                elif item in change.named:
                    entered.setdefault(item, change.leaf)
        theirs = {leaf for leaf in set(entered.values()) if self._is_of_officer(leaf, state)}
        foreign = sorted(item for item, leaf in entered.items() if leaf in theirs)
        scopes.refuse_foreign(actor, foreign, "the authority or its officers took them in")

    def _may_take_back(self, link: Link, state: State) -> None:
        statement = link.statement
        act = None if statement is None else state.act(str(statement["uri"]))
        if act is None or is_officer(state, link.actor):
            return
        leaves = set(self._source.leaves_of(act.leaf))
        changes = [c for c in self._entered if c.uri == act.uri and c.op != "clear"]
        if changes:
            named = sorted(frozenset().union(*(change.named for change in changes)))
            known = self._source.standing_in(act.leaf, named)
            for change in changes:
                leaves |= {change.leaf} if change.named - known else set()
                known |= change.named
        if any(self._is_of_officer(leaf, state) for leaf in leaves):
            raise Refused(
                Rule.AUTHORITY,
                msg(
                    "the authority or its officers took items into %s: only they take it back",
                    act.uri,
                ),
            )

    @staticmethod
    def _is_of_officer(leaf: int, state: State) -> bool:
        stored = state.at(leaf)
        return stored is not None and is_officer(state, stored[1])

    # What is stopped.

    def _stop(self, link: Link, state: State) -> None:
        self._look([ref.item for ref in link.items])
        for ref in link.items:
            under = dict(self._looked.get(ref.item, ()))
            signed = dict.fromkeys(under, "")
            for change in self._entered:
                if ref.item not in change.named:
                    continue
                if change.op == "clear":
                    under.pop(change.uri, None)
                elif change.uri not in under:
                    under[change.uri], signed[change.uri] = change.leaf, change.signed_at
            for uri, leaf in under.items():
                act = state.act(uri)
                if act is None or not scopes.binds(act, link, state):
                    continue
                since = signed[uri] or self._source.signed_at(leaf)
                if not scopes.is_before(link, since):
                    raise scopes.refusal(act, ref.item, since)

    def _look(self, items: Sequence[str]) -> None:
        """Look up what these items are under, and those of the links to come with them."""
        ahead, self._ahead = self._ahead, ()
        wanted = {ref.item for link in ahead if scopes.may_be_stopped(link) for ref in link.items}
        wanted = (wanted | set(items)) - self._looked.keys()
        if not wanted or not self._has_acts:
            return
        self._looked |= {item: [] for item in wanted}
        for item, uri, leaf in self._source.in_scope(sorted(wanted)):
            self._looked[item].append((uri, leaf))


def write(connection: Connection, op: str, items: Sequence[str], act: int, leaf: int) -> None:
    """Write what one more statement does to the scope of an act, as `scopes.apply` says."""
    statement, more = (_CLEAR, (act, leaf, leaf)) if op == "clear" else (_TAKE_IN, (act, leaf))
    for part in chunks(items):
        run_driver(connection, statement, [(item, *more) for item in part])


def prepared(links: Iterable[Link], attachment: Attachment) -> dict[str, Listed]:
    """The lists of the acts among these links, by the link's hash, read and checked."""
    lists: dict[str, Listed] = {}
    for link in links:
        if scopes.has_list(link):
            statement = link.statement
            assert statement is not None
            try:
                lists[link.hash] = scopes.read(attachment(str(statement["list"])), statement)
            except Refused as refused:
                lists[link.hash] = refused
    return lists


def write_scopes(
    connection: Connection,
    live: Connection,
    state: State,
    accepted: Sequence[tuple[int, Link]],
    attachment: Attachment,
) -> dict[int, str]:
    """Write what the lists of acts say; of those that are nowhere the act's leaf and the digest.

    `live` is the database whose rows give a list of which the file is lost.
    """
    lost: dict[int, str] = {}
    for index, _, statement in scopes.lists(accepted):
        act = state.act(str(statement["uri"]))
        assert act is not None
        items = list_of(live, statement, act.leaf, index, attachment)
        if items is None:
            lost[act.leaf] = str(statement["list"])
        else:
            write(connection, str(statement["op"]), items, act.leaf, index)
    return lost


def list_of(
    connection: Connection, statement: Object, act: int, leaf: int, attachment: Attachment
) -> list[str] | None:
    """An act's list for an audit; from rows with its SHA-256 where the file is lost, or None."""
    try:
        return scopes.read(attachment(str(statement["list"])), statement)
    except Refused:
        column = t.scope.c.cleared if statement["op"] == "clear" else t.scope.c.leaf
        query = select(t.scope.c.item).where(t.scope.c.act == act, column == leaf)
        items = list(connection.execute(query).scalars())
    try:
        return scopes.read(scopes.render(items), statement)
    except Refused:
        return None
