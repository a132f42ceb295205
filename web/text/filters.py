"""How templates read values: `{{ one.recorded | moment }}`, `{{ stock.quantity | amount }}`."""

from datetime import datetime

from flask import Flask

from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.handover.duties import HOUR
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.recall.course import act_code as code_of_act
from suyuan.web.app.access.acting_for import step_words
from suyuan.web.app.targets import item_path
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
        bare_code=bare_code,
        check=check_of,
        code=code,
        cut=shown.cut,
        day=shown.day,
        division=divisions.shown,
        event_time=event_time,
        hours=hours,
        listed=shown.listed,
        message=translated,
        moment=moment,
        number=number_of,
        portion=portion,
        path=path,
        printed=codes.shown,
        reason=reason,
        role=words.role,
        severity=severity,
        step=step_words,
        title=title,
        unit=recalls_names.unit_of,
        uri=shown.uri,
    )


def amount(found: Quantity | int, unit: str | None = None) -> str:
    """A quantity, or so many millionths of a base unit (pieces where it is None), in words."""
    if isinstance(found, Quantity):
        return recalls_names.amount_of(found.micro, found.unit)
    return recalls_names.amount_of(found, unit or "1")


def portion(found: Portion) -> str:
    """How much a slip says to be of an item, in its own unit; empty where it does not say."""
    return "" if found.quantity is None else f"{found.quantity:f} {words.unit(found.uom)}"


def moment(found: datetime | int | str | None) -> str:
    """A datetime, microseconds UTC or RFC 3339 in the ledger's zone; a dash for None."""
    if found is None:
        return "—"
    if isinstance(found, int):
        found = from_micros(found)
    return shown.moment(datetime.fromisoformat(found) if isinstance(found, str) else found)


def code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as it is printed."""
    return codes.shown(bare_code(item, actor))


def bare_code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as addresses have it."""
    return codes.of_uri(item, site().host) if actor is None else codes.of_chain(item, actor)


def path(item: str, actor: str | None = None) -> str:
    """The path of an item's page, or of one holder's of it."""
    return item_path(item, actor)


def hours(micros: int) -> float:
    """Microseconds as hours, to a tenth."""
    return round(micros / HOUR, 1)


def event_time(event: Object) -> str:
    """When an event was, in the ledger's zone."""
    return shown.event_time(event)[0]


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


def title(rule: str) -> str:
    """What a rule of plausibility finds, as findings are headed."""
    return translated(heading(rule).title)


def severity(rule: str) -> str:
    """How bad it is if a finding by this rule is right."""
    return heading(rule).severity.value


def reason(finding: ItemFinding, actor: str | None = None) -> str:
    """Why a finding is one; with whose doing it is by the name `actor` instead of by its URI."""
    text = translated(finding.message)
    return text if finding.actor is None or actor is None else text.replace(finding.actor, actor)
