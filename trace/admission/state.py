"""What a ledger held before a link: the state that accepts or refuses the next one.

The same class serves the append transaction (over a source that reads the store), the audit and
the verifier (over nothing, fed entry by entry): one meaning, decided in one place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from suyuan.keys.base64 import decode
from suyuan.keys.validity import Key, Mandate, Party
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Head
from suyuan.trace.format.statements import BEGINNING, ENDING, MOVING, OFFICIAL, UNDER_URI

from .offices import acts_for


@dataclass(frozen=True, slots=True)
class Genesis:
    """What a ledger is from its first byte: its trust file, as far as rules need it."""

    origin: str
    host: str
    authority: str
    root_spki: bytes
    root_keyid: str


@dataclass(frozen=True, slots=True)
class Act:
    """A hold, recall, case or draw, as the statements under its URI left it.

    `leaf` is the statement that began it; `ended` the one that ended it, and `ending` its op. A
    recall that was closed stays one: what was not found may be found yet. Of a case or a draw,
    `office` is whose it is; of a case, `sort` is its kind, and `about` the party that it names.
    """

    uri: str
    kind: str
    actor: str
    leaf: int
    level: int | None = None
    drill: bool = False
    ended: int | None = None
    ending: str | None = None
    office: str | None = None
    sort: str | None = None
    about: str | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether it still says something of its items; a drill says nothing to the public."""
        return self.ended is None or self.ending == "close"

    @property
    def stops(self) -> bool:
        """Whether it stops goods and shows on their pages: no drill does.

        What the store reads of acts in scope is narrowed by the same, so that drills cost nothing.
        """
        return self.is_in_force and not self.drill


class Source:
    """Where a State finds what it has not met itself: here nowhere, the store overrides all."""

    def head(self, subject: str, actor: str) -> Head | None:
        """The last link of a chain."""

    def party(self, uri: str) -> Party | None:
        """A party that was ever admitted."""

    def key(self, keyid: str) -> Key | None:
        """A key that was ever enrolled."""

    def keys_of(self, party: str) -> Sequence[Key]:
        """All keys ever enrolled for a party."""
        return ()

    def mandates(self, giver: str) -> Sequence[Mandate]:
        """All mandates a party ever gave."""
        return ()

    def remit(self, party: str) -> tuple[str, ...] | None:
        """The remit of a registrar that is appointed."""

    def granted(self, party: str, authority: str) -> tuple[str, ...]:
        """The roles that the authority's own newest registration gives a party."""
        return ()

    def coder(self, item: str) -> str | None:
        """The actor that coded an item of this ledger first."""

    def act(self, uri: str) -> Act | None:
        """The hold or recall that was begun under a URI."""

    def at(self, index: int) -> tuple[str, str] | None:
        """Link hash and actor of the link at an index."""

    def signed_at(self, index: int) -> str:
        """When the link at an index says that it was signed; "" where that is not known."""
        return ""


@dataclass(slots=True)
class Changes:
    """What links applied since the last `take` changed, for the store to write."""

    heads: dict[tuple[str, str], Head] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    mandates: dict[str, list[Mandate]] = field(default_factory=dict)
    remits: dict[str, tuple[tuple[str, ...] | None, int]] = field(default_factory=dict)
    coders: dict[str, tuple[str, int]] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)


class State(Source):
    """The ledger's state after `size` links."""

    def __init__(self, genesis: Genesis, source: Source | None = None, size: int = 0) -> None:
        self.genesis = genesis
        self.size = size
        self._source: Source = source if source is not None else Source()
        self._heads: dict[tuple[str, str], Head | None] = {}
        self._parties: dict[str, Party | None] = {}
        self._keys: dict[str, Key | None] = {}
        self._keys_of: dict[str, list[str]] = {}
        self._mandates: dict[str, list[Mandate]] = {}
        self._remits: dict[str, tuple[str, ...] | None] = {}
        self._coders: dict[str, str | None] = {}
        self._granted: dict[str, tuple[str, ...]] = {}
        self._acts: dict[str, Act | None] = {}
        self._met: dict[int, tuple[str, str]] = {}
        self._admissions: dict[int, str] = {}  # when they were signed
        self._changes = Changes()

    @property
    def authority(self) -> str:
        """The authority's URI."""
        return self.genesis.authority

    # What the rules ask.

    def head(self, subject: str, actor: str) -> Head | None:
        """The last link of the actor's chain about the subject; None before its first."""
        key = (subject, actor)
        if key not in self._heads:
            self._heads[key] = self._source.head(subject, actor)
        return self._heads[key]

    def party(self, uri: str) -> Party | None:
        """The party, if it was ever admitted."""
        if uri not in self._parties:
            self._parties[uri] = self._source.party(uri)
        return self._parties[uri]

    def key(self, keyid: str) -> Key | None:
        """The key, if it was ever enrolled."""
        if keyid not in self._keys:
            self._keys[keyid] = self._source.key(keyid)
        return self._keys[keyid]

    def keys_of(self, party: str) -> list[Key]:
        """All keys ever enrolled for the party, in order of enrolment."""
        if party not in self._keys_of:
            keys = self._source.keys_of(party)
            for enrolled in keys:
                self._keys.setdefault(enrolled.keyid, enrolled)
            self._keys_of[party] = [enrolled.keyid for enrolled in keys]
        return [key for keyid in self._keys_of[party] if (key := self.key(keyid)) is not None]

    def mandates(self, giver: str) -> list[Mandate]:
        """All mandates that the party ever gave, in order."""
        if giver not in self._mandates:
            self._mandates[giver] = list(self._source.mandates(giver))
        return self._mandates[giver]

    def remit(self, party: str) -> tuple[str, ...] | None:
        """The remit of the party if it is a registrar."""
        if party not in self._remits:
            self._remits[party] = self._source.remit(party)
        return self._remits[party]

    def granted(self, party: str, authority: str) -> tuple[str, ...]:
        """The roles that the authority's own newest registration gives a party."""
        if party not in self._granted:
            self._granted[party] = self._source.granted(party, authority)
        return self._granted[party]

    def coder(self, item: str) -> str | None:
        """The actor that coded this item of this ledger first."""
        if item not in self._coders:
            self._coders[item] = self._source.coder(item)
        return self._coders[item]

    def act(self, uri: str) -> Act | None:
        """The hold or recall that was begun under this URI."""
        if uri not in self._acts:
            self._acts[uri] = self._source.act(uri)
        return self._acts[uri]

    def at(self, index: int) -> tuple[str, str] | None:
        """Link hash and actor of the link at this index; None where there is none."""
        if index >= self.size:
            return None
        return self._met.get(index) or self._source.at(index)

    def signed_at(self, index: int) -> str:
        """When the admission at this index was signed; "" where that is not known."""
        if index not in self._admissions:
            self._admissions[index] = self._source.signed_at(index)
        return self._admissions[index]

    # What a link that was accepted changes.

    def apply(self, link: Link) -> int:
        """Take in a link that every rule accepts; the index that it gets."""
        index = self.size
        for ref in link.items:
            head = Head(ref.seq, link.hash)
            self._heads[ref.item, link.actor] = head
            self._changes.heads[ref.item, link.actor] = head
        if link.statement is not None:
            self._state(link, link.statement, index)
        for item in codings(link, self.genesis.host):
            if self.coder(item) is None:
                self._coders[item] = link.actor
                self._changes.coders[item] = (link.actor, index)
        self._met[index] = (link.hash, link.actor)
        self.size += 1
        return index

    def adopt(self, index: int, heads: Mapping[tuple[str, str], Head]) -> None:
        """Pass over a link that is not as it should be, leaving these heads behind it."""
        self._heads.update(heads)
        self.size = index + 1

    def move(self, size: int) -> None:
        """Go on after links that changed nothing on who may sign: the source has all else."""
        self._heads.clear()
        self._coders.clear()
        self._acts.clear()
        self._met.clear()
        self.size = size

    def take(self) -> Changes:
        """What was changed since the last call; hashes met until now are the source's from here."""
        self._met.clear()
        changes, self._changes = self._changes, Changes()
        return changes

    def _state(self, link: Link, statement: Object, index: int) -> None:
        party = str(statement.get("party"))
        match statement["type"], statement.get("op"):
            case "party", "leave":
                known = self.party(party)
                assert known is not None
                self._put_party(replace(known, left=index))
                if self.remit(party) is not None:  # leaving ends an appointment
                    self._put_remit(party, None, index)
            case "party", op:
                self._admissions[index] = link.signed_at
                self._put_party(party_from(statement, self.party(party), index))
                if link.actor == self.genesis.authority:
                    self._granted[party] = tuple(statement["roles"])
            case "registrar", op:
                remit = tuple(statement["remit"]) if op == "appoint" else None
                self._put_remit(party, remit, index)
            case "key", "enrol":
                self._enrol(link, statement, index)
            case "key", "revoke":
                since = statement.get("compromised_since")
                self._revoke(str(statement["keyid"]), index, since)
            case "mandate", op:
                self._mandate(statement, str(op), index)
            case kind, op if kind in UNDER_URI:
                self._act(link, statement, str(op), index)

    def _enrol(self, link: Link, statement: Object, index: int) -> None:
        party = str(statement["party"])
        self.keys_of(party)
        for keyid in statement.get("revokes", ()):
            self._revoke(keyid, index, None)
        key = Key(
            keyid=str(statement["keyid"]), party=party, alg=str(statement["alg"]),
            spki=decode(str(statement["spki"])), kept=str(statement["kept"]), enrolled=index,
            enrolled_by=link.actor,
        )  # fmt: skip
        self._keys_of[party].append(key.keyid)
        self._keys[key.keyid] = self._changes.keys[key.keyid] = key

    def _revoke(self, keyid: str, index: int, since: int | None) -> None:
        enrolled = self.key(keyid)
        assert enrolled is not None
        key = replace(enrolled, revoked=index, compromised_since=since)
        self._keys[keyid] = self._changes.keys[keyid] = key

    def _mandate(self, statement: Object, op: str, index: int) -> None:
        giver, to = str(statement["party"]), str(statement["to"])
        mandates = self.mandates(giver)
        if op == "withdraw":
            mandates[:] = [
                replace(m, withdrawn=index) if m.to == to and m.withdrawn is None else m
                for m in mandates
            ]
        else:
            mandates.append(
                Mandate(
                    giver=giver, to=to, steps=tuple(statement["steps"]),
                    start=str(statement["from"]), until=str(statement["until"]), given=index,
                )
            )  # fmt: skip
        self._changes.mandates[giver] = mandates

    def _act(self, link: Link, statement: Object, op: str, index: int) -> None:
        uri, begun = str(statement["uri"]), self.act(str(statement["uri"]))
        if op in BEGINNING:
            act = Act(
                uri=uri, kind=str(statement["type"]), actor=link.actor, leaf=index,
                level=statement.get("level"), drill=bool(statement.get("drill", False)),
                sort=statement.get("kind"), about=statement.get("party"),
                office=acts_for(self, link.actor) if statement["type"] in OFFICIAL else None,
            )  # fmt: skip
        elif begun is not None and op in ENDING:
            act = replace(begun, ended=index, ending=op)
        elif begun is not None and op in MOVING:
            act = replace(begun, office=str(statement["to"]))
        else:
            return
        self._acts[uri] = self._changes.acts[uri] = act

    def _put_remit(self, party: str, remit: tuple[str, ...] | None, index: int) -> None:
        self._remits[party] = remit
        self._changes.remits[party] = (remit, index)

    def _put_party(self, party: Party) -> None:
        self._parties[party.uri] = self._changes.parties[party.uri] = party


def party_from(statement: Object, before: Party | None, index: int) -> Party:
    """The party that an admission or a change leaves behind."""
    earlier: tuple[tuple[int, int], ...] = ()
    admitted = index
    if before is not None:
        earlier = before.earlier
        if before.left is None:
            admitted = before.admitted
        else:
            earlier = (*earlier, (before.admitted, before.left))
    part_of, name = statement.get("part_of"), statement.get("name")
    return Party(
        uri=str(statement["party"]),
        admitted=admitted,
        stated=index,
        left=None,
        name=None if name is None else str(name),
        roles=tuple(statement["roles"]),
        division=str(statement["division"]),
        places=tuple(statement["places"]),
        gs1=tuple(statement["gs1"]),
        part_of=None if part_of is None else str(part_of),
        earlier=earlier,
    )


def coded(link: Link) -> Iterator[str]:
    """The canonical items that the link, if it reports no document, claims to bring into being."""
    if link.event is not None and not link.is_received:
        yield from coded_in(link.event)


def coded_in(event: Object) -> Iterator[str]:
    """The items that an event brings into being, of whatever actor."""
    if event["type"] == "ObjectEvent" and event.get("action") == "ADD":
        epcs, quantities = "epcList", "quantityList"
    elif event["type"] == "TransformationEvent":
        epcs, quantities = "outputEPCList", "outputQuantityList"
    else:
        return
    names = [*event.get(epcs, ()), *(part["epcClass"] for part in event.get(quantities, ()))]
    for name in names:
        if (item := canonical(name)) is not None:
            yield item


def codings(link: Link, host: str) -> Iterator[str]:
    """The items with a code of this ledger's own that the link claims to code."""
    return (item for item in coded(link) if codes.in_uri(item, host) is not None)
