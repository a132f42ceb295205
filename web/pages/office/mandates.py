"""Pages of mandates: who may record for one, for whom one may, and for whom one does now."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.keys.validity import Party
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.steps import OWN
from suyuan.trace.format.times import parse, zone
from suyuan.trace.goods.mandates import mandates_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.api.office.mandates import STEP_NAMES
from suyuan.web.app.access import acting_for, session
from suyuan.web.app.access.acting_for import step_words
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.numbers import number_of
from suyuan.web.text.texts import gettext as _

from .signin import page

routes = Routes("mandates")
LASTS = timedelta(days=365)
_COUNTER = ("receiving", f"{OWN}refuse", "retail_selling", f"{OWN}loss", "stock_taking")
_FIELD = ("commissioning", f"{OWN}harvest", f"{OWN}feed", f"{OWN}pesticide", "shipping")
_USUAL = {"producer": _FIELD, "stall": _COUNTER, "retailer": _COUNTER, "caterer": _COUNTER}


@dataclass(frozen=True, slots=True)
class Choice:
    """A step to choose, whether it is usual for the giver, and whether it is chosen at first."""

    step: str
    words: str
    is_usual: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A mandate in a list; `other` is the party at its other end."""

    other: str
    name: str
    number: str
    steps: str
    start: str
    until: str
    state: str
    is_standing: bool
    is_now: bool


@routes.get("/me/mandates", SIGNED_IN)
def mandates() -> Response:
    """Mandates that one gave and was given, and a form to give one."""
    who = session.signed_in()
    with site().ledger.reading() as reader:
        given, received = mandates_of(reader, who.uri, site().ledger.now())
        suggested = _suggested(reader, who)
    today = site().ledger.now().astimezone(zone()).date()
    return page(
        "mandates.html",
        given=[mandate_line(one, "to") for one in reversed(given)],
        received=[mandate_line(one, "party") for one in reversed(received)],
        suggested=suggested,
        steps=choices(who.party),
        first=today.isoformat(),
        last=(today + LASTS).isoformat(),
    )


@routes.post("/me/for", SIGNED_IN)
def chosen() -> Redirect:
    """Record for a party from now on, or for oneself again."""
    who = session.signed_in()
    typed = request.form.get("party", "").strip()[:512]
    try:
        party = parties.read(typed, site().host) if typed else None
    except IdentifierError as error:
        raise ProblemError(422, str(error)) from None
    response = redirect(keep_language("/me"), 303)
    assert isinstance(response, Response)
    if not acting_for.choose(response, who, party):
        raise ProblemError(403, f"{party} has given {who.uri} no mandate that is in force now")
    return response


def choices(giver: Party) -> list[Choice]:
    """The steps that a party may give a mandate for; those of its trade first, and chosen."""
    usual = dict.fromkeys(step for role in giver.roles for step in _USUAL.get(role, ()))
    ordered = [*usual, *(step for step in STEP_NAMES if step not in usual)]
    return [Choice(step, step_words(step), step in usual) for step in ordered]


def _suggested(reader: Reader, who: SignedIn) -> str:
    """The name or number of the party that has most to do with one: whose part one is, or that
    enrolled one's key.
    """
    near = [who.party.part_of, *(key.enrolled_by for key in reversed(reader.keys_of(who.uri)))]
    for uri in near:
        if uri is None or uri in (who.uri, site().genesis.authority):
            continue
        party = reader.party(uri)
        if party is not None and party.left is None:
            return party.name or uri
    return ""


def mandate_line(told: dict[str, Any], end: str) -> Line:
    """A mandate in words; `end` is "to" or "party": whose name is shown."""
    start, until = parse(told["start"]), parse(told["until"])
    if end == "to":
        other, name = str(told["to"]), told["to_name"]
    else:
        other, name = str(told["party"]), told["name"]
    said = {
        "ahead": _("not yet in force"),
        "in_force": _("in force"),
        "over": _("over"),
        "withdrawn": _("withdrawn"),
    }
    return Line(
        other=other,
        name=str(name or shown.uri(other)),
        number=number_of(other),
        steps=shown.listed(step_words(step) for step in told["steps"]),
        start="" if start is None else shown.moment(start),
        until="" if until is None else shown.moment(until),
        state=said[str(told["state"])],
        is_standing=told["state"] in ("ahead", "in_force"),
        is_now=told["state"] == "in_force",
    )
