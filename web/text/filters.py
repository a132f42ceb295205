"""How templates read values: `{{ one.recorded | moment }}`, `{{ stock.quantity | amount }}`."""

from datetime import datetime

from flask import Flask

from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import Doubt
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.recall.course import act_code as code_of_act
from suyuan.web.context import site

from . import divisions, recalls_names, shown, words
from .numbers import number_of
from .texts import gettext as _
from .texts import translated


def install(app: Flask) -> None:
    """Give templates these filters, by their names."""
    app.jinja_env.filters.update(
        act_code=act_code,
        act_state=act_state,
        act_title=act_title,
        amount=amount,
        check=check_of,
        code=code,
        cut=shown.cut,
        day=shown.day,
        division=divisions.shown,
        listed=shown.listed,
        message=translated,
        moment=moment,
        number=number_of,
        reason=reason,
        role=words.role,
        unit=recalls_names.unit_of,
        uri=shown.uri,
    )


def amount(found: Quantity | int, unit: str | None = None) -> str:
    """A quantity, or so many millionths of a base unit (pieces where it is None), in words."""
    if isinstance(found, Quantity):
        return recalls_names.amount_of(found.micro, found.unit)
    return recalls_names.amount_of(found, unit or "1")


def moment(found: datetime | int | str | None) -> str:
    """An instant in the ledger's zone: a datetime, microseconds UTC, RFC 3339; a dash for none."""
    if found is None:
        return "—"
    if isinstance(found, int):
        found = from_micros(found)
    return shown.moment(datetime.fromisoformat(found) if isinstance(found, str) else found)


def code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as it is printed."""
    found = codes.of_uri(item, site().host) if actor is None else codes.of_chain(item, actor)
    return codes.shown(found)


def act_code(uri: str) -> str:
    """The trace code by which a hold or a recall is called, as addresses have it."""
    return code_of_act(uri, site().host)


def act_title(act: Act) -> str:
    """What a hold or a recall is, with a recall's level."""
    level = words.LEVELS.get(act.level or 0)
    return str(level) if act.kind == "recall" and level is not None else _("On hold")


def act_state(act: Act) -> str:
    """Whether a hold or a recall is in force, or how it ended."""
    ends = {"close": _("closed"), "withdraw": _("withdrawn"), "release": _("released")}
    return _("in force") if act.ended is None else ends.get(act.ending or "", "—")


def reason(doubt: Doubt, actor: str | None = None) -> str:
    """Why a finding is one; with whose doing it is by the name `actor` instead of by its URI."""
    text = translated(doubt.message)
    return text if doubt.actor is None or actor is None else text.replace(doubt.actor, actor)
