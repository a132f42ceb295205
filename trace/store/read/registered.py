"""Lists of who is registered, and of what one party has stated and coded."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from suyuan.keys.validity import Mandate, Party, in_remit, significant

from .. import schema as t
from ..append.link_rows import MANDATE, party_of
from ..selecting import paged
from .reader import Reader

_CHAINS = 20_000  # of the newest chains of a party, looked at for lots that it coded


MOST = 500
_BLOCK = 500
_LISTS = 500  # different lists of roles that are looked at
LAST = "9" * 12  # no division is behind it
_PART_OF_NUMBER = 6  # characters: less of a random code says nothing


@dataclass(frozen=True, slots=True)
class PartyPage:
    """Parties in order of their first mention; `after` is where the next page begins, if any."""

    parties: list[Party]
    after: int | None


def registered_name(reader: Reader, uri: str) -> str | None:
    """A party's name as it is registered now, also where names do not follow the ledger yet."""
    party = reader.party(uri)
    return None if party is None else party.name


def parts_of(reader: Reader, whole: str) -> list[Party]:
    """The parties registered as part of one, those that have left too, the first admitted first."""
    query = select(t.party, t.subject.c.uri).join(t.subject).where(t.party.c.part_of == whole)
    rows = reader.connection.execute(query.order_by(t.party.c.admitted)).all()
    return [party_of(row.uri, row) for row in rows]


def of_role(reader: Reader, role: str, low: str = "0", high: str = LAST) -> list[Party]:
    """The parties admitted now that have a role, whose division is from one to another, by it.

    By an index over the lists of roles there are: of a role that few have, whoever else there is.
    """
    c, last, lists = t.party.c, "", list[str]()
    for _ in range(_LISTS):
        after = select(c.roles).where(c.roles > last).order_by(c.roles).limit(1)
        row: str | None = reader.connection.execute(after).scalar()
        if row is None:
            break
        last = row
        lists += [row] if f'"{role}"' in row else []
    query = select(t.party, t.subject.c.uri).join(t.subject).where(c.gone.is_(None))
    rows = (row for row in reader.among(query, c.roles, lists) if low <= row.division <= high)
    ordered = sorted(rows, key=lambda row: (row.division, row.subject))
    return [party_of(row.uri, row) for row in ordered]


def mandates_to(reader: Reader, party: str) -> list[Mandate]:
    """All mandates that were ever given to a party, in order."""
    query = (
        select(t.mandate, t.subject.c.uri)
        .join(t.subject, t.mandate.c.giver == t.subject.c.id)
        .where(t.mandate.c.recipient == party)
        .order_by(t.mandate.c.given)
    )
    return [MANDATE.value(row, giver=row.uri) for row in reader.connection.execute(query)]


def parties_in(
    reader: Reader, remit: Sequence[str] | None, *, typed: str = "", after: int = 0, most: int = 50
) -> PartyPage:
    """Parties in a remit, None for everybody's, whose name has `typed` in it.

    Or whose URI has, where it is of six characters or more.

    A page without `typed` costs what it shows; a search reads the table of parties to its end.
    """
    query = select(t.party, t.subject.c.uri).join(t.subject)
    divisions = [significant(part) for part in remit or () if part.isdigit()]
    if remit is not None:
        of_division = [t.party.c.division.startswith(part, autoescape=True) for part in divisions]
        query = query.where(or_(*of_division, t.party.c.places != "[]"))
    if typed:
        forms = {unicodedata.normalize(form, typed) for form in ("NFC", "NFD")}
        named = [t.party.c.name.icontains(form, autoescape=True) for form in sorted(forms)]
        if len(typed) >= _PART_OF_NUMBER:
            named.append(t.subject.c.uri.icontains(typed, autoescape=True))
        query = query.where(or_(*named))
    parties: list[tuple[int, Party]] = []
    key = {"subject": t.party.c.subject}
    for row in paged(reader.connection, query, key, (after,), _BLOCK):
        party = party_of(row.uri, row)
        if remit is None or in_remit(remit, party.division, party.places):
            parties.append((row.subject, party))
            if len(parties) > most:
                break
    page = parties[:most]
    return PartyPage([party for _, party in page], page[-1][0] if len(parties) > most else None)


def named(reader: Reader, name: str) -> list[str]:
    """The URIs of the parties admitted now that have exactly this name, compared in NFC."""
    forms = {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}
    query = (
        select(t.subject.c.uri)
        .join(t.party, t.party.c.subject == t.subject.c.id)
        .where(t.party.c.name.in_(sorted(forms)), t.party.c.gone.is_(None))
        .order_by(t.party.c.subject)
        .limit(MOST)
    )
    return list(reader.connection.execute(query).scalars())


def within(reader: Reader, prefix: str) -> Iterator[tuple[str, str, str]]:
    """URI, name and division of the parties admitted now whose division begins so."""
    c = t.party.c
    query = select(t.subject.c.uri, c.name, c.division).join(t.party, c.subject == t.subject.c.id)
    among = and_(c.division >= prefix, c.division <= prefix.ljust(12, "9"))  # by the index
    for row in reader.connection.execute(query.where(among, c.gone.is_(None))):
        yield row.uri, row.name or "", row.division


def places_of(reader: Reader, party: Party) -> list[tuple[str, str | None]]:
    """The places of a party's registration, each with its name, if it has one.

    That is its owner's or the party's own, else that of whoever registered the party.
    """
    link = reader.parsed(party.stated) if party.places else None
    by = None if link is None else link.actor
    return [(uri, reader.name(uri, party.uri) or reader.name(uri, by)) for uri in party.places]


def stated(reader: Reader, actor: str, kind: str) -> list[tuple[str, int]]:
    """Products or places that an actor has stated: URI, and the leaf of its newest statement."""
    number = reader.subject(actor)
    query = (
        select(t.name.c.uri, t.name.c.leaf)
        .join(t.subject, t.subject.c.uri == t.name.c.uri)
        .join(t.chain, and_(t.chain.c.subject == t.subject.c.id, t.chain.c.actor == number))
        .where(t.name.c.kind == kind, t.name.c.actor == actor)
        .order_by(t.name.c.leaf)
    )
    return [(row.uri, row.leaf) for row in reader.connection.execute(query)]


def codings(
    reader: Reader, actor: str, most: int, before: int | None = None
) -> list[tuple[str, int]]:
    """The lots that an actor coded last, newest first, each with the leaf of its coding.

    With `before`, microseconds UTC, those whose event was earlier. Among the newest chains that the
    actor began, so that a long life costs no more than a short one.
    """
    number = reader.subject(actor)
    newest = (
        select(t.chain.c.id, t.chain.c.subject)
        .where(t.chain.c.actor == number)
        .order_by(t.chain.c.id.desc())
        .limit(_CHAINS)
        .subquery()
    )
    query = (
        select(t.subject.c.uri, t.lot.c.leaf)
        .select_from(newest)
        .join(t.lot, t.lot.c.item == newest.c.subject)
        .join(
            t.link_item,
            and_(t.link_item.c.chain == newest.c.id, t.link_item.c.leaf == t.lot.c.leaf),
        )
        .join(t.subject, t.subject.c.id == newest.c.subject)
        .order_by(t.lot.c.leaf.desc())
        .limit(most)
    )
    if before is not None:
        query = query.join(t.event, t.event.c.leaf == t.lot.c.leaf).where(t.event.c.time < before)
    return [(row.uri, row.leaf) for row in reader.connection.execute(query)]
