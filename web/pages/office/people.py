"""Pages of who is registered: the parties of a remit, and one of them to be changed."""

from collections.abc import Mapping

from flask import Response, request

from suyuan.keys.validity import Party, valid_keys
from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.statements import ADMITTED
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.lineage.lots import fold
from suyuan.trace.store.read import registered
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access.registering import known_places, parties_page, theirs
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.filters import number_of
from suyuan.web.text.languages import keep_language
from suyuan.web.text.names import titled
from suyuan.web.text.recalls_names import places_of, registered_namer
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from .mandates import form
from .signin import page

routes = Routes("people")
MOST = 35  # on a desk, a list of two screens or three
_HEADINGS = (_l("Name"), _l("Number"), _l("Roles"), _l("Division"), _l("State"))


@routes.get("/people", ADMITTING)
def people(user: SignedIn, reader: Reader) -> Response:
    """The parties in one's remit, by name or number, page by page."""
    typed = request.args.get("q", "").strip()[:200]
    if sheets.is_asked():
        everybody = parties_page(reader, user, typed, 0, sheets.MOST)
        return sheets.sheet(_("Registered parties"), _HEADINGS, map(_row, everybody.parties))
    after = _number(request.args.get("after", "0"))
    listed = parties_page(reader, user, typed, after, MOST)
    more = None
    if listed.after is not None:
        more = keep_language("/people", q=typed, after=str(listed.after))
    return page(
        "office/people.html",
        parties=listed.parties,
        good_keys=lambda party: valid_keys(reader, party.uri, reader.size()),
        remit_of=reader.remit,
        typed=typed,
        more=more,
        after=after,
    )


def _row(party: Party) -> list[Cell]:
    """A party as a row of the spreadsheet."""
    has_left = _("has left") if party.left is not None else None
    roles = shown.listed(map(words.role, party.roles))
    return [
        titled(party.name, party.uri),
        number_of(party.uri),
        roles,
        shown.division(party.division),
        has_left,
    ]


@routes.get("/people/party", ADMITTING, back="/people")
def person(user: SignedIn, reader: Reader) -> Response:
    """One party: what is registered of it, its keys, and what can be done about it."""
    typed = request.args.get("who", "")[:512]
    party = _party(reader, user, typed)
    remit = reader.remit(party.uri)
    authority = site().genesis.authority
    known = known_places(reader, user, party)
    is_above = remit is not None or party.uri == authority
    return page(
        "office/person.html",
        party=party,
        remit=remit,
        is_ours=party.left is None and (user.is_authority or not is_above),
        good_keys=valid_keys(reader, party.uri, reader.size()),
        keys=reader.keys_of(party.uri)[::-1],
        given=reader.mandates(party.uri)[::-1],
        # The authority's own role goes with the authority.
        roles=[*(roles_of("founds") if party.uri == authority else ()), *ADMITTED],
        whole=None if party.part_of is None else reader.party(party.part_of),
        suggested=user.party.name or number_of(user.uri),
        of=party.uri,
        name=registered_namer(reader),
        places=places_of(reader, party),
        typed_places=[_typed(known, *place) for place in registered.places_of(reader, party)],
        **form(party),
    )


def _typed(known: Mapping[str, str], uri: str, name: str | None) -> str:
    """A place as it is typed: its name, where no other place is meant by that."""
    return name if name is not None and known.get(fold(name)) == uri else uri


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _party(reader: Reader, user: SignedIn, typed: str) -> Party:
    """The party asked for, whether or not it has left; a problem where it is not in the remit."""
    try:
        return theirs(reader, user, typed)
    except ProblemError as error:
        if error.status != 404:
            raise
    try:
        party = reader.party(parties.read(typed, site().host))
    except IdentifierError:
        party = None
    if party is None:
        raise ProblemError(404, "no such party in this ledger")
    if party not in parties_page(reader, user, party.uri, 0, 1).parties:
        raise ProblemError(403, "%s is not in your remit", party.uri)
    return party
