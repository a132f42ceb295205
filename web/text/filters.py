"""How templates read values: `{{ one.recorded | moment }}`, `{{ stock.quantity | amount }}`."""

import json
from datetime import datetime
from typing import Any

from flask import Flask

from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity, decimal_text, exact
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.handover.duties import HOUR
from suyuan.trace.goods.handover.slips import Slip
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.recall.course import act_code as code_of_act
from suyuan.web.context import site

from . import files_shown, names, recalls_due, recalls_names, shown, units, words
from .texts import gettext as _
from .texts import translated


def install(app: Flask) -> None:
    """Give templates these filters, by their names."""
    app.jinja_env.filters.update(
        about_file=files_shown.about,
        about_lot=recalls_names.about_lot,
        act_code=act_code,
        act_state=act_state,
        act_title=act_title,
        amount=amount,
        as_of=as_of,
        bare_code=bare_code,
        basis=basis,
        check=check_of,
        code=code,
        cut=shown.cut,
        day=shown.day,
        division=shown.division,
        division_typed=shown.division_typed,
        event_time=event_time,
        file_kind=files_shown.KIND_WORDS.__getitem__,
        file_state=files_shown.STATE_WORDS.__getitem__,
        file_picture=files_shown.picture_url,
        file_url=files_shown.url,
        hours=hours,
        in_words=names.in_words,
        json=compact,
        last_day=recalls_due.last_day,
        listed=shown.listed,
        lot_title=recalls_names.title_of,
        measure=measure,
        message=translated,
        moment=moment,
        number=number_of,
        portion=portion,
        path=item_path,
        printed=codes.shown,
        reason=reason,
        role=words.role,
        rule=words.rule,
        severity=words.severity,
        severity_of=severity_of,
        result=words.test_result,
        short_day=shown.short_day,
        step=words.business_step,
        tested=names.tested,
        title=title,
        titled=names.titled,
        unit=recalls_names.unit_of,
        trade_unit=units.name,
        uom=words.unit,
        uri=shown.uri,
    )
    app.jinja_env.globals.update(chain_code=codes.of_chain, item_path=item_path)
    app.jinja_env.tests["overdue"] = Slip.is_overdue


def amount(quantity: Quantity | int, unit: str | None = None) -> str:
    """A quantity, or so many millionths of a base unit (pieces where it is None), in words."""
    if isinstance(quantity, Quantity):
        return recalls_names.amount_of(quantity.micro, quantity.unit)
    return recalls_names.amount_of(quantity, unit or "1")


def portion(portion: Portion) -> str:
    """How much a slip says to be of an item, in its own unit; empty where it does not say."""
    return "" if portion.quantity is None else f"{portion.quantity:f} {words.unit(portion.uom)}"


def measure(quantity: Quantity | Portion) -> str:
    """An amount on one's own page: a weight in the unit that is preferred, else as it was sent."""
    if isinstance(quantity, Quantity):
        return units.measure(quantity)
    assert quantity.quantity is not None
    text = decimal_text(quantity.quantity)
    known = exact(text, quantity.uom) if quantity.uom == "KGM" else None
    return shown.measure(text, quantity.uom) if known is None else units.measure(known)


def compact(value: Any) -> str:
    """A value for a script, as JSON in an attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment(time: datetime | int | str | None) -> str:
    """A datetime, microseconds UTC or RFC 3339 in the ledger's zone; a dash for None."""
    if time is None:
        return "—"
    if isinstance(time, int):
        time = from_micros(time)
    return shown.moment(datetime.fromisoformat(time) if isinstance(time, str) else time)


def code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as it is printed."""
    return codes.shown(bare_code(item, actor))


def bare_code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as addresses have it."""
    return codes.of_uri(item, site().host) if actor is None else codes.of_chain(item, actor)


def item_path(
    item: str, actor: str | None = None, code: str | None = None, serial: str | None = None
) -> str:
    """The path of an item's page: of one holder's path by its chain's code, else of the item."""
    if code is None and actor is not None:
        code = codes.of_chain(item, actor)
    if code is not None:
        return f"/t/{code}" + ("" if serial is None else f"/{serial}")
    if gs1.is_canonical(item):
        return item.removeprefix(gs1.ID)
    return f"/t/{codes.of_uri(item, '')}"


def number_of(uri: str) -> str:
    """A party's code, in fours, or its business number; its GLN, or its URI where it has none."""
    last = uri.rsplit("/", 1)[-1]
    if uri.startswith(f"https://{site().host}/party/") and codes.is_code(last):
        return codes.shown(last)
    return uri.removeprefix("urn:uscc:").removeprefix(f"{gs1.ID}/417/")


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


def as_of(size: int) -> str:
    """As of which record a page is, and when that was read."""
    now = shown.moment(site().ledger.now())
    return _("As of record no. %(index)s, %(time)s", index=f"{size:,}", time=now)


def basis(rule: str) -> str:
    """The law or the plain reason behind a rule."""
    return translated(heading(rule).basis)


def severity_of(rule: str) -> str:
    """How bad it is if a finding by this rule is right."""
    return heading(rule).severity.value


def reason(finding: ItemFinding, actor: str | None = None) -> str:
    """Why a finding is one; with whose doing it is by the name `actor` instead of by its URI."""
    text = translated(finding.message)
    return text if finding.actor is None or actor is None else text.replace(finding.actor, actor)
