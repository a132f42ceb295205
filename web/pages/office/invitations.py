"""Pages of invitations: the one that the invited open, those of who invite, cards to be printed."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.keys.validity import Party, valid_keys
from suyuan.trace.format.statements import ADMITTED
from suyuan.trace.goods import inviting
from suyuan.trace.goods.inviting import DAYS
from suyuan.trace.labels.qr_symbol import QUIET, symbol
from suyuan.trace.recording.imports.admitting import MOST
from suyuan.trace.recording.imports.registering import MAX_FILE
from suyuan.trace.recording.imports.shops import FIELDS
from suyuan.trace.store.beside import invitations as stored
from suyuan.trace.store.beside.invitations import Invitation, Wanted
from suyuan.trace.store.read.registered import registered_name
from suyuan.web.app.access import registering, session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, ANYBODY, OWN_DEVICE, SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.filters import moment
from suyuan.web.text.languages import CHINESE, ENGLISH, keep_language
from suyuan.web.text.recalls_names import registered_namer
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language, speaking

from .signin import page

routes = Routes("inviting")
_PAGES = 1_000
_STATES = {
    "open": _l("not used yet"), "offered": _l("a key was offered"),
    "enrolled": _l("the key is enrolled"), "over": _l("expired"),
}  # fmt: skip


@routes.get("/invite", ANYBODY)
def invite() -> Response:
    """Where an invitation leads: its code stands behind #, which only the browser reads."""
    return page("office/invite.html", user=None)


@routes.get("/invitations", SIGNED_IN)
def listed(user: SignedIn) -> Response:
    """Invitations by name and state, the keys that were offered, and a form for a new one."""
    return _page(user, request.args.get("party", "")[:512])


@routes.post("/invitations", OWN_DEVICE, limit="inviting 120/minute")
def made(user: SignedIn) -> Response:
    """Invite a party by its name or number, or a further device of one's own.

    What was typed is kept if it is wrong; of several parties of one name one is chosen.
    """
    typed = request.form.get("party", "").strip()[:512] if user.invites else user.uri
    try:
        new = _invited(user, typed or user.uri)
    except ProblemError as error:
        if error.status not in (403, 422):
            raise
        with site().ledger.reading() as reader:
            parties = registering.named(reader, user, typed) if user.invites else []
        if len(parties) == 1:
            return _page(user, "", new=_invited(user, parties[0].uri))
        wrong = _("No party of your remit has this name or number.")
        if parties:
            wrong = _("Several are called so: choose one.")
        elif error.status == 403:
            wrong = _("You may not invite this party.")
        response = _page(user, typed, wrong, choices=parties)
        response.status_code = 422
        return response
    return _page(user, "", new=new)


@routes.post("/invitations/several", OWN_DEVICE, limit="inviting 120/minute")
def made_for_several(user: SignedIn) -> Response:
    """Invite several parties, each with a card to be printed.

    Those of the invitations named `again` are made anew: their earlier cards are good no more.
    """
    tokens = list(dict.fromkeys(request.form.getlist("again")))
    parties = [typed[:512] for typed in dict.fromkeys(request.form.getlist("party"))]
    if not 1 <= len(parties) + len(tokens) <= MOST:
        count = len(parties) + len(tokens)
        raise ProblemError(422, "name 1 to %s parties, not %s", MOST, count)
    parties += [registering.withdraw(user, token).party for token in tokens]
    cards = [_invited(user, party) for party in dict.fromkeys(parties)]
    return page("office/sheet.html", cards=cards)


@routes.get("/admit", ADMITTING)
def admit(user: SignedIn) -> Response:
    """A form to admit a party, which is signed in the browser."""
    return page("office/admit.html", roles=ADMITTED, division=(user.remit or ("",))[0])


@routes.get("/admit/several", ADMITTING)
def several(user: SignedIn) -> Response:
    """Admitting the shops of a table, signed together, each invited by a card."""
    return page(
        "office/several.html",
        roles=ADMITTED,
        division=(user.remit or ("",))[0],
        most=MOST,
        size=MAX_FILE >> 20,
        columns={name: field.title(language()) for name, field in FIELDS.items()},
    )


@routes.post("/invitations/<token>/withdraw", OWN_DEVICE)
def withdrawn(user: SignedIn, token: str) -> Redirect:
    """Take an invitation back."""
    registering.withdraw(user, token)
    return redirect(keep_language("/invitations"), 303)


def invited_page(user: SignedIn, party: str, name: str | None) -> Response:
    """The page of a new invitation of a party, which is named so on its card."""
    return _page(user, "", new=_invited(user, party) | ({"who": name} if name else {}))


def _page(
    user: SignedIn,
    typed: str,
    wrong: str = "",
    *,
    choices: Sequence[Party] = (),
    new: dict[str, Any] | None = None,
) -> Response:
    """The list and the form, with what was typed and what is wrong with it, and a new card."""
    now, args = session.now(), request.args
    number = args.get("page", 0, type=int)
    query = {"name": args.get("name", "").strip()[:200], "state": args.get("state", "")[:20]}
    wanted = Wanted(query["name"], query["state"], min(max(number, 0), _PAGES))
    with site().ledger.reading() as reader:
        rows, has_more = stored.found(reader, user.uri, wanted, now)
        return page(
            "office/invitations.html",
            invitations=rows,
            wanted=wanted,
            states=_STATES,
            page_url=lambda page: keep_language("/invitations", **query, page=str(page)),
            has_more=has_more,
            state=lambda invitation: inviting.state(reader, invitation, now),
            has_keys=lambda party: bool(valid_keys(reader, party, reader.size())),
            name=registered_namer(reader),
            typed=typed,
            wrong=wrong,
            choices=choices,
            new=new,
        )


def _invited(user: SignedIn, typed: str) -> dict[str, Any]:
    code, invitation = registering.invite(user, typed, DAYS)
    with site().ledger.reading() as reader:
        names = (registered_name(reader, uri) for uri in (invitation.party, invitation.invited_by))
        return _card(inviting.url(site().base_url, code), invitation, *names)


def _card(url: str, invitation: Invitation, who: str | None, by: str | None) -> dict[str, Any]:
    """The _card of a new invitation: its link, its code, the symbol of the link, and what it says.

    `says` is for each language: its name, title, term, steps, and what to type. Names are as they
    are registered.
    """
    qr = symbol(url)
    page, _sharp, code = url.partition("#")
    inviter = by or shown.uri(invitation.invited_by)
    return {
        "who": who or shown.uri(invitation.party),
        "party": invitation.party,
        "inviter": inviter,
        "url": url,
        "code": code,
        "path": qr.path(),
        "size": qr.side + 2 * QUIET,
        "says": list(_card_texts(invitation.expires, inviter, page)),
    }


def _card_texts(
    until: int, inviter: str, page: str
) -> Iterator[tuple[str, str, str, list[str], str]]:
    for locale, lang in ((CHINESE, "zh-CN"), (ENGLISH, "en")):
        with speaking(locale):
            steps = [
                _("Scan this with the phone that you will work with."),
                _("Make your key on it. It never leaves the phone."),
                _("Read its twelve letters to %(inviter)s.", inviter=inviter),
            ]
            term = _("valid until %(time)s", time=moment(until))
            typed = _("Or open %(page)s and type the code above.", page=page)
            yield lang, _("Your invitation"), term, steps, typed
