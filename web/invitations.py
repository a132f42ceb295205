"""Pages of invitations: the one that the invited open, and the one of those who invite."""

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.inviting import DAYS
from suyuan.trace.times import parse

from . import api_sign, session, session_guard, shown
from .api_admissions import MOST as SEVERAL
from .api_sign_admit import ADMITTED
from .invite_cards import Card, card
from .languages import keep_language
from .limiting import limited
from .problems import ProblemError
from .session import SignedIn
from .signin import page, to_signin
from .texts import gettext as _
from .words import role

blueprint = APIBlueprint("inviting", __name__, enable_openapi=False)


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


@blueprint.get("/invite")
def invite() -> Response:
    """Where an invitation leads: its code stands behind #, which only the browser reads."""
    return page("invite.html")


@blueprint.get("/invitations")
def listed() -> Response | Redirect:
    """Invitations, the keys that were offered, and a form for a new one."""
    who = session.current()
    if who is None:
        return to_signin("/invitations")
    return _page(who, Form(request.args.get("party", "")[:512]))


@blueprint.post("/invitations")
@limited("inviting", api_sign.MOST)
def made() -> Response:
    """Invite a party, or a further device of one's own; what was typed is kept if it is wrong."""
    who = session.require_own()
    session_guard.of_form()
    typed = request.form.get("party", "").strip()[:512] if who.invites else who.uri
    try:
        found = api_sign.invite(who, typed or who.uri, DAYS)
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


@blueprint.post("/invitations/several")
@limited("inviting", api_sign.MOST)
def made_for_several() -> Response:
    """Invite several parties, each with a card to be printed."""
    who = session.require_own()
    session_guard.of_form()
    asked = [typed[:512] for typed in dict.fromkeys(request.form.getlist("party"))]
    if not asked or len(asked) > SEVERAL:
        raise ProblemError(422, f"name 1 to {SEVERAL} parties, not {len(asked)}")
    cards = [card(api_sign.invite(who, typed, DAYS)) for typed in asked]
    return page("sheet.html", who=who, cards=cards)


@blueprint.get("/admit")
def admit() -> Response | Redirect:
    """A form to admit a party, which is signed in the browser."""
    who = session.current()
    if who is None:
        return to_signin("/admit")
    if not who.invites:
        raise ProblemError(403, "only the authority and registrars admit parties")
    roles = [(name, role(name)) for name in ADMITTED]
    return page("admit.html", who=who, roles=roles, division=(who.remit or ("",))[0])


@blueprint.get("/admit/several")
def several() -> Response | Redirect:
    """A form to admit several parties of one kind, signed together, each invited by a card."""
    who = session.current()
    if who is None:
        return to_signin("/admit/several")
    if not who.invites:
        raise ProblemError(403, "only the authority and registrars admit parties")
    return page(
        "several.html",
        who=who,
        roles=[(name, role(name)) for name in ADMITTED],
        division=(who.remit or ("",))[0],
        most=SEVERAL,
    )


@blueprint.post("/invitations/<token>/withdraw")
def withdrawn(token: str) -> Redirect:
    """Take an invitation back."""
    who = session.require_own()
    session_guard.of_form()
    api_sign.withdraw(who, token)
    return redirect(keep_language("/invitations"), 303)


def _page(who: SignedIn, form: Form, new: Card | None = None) -> Response:
    lines = [_line(one.token, told, who) for one, told in api_sign.standing_of(who)]
    return page("invitations.html", who=who, lines=lines, form=form, new=new, days=DAYS)


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
