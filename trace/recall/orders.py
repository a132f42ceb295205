"""Statements about holds and recalls, and holders' answers, checked before anybody signs them.

The server refuses what may not be said at all; here is refused besides, with what to do, what
would be no use, such as a recall of what is recalled, or an answer by one who never had any of it.
Raises LedgerError in all of it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from suyuan.keys.validity import significant
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.scopes import is_own
from suyuan.trace.admission.signing_time import MAX_AHEAD
from suyuan.trace.admission.state import Act, Genesis, State
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.quantities import CODES, UNITS, decimal, exact
from suyuan.trace.format.vocabulary import FATES
from suyuan.trace.store.files import media
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader

from .course import in_scope
from .deadlines import LEVELS, rule_of
from .inbox import has_held

PER_LINK = 200  # amounts in one statement, so that its link fits with long URIs too
MAX_FILE = 20 << 20
_CODES = {**CODES, "-": None}
_CATTY = "斤"  # half a kilogram
_NAMED = 3
_OLDEST = 2000
NOT_BY_COUNTIES = msg(
    "By Order 122 of 2026 orders of recall are issued by market regulators of cities that are "
    "divided into districts, and above. Yours is below them: ask the city's before you sign."
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be signed, the files to be kept before, and what a person should know of it."""

    uri: str
    drafts: tuple[Draft, ...]
    files: tuple[bytes, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def count(self) -> int:
        """How many items its list names."""
        return int((self.drafts[0].statement or {}).get("count", 0))


@dataclass(frozen=True, slots=True)
class Fate:
    """One amount of a report, as a person gave it: value and unit in their own digits."""

    item: str
    kind: str
    value: str
    unit: str


def new_uri(host: str) -> str:
    """The URI of a new act."""
    return codes.uri_of(codes.new(), host, "act")


# Beginning.


def order(
    reader: Reader,
    genesis: Genesis,
    actor: str,
    items: Sequence[str],
    *,
    level: int,
    known: datetime,
    reason: str,
    now: datetime,
    planned: datetime | None = None,
    made: Sequence[str] = (),
    is_drill: bool = False,
    is_again: bool = False,
) -> Prepared:
    """A recall of these items; `is_again` where some may be under another recall already.

    `planned` states its plan besides; `made` are more items, as far as the actor may recall them.
    """
    if level not in LEVELS:
        raise LedgerError("a recall has level 1, 2 or 3 (I, II or III), not %s", level)
    when = _second(known, now, "since when is it known?")
    named = _known(reader, items)
    if others := foreign(reader, genesis, actor, named):
        raise LedgerError(
            "%s may not recall %s: a producer recalls what it coded, or what is "
            "under its own company prefix; for the rest ask the authority",
            actor,
            some(others),
        )
    more = sorted(set(made) - set(named))
    left = set(foreign(reader, genesis, actor, more))
    scope = sorted({*named, *more} - left)
    notes = []
    if left:
        notes.append(
            msg(
                "%s items that others made from it are left to them and the authority: %s",
                len(left),
                some(sorted(left)),
            )
        )
    if not is_drill and is_below_ordering(reader, genesis, actor, known):
        notes.append(NOT_BY_COUNTIES)
    _require_new(reader, scope, is_drill=is_drill, is_again=is_again)
    data, members = acts.listed(scope)
    uri = new_uri(genesis.host)
    statement = acts.recall_order(uri, level, when, _reason(reason), members, drill=is_drill)
    plans = () if planned is None else (_plan(uri, planned, known, now),)
    return Prepared(uri, (Draft(statement=statement), *plans), (data,), tuple(notes))


def is_below_ordering(reader: Reader, genesis: Genesis, actor: str, known: datetime) -> bool:
    """Whether this is an office, and the rule of the day leaves its orders to those above it."""
    by, state = rule_of(known).ordered_by, State(genesis, reader, reader.size())
    party = state.party(actor)
    if by is None or party is None or not is_officer(state, actor):
        return False
    return len(significant(party.division)) > by


def but(reader: Reader, order: Prepared, items: Sequence[str], reason: str) -> Prepared:
    """An order, and with it that these items turned out not to be concerned."""
    data, members = acts.listed(_known(reader, items))
    clear = Draft(statement=acts.recall_clear(order.uri, _reason(reason), members))
    return replace(order, drafts=(*order.drafts, clear), files=(*order.files, data))


def hold(reader: Reader, genesis: Genesis, items: Sequence[str], reason: str) -> Prepared:
    """A hold of these items."""
    data, members = acts.listed(_known(reader, items))
    uri = new_uri(genesis.host)
    return _one(uri, acts.hold_place(uri, _reason(reason), members), data)


def _known(reader: Reader, items: Iterable[str]) -> list[str]:
    """The items in order, each once; LedgerError for none, and for one without a record."""
    named = sorted(set(items))
    if not named:
        raise LedgerError("nothing is named: give the items, or a list of them")
    known = reader.subject_numbers(set(named))
    if unknown := [item for item in named if item not in known]:
        raise LedgerError("this ledger has no record of %s", some(unknown))
    return named


def _one(uri: str, statement: Object, *files: bytes) -> Prepared:
    return Prepared(uri, (Draft(statement=statement),), files)


def _require_new(reader: Reader, items: Sequence[str], *, is_drill: bool, is_again: bool) -> None:
    by_act: dict[str, list[str]] = {}
    for covered in ActBook(reader).covering(items):
        act = covered.act
        is_open = act.kind == "recall" and act.ended is None and act.drill == is_drill
        if is_open and covered.cleared is None:
            by_act.setdefault(act.uri, []).append(covered.item)
    if by_act and not is_again:
        uri, named = max(by_act.items(), key=lambda pair: len(pair[1]))
        raise LedgerError(
            "recalled already by %s: %s. `suyuan recall extend` takes more items in; --again "
            "orders a second recall",
            uri,
            some(named),
        )


def foreign(reader: Reader, genesis: Genesis, actor: str, items: Sequence[str]) -> list[str]:
    """The items that this actor may not recall, known before the server refuses them."""
    state = State(genesis, reader, reader.size())
    if is_officer(state, actor):
        return []
    reader.prefetch_coders(items)
    party = state.party(actor)
    return [item for item in items if not is_own(item, party, state.coder(item))]


# Changing the scope, ending.


def plan(act: Act, planned: datetime, known: datetime, now: datetime) -> Prepared:
    """When the plan of a recall was made, from which its days may count."""
    _require_open(act, "planned")
    return Prepared(act.uri, (_plan(act.uri, planned, known, now),))


def _plan(uri: str, planned: datetime, known: datetime, now: datetime) -> Draft:
    if precedes(planned, known):
        raise LedgerError("a plan of %s is from before the danger was known", planned.isoformat())
    return Draft(statement=acts.recall_plan(uri, _second(planned, now, "when was it planned?")))


def precedes(planned: datetime, known: datetime) -> bool:
    """Whether a plan's stated time is before the danger was known; people type minutes."""
    return planned.replace(second=59) < known


def _second(when: datetime, now: datetime, asks: str) -> str:
    """An instant that has been as statements write it."""
    if when.year < _OLDEST:
        raise LedgerError("%s is long past: %s", when.isoformat(), asks)
    if when > now + MAX_AHEAD:
        raise LedgerError("%s lies in the future: %s", when.isoformat(), asks)
    return min(when, now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def extend(reader: Reader, act: Act, items: Sequence[str], reason: str | None) -> Prepared:
    """More items into a recall."""
    _require_open(act, "extended")
    named = _known(reader, items)
    if in_scope(reader, act, named) == set(named):
        raise LedgerError("%s: in the scope of %s already", some(named), act.uri)
    data, members = acts.listed(named)
    return _one(act.uri, acts.recall_extend(act.uri, members, _reason_if(reason)), data)


def clear(reader: Reader, act: Act, actor: str, items: Sequence[str], reason: str) -> Prepared:
    """Items that turned out not to be concerned."""
    _require_open(act, "changed")
    data, members = acts.listed(_known(reader, items))
    statement = acts.recall_clear(act.uri, _reason(reason), members)
    return Prepared(act.uri, (_answer(reader, act, actor, statement),), (data,))


def withdraw(act: Act, reason: str) -> Prepared:
    """A recall that was ordered by mistake."""
    _require_open(act, "withdrawn")
    return _one(act.uri, acts.recall_withdraw(act.uri, _reason(reason)))


def release(act: Act, reason: str | None) -> Prepared:
    """The end of a hold."""
    _require_open(act, "released")
    return _one(act.uri, acts.hold_release(act.uri, _reason_if(reason)))


def close(act: Act, missing: Iterable[Mapping[str, str]], reason: str | None) -> Prepared:
    """The end of a recall; `missing` is what its progress gives."""
    _require_open(act, "closed")
    return _one(act.uri, acts.recall_close(act.uri, missing, _reason_if(reason)))


def _require_open(act: Act, change: str) -> None:
    if act.ended is not None:
        raise LedgerError(
            "%s was ended at index %s (%s): it cannot be %s any more",
            act.uri,
            act.ended,
            act.ending,
            change,
        )


def _reason(text: str) -> str:
    if not text.strip():
        raise LedgerError("a reason is needed: what was found, where, by whom")
    return text.strip()


def _reason_if(text: str | None) -> str | None:
    return None if text is None else _reason(text)


# Answering.


def acknowledge(reader: Reader, act: Act, actor: str) -> Prepared:
    """The statement by which a holder acknowledges a recall, to be signed."""
    _require_holder(reader, act, actor)
    return Prepared(act.uri, (_answer(reader, act, actor, acts.recall_acknowledge(act.uri)),))


def report(
    reader: Reader,
    act: Act,
    actor: str,
    fates: Sequence[Fate],
    photos: Sequence[bytes] = (),
    *,
    named: Sequence[str] = (),
) -> Prepared:
    """What became of a holder's part; the first link names its files, and `named` ones sent."""
    _require_holder(reader, act, actor)
    if not fates:
        raise LedgerError("a report says how much was recovered, sold, destroyed or remains")
    items = {fate.item for fate in fates}
    if outside := sorted(items - in_scope(reader, act, items)):
        raise LedgerError("%s: not in the scope of %s", some(outside), act.uri)
    rows: dict[tuple[str, str], Mapping[str, str]] = {}
    for fate in fates:
        if (fate.item, fate.kind) in rows:
            raise LedgerError("%s of %s is given twice: give its total once", fate.kind, fate.item)
        rows[fate.item, fate.kind] = stated(fate)
    files = [*(_digest(data) for data in photos), *named]
    quantities = list(rows.values())
    drafts = []
    for start in range(0, len(quantities), PER_LINK):
        part = quantities[start : start + PER_LINK]
        statement = acts.recall_report(act.uri, part, files if start == 0 else ())
        drafts.append(_answer(reader, act, actor, statement))
    return Prepared(act.uri, tuple(drafts), tuple(photos))


def _answer(reader: Reader, act: Act, actor: str, statement: Object) -> Draft:
    """A statement that names the order it answers; one's own order is one's own chain."""
    order = reader.link(act.leaf)
    is_own = actor == act.actor or order is None
    after = () if is_own or order is None else (AfterRef(act.leaf, order.hash),)
    return Draft(statement=statement, after=after)


def _require_holder(reader: Reader, act: Act, actor: str) -> None:
    if act.kind != "recall":
        raise LedgerError("%s is a hold: it is not acknowledged, only placed and released", act.uri)
    if not act.is_in_force:
        raise LedgerError(
            "%s was withdrawn at index %s: nothing is asked of you", act.uri, act.ended
        )
    if not has_held(reader, act, actor):
        raise LedgerError(
            "%s holds none of what %s recalls and never did, by this ledger: it has "
            "nothing to acknowledge or report. Goods that came without a record are "
            "recorded first: `suyuan record ITEM --step receive`",
            actor,
            act.uri,
        )


def stated(fate: Fate) -> Mapping[str, str]:
    """One amount as a statement has it, in kg, L, m or pieces; LedgerError where it is none."""
    if fate.kind not in FATES:
        raise LedgerError("%s is none of %s", repr(fate.kind), ", ".join(FATES))
    value, code = fate.value, _CODES.get(fate.unit, fate.unit)
    number = decimal(value)
    if fate.unit == _CATTY and number is not None:
        value, code = f"{number / 2:f}", "KGM"
    if code is not None and code not in UNITS:
        raise LedgerError(
            "unit %s: give kg, L, m, 1 for pieces, 斤, or a UN/ECE code such as GRM",
            repr(fate.unit[:20]),
        )
    amount = exact(value, code)
    if amount is None or amount.micro < 0:
        raise LedgerError(
            "%s %s of %s is no amount of 0 or more, exact to a millionth",
            repr(fate.value[:40]),
            fate.unit,
            fate.item,
        )
    return {"item": fate.item, "kind": fate.kind, **amount.to_dict()}


def _digest(data: bytes) -> str:
    if len(data) > MAX_FILE:
        raise LedgerError("a file may have %s MiB, this one has more", MAX_FILE >> 20)
    if media.kind(data) is None:
        raise LedgerError("a photograph is a JPEG, PNG or WebP, a document a PDF")
    return hashlib.sha256(data).hexdigest()


def only_item(reader: Reader, act: Act) -> str:
    """The item of a recall of one item; LedgerError where there are several."""
    rows = [row for row in ActBook(reader).scope(act.leaf) if row.cleared is None]
    if len(rows) != 1:
        raise LedgerError("%s recalls several items: name one by --item", act.uri)
    return rows[0].item


def some(items: Sequence[str]) -> str:
    """The first few of some items, and how many more."""
    more = len(items) - _NAMED
    return ", ".join(items[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
