"""Pages of invitations: the one that the invited open, and the one of those who invite."""

from dataclasses import dataclass

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.times import parse
from suyuan.trace.goods.inviting import DAYS
from suyuan.web.api.office import keys
from suyuan.web.api.office.admissions import ADMITTED
from suyuan.web.api.office.admissions import MOST as SEVERAL
from suyuan.web.app.access import session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, ANYBODY, OWN_DEVICE, SIGNED_IN, Routes
from suyuan.web.text import shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import role

from .invite_cards import Card, card
from .signin import page

routes = Routes("inviting")


@dataclass(frozen=True, slots=True)
class Line:
    """One invitation in the list."""

    id: str
    who: str
    until: str
    state: str
    check: str | None
    is_recovery: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, and what is wrong with it."""

    typed: str = ""
    wrong: str | None = None
    exact: str | None = None


@routes.get("/invite", ANYBODY)
def invite() -> Response:
    """Where an invitation leads: its code stands behind #, which only the browser reads."""
    return page("invite.html", who=None)


@routes.get("/invitations", SIGNED_IN)
def listed() -> Response:
    """Invitations, the keys that were offered, and a form for a new one."""
    who = session.signed_in()
    return _page(who, Form(request.args.get("party", "")[:512]))


@routes.post("/invitations", OWN_DEVICE, limit=keys.MOST)
def made() -> Response:
    """Invite a party, or a further device of one's own; what was typed is kept if it is wrong."""
    who = session.signed_in()
    typed = request.form.get("party", "").strip()[:512] if who.invites else who.uri
    try:
        found = keys.invite(who, typed or who.uri, DAYS)
    except ProblemError as error:
        if error.status not in (403, 422):
            raise
        wrong = (
            _("This is not one of those whom you may invite.")
            if error.status == 403
            else _("This is no party of this ledger: give its number, code or URI.")
        )
        response = _page(who, Form(typed, wrong, error.detail))
        response.status_code = 422
        return response
    return _page(who, Form(), card(found))


@routes.post("/invitations/several", OWN_DEVICE, limit=keys.MOST)
def made_for_several() -> Response:
    """Invite several parties, each with a card to be printed."""
    who = session.signed_in()
    asked = [typed[:512] for typed in dict.fromkeys(request.form.getlist("party"))]
    if not asked or len(asked) > SEVERAL:
        raise ProblemError(422, f"name 1 to {SEVERAL} parties, not {len(asked)}")
    cards = [card(keys.invite(who, typed, DAYS)) for typed in asked]
    return page("sheet.html", cards=cards)


@routes.get("/admit", ADMITTING)
def admit() -> Response:
    """A form to admit a party, which is signed in the browser."""
    who = session.signed_in()
    roles = [(name, role(name)) for name in ADMITTED]
    return page("admit.html", roles=roles, division=(who.remit or ("",))[0])


@routes.get("/admit/several", ADMITTING)
def several() -> Response:
    """A form to admit several parties of one kind, signed together, each invited by a card."""
    who = session.signed_in()
    return page(
        "several.html",
        roles=[(name, role(name)) for name in ADMITTED],
        division=(who.remit or ("",))[0],
        most=SEVERAL,
    )


@routes.post("/invitations/<token>/withdraw", OWN_DEVICE)
def withdrawn(token: str) -> Redirect:
    """Take an invitation back."""
    who = session.signed_in()
    keys.withdraw(who, token)
    return redirect(keep_language("/invitations"), 303)


def _page(who: SignedIn, form: Form, new: Card | None = None) -> Response:
    lines = [_line(one.token, told, who) for one, told in keys.standing_of(who)]
    return page("invitations.html", lines=lines, form=form, new=new, days=DAYS)


def _line(token: str, told: dict[str, object], who: SignedIn) -> Line:
    until = parse(told["expires"])
    return Line(
        id=token,
        who=str(told["name"] or shown.uri(str(told["party"]))),
        until="" if until is None else shown.moment(until),
        state=str(told["state"]),
        check=None if told["check"] is None else str(told["check"]),
        is_recovery=bool(told["has_keys"]) and told["party"] != who.uri,
    )
