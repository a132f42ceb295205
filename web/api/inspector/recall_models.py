"""What the API answers of holds and recalls."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SumOut(_Out):
    """So much in a base unit."""

    value: str = Field(description="A decimal number")
    unit: str = Field(description="kg, L, m, or 1 for pieces")


class MaybeOut(_Out):
    """So much in a base unit; null where it is not known."""

    value: str | None
    unit: str | None


class OfItemOut(SumOut):
    """So much of an item."""

    item: str


class ActOut(_Out):
    """A hold or a recall by itself."""

    act: str = Field(description="Its URI")
    code: str
    kind: Literal["hold", "recall"]
    level: int | None
    drill: bool
    index: int = Field(description="Of the link that began it")
    by: str
    by_name: str | None
    state: Literal["open", "closed", "withdrawn", "released"]
    ended: int | None = Field(description="The index of the link that ended it")


class ListedOut(ActOut):
    """A hold or a recall in a list."""

    count: int = Field(description="How many items it names")


class ActsOut(_Out):
    """Holds or recalls, the newest first."""

    size: int = Field(description="As of how many links")
    acts: list[ListedOut]


class ScopeHolderOut(_Out):
    """A party, and how much it has or waits for."""

    holder: str | None = Field(description="null: on its way out of the ledger")
    name: str | None
    is_reported: bool = Field(description="A document says so, and no signature of the holder")
    items: int
    quantities: list[SumOut]


class ScopeStockOut(_Out):
    """So much of an item in one place."""

    holder: str | None
    in_transit: bool
    sender: str | None = Field(alias="from")
    is_reported: bool
    container: str | None
    quantity: SumOut | None


class ReachedOut(_Out):
    """An item that a recall would reach."""

    item: str
    code: str
    name: str | None
    produced: str | None
    asked: bool = Field(description="Named itself; else made from what is named")
    recalled_by: list[str]
    remaining: list[ScopeStockOut]
    sold: SumOut | None = Field(description="How much of it was sold; null if not known")


class TotalsOut(_Out):
    """All of one unit: `produced` and `unsaid` are the sum of the others but `in_transit`."""

    unit: str
    produced: str
    unsaid: str = Field(description="By how much less is said since than at the recall")
    recovered: str
    remaining: str
    sold: str
    destroyed: str
    used: str
    lost: str
    outside: str
    weighed: str = Field(description="Less by weighing, as far as scales may be off")
    unaccounted: str
    in_transit: str


class ScopeOut(_Out):
    """What a recall would reach."""

    size: int = Field(description="As of how many links")
    count: int
    remaining: list[SumOut]
    holders: list[ScopeHolderOut]
    items: list[ReachedOut]
    inside: list[str] = Field(description="What is in containers among the items")
    containers: list[str] = Field(description="What items are packed in now: name them too")
    totals: list[TotalsOut] | None = Field(
        description="What became of it so far; `unaccounted` is what is still in somebody's hands. "
        "null for over 2,000 items"
    )


class SaidOut(_Out):
    """A link."""

    index: int
    at: str | None
    by: str


class DeadlinesOut(_Out):
    """Until when it starts and finishes, by which rule, and what became of it."""

    rule: str
    source: str
    since: str = Field(description="The first day on which the rule holds")
    last: str | None = Field(description="The last one; null while it is in force")
    start_due: str
    start: str
    finish_day: str
    finish_due: str
    finish: str
    counted_from: Literal["order", "plan"] = Field(
        description="From whose day the days to finish count; the order's while no plan is stated"
    )
    provisional: bool = Field(
        description="The day to finish may change: no plan is stated, or a year's holidays are not "
        "published"
    )
    next_report_day: str | None = Field(
        description="By when who recalls reports to the authority next; null if the rule asks for "
        "no reports, or it has ended"
    )
    closing_report_day: str | None = Field(description="By when it reports the end, once closed")
    closing_report_days: int | None = Field(description="Within how many days of the end")
    answer_due: str | None
    notes: list[str]


class ClosingOut(_Out):
    """Whether quantities add up, and what is missing."""

    adds_up: bool
    missing: list[OfItemOut]
    surplus: list[OfItemOut]
    unknown: list[str]


class UndecidedOut(_Out):
    """What was made from it and is not decided yet."""

    item: str
    name: str | None
    maker: str | None


class ProgressOut(ActOut):
    """How far a recall has come."""

    reason: str | None
    known: str | None
    ordered: str | None
    planned: str | None = Field(description="When the recall plan was made, as far as it counts")
    ending: SaidOut | None
    ending_reason: str | None
    said_missing: list[OfItemOut] = Field(description="What its closing did not find")
    deadlines: DeadlinesOut | None
    size: int
    as_of: int = Field(description="How many links lineage is as of")
    totals: list[TotalsOut]
    effectiveness: dict[str, Any] = Field(description="Shares found, and how long it took")
    closing: ClosingOut
    holders: list[dict[str, Any]] = Field(description="Each with its lines, answers and reports")
    strangers: list[dict[str, Any]] = Field(description="Who answered and held none of it")
    items: list[dict[str, Any]]
    cleared: list[str]
    undecided: list[UndecidedOut]


class AfterOut(_Out):
    """A link that a payload's `after` names."""

    index: int
    hash: str


class StatementOut(_Out):
    """What to put into a payload and sign."""

    subject: str
    statement: dict[str, Any]
    after: list[AfterOut]
    attachment: str | None = Field(alias="list", description="The list that it names, as below")


class StatementsOut(_Out):
    """Statements to sign, and the list to send with them."""

    act: str
    actor: str
    drafts: list[StatementOut]
    attachment: str | None = Field(
        alias="list",
        description="One URI a line, to send with the entry; null where none is needed",
    )
    notes: list[str] = Field(description="What to know before signing")
