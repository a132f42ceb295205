"""Labels that were issued: which are good, and how many more there are pieces for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from suyuan.trace.findings.books import books, on_the_way
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, Json, described
from suyuan.trace.format.quantities import MICRO, Quantity
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.files import serials
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import item_labels

_PIECES = "1"


@dataclass(frozen=True, slots=True)
class Issue:
    """A `labels` statement about an item; `serials` is None where their list is not here."""

    index: int
    op: str
    count: int
    serials: tuple[str, ...] | None


def issues(reader: Reader, home: Path, item: str, actor: str) -> Iterator[Issue]:
    """A holder's `labels` statements about an item, in the order of its chain."""
    for index, statement in reader.chain_statements(item, actor, "labels"):
        listed = serials.find(home, str(statement["root"]))
        known = None if listed is None else tuple(listed)
        yield Issue(index, str(statement["op"]), int(statement["count"]), known)


def good_serials(issued: list[Issue], index: int | None = None) -> list[str]:
    """Serials of a statement, or all, issued and not voided; LedgerError if a list is lost."""
    if (lost := next((issue for issue in issued if issue.serials is None), None)) is not None:
        raise LedgerError(
            "the list of %s serials that the statement at index %s commits to is not "
            "in this home: bring back its labels/ folder",
            lost.count,
            lost.index,
        )
    good: set[str] = set()
    for issue in issued:
        listed = set(issue.serials or ())
        good = good | listed if issue.op == "issue" else good - listed
    if index is not None:
        good &= {s for issue in issued if issue.index == index for s in issue.serials or ()}
    return sorted(good)


def again(
    reader: Reader, home: Path, item: str, actor: str, *, issue: int | None, chosen: Sequence[str]
) -> list[str]:
    """Serials that a holder issued and are good: those chosen, else all of one statement.

    That is the last for None; LedgerError, with what would be right, where there are none.
    """
    all_issues = list(issues(reader, home, item, actor))
    issued = [record.index for record in all_issues if record.op == "issue"]
    if not issued:
        raise LedgerError("%s has issued no labels of %s", actor, item)
    if issue is not None and issue not in issued:
        raise LedgerError(
            "index %s issues no labels of %s: one of %s", issue, item, ", ".join(map(str, issued))
        )
    wanted = [serial_of(text, item, actor) for text in chosen]
    good = good_serials(all_issues, None if wanted and issue is None else issue or issued[-1])
    if bad := [serial for serial in wanted if serial not in set(good)]:
        raise LedgerError(
            "label %s of %s was not issued by %s, or is void already", bad[0], item, actor
        )
    if not good:
        raise LedgerError("all labels of that statement are void")
    return sorted(set(wanted)) or good


def serial_of(text: str, item: str, actor: str) -> str:
    """A serial as typed, or within what a label's code says, which must be of this chain."""
    code, serial = scanned(text)
    if code is not None and code != codes.of_chain(item, actor):
        raise LedgerError("%s is no label of %s by %s", text[:100], item, actor)
    return serial


def scanned(text: str) -> tuple[str | None, str]:
    """The chain's code, if any, and serial that was typed or scanned; else LedgerError."""
    try:
        path = urlsplit(text).path if "/" in text else text
        *before, last = path.rstrip("/").split("/")
        code = codes.read(before[-1]) if before and before[-1] else None
        return code, codes.read_serial(last)
    except IdentifierError as error:
        raise LedgerError(error) from None
    except ValueError:  # of urlsplit
        raise LedgerError("%s is no label's code", repr(text[:100])) from None


@dataclass(frozen=True, slots=True)
class Room:
    """Pieces that came or are on their way, and labels issued less those voided, of one item."""

    had: int
    issued: int

    @property
    def left(self) -> int:
        """How many more labels there are pieces for."""
        return max(0, self.had - self.issued)


def rooms(lineage: Lineage, holder: str, items: Sequence[str]) -> dict[str, Room]:
    """The room of items counted in pieces, as the rule labels-overdrawn counts."""
    room_of = {}
    for story, context in lineage.stories_in_context(items):
        for account in story.accounts:
            if account.holder == holder and account.unit == _PIECES and not account.is_reported:
                book, coming = books(account, story, context), on_the_way(story, account)
                if book is not None and coming is not None:
                    issued = sum(
                        statement["count"] if statement["op"] == "issue" else -statement["count"]
                        for _, actor, statement in context.statements(story.item, "labels")
                        if actor == holder
                    )
                    room_of[story.item] = Room((book.had + coming) // MICRO, issued)
    return room_of


MOST = 500  # lots on one page


@dataclass(frozen=True, slots=True)
class Lot:
    """An item that a party has, its labels, those good (None if a list is lost) and its room."""

    item: str
    code: str
    name: str
    scale: int | None
    quantity: Quantity | None
    issues: tuple[Issue, ...]
    good: int | None
    room: Room | None


class IssueJson(Form):
    """A `labels` statement; `is_here` where the list of its serials is."""

    index: int
    op: str
    count: int
    is_here: bool


class LabelledJson(Form):
    """An item that one has, and the labels of it."""

    item: str
    name: str
    code: str
    scale: int | None = described("The number to key into a scale")
    quantity: str | None
    unit: str | None
    had: int | None = described("Of what is counted: pieces that came or are on their way")
    issued: int | None = described("Of what is counted: labels issued less those voided")
    good: int | None = described("Labels that are good; null where a list is not here")
    issues: list[IssueJson]


class OwnLabelsJson(Form):
    """What one has, by name."""

    party: str
    lots: list[LabelledJson]
    more: int = described("How many more there are than are listed")


def counter(
    reader: Reader, home: Path, holder: str, name: Callable[[str], str]
) -> tuple[list[Lot], int]:
    """The first lots that a party has, by name, and how many more; `name` for the nameless."""
    stocks = _together(Lineage(reader).stock_of(holder))
    shown = dict(list(stocks.items())[:MOST])
    return lots(reader, home, holder, shown, name), len(stocks) - len(shown)


def lots(
    reader: Reader,
    home: Path,
    holder: str,
    amounts: dict[str, Quantity | None],
    shown: Callable[[str], str],
) -> list[Lot]:
    """A holder's items with what is needed to label them, by name."""
    lineage, names = Lineage(reader), Slips(reader)
    known = lineage.lots(sorted(amounts))
    scales = item_labels.scale_codes_of(reader, holder)
    room = rooms(lineage, holder, sorted(amounts))
    lots = []
    for item, quantity in amounts.items():
        own_issues = tuple(issues(reader, home, item, holder))
        code = codes.of_chain(item, holder)
        name = names.item_name(item, known) or shown(item)
        is_lost = any(issue.serials is None for issue in own_issues)
        good = None if is_lost else len(good_serials(list(own_issues)))
        lots.append(
            Lot(item, code, name, scales.get(item), quantity, own_issues, good, room.get(item))
        )
    return sorted(lots, key=lambda lot: (lot.name, lot.code))


def labelled_json(lot: Lot) -> Json:
    """A holder's item and its labels, for programs."""
    quantity, room = lot.quantity, lot.room
    return LabelledJson.write(
        lot,
        quantity=quantity and quantity.text,
        unit=quantity and quantity.unit,
        had=room and room.had,
        issued=room and room.issued,
        issues=[IssueJson.build(issue, is_here=issue.serials is not None) for issue in lot.issues],
    )


def _together(stocks: Sequence[Stock]) -> dict[str, Quantity | None]:
    """How much of each item, in the holder's hands and containers; None where not known."""
    amounts: dict[str, Quantity | None] = {}
    for stock in stocks:
        quantity = stock.quantity
        if stock.is_reported or (quantity is not None and quantity.micro <= 0):
            continue
        before = amounts.get(stock.item, quantity)
        if stock.item in amounts and before is not None and quantity is not None:
            quantity = Quantity(before.micro + quantity.micro, quantity.unit)
        amounts[stock.item] = None if before is None else quantity
    return amounts
