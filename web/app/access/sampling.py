"""What the stages of a sample ask, besides their fields, and what a case's page knows of one."""

from collections.abc import Mapping
from itertools import islice

from suyuan.trace.admission.offices import office_named
from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.goods.disclosures import may_read
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.inspection.case_drafts import Typed
from suyuan.trace.inspection.cases import CLOSED, KIND, SAMPLE, Case, Stage, read
from suyuan.trace.inspection.followup import inspection_plans
from suyuan.trace.inspection.inspectors import in_office
from suyuan.trace.inspection.sampling import lab_reports
from suyuan.trace.inspection.sampling.laboratories import drawn, first_of, laboratories
from suyuan.trace.inspection.sampling.plans import TASK, is_of
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.recall import orders
from suyuan.trace.recall.orders import Prepared
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.act_reader import cases as case_rows
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.names import in_words
from suyuan.web.text.recalls_names import lot_line, names_of
from suyuan.web.text.texts import ngettext

from ..mistakes import FieldError
from ..problems import ProblemError
from . import cases, offices, recall_acts

_ASKED = 50  # of a party's newest inspections
_LOOKED, _TASKS = 2_000, 500  # cases of an office that are looked through, and read
SUSPENDED = "暂停销售，待进一步通知"  # all that a hold says in public, whatever was found
RECALLED = "责令召回：依据食品安全法第六十三条"  # what the form of a recall begins with


def with_item(reader: Reader, user: str, said: Mapping[str, str]) -> dict[str, str]:
    """What a stage says, with the URI of the lot whose code was scanned or typed."""
    typed = said.get("item", "").strip()
    if not typed:
        return dict(said)
    items = recall_acts.items_meant(reader, user, typed)
    if len(items) != 1:
        raise FieldError("item", "said", msg("A code of this ledger."))
    return {**said, "item": items[0]}


def require_second(reader: Reader, user: str, kind: str | None, said: Mapping[str, str]) -> None:
    """Raise FieldError unless a sample's sheet names a second officer, where the office has any.

    Two take a sample (SAMR Order 15, article 14).
    """
    if kind != SAMPLE:
        return
    others = {person.uri for person in offices.people(reader)} - {user}
    if (others or said.get("second")) and said.get("second") not in others:
        raise FieldError("second", "said", msg("Choose the second officer, another than yourself."))


def sheet_fault(reader: Reader, link: Link, fields: Mapping[str, object]) -> Message | None:
    """What is wrong with the second officer of a sheet, as of when it was signed, if anything.

    It may have been signed without a network, so nothing that drafts it here has seen it.
    """
    stated, sheet = link.statement or {}, fields.get("/said")
    is_sheet = (stated.get("op"), stated.get("kind")) == ("open", SAMPLE)
    if not is_sheet or not isinstance(sheet, dict):
        return None
    party = reader.party(link.actor)
    office = (party and office_named(party.roles, party.part_of)) or link.actor
    others = sorted(in_office(reader, office, link.signed_at) - {link.actor})
    if sheet.get("second") in others or not (others or sheet.get("second")):
        return None
    return msg("The second officer of the sheet is not another one of this office on that day.")


def require_drawn(reader: Reader, case: Case, stage: str, said: Mapping[str, str]) -> None:
    """Raise FieldError for a retest's laboratory that was not drawn, or tested it before.

    One behind the first of the draw is taken with a reason: that one cannot test it, say.
    """
    if case.kind != SAMPLE or stage != "retest-drawn":
        return
    order, chosen = retest_order(reader, case), said.get("laboratory", "").strip()
    if chosen and chosen not in order:
        raise FieldError("laboratory", "said", msg("Not a laboratory of this draw."))
    if chosen and chosen != order[0] and not said.get("reason", "").strip():
        raise FieldError("reason", "said", msg("Say why the one drawn first does not do it."))


def retest_order(reader: Reader, case: Case) -> list[str]:
    """The laboratories of a case's retest in the order in which they are drawn."""
    tested = lab_reports.of_case(reader, site().ledger, case, case.act.office or "")
    first = first_of(case) | {one.laboratory for one in tested}
    return drawn(case, laboratories(reader, site().genesis), first)


def published(case: Case) -> list[Object]:
    """All that a case's stages have shown to everyone."""
    return [part for one in case.stages for part in one.statement.get("shows", ())]


def hold(reader: Reader, user: str, item: str | None) -> Prepared | None:
    """The hold of a lot, which says no more than that sale is suspended; None where one stands.

    A problem 403 for whom the ledger would refuse it: a person of an office signs no hold.
    """
    if item is None:
        raise FieldError("item", "said", msg("A code of this ledger."))
    if any(act.kind == "hold" and act.ended is None for act in acts_on(reader, item)):
        return None
    if recall_acts.not_ones_own(reader, user, "hold", [item]):
        raise ProblemError(403, "the office itself suspends sale, by its own key", field="hold")
    return orders.hold(reader, site().genesis, [item], SUSPENDED)


def names_of_lot(reader: Reader, item: str, user: str) -> dict[str, str | None]:
    """What a lot is called to who signs something of it."""
    return {uri: lot_line(lot) for uri, lot in names_of(reader, [item], user).items()}


def failed_of(reader: Reader, code: str, items: list[str]) -> Stage | None:
    """The stage by which a case of one's office that a recall rests on has failed, of this lot."""
    if not code:
        return None
    case, who = cases.readable(reader, code[:512])
    return case.stage("failed") if who.works_on(case) and case.item in items else None


def tasks_of(reader: Reader, plan: Case, sort: str = TASK) -> list[Case]:
    """The tasks of a plan among its office's newest cases, open and closed, the newest first.

    Of those alone that the office opened or its people: no other hands it a task of its plan.
    """
    found: list[Case] = []
    office = plan.act.office or ""
    own = {office, *(person.uri for person in parts_of(reader, office))}
    rows = islice(case_rows(reader, KIND, office=office, is_open=False), _LOOKED)
    for act in islice((one for one in rows if one.sort == sort and one.actor in own), _TASKS):
        case = read(reader, site().ledger, act)
        found += [case] if is_of(plan.uri, case) else []
    return found


def inspected(reader: Reader, task: Case) -> int | None:
    """The index of the newest inspection that answers a task, if there is one."""
    inspections = inspections_of(reader, task.party or "", _ASKED, site().access(reader).is_officer)
    done = (index for index, _ in inspections if inspection_plans.is_answer(reader, task, index))
    return next(done, None)


def require_inspected(case: Case, stage: str, typed: Typed) -> None:
    """Raise FieldError for a planned inspection's closing without a record, and without words."""
    is_task = case.kind == inspection_plans.TASK and stage == CLOSED
    if is_task and not typed.of and not typed.said.get("outcome", "").strip():
        why = msg("No inspection of this kind is recorded since: make it, or say why it is not.")
        raise FieldError("outcome", "needed", why)


def visits(reader: Reader, plan: Case) -> dict[str, object]:
    """What the page of a plan of inspections knows of its tasks."""
    tasks = tasks_of(reader, plan, inspection_plans.TASK)
    done = {task.uri for task in tasks if inspection_plans.is_done(reader, task)}
    now = site().ledger.now()
    late = [one for task in tasks for one in task.open_clocks if one.outcome(now) == "overdue"]
    return {"tasks": tasks, "done": done, "late": len(late)}


def sheet_of(reader: Reader, item: str, holder: str, office: str) -> dict[str, str]:
    """What the ledger knows of a sampling sheet: goods, maker, dates, stock, price, licences."""
    ledger, lineage = site().ledger, Lineage(reader)
    genesis, profiles = ledger.trust.genesis, Profiles(reader, site().genesis)
    lot, party = lineage.lots([item]).get(item), reader.party(holder)
    maker = None if lot is None else lot.coder
    produced = None if lot is None else first_day(lot.produced)
    stocks = [s.quantity for s in lineage.stock([item]) if s.holder == holder and s.quantity]
    prices = [
        row.field.value
        for _, link in lab_reports.newest(reader, item, holder)
        for row in ledger.disclosures.of_link(reader, link)
        if row.field is not None and row.field.pointer == "/suyuan:price"
        and may_read(reader, genesis, row, link, office)
    ]  # fmt: skip
    known = {
        "item": codes.shown(codes.of_chain(item, holder)),
        "product": None if lot is None else in_words(lot.name or "", item),
        "batch": (lot and lot.number) or codes.shown(codes.of_uri(item, site().host)),
        "produced": None if produced is None else produced.isoformat(),
        "shelf_life": None if lot is None or lot.shelf_life is None
        else ngettext("%(num)d day", "%(num)d days", lot.shelf_life),
        "producer": maker and reader.name(maker),
        "production_licence": maker and _licence(profiles, maker, "production"),
        "base": _amount(stocks[0]) if len(stocks) == 1 else None,
        "price": prices[-1] if prices else None,
        "address": party and shown.division(party.division),
        "uscc": shown.uri(holder),
        "licence": _licence(profiles, holder, "business"),
        "sampler": reader.name(office),
    }  # fmt: skip
    return {name: str(value)[:200] for name, value in known.items() if value}


def _licence(profiles: Profiles, party: str, kind: str) -> str | None:
    return next((one.number for one in profiles.of(party).licences if one.kind == kind), None)


def _amount(amount: Quantity) -> str:
    stated = amount.to_dict()
    return f"{stated['value']} {stated['unit']}"


def acts_on(reader: Reader, item: str | None) -> list[Act]:
    """The holds and recalls of a lot by offices, the newest first."""
    if item is None:
        return []
    access = site().access(reader)
    rows = [row for row in ActBook(reader).covering([item]) if row.cleared is None]
    acts = {row.act.leaf: row.act for row in rows if not row.act.drill}
    return [
        acts[leaf] for leaf in sorted(acts, reverse=True) if access.is_officer(acts[leaf].actor)
    ]
