"""What parties, places and products are called on a page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import g

from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.identifiers.pinyin import has_characters, spelled
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import subject
from suyuan.trace.format.vocabulary import TESTED
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.lineage.lots import products_of
from suyuan.trace.lineage.model import Lot
from suyuan.trace.store.read.naming import Named
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from . import shown
from .languages import is_chinese
from .texts import gettext as _
from .texts import language


@dataclass(frozen=True, slots=True)
class Member:
    """A party as its own statement has it; nothing but signed words."""

    name: str | None
    roles: tuple[str, ...]
    division: str


class Names:
    """Names by URI over one reader, each asked for once.

    A stated name is taken from the statement itself, verified now, and never from the columns
    beside it; `forged` has the URIs whose columns say something else, or whose statement is
    broken or gone. They are shown without a name.
    """

    def __init__(self, reader: Reader, genesis: Genesis, verifier: Verifier | None = None) -> None:
        """`verifier` is one that knows some of the parties already."""
        self.reader = reader
        self._verifier = verifier or Verifier(reader, genesis)
        self.profiles = Profiles(reader, genesis, self._verifier)
        self._names: dict[tuple[str, str | None], str | None] = {}
        self._parties: dict[str, Member | None] = {}
        self.forged: set[str] = set()

    def known(self, uri: str, speaker: str | None = None) -> str | None:
        """The name of a party as admitted, else as stated or reported; None where none is.

        Of a product or place that has no owner, what `speaker` states counts: who coded the lot,
        or recorded the event, of which it is asked. It is in the page's language, as `in_words`
        has it.
        """
        name = self._native(uri, speaker)
        return None if name is None else self.in_words(name, uri, speaker)

    def _native(self, uri: str, speaker: str | None) -> str | None:
        key = (uri, speaker)
        if key not in self._names:
            party = self.party(uri)
            name = None if party is None else party.name
            if name is None and uri not in self.forged:
                name = self._recorded(uri, speaker)
            self._names[key] = None if name is None else shown.cut(name)
        return self._names[key]

    def in_words(self, name: str, uri: str | None, speaker: str | None = None) -> str:
        """A name in the page's language: as translated, else in pinyin, and beside that itself.

        `uri` is what it names, if that is known. A translation is the word of who states it: so
        what is registered, or was signed with the goods, stands beside it.
        """
        other = self._translated(name, uri, speaker)
        return f"{other} ({shown.cut(name)})" if other else shown.cut(name)

    def brief(self, uri: str, speaker: str | None = None, name: str | None = None) -> str:
        """What `of` gives, or `name` for it, without what a translation stands beside.

        For where the same page has both.
        """
        known = name or self._native(uri, speaker)
        return (known and self._translated(known, uri, speaker)) or known or shown.uri(uri)

    def _translated(self, name: str, uri: str | None, speaker: str | None) -> str | None:
        """A name in the page's language; None where it is in that, or in no other."""
        if has_characters(name) == is_chinese():
            return None
        stated = None if uri is None else self.profiles.of(uri, speaker).text("names", language())
        other = shown.cut(stated) if stated else None if is_chinese() else spelled(shown.cut(name))
        return None if other == name else other

    def _recorded(self, uri: str, speaker: str | None) -> str | None:
        """The name that a statement gives, or marked as such, the one that a document reports."""
        row = self.reader.named(uri, speaker)
        if row is None:
            return None
        name, kind = row.name, row.kind
        link = self._verifier.statement(row.leaf)
        if kind.endswith("*") and link is not None and link.is_received:
            return _("%(name)s (as reported)", name=name)
        statement = _about(link, uri, kind)
        if statement is None or statement.get("name") != name or not self._is_owners(row, link):
            self.forged.add(uri)
            return None
        return name

    def _is_owners(self, row: Named, link: Link | None) -> bool:
        """Whether a name that counts as its owner's is its owner's by the authority's statement."""
        owner = row.owner
        if owner is None or owner.leaf is None or link is None:
            return owner is None
        statement = _about(self._verifier.statement(owner.leaf), owner.uri, "ownership")
        return statement is not None and statement.get("party") == link.actor

    def of(self, uri: str, speaker: str | None = None) -> str:
        """The name, or the URI in short."""
        party = self.party(uri)
        return self.known(uri, speaker) or shown.unnamed(uri, party.roles if party else ())

    def product(self, item: str, coder: str | None = None) -> str | None:
        """What the product is called that an item's own URI names, a GS1 or a GDST one."""
        names = (
            self.known(uri, coder if uri.startswith(ID) else None) for uri in products_of(item)
        )
        return next(filter(None, names), None)

    def item(self, item: str) -> str:
        """An item of which no more is known here than its URI."""
        name = self.product(item)
        return f"{name} ({shown.uri(item)})" if name else shown.uri(item)

    def party(self, uri: str) -> Member | None:
        """The party with this URI, if one was ever admitted and its statement can be relied on."""
        if uri not in self._parties:
            self._parties[uri] = self._member(uri)
        return self._parties[uri]

    def _member(self, uri: str) -> Member | None:
        party = self._verifier.party(uri)
        if party is None:
            return None
        statement = _about(self._verifier.statement(party.stated), uri, "party")
        if statement is None or "roles" not in statement:
            self.forged.add(uri)
            return None
        member = Member(statement.get("name"), tuple(statement["roles"]), statement["division"])
        if member != Member(party.name, party.roles, party.division):
            self.forged.add(uri)
            return None
        return member

    def division(self, uri: str) -> str | None:
        """The division of a party, with its province's name."""
        party = self.party(uri)
        return None if party is None else shown.division(party.division)

    def place(self, event: Object, actor: str) -> str | None:
        """Where an actor's event was: its business location, else where it was read."""
        for member in ("bizLocation", "readPoint"):
            place = event.get(member)
            if isinstance(place, dict) and isinstance(place.get("id"), str):
                return self.of(place["id"], actor)
        return None

    def ends(self, event: Object, member: str, kind: str) -> str | None:
        """The owning, else possessing party or the place at an end of a delivery."""
        listed = event.get(member)
        parts = [
            part
            for part in (listed if isinstance(listed, list) else ())
            if isinstance(part, dict) and isinstance(part.get(kind), str)
        ]
        parts.sort(key=lambda part: _RANK.get(str(part.get("type")).rsplit("-", 1)[-1], 9))
        return self.of(parts[0][kind]) if parts else None


def in_words(name: str, uri: str | None = None, speaker: str | None = None) -> str:
    """How a registered name is shown on every page, drawing and sheet: `Names.in_words` decides.

    Read over the request's reader where it has one, once for each name.
    """
    if has_characters(name) == is_chinese():
        return shown.cut(name)
    reader = g.get("reader")
    if reader is None:
        with site().ledger.reading() as reader:
            return Names(reader, site().genesis).in_words(name, uri, speaker)
    known: Names | None = g.get("names")
    if known is None or known.reader is not reader:
        known = g.names = Names(reader, site().genesis)
    return known.in_words(name, uri, speaker)


def titled(name: str | None, uri: str, speaker: str | None = None) -> str:
    """What a party, place, product or item is called, in the page's language; or its URI in short.

    `speaker` is whose word counts of a product or place without an owner.
    """
    return in_words(name, uri, speaker) if name else shown.uri(uri)


def lot_titled(name: str | None, item: str, lots: Mapping[str, Lot]) -> str:
    """The same of an item by the lot that it is, whose product may have a translation."""
    lot = lots.get(item)
    return titled(name, item) if lot is None else titled(name, lot.product or item, lot.coder)


def tested(text: str) -> str:
    """What a test looked for, by the vocabulary's words, else in pinyin, in the page's language."""
    text = shown.cut(text, 60)
    if is_chinese() or not has_characters(text):
        return text
    english = spelled(_TESTED.sub(lambda known: f" {TESTED[known[0]]} ", text))
    return english[:1].upper() + english[1:]


def _about(link: Link | None, uri: str, kind: str) -> Object | None:
    """The statement of this kind that a link makes about a URI."""
    statement = None if link is None else link.statement
    is_about = statement is not None and statement["type"] == kind and subject(statement) == uri
    return statement if is_about else None


_TESTED = re.compile("|".join(sorted(map(re.escape, TESTED), key=len, reverse=True)))
_RANK = {"owning_party": 0, "possessing_party": 1, "location": 2}
