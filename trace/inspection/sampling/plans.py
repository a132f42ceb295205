"""A plan of sampling (抽检计划): foods, stages, numbers, items, laboratories; and its tasks, drawn.

Drawn are lots that the ledger knows to be on sale with somebody of the office's remit: those of
the lowest ranks, HMAC-SHA256 over `plan|<row>|<lot>|<holder>` under what the plan says with its
salt (`cases.secret_of`), which the office signed before. So for those who have it a plan's tasks
follow from it and from what was on sale; a new draw of a row takes up where the last one ended.
"""

import csv
import hmac
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.goods.holdings import of_items
from suyuan.trace.goods.searching import Query, find
from suyuan.trace.inspection.case_kinds import fields
from suyuan.trace.inspection.cases import Case
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

PLAN, TASK = "plan", "task"  # the kinds of cases that they are
MOST_ROWS, MOST_DRAWN, MOST_PAGES, _BLOCK = 100, 50, 10, 50
_COLUMN = (
    msg("food"), msg("where"), msg("samples"), msg("test items"), msg("laboratory"), msg("six"),
)  # fmt: skip
_PARTS = 5
_NEEDED, _MOST = msg("This is needed."), msg("At most %s rows.", MOST_ROWS)
_WRONG = {2: msg("A whole number from 1 to 9,999."), 5: msg("There are five columns.")}
_LINKS = {"生产": "production", "流通": "circulation", "餐饮": "catering"}  # in files of offices
_FIRST = ("food", "食品")  # of a file's headings


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a plan: a food, where in the trade, how many samples, tested for what, by whom."""

    number: int
    food: str
    link: str
    count: int
    items: str
    laboratory: str


@dataclass(frozen=True, slots=True)
class OnSale:
    """A lot with a holder in the remit."""

    item: str
    holder: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a row of a plan is: tasks drawn, and those that are over."""

    row: Row
    drawn: int
    done: int


def rows(text: str) -> list[Row] | Message:
    """The rows of a plan as it was typed or uploaded, or what is wrong with it: five columns each.

    They stand between semicolons, tabs as a spreadsheet copies them, or commas as in a CSV file,
    whose first row may be headings.
    """
    planned: list[Row] = []
    plain = text.replace("；", ";").removeprefix("\ufeff")
    lines = plain.splitlines()
    first = next(filter(str.strip, lines), "")
    links = {str(text): key for key, text in fields()["link"].choices.items()} | _LINKS
    parts = csv.reader(lines, delimiter=next((one for one in ";\t" if one in first), ","))
    for number, row in enumerate(parts, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (not planned and cells[0].lower() in _FIRST):
            continue
        cells += [""] * (_PARTS - len(cells))
        is_number = cells[2].isascii() and cells[2].isdigit() and 0 < int(cells[2][:6]) < 10_000
        right = (cells[0], len(row) > 1, is_number, len(row) > 3, len(row) > 4,
                 not any(cells[_PARTS :]))  # fmt: skip
        if not all(right) or len(planned) == MOST_ROWS:
            at = next((place for place, is_right in enumerate(right) if not is_right), None)
            return msg(
                "Row %(row)s, column %(column)s: %(what)s", row=number, column=_COLUMN[at or 0],
                what=_MOST if at is None else _WRONG.get(at, _NEEDED),
            )  # fmt: skip
        planned.append(Row(len(planned) + 1, cells[0], links.get(cells[1], cells[1]), int(cells[2]),
                         cells[3], cells[4]))  # fmt: skip
    return planned or _NEEDED


def rows_of(plan: Case) -> list[Row]:
    """The rows of a plan's case; none where they cannot be read."""
    found = rows(str(plan.stages[0].said.get("rows", ""))) if plan.stages else []
    return [] if isinstance(found, Message) else found


def on_sale(reader: Reader, ledger: Ledger, remit: Remit, food: str) -> Iterator[OnSale]:
    """The lots of a food that holders in a remit have now, of the first pages of a search."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        query = Query(food, kind="item", most=_BLOCK, after=after)
        page = find(reader, ledger.trust, ledger.home, remit, query)
        for stock in of_items(reader, [row.item for row in page.lots]):
            is_held = stock.holder is not None and not stock.is_in_transit
            if is_held and remit.covers(reader.party(str(stock.holder))):
                yield OnSale(stock.item, str(stock.holder))
        if (after := page.after) is None:
            return


def ranked(secret: bytes, row: int, pool: Collection[OnSale]) -> list[OnSale]:
    """A pool in the order in which a row of a plan draws from it, by the plan's secret."""

    def rank(one: OnSale) -> bytes:
        return hmac.digest(secret, f"plan|{row}|{one.item}|{one.holder}".encode(), "sha256")

    return sorted(set(pool), key=rank)


def progress(plan: Case, tasks: Sequence[Case]) -> list[Progress]:
    """How far each row of a plan is, by the cases of its tasks."""
    own = [task.stages[0].said for task in tasks]
    return [
        Progress(
            row,
            sum(said.get("row") == row.number for said in own),
            sum(
                said.get("row") == row.number and task.is_closed
                for said, task in zip(own, tasks, strict=True)
            ),
        )
        for row in rows_of(plan)
    ]


def is_of(plan: str, task: Case) -> bool:
    """Whether a task is of a plan with this URI."""
    return bool(task.stages[0].said.get("plan") == plan)
