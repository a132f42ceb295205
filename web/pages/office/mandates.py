"""Pages of mandates: those given, those received, and the choice of whom to record for."""

from datetime import timedelta
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.keys.validity import Party
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import BY_BIZ_STEP, ROLES, STEPS
from suyuan.trace.goods.party_report import second
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import mandates_to
from suyuan.web.app.access import acting_for
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import registered_namer
from suyuan.web.text.texts import gettext as _

from .signin import page

routes = Routes("mandates")
LASTS = timedelta(days=365)


@routes.get("/me/mandates", SIGNED_IN)
def mandates(user: SignedIn, reader: Reader) -> Response:
    """Mandates that one gave and was given, and a form to give one."""
    return page(
        "office/mandates.html",
        given=reader.mandates(user.uri)[::-1],
        received=mandates_to(reader, user.uri)[::-1],
        suggested=_suggested(reader, user),
        name=registered_namer(reader),
        **form(user.party),
    )


@routes.post("/me/for", SIGNED_IN)
def chosen(user: SignedIn) -> Redirect:
    """Record for a party from now on, or for oneself again."""
    typed = request.form.get("party", "").strip()[:512]
    with as_problem(422, IdentifierError):
        party = parties.read(typed, site().host) if typed else None
    response = redirect(keep_language("/me"), 303)
    assert isinstance(response, Response)
    if not acting_for.choose(response, user, party):
        raise ProblemError(403, "%s has given %s no mandate that is in force now", party, user.uri)
    return response


def choices(giver: Party) -> list[tuple[str, bool]]:
    """The steps that a party may give a mandate for, and whether each is of its trade: these first.

    They are chosen at first.
    """
    names = (step for role in giver.roles if role in ROLES for step in ROLES[role].mandates)
    usual = dict.fromkeys(STEPS[name].biz_step for name in names)
    return [(step, step in usual) for step in dict.fromkeys((*usual, *BY_BIZ_STEP))]


def _suggested(reader: Reader, user: SignedIn) -> str:
    """The name or URI of the party to suggest: the one that the user is part of, or that enrolled
    its key; empty where there is none.
    """
    near = [user.party.part_of, *(key.enrolled_by for key in reversed(reader.keys_of(user.uri)))]
    for uri in near:
        if uri is None or uri in (user.uri, site().genesis.authority):
            continue
        party = reader.party(uri)
        if party is not None and party.left is None:
            return party.name or uri
    return ""


def states() -> dict[str, str]:
    """The states of a mandate in words."""
    return {
        "ahead": _("not yet in force"),
        "in_force": _("in force"),
        "over": _("over"),
        "withdrawn": _("withdrawn"),
    }


def form(giver: Party) -> dict[str, Any]:
    """What templates that list and give mandates read: steps to choose, words, days."""
    now = site().ledger.now()
    today = now.astimezone(zone()).date()
    return {
        "steps": choices(giver),
        "states": states(),
        "now": second(now),
        "first": today.isoformat(),
        "last": (today + LASTS).isoformat(),
    }
