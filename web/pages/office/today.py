"""What there is to do today: what waits for whom one records for, by kind, each with its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from suyuan.trace.format.times import micros, zone
from suyuan.trace.format.vocabulary import (
    FORMS,
    LICENCES,
    STEPS,
    Step,
    fits_trade,
    roles_of,
    steps_of,
    usual_steps,
)
from suyuan.trace.goods.handover.slips import Slip, Slips
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.time_limits import next_due
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.lineage.model import Sent
from suyuan.trace.recall.course import act_code
from suyuan.trace.recording.supplies import products_of
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import cases, documents
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.context import site
from suyuan.web.text import records_shown, shown
from suyuan.web.text.filters import bare_code, moment, portion
from suyuan.web.text.names import titled
from suyuan.web.text.texts import Words, ngettext, translated
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

FIRST = 3  # of each kind, on this page
_SOON = timedelta(days=60)
_FRESH = timedelta(days=7)  # what is older and has no label will get none
_BRINGING = steps_of("begins", "receives")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to do: what it is about, more of it, and where it is done."""

    title: str
    more: str
    path: str


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of things to do, the first of them, how many there are, and the page of all."""

    title: Words
    path: str
    count: int
    rows: Sequence[Row]


def tasks(reader: Reader, acting: Acting) -> Iterator[Task]:
    """What waits, by kind; recalls stand above all, in a box of their own."""
    if acting.may("receives"):
        slips = Slips(reader).arrivals(acting.uri)
        rows = [Row(*_slip(slip), f"/me/arrivals/{slip.index}") for slip in slips[:FIRST]]
        yield Task(_l("Arrivals to confirm"), "/me/arrivals", len(slips), rows)
    if acting.may("sends"):
        yield _unconfirmed(reader, acting)
    if not acting.is_other and set(acting.party.roles) & set(roles_of("labels")):
        yield _unlabelled(reader, acting)
    if not acting.is_other:
        yield _asked(reader)
    yield _expiring(reader, acting)
    if not acting.is_other:
        yield _to_sign(reader, acting)


def _to_sign(reader: Reader, acting: Acting) -> Task:
    """Documents of offices that one is asked to sign, before they are sealed."""
    waiting = [
        one for one in documents.about(reader, acting.uri)
        if one.signs_as is not None and one.document.sealed is None
    ]  # fmt: skip
    rows = [
        Row(translated(one.signed.form.text), one.document.number, f"/document/{one.document.code}")
        for one in waiting[:FIRST]
    ]
    return Task(_l("Documents to sign"), "/me/documents", len(waiting), rows)


def _slip(slip: Slip) -> tuple[str, str]:
    lines = [
        f"{titled(line.name, line.item)} {portion(line.portion)}".strip() for line in slip.lines[:3]
    ]
    rest = len(slip.lines) - len(lines)
    lines += [ngettext("and %(num)d more", "and %(num)d more", rest)] if rest else []
    return titled(slip.sender_name, slip.sender), " · ".join(lines)


def _unconfirmed(reader: Reader, acting: Acting) -> Task:
    """Dispatches whose recipients have not answered, the oldest first."""
    lines = Lineage(reader).shipments(sender=acting.uri, states=[Sent.OPEN])
    sent = {line.leaf: line for line in reversed(lines) if line.recipient != acting.uri}
    leaves = sorted(sent)
    names = records_shown.Names(reader, acting.uri)
    rows = []
    for leaf in leaves[:FIRST]:
        at = reader.recorded(leaf)
        since = _("sent %(time)s", time=moment(None if at is None else at.time))
        rows.append(Row(names.party(sent[leaf].recipient or ""), since, f"/me/records/{leaf}"))
    return Task(_l("Sent, not confirmed yet"), "/me/records?step=dispatch", len(leaves), rows)


def _unlabelled(reader: Reader, acting: Acting) -> Task:
    """Lots of the last days that one has, and has printed no label for."""
    since = micros(site().ledger.now() - _FRESH)
    names = records_shown.Names(reader, acting.uri)
    lots: dict[str, records_shown.Shown] = {}
    for record in own_records.unlabelled(reader, acting.uri, since, _BRINGING):
        lots.setdefault(record.item, names.shown(record))
    rows = [
        Row(
            lot.product or lot.code,
            " · ".join(filter(None, (lot.amount, lot.time))),
            f"/me/labels?item={bare_code(lot.record.item, acting.uri)}",
        )
        for lot in list(lots.values())[:FIRST]
    ]
    return Task(_l("Batches without a label"), "/me/labels", len(lots), rows)


def _asked(reader: Reader) -> Task:
    """Cases about oneself in which one has said nothing yet."""
    who = cases.looking(reader)
    found = [] if who.office is not None else cases.unanswered(reader, who.uri)
    rows = []
    for case in found[:FIRST]:
        kind, clock = kinds()[case.kind], next_due(case.open_clocks, site().ledger.now())
        due = "" if clock is None else _("until %(day)s", day=shown.day(clock.due.day))
        path = f"/cases/{act_code(case.uri, site().host)}"
        rows.append(Row(translated(kind.text), due, path))
    return Task(_l("Cases that wait for your answer"), "/cases", len(found), rows)


def _expiring(reader: Reader, acting: Acting) -> Task:
    """Licences that end soon, or are over."""
    until = (site().ledger.now() + _SOON).astimezone(zone()).date()
    rows = [
        Row(
            f"{_(LICENCES[licence.kind])} {licence.number}",
            _("valid until %(day)s", day=shown.day(day)),
            "/me/profile",
        )
        for licence in Profiles(reader, site().genesis).of(acting.uri).licences
        if (day := first_day(licence.expires)) is not None and day <= until
    ]
    return Task(_l("Papers that expire"), "/me/profile", len(rows), rows[:FIRST])


def offered(reader: Reader, acting: Acting) -> tuple[list[Step], list[Step]]:
    """The steps that one may record here: those of one's role and trade, then the others.

    Of one's trade is what one has recorded before, and what is done with one's products; of who
    has recorded nothing and stated no product all that its role usually does.
    """
    usual = usual_steps(tuple(acting.party.roles))
    steps = [STEPS[name] for name in FORMS if name in usual and acting.covers(STEPS[name].biz_step)]
    used = set(own_records.values(reader, acting.uri, "step"))
    categories = [product.category for product in products_of(reader, acting.uri)]
    first = [
        step
        for step in steps
        if step.name in used or (fits_trade(step, categories) and (step.categories or not used))
    ]
    return first, [step for step in steps if step not in first]
