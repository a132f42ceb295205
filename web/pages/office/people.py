"""Pages of who is registered: the parties of a remit, and one of them to be changed."""

from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from suyuan.keys.validity import Key, Party
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import zone
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.goods.mandates import mandates_of
from suyuan.trace.goods.party_report import registered
from suyuan.trace.store.read.reader import Reader
from suyuan.web.api.office.admissions import ADMITTED
from suyuan.web.api.office.people import found_in, theirs
from suyuan.web.app.access import session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, Routes
from suyuan.web.context import site
from suyuan.web.text import divisions, shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.numbers import number_of
from suyuan.web.text.words import role

from .mandates import LASTS, choices, mandate_line
from .signin import page

routes = Routes("people")
MOST = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One party in the list."""

    uri: str
    name: str
    number: str
    roles: str
    division: str
    keys: int
    is_gone: bool
    is_registrar: bool
    is_mine: bool
    url: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of a party."""

    keyid: str
    check: str
    alg: str
    enrolled: int
    revoked: int | None


@routes.get("/people", ADMITTING)
def people() -> Response:
    """The parties in one's remit, by name or number, page by page."""
    who = session.signed_in()
    typed = request.args.get("q", "").strip()[:200]
    after = _number(request.args.get("after", "0"))
    with site().ledger.reading() as reader:
        found = found_in(reader, who, typed, after, MOST)
        rows = [_row(reader, one, who) for one in found.parties]
    more = None
    if found.after is not None:
        more = keep_language("/people", q=typed, after=str(found.after))
    return page("people.html", rows=rows, typed=typed, more=more, after=after)


@routes.get("/people/party", ADMITTING, back="/people")
def person() -> Response:
    """One party: what is registered of it, its keys, and what can be done about it."""
    who = session.signed_in()
    asked = request.args.get("who", "")[:512]
    with site().ledger.reading() as reader:
        party = _found(reader, who, asked)
        about = registered(reader, party)
        keys = [_key(key) for key in reversed(reader.keys_of(party.uri))]
        given, _received = mandates_of(reader, party.uri, site().ledger.now())
        whole = None if party.part_of is None else reader.party(party.part_of)
    today = site().ledger.now().astimezone(zone()).date()
    return page(
        "person.html",
        row=_row_of(party, about, who),
        about=about,
        keys=keys,
        given=[mandate_line(one, "to") for one in reversed(given)],
        roles=_roles(party),
        whole=None if whole is None else whole.name or number_of(whole.uri),
        inspect_url=_inspect_url(party),
        suggested=who.party.name or number_of(who.uri),
        of=party.uri,
        steps=choices(party),
        first=today.isoformat(),
        last=(today + LASTS).isoformat(),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _found(reader: Reader, who: SignedIn, asked: str) -> Party:
    """The party asked for, whether or not it has left; a problem where it is not in the remit."""
    try:
        return theirs(reader, who, asked)
    except ProblemError as error:
        if error.status != 404:
            raise
    try:
        party = reader.party(parties.read(asked, site().host))
    except IdentifierError:
        party = None
    if party is None:
        raise ProblemError(404, "no such party in this ledger")
    if party not in found_in(reader, who, party.uri, 0, 1).parties:
        raise ProblemError(403, f"{party.uri} is not in your remit")
    return party


def _row(reader: Reader, party: Party, who: SignedIn) -> Row:
    return _row_of(party, registered(reader, party), who)


def _row_of(party: Party, about: dict[str, Any], who: SignedIn) -> Row:
    is_above = party.uri == site().genesis.authority or about["remit"] is not None
    return Row(
        uri=party.uri,
        name=party.name or shown.uri(party.uri),
        number=number_of(party.uri),
        roles=shown.listed(role(name) for name in party.roles),
        division=divisions.shown(party.division),
        keys=int(about["keys"]),
        is_gone=party.left is not None,
        is_registrar=about["remit"] is not None,
        is_mine=party.left is None and (who.is_authority or not is_above),
        url=keep_language("/people/party", who=party.uri),
    )


def _key(key: Key) -> KeyRow:
    return KeyRow(key.keyid, check_of(key.keyid), key.alg, key.enrolled, key.revoked)


def _roles(party: Party) -> list[tuple[str, str, bool]]:
    names = ["authority"] if party.uri == site().genesis.authority else []
    return [(name, role(name), name in party.roles) for name in (*names, *ADMITTED)]


def _inspect_url(party: Party) -> str | None:
    """The page of a party for inspectors, where there is one."""
    if any(rule.rule == "/inspect/party" for rule in current_app.url_map.iter_rules()):
        return keep_language("/inspect/party", party=party.uri)
    return None
