"""The JSON forms of holds and recalls: what they are under, name, reach, and how far they are."""

from typing import Any, Literal

from suyuan.trace.format.json_values import Closed, Day, Form, Instant, described, named
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.store.read.act_reader import Undecided

from .deadlines import Outcome
from .status import Relation


class AmountJson(Closed):
    """So much of an item."""

    value: str = described("A decimal number")
    unit: str = described("kg, L, m, or 1 for pieces")
    item: str


class ActJson(Closed):
    """A hold or a recall by itself."""

    act: str = described("Its URI")
    code: str
    kind: Literal["hold", "recall"]
    level: int | None
    drill: bool
    index: int = described("Of the link that began it")
    by: str
    by_name: str | None
    state: Literal["open", "closed", "withdrawn", "released"]
    ended: int | None = described("The index of the link that ended it")


class ListedJson(ActJson):
    """A hold or a recall in a list."""

    count: int = described("How many items it names")


class ActsJson(Closed):
    """Holds or recalls, the newest first."""

    size: int = described("As of how many links")
    acts: list[ListedJson]


class StatusJson(Form):
    """A recall or a hold that the item is under, or that what it came from is under."""

    act: str = described("The act's URI")
    code: str = described("Its trace code: `/api/v1/recalls/<code>`")
    kind: Literal["recall", "hold"]
    level: int | None = described("Of a recall: 1 is the gravest, 3 the mildest")
    by: str
    covered: str = described("The item that the act names")
    relation: Relation = described(
        "`contains`: the item was made from what the act names, or holds it, and "
        "nobody has decided about it yet; `inside`: it is, or then was, packed in it"
    )
    since: Instant | None = described("Recorded time of the statement that brought it in")
    reason: str | None
    closed: bool = described("A closed recall: what is found later is recalled too")
    closed_at: Instant | None
    index: int = described("The link that brought it in")


class ScopeHolderJson(Closed):
    """A party, and how much it has or waits for."""

    holder: str | None = described("null: on its way out of the ledger")
    name: str | None
    is_reported: bool = described("A document says so, and no signature of the holder")
    items: int
    quantities: list[Quantity]


class ScopeStockJson(Closed):
    """So much of an item in one place."""

    holder: str | None
    in_transit: bool
    sender: str | None = named("from")
    is_reported: bool
    container: str | None
    quantity: Quantity | None


class ReachedJson(Closed):
    """An item that a recall would reach."""

    item: str
    code: str
    name: str | None
    produced: str | None
    asked: bool = described("Named itself; else made from what is named")
    recalled_by: tuple[str, ...]
    remaining: list[ScopeStockJson]


class ReachedSoldJson(ReachedJson):
    """An item that a recall would reach, and what of it is gone."""

    sold: Quantity | None = described("How much of it was sold; null if not known")


class TotalsJson(Closed):
    """All of one unit: `produced` and `unsaid` are the sum of the others."""

    unit: str
    produced: str
    unsaid: str = described("By how much less is said since than at the recall")
    recovered: str
    remaining: str
    sold: str
    destroyed: str
    used: str
    lost: str
    outside: str
    weighed: str = described("Less by weighing, as far as scales may be off")
    held: str = described("With holders that have not reported yet, by the records")
    in_transit: str
    unaccounted: str = described("What no record and no report explains")


class ScopeJson(Closed):
    """What a recall would reach."""

    size: int = described("As of how many links")
    count: int
    remaining: list[Quantity]
    holders: list[ScopeHolderJson]
    items: list[ReachedJson]
    inside: tuple[str, ...] = described("What is in containers among the items")
    containers: tuple[str, ...] = described("What items are packed in now: name them too")


class ScopeTotalsJson(ScopeJson):
    """What a recall would reach, and what became of it so far."""

    items: list[ReachedSoldJson]  # type: ignore[assignment]
    totals: list[TotalsJson] | None = described(
        "What became of it so far; null for over 2,000 items"
    )


class StatedJson(Closed):
    """A link."""

    index: int
    at: Instant | None
    by: str


class DeadlinesJson(Closed):
    """Until when it starts and finishes, by which rule, and what became of it."""

    rule: str
    source: str
    since: Day = described("The first day on which the rule holds")
    last: Day | None = described("The last one; null while it is in force")
    start_due: Instant
    start: Outcome
    finish_day: Day
    finish_due: Instant
    finish: Outcome
    counted_from: Literal["order", "plan"] = described(
        "From whose day the days to finish count; the order's while no plan is stated"
    )
    provisional: bool = described(
        "The day to finish may change: no plan is stated, or a year's holidays are not published"
    )
    next_report_day: Day | None = described(
        "By when who recalls reports to the authority next; null if the rule asks for no reports, "
        "or it has ended"
    )
    closing_report_day: Day | None = described("By when it reports the end, once closed")
    closing_report_days: int | None = described("Within how many days of the end")
    answer_due: Instant | None
    notes: tuple[str, ...]


class ClosingJson(Closed):
    """Whether quantities add up, and what is missing."""

    adds_up: bool
    missing: list[AmountJson]
    surplus: list[AmountJson]
    unknown: tuple[str, ...]


class ProgressJson(ActJson):
    """How far a recall has come."""

    reason: str | None
    known: Instant | None
    ordered: Instant | None
    planned: Instant | None = described("When the recall plan was made, as far as it counts")
    ending: StatedJson | None
    ending_reason: str | None
    said_missing: list[AmountJson] = described("What its closing did not find")
    deadlines: DeadlinesJson | None
    size: int
    as_of: int = described("How many links lineage is as of")
    totals: list[TotalsJson]
    effectiveness: dict[str, Any] = described("Shares found, and how long it took")
    closing: ClosingJson
    holders: list[dict[str, Any]] = described("Each with its lines, answers and reports")
    strangers: list[dict[str, Any]] = described("Who answered and held none of it")
    items: list[dict[str, Any]]
    cleared: tuple[str, ...]
    undecided: tuple[Undecided, ...]
