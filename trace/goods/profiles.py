"""What parties, places and products are beside their names: of the profiles stated, what counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.keys.validity import Party, in_remit
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.members import Object
from suyuan.trace.store.read import profile_rows
from suyuan.trace.store.read.reader import Reader

from .verify_link import Verifier

LICENCES = "licences"
_NO_MEMBERS = frozenset({"type", "uri", "suyuan:private", LICENCES})


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence, and who states it; `is_own` where that is its holder itself."""

    kind: str
    number: str
    expires: str | None  # YYYY-MM-DD
    holder: str
    by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What counts of a URI's profiles: members as stated, and the index at which each stands."""

    uri: str
    members: Mapping[str, Any] = field(default_factory=dict)
    indexes: Mapping[str, int] = field(default_factory=dict)
    licences: Sequence[Licence] = ()

    def text(self, member: str, language: str) -> str | None:
        """A member's text in a language (its first subtag decides); None where it has none."""
        texts: Mapping[str, str] = self.members.get(member, {})
        main = language.partition("-")[0].partition("_")[0]
        return next((text for tag, text in texts.items() if tag.partition("-")[0] == main), None)

    def any_text(self, member: str, language: str) -> str | None:
        """A member's text in a language, else in the first that it is stated in."""
        texts: Mapping[str, str] = self.members.get(member, {})
        return self.text(member, language) or next(iter(texts.values()), None)


class Profiles:
    """Profiles over one reader, each asked for once.

    A statement is verified now and read from its own bytes; what the columns beside it name and
    is not of this actor about this URI is passed over.
    """

    def __init__(self, reader: Reader, genesis: Genesis, verifier: Verifier | None = None) -> None:
        self._reader = reader
        self._genesis = genesis
        self._verifier = verifier or Verifier(reader, genesis)
        self._profiles: dict[tuple[str, str | None], Profile] = {}

    def of(self, uri: str, speaker: str | None = None) -> Profile:
        """What counts of a party, or of a place or product, for `speaker`'s lots and events."""
        if (uri, speaker) not in self._profiles:
            self._profiles[uri, speaker] = self._read(uri, speaker)
        return self._profiles[uri, speaker]

    def stated_by(self, uri: str, actor: str) -> Object:
        """An actor's own newest statement about a URI; empty where there is none."""
        stated = self._stated(uri, (actor,))
        return stated[0][2] if stated else {}

    def expiring(self, before: str, remit: Remit) -> list[Licence]:
        """The licences that count of the parties in a remit that end before a day, by that day."""
        over = {self._genesis.authority, *profile_rows.registrars(self._reader)}
        parties = profile_rows.expiring(self._reader, before, over)
        ending = [
            licence
            for uri in parties
            if remit.covers(self._verifier.party(uri))
            for licence in self.of(uri).licences
            if licence.expires is not None and licence.expires < before
        ]
        return sorted(ending, key=lambda licence: str(licence.expires))

    def _read(self, uri: str, speaker: str | None) -> Profile:
        party = self._verifier.party(uri)
        if party is None:
            owner = self._reader.owner(uri)
            parties = (None if owner is None else owner.party, speaker)
            actors = [actor for actor in dict.fromkeys(parties) if actor is not None]
            return _counting(uri, self._stated(uri, actors)[:1], ())
        own = self._stated(uri, (uri,))
        over = sorted(self._stated(uri, self._over(party)), reverse=True, key=lambda row: row[0])
        return _counting(uri, own, over)

    def is_over(self, actor: str, uri: str) -> bool:
        """Whether what an actor states of a party counts as said by one of those over it."""
        party = self._verifier.party(uri)
        return party is not None and actor in self._over(party)

    def _over(self, party: Party) -> list[str]:
        """Those over a party: authority, whom it is part of, registrars with it in their remit.

        Of registrars those alone who have said anything of it, for there may be many.
        """
        authority = self._genesis.authority
        registrars = profile_rows.remits(self._reader, party.uri)
        over = {authority, party.part_of} - {None}
        if party.uri != authority and party.uri not in registrars:
            over |= {
                uri
                for uri, remit in registrars.items()
                if in_remit(remit, party.division, party.places)
            }
        return sorted(uri for uri in over if uri is not None and uri != party.uri)

    def _stated(self, uri: str, actors: Sequence[str]) -> list[tuple[int, str, Object]]:
        """Index, actor and statement of these actors' newest, in their order."""
        newest = profile_rows.newest(self._reader, uri, actors)
        return [
            (newest[actor], actor, statement)
            for actor in actors
            if actor in newest
            and (statement := self._statement(uri, actor, newest[actor])) is not None
        ]

    def _statement(self, uri: str, actor: str, index: int) -> Object | None:
        link = self._verifier.statement(index)
        stated = None if link is None or link.actor != actor else link.statement
        is_about = stated is not None and (stated["type"], stated.get("uri")) == ("profile", uri)
        return stated if is_about else None


Stated = Sequence[tuple[int, str, Object]]


def _counting(uri: str, own: Stated, over: Stated) -> Profile:
    """Each member from the own statement, else the newest over it; licences, those over first."""
    members: dict[str, Any] = {}
    indexes: dict[str, int] = {}
    for index, _, statement in (*own, *over):
        for name in statement.keys() - members.keys() - _NO_MEMBERS:
            members[name], indexes[name] = statement[name], index
    return Profile(uri, members, indexes, tuple(_licences(uri, (*over, *own))))


def _licences(uri: str, stated: Iterable[tuple[int, str, Object]]) -> Iterator[Licence]:
    """Each kind by the first of these statements that has one of it."""
    kinds: set[str] = set()
    for _, actor, statement in stated:
        listed = [part for part in statement.get(LICENCES, ()) if part["kind"] not in kinds]
        kinds |= {part["kind"] for part in listed}
        for part in listed:
            yield Licence(
                part["kind"], part["number"], part.get("expires"), uri, actor, actor == uri
            )
