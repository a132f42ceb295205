"""Statements about holds and recalls, looked over before anybody signs them.

The server refuses what may not be said at all; here is refused besides, with what to do, what
would be no use, such as a recall of what is recalled. Raises LedgerError in all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from suyuan.keys.validity import significant

from .. import acts
from ..errors import LedgerError
from ..identifiers import codes
from ..link import AfterRef
from ..members import Object
from ..pen import Draft
from ..scopes import is_officer, is_own
from ..signing_time import MAX_AHEAD
from ..state import Act, Genesis, State
from ..store.read import Reader
from ..store.recalls import ActBook
from .levels import LEVELS, rule_of

_NAMED = 3
_OLDEST = 2000
NOT_BY_COUNTIES = (
    "by Order 122 of 2026 orders of recall (责令召回通知书) are issued by market regulators of "
    "cities that are divided into districts (设区的市) and above: for an office below them, ask "
    "the city's before this is signed"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be signed, the files to be kept before, and what a person should know of it."""

    uri: str
    drafts: tuple[Draft, ...]
    files: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many items its list names."""
        said = self.drafts[0].statement or {}
        return int(said.get("count", 0))


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

    `planned` is when its plan was made, stated besides. `made` are items to recall besides as far
    as the actor may: what others made from it is for them, or the authority, to decide.
    """
    if level not in LEVELS:
        raise LedgerError(f"a recall has level 1, 2 or 3 (I, II or III), not {level}")
    when = _second(known, now, "since when is it known?")
    wanted = _wanted(reader, items)
    if others := foreign(reader, genesis, actor, wanted):
        raise LedgerError(
            f"{actor} may not recall {some(others)}: a producer recalls what it coded, or what "
            "is under its own company prefix; for the rest ask the authority"
        )
    more = sorted(set(made) - set(wanted))
    left = set(foreign(reader, genesis, actor, more))
    wanted = sorted({*wanted, *more} - left)
    notes = [] if not left else [
        f"{len(left):,} items that others made from it are left to them and the authority: "
        f"{some(sorted(left))}"
    ]  # fmt: skip
    if not is_drill and is_below_ordering(reader, genesis, actor, known):
        notes.append(NOT_BY_COUNTIES)
    _require_new(reader, wanted, is_drill=is_drill, is_again=is_again)
    data, members = acts.listed(wanted)
    uri = new_uri(genesis.host)
    said = acts.recall_order(uri, level, when, _words(reason), members, drill=is_drill)
    stated = () if planned is None else (_plan(uri, planned, known, now),)
    return Prepared(uri, (Draft(statement=said), *stated), (data,), tuple(notes))


def is_below_ordering(reader: Reader, genesis: Genesis, actor: str, known: datetime) -> bool:
    """Whether this is an office, and the rule of the day leaves its orders to those above it."""
    by, state = rule_of(known).ordered_by, State(genesis, reader.source, reader.size())
    party = state.party(actor)
    if by is None or party is None or not is_officer(state, actor):
        return False
    return len(significant(party.division)) > by


def but(reader: Reader, order: Prepared, items: Sequence[str], reason: str) -> Prepared:
    """An order, and with it that these items are found not to be concerned."""
    data, members = acts.listed(_wanted(reader, items))
    said = acts.recall_clear(order.uri, _words(reason), members)
    more = (Draft(statement=said),)
    return Prepared(order.uri, order.drafts + more, (*order.files, data), order.notes)


def hold(reader: Reader, genesis: Genesis, items: Sequence[str], reason: str) -> Prepared:
    """A hold of these items."""
    wanted = _wanted(reader, items)
    data, members = acts.listed(wanted)
    uri = new_uri(genesis.host)
    return Prepared(uri, (Draft(statement=acts.hold_place(uri, _words(reason), members)),), (data,))


def _wanted(reader: Reader, items: Iterable[str]) -> list[str]:
    wanted = sorted(set(items))
    if not wanted:
        raise LedgerError("nothing is named: give the items, or a list of them")
    known = reader.subject_numbers(set(wanted))
    unknown = [item for item in wanted if item not in known]
    if unknown:
        raise LedgerError(f"this ledger has no record of {some(unknown)}")
    return wanted


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
            f"{some(named)} {'is' if len(named) == 1 else 'are'} recalled already by {uri}: "
            f"`suyuan recall extend` takes more items in; --again orders a second recall"
        )


def foreign(reader: Reader, genesis: Genesis, actor: str, items: Sequence[str]) -> list[str]:
    """Those that this actor may not recall, so that it learns before the server refuses it."""
    state = State(genesis, reader.source, reader.size())
    if is_officer(state, actor):
        return []
    reader.source.prefetch_coders(items)
    party = state.party(actor)
    return [item for item in items if not is_own(item, party, state.coder(item))]


# Changing the scope, ending.


def plan(act: Act, planned: datetime, known: datetime, now: datetime) -> Prepared:
    """When the plan of a recall was made, from which its days may count."""
    _require_open(act, "planned")
    return Prepared(act.uri, (_plan(act.uri, planned, known, now),))


def _plan(uri: str, planned: datetime, known: datetime, now: datetime) -> Draft:
    if precedes(planned, known):
        raise LedgerError(f"a plan of {planned.isoformat()} is from before the danger was known")
    return Draft(statement=acts.recall_plan(uri, _second(planned, now, "when was it planned?")))


def precedes(planned: datetime, known: datetime) -> bool:
    """Whether a plan is said to be from before the danger was known; people type minutes."""
    return planned.replace(second=59) < known


def _second(when: datetime, now: datetime, asks: str) -> str:
    """An instant that has been as statements write it."""
    if when.year < _OLDEST:
        raise LedgerError(f"{when.isoformat()} is long past: {asks}")
    if when > now + MAX_AHEAD:
        raise LedgerError(f"{when.isoformat()} lies in the future: {asks}")
    return min(when, now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def extend(reader: Reader, act: Act, items: Sequence[str], reason: str | None) -> Prepared:
    """More items into a recall."""
    _require_open(act, "extended")
    wanted = _wanted(reader, items)
    there = {c.item for c in ActBook(reader).covering(wanted)
             if c.act.leaf == act.leaf and c.cleared is None}  # fmt: skip
    if there == set(wanted):
        raise LedgerError(f"{some(sorted(there))}: in the scope of {act.uri} already")
    data, members = acts.listed(wanted)
    said = acts.recall_extend(act.uri, members, None if reason is None else _words(reason))
    return Prepared(act.uri, (Draft(statement=said),), (data,))


def clear(reader: Reader, act: Act, actor: str, items: Sequence[str], reason: str) -> Prepared:
    """Items that are found not to be concerned."""
    _require_open(act, "changed")
    data, members = acts.listed(_wanted(reader, items))
    said = acts.recall_clear(act.uri, _words(reason), members)
    return Prepared(act.uri, (answering(reader, act, actor, said),), (data,))


def withdraw(act: Act, reason: str) -> Prepared:
    """A recall that was ordered by mistake."""
    _require_open(act, "withdrawn")
    said = acts.recall_withdraw(act.uri, _words(reason))
    return Prepared(act.uri, (Draft(statement=said),))


def release(act: Act, reason: str | None) -> Prepared:
    """The end of a hold."""
    _require_open(act, "released")
    said = acts.hold_release(act.uri, None if reason is None else _words(reason))
    return Prepared(act.uri, (Draft(statement=said),))


def close(act: Act, missing: Iterable[Mapping[str, str]], reason: str | None) -> Prepared:
    """The end of a recall; `missing` is what its progress gives."""
    _require_open(act, "closed")
    said = acts.recall_close(act.uri, missing, None if reason is None else _words(reason))
    return Prepared(act.uri, (Draft(statement=said),))


def _require_open(act: Act, what: str) -> None:
    if act.ended is not None:
        raise LedgerError(
            f"{act.uri} was ended at index {act.ended} ({act.ending}): it cannot be {what} any more"
        )


def answering(reader: Reader, act: Act, actor: str, said: Object) -> Draft:
    """A statement that names the order it answers; one's own order is one's own chain."""
    ordered = reader.link(act.leaf)
    if actor == act.actor or ordered is None:
        return Draft(statement=said)
    return Draft(statement=said, after=(AfterRef(act.leaf, ordered.hash),))


def _words(text: str) -> str:
    if not text.strip():
        raise LedgerError("a reason is needed: what was found, where, by whom")
    return text.strip()


def some(items: Sequence[str]) -> str:
    """The first few of some items, and how many more."""
    more = len(items) - _NAMED
    return ", ".join(items[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
