"""Pages of invitations: the one that the invited open, those of who invite, cards to be printed."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.keys.validity import valid_keys
from suyuan.trace.format.statements import ADMITTED
from suyuan.trace.goods import inviting
from suyuan.trace.goods.inviting import DAYS
from suyuan.trace.labels.qr_symbol import QUIET, symbol
from suyuan.trace.store.beside import invitations as stored
from suyuan.trace.store.beside.invitations import Invitation
from suyuan.web.app.access import registering, session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, ANYBODY, OWN_DEVICE, SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.filters import moment
from suyuan.web.text.languages import CHINESE, ENGLISH, keep_language
from suyuan.web.text.recalls_names import registered_namer
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import speaking

from .signin import page

routes = Routes("inviting")


@routes.get("/invite", ANYBODY)
def invite() -> Response:
    """Where an invitation leads: its code stands behind #, which only the browser reads."""
    return page("office/invite.html", user=None)


@routes.get("/invitations", SIGNED_IN)
def listed(user: SignedIn) -> Response:
    """Invitations, the keys that were offered, and a form for a new one."""
    return _page(user, request.args.get("party", "")[:512])


@routes.post("/invitations", OWN_DEVICE, limit="inviting 120/minute")
def made(user: SignedIn) -> Response:
    """Invite a party, or a further device of one's own; what was typed is kept if it is wrong."""
    typed = request.form.get("party", "").strip()[:512] if user.invites else user.uri
    try:
        new = _invited(user, typed or user.uri)
    except ProblemError as error:
        if error.status not in (403, 422):
            raise
        wrong = (
            _("You may not invite this party.")
            if error.status == 403
            else _("This is no party of this ledger: give its number, code or URI.")
        )
        response = _page(user, typed, wrong, str(error))
        response.status_code = 422
        return response
    return _page(user, "", new=new)


@routes.post("/invitations/several", OWN_DEVICE, limit="inviting 120/minute")
def made_for_several(user: SignedIn) -> Response:
    """Invite several parties, each with a card to be printed."""
    parties = [typed[:512] for typed in dict.fromkeys(request.form.getlist("party"))]
    if not parties or len(parties) > registering.SEVERAL:
        raise ProblemError(422, "name 1 to %s parties, not %s", registering.SEVERAL, len(parties))
    return page("office/sheet.html", cards=[_invited(user, typed) for typed in parties])


@routes.get("/admit", ADMITTING)
def admit(user: SignedIn) -> Response:
    """A form to admit a party, which is signed in the browser."""
    return page("office/admit.html", roles=ADMITTED, division=(user.remit or ("",))[0])


@routes.get("/admit/several", ADMITTING)
def several(user: SignedIn) -> Response:
    """A form to admit several parties of one kind, signed together, each invited by a card."""
    division = (user.remit or ("",))[0]
    return page("office/several.html", roles=ADMITTED, division=division, most=registering.SEVERAL)


@routes.post("/invitations/<token>/withdraw", OWN_DEVICE)
def withdrawn(user: SignedIn, token: str) -> Redirect:
    """Take an invitation back."""
    registering.withdraw(user, token)
    return redirect(keep_language("/invitations"), 303)


def _page(
    user: SignedIn, typed: str, wrong: str = "", exact: str = "", new: dict[str, Any] | None = None
) -> Response:
    """The list and the form, with what was typed and what is wrong with it, and a new card."""
    now = session.now()
    with site().ledger.reading() as reader:
        return page(
            "office/invitations.html",
            invitations=stored.invitations(reader, user.uri, now),
            state=lambda invitation: inviting.state(reader, invitation, now),
            has_keys=lambda invitation: bool(valid_keys(reader, invitation.party, reader.size())),
            name=registered_namer(reader),
            typed=typed,
            wrong=wrong,
            exact=exact,
            new=new,
        )


def _invited(user: SignedIn, typed: str) -> dict[str, Any]:
    code, invitation = registering.invite(user, typed, DAYS)
    with site().ledger.reading() as reader:
        return _card(inviting.url(site().base_url, code), invitation, registered_namer(reader))


def _card(url: str, invitation: Invitation, name: Callable[[str], str]) -> dict[str, Any]:
    """The _card of a new invitation: its link, its code, the symbol of the link, and what it says.

    `says` is for each language: its name, title, term, steps, and what to type.
    """
    qr = symbol(url)
    page, _sharp, code = url.partition("#")
    inviter = name(invitation.invited_by)
    return {
        "who": name(invitation.party),
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
