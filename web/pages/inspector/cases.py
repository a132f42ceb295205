"""/cases: what an office follows from stage to stage, and what a party is asked to answer."""

from typing import Any

from flask import Response, request

from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message
from suyuan.trace.format.times import zone
from suyuan.trace.inspection.case_drafts import ASSIGNED
from suyuan.trace.inspection.case_kinds import Field, StageKind, common, fields, kinds
from suyuan.trace.inspection.cases import SAID, SHARE, SUSPENDED, Case, Stage
from suyuan.trace.inspection.complaints import Complaints, key_of
from suyuan.trace.inspection.documents.forms import forms
from suyuan.trace.inspection.followup import inspection_plans
from suyuan.trace.inspection.sampling import disposal, lab_reports, plans
from suyuan.trace.inspection.sampling.laboratories import LABORATORIES, laboratories
from suyuan.trace.inspection.time_limits import next_due
from suyuan.trace.store.beside.office.deliveries import deliveries
from suyuan.trace.store.beside.office.report_cases import of_case
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch.notify import shares
from suyuan.web.app.access import cases as access
from suyuan.web.app.access import documents, offices, remits, sampling, session, viewer
from suyuan.web.app.access.cases import Looking
from suyuan.web.app.routes import INSPECTOR, SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.item import examined
from suyuan.web.text import shown as shown_words
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.shown import division
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from ..office.signin import page

routes = Routes("cases_page")
MOST, INSPECTIONS = 30, 10
GOODS = tuple(name for name, kind in kinds().items() if "item" in kind.stages["opened"].fields)
_LONGEST = 512
_NAMELESS = {"recorded": _l("Recorded"), "answered": _l("Answered")}


@routes.get("/cases", SIGNED_IN)
def listed(reader: Reader) -> Response:
    """Cases of one's office and remit, or about oneself."""
    kind = request.args.get("kind", "")
    kind = kind if kind in kinds() else ""
    is_all, before = request.args.get("all") == "yes", request.args.get("before", "")
    who = access.looking(reader)
    found, later = access.listed(
        reader, kind or None, is_open=not is_all, before=_whole(before), most=MOST
    )
    return page(
        "cases/cases.html",
        module=None,
        cases=found,
        kind=kind,
        is_all=is_all,
        later=later,
        works=who.office is not None,
        inspections=[] if who.office else _inspections(reader, who.uri),
        result=examined.result,
        is_laboratory=not LABORATORIES.isdisjoint(session.signed_in().party.roles),
        **words(reader),
    )


def _inspections(reader: Reader, party: str) -> list[tuple[int, Object]]:
    """The newest inspections at a party's counter."""
    return inspections_of(reader, party, INSPECTIONS, site().access(reader).is_officer)


@routes.get("/cases/new", INSPECTOR)
def new(reader: Reader) -> Response:
    """A case of a kind that is opened, about a party."""
    kind = request.args.get("kind", "")
    kind = kind if kind in kinds() else "order"
    party = reader.party(request.args.get("party", "")[:_LONGEST])
    typed, prefill = request.args.get("item", "")[:_LONGEST], dict[str, str]()
    if kind == SHARE:
        names = map(shown_words.division_typed, viewer.remit().divisions)
        prefill = {"divisions": "; ".join(names), "gives": "places"}
    if typed and kind in GOODS:
        target = remits.item(reader, viewer.remit(), typed)
        party = party or reader.party(target.actor or "")
        if viewer.remit().covers(party) and party is not None:
            prefill = sampling.sheet_of(reader, target.item, party.uri, offices.office_of(reader))
    return page(
        "cases/new.html",
        module="pages/inspector/case.js",
        kind=kinds()[kind],
        stage=kinds()[kind].stages["opened"],
        party=party,
        of=_whole(request.args.get("of", "")),
        prefill=prefill,
        is_office=offices.office_of(reader) == session.signed_in().uri,
        agencies=shares.agencies(reader, site().ledger) if kind == SHARE else [],
        **words(reader),
    )


@routes.get("/cases/<code>", SIGNED_IN)
def shown(code: str, reader: Reader) -> Response:
    """A case: its stages, what the law counts, and what may be recorded next."""
    case, who = access.readable(reader, code)
    works = who.works_on(case)
    row = of_case(reader, case.uri) if who.office == case.act.office else None
    report = Complaints(site().ledger.home).find(row.report) if row and row.report else None
    more = _of_sample(reader, case, who) if works else {}
    is_held = any(act.kind == "hold" and act.ended is None for act in more.get("acts", ()))
    hides = {SUSPENDED} if is_held or not more.get("is_office") else set()
    stages = case.next_stages("office" if works else "party")
    hides |= set() if case.is_second(who.uri) else {one.name for one in stages if one.another}
    sheet = case.stages[0]
    return page(
        "cases/case.html",
        module="pages/inspector/case.js",
        case=case,
        stages=[stage for stage in stages if stage.name not in hides],
        works=works,
        sheet_fault=sampling.sheet_fault(reader, sheet.link, {SAID: dict(sheet.said)}),
        report_key=report and key_of(report),
        assigned=ASSIGNED,
        offices=_around(reader, case, who)
        if works and not case.is_closed and case.kind != SHARE
        else {},
        documents=documents.listed(reader, case),
        forms=forms(),
        deliveries=deliveries(reader, case.uri, MOST) if case.kind == SHARE else [],
        **more,
        **words(reader),
    )


def _around(reader: Reader, case: Case, who: Looking) -> dict[str, str]:
    """The offices to which a case may be handed, each with its division."""
    around = access.offices_around(reader, who.office or "", case.act.office)
    name = namer(reader)
    return {
        uri: _("%(name)s (%(division)s)", name=name(uri), division=division(party.division))
        for uri, party in around.items()
    }


def _of_sample(reader: Reader, case: Case, who: access.Looking) -> dict[str, Any]:
    """What the page of a sample's case knows of the goods: reports, acts, amounts, the draw."""
    acts, ledger = sampling.acts_on(reader, case.item), site().ledger
    order = sampling.retest_order(reader, case) if case.stage("retest-accepted") else []
    return {
        "reports": lab_reports.of_case(reader, ledger, case, who.office or ""),
        "acts": acts,
        "is_office": who.uri == who.office,
        "order_names": shown_words.listed(map(namer(reader), order)),
        "order": order,
        "prefill": {
            "measures": disposal.amounts(reader, case.item, acts, ledger.now()),
            "retest-drawn": {"laboratory": order[0]} if order else {},
        },
        "plan": plans.progress(case, sampling.tasks_of(reader, case))
        if case.kind == plans.PLAN
        else [],
        "visits": sampling.visits(reader, case) if case.kind == inspection_plans.PLAN else None,
        "inspected": sampling.inspected(reader, case)
        if case.kind == inspection_plans.TASK
        else None,
        "lots": sampling.names_of_lot(reader, case.item, who.uri) if case.item else {},
    }


def words(reader: Reader) -> dict[str, Any]:
    """What the pages of cases call things, and today."""
    return {
        "kinds": kinds(),
        "fields": fields(),
        "next_due": next_due,
        "choices": lambda field: choices(reader, field),
        "stage_text": _stage_text,
        "said_text": lambda field, value: _said(reader, field, value),
        "name": offices.colleagues(reader) if access.looking(reader).office else namer(reader),
        "now": site().ledger.now(),
        "today": site().ledger.now().astimezone(zone()).date(),
    }


def _stage_text(case: Case, stage: Stage | StageKind) -> str:
    """A stage in words; its own where neither the table has it nor we."""
    if isinstance(stage, Stage) and "to" in stage.statement:
        return _("Handed to another office")
    kind = kinds().get(case.kind)
    known = common().get(stage.name)
    known = kind.stages.get(stage.name, known) if kind is not None else known
    if known is None:
        return str(_NAMELESS.get(stage.name, stage.name))
    return translated(known.text)


def choices(reader: Reader, field: Field) -> dict[str, str]:
    """What may be chosen for a field: its own choices, or laboratories of the ledger."""
    if field.form == "party":
        found = laboratories(reader, site().genesis)
        return {uri: namer(reader)(uri) for uri in found}
    if field.form == "officer":
        own = session.signed_in().uri
        return {one.uri: offices.name_of(one) for one in offices.people(reader) if one.uri != own}
    return {name: translated(text) for name, text in field.choices.items()}


def _said(reader: Reader, name: str, value: Any) -> str:
    """What a stage says of a field, in words."""
    field = fields().get(name)
    if not isinstance(value, str):
        return str(value)
    if name == "divisions":
        return shown_words.listed(map(division, value.split(",")))
    if field is not None and field.form == "many":
        texts = field.choices
        return shown_words.listed(translated(texts[one]) for one in value.split() if one in texts)
    if field is not None and isinstance(text := field.choices.get(str(value)), Message):
        return translated(text)
    if field is not None and field.form == "item":
        return sampling.names_of_lot(reader, value, session.signed_in().uri).get(value) or value
    if field is not None and field.form == "officer":
        return offices.colleagues(reader)(value)
    return namer(reader)(value) if field is not None and field.form == "party" else str(value)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
