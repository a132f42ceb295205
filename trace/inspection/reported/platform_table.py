"""Complaints and reports that come from the national 12315 platform as a table, and go back as one.

Each row becomes a report to be triaged, once, whoever hands it in again; a row that is wrong says
what, where, and what to do, and keeps no other from being taken.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from typing import BinaryIO

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.identifiers import codes, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.messages import msg
from suyuan.trace.format.times import zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.lots import fold
from suyuan.trace.recording.imports.batches import RowProblem, RowReading, columns
from suyuan.trace.recording.imports.cells import Cell, TableError, digits, is_blank, line
from suyuan.trace.recording.imports.registering import MAX_UNPACKED
from suyuan.trace.recording.imports.table import Column, Kind, read_rows
from suyuan.trace.recording.imports.values import any_day
from suyuan.trace.store.read import profile_rows
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import Search

from ..complaints import MAX_CONTACT, MAX_NAME, MAX_TEXT, Complaint, Complaints
from .platform_numbers import PlatformNumbers

MOST = 1_000
MAX_FILE = 5 << 20
FIELDS = columns("platform")


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A complaint as a row has it; its name and phone are personal data."""

    row: int
    source: str
    received: date
    text: str
    about: str
    party: str
    licence: str
    name: str
    phone: str


@dataclass(slots=True)
class Taken:
    """What became of a table: reports that are new, rows that were there, and what is wrong."""

    new: list[Complaint] = field(default_factory=list)
    there: list[int] = field(default_factory=list)
    wrong: list[RowProblem] = field(default_factory=list)


def take(ledger: Ledger, reader: Reader, remit: Remit, file: BinaryIO, where: str) -> Taken:
    """Keep a report for each row of a CSV or XLSX about a party of a remit.

    Of more than MOST rows none is taken: TableError, as for a file that cannot be read. LedgerError
    where a report cannot be kept.
    """
    now = ledger.now()
    rows: list[PlatformRow | list[RowProblem]] = []
    for row in read_rows(_KIND, file, where, today=now.astimezone(zone()).date(),
                         unpacked=MAX_UNPACKED):  # fmt: skip
        if len(rows) == MOST:
            why = msg("it has more than %(most)s rows", most=f"{MOST:,}")
            raise TableError(where, why, msg("split it: what was taken is not taken again"))
        rows.append(row)
    taken, finder = Taken(), _Finder(ledger, reader, remit)
    book, numbers = Complaints(ledger.home), PlatformNumbers(ledger.home)
    for row in rows:
        if isinstance(row, list):
            taken.wrong += row
            continue
        party = finder.party(row)
        if isinstance(party, RowProblem):
            taken.wrong.append(party)
            continue
        with numbers.reserved(row.source, row.received) as number:
            if number is None:
                taken.there.append(row.row)
            else:
                noon = datetime.combine(row.received, time(12), zone())
                code, item = finder.item(row.about)
                taken.new.append(book.add(
                    min(noon, now), code=code, serial=None, item=item, holder=party.uri,
                    kind="other", text=_text(row, item), name=row.name, contact=row.phone,
                    source=row.source, number=number,
                ))  # fmt: skip
    return taken


def _text(row: PlatformRow, item: str | None) -> str:
    """What a row says, and of which goods unless they are a lot of the ledger."""
    return row.text if item is not None or not row.about else f"{row.about}\n{row.text}"


@dataclass(slots=True)
class _Finder:
    """Whom a row is about, in a remit, and which lot."""

    ledger: Ledger
    reader: Reader
    remit: Remit

    def party(self, row: PlatformRow) -> Party | RowProblem:
        """The one party with the row's licence or, without one, with exactly its name."""
        by_number = bool(row.licence)
        every = self._licensed(row.licence) if by_number else self._named(row.party)
        known = {p.uri: p for p in every if p.left is None and self.remit.covers(p)}
        if len(known) == 1:
            return next(iter(known.values()))
        column = "licence" if by_number else "party"
        if known:
            why = msg("%(count)s shops of your remit are called so", count=len(known))
            return RowProblem(row.row, FIELDS[column].headings[0], why,
                              msg("give its licence number or credit code too"))  # fmt: skip
        why = msg("no shop of your remit has this licence number or credit code")
        if not by_number:
            why = msg("no shop of your remit is called so")
        fix = msg("look it up by searching, or leave the row to the office that looks after it")
        return RowProblem(row.row, FIELDS[column].headings[0], why, fix)

    def _licensed(self, number: str) -> Iterator[Party]:
        try:
            uris = [parties.uscc_uri(number.replace(" ", "").upper())]
        except IdentifierError:
            over = {self.ledger.trust.genesis.authority, *profile_rows.registrars(self.reader)}
            keys = [profile_rows.licence_key(number)]
            uris = [uri for _, uri in profile_rows.licensed(self.reader, keys, over)]
        return filter(None, map(self.reader.party, uris))

    def _named(self, name: str) -> Iterable[Party]:
        search, folded = Search(self.reader, self.remit.spans(), self.remit.covers), fold(name)
        found = search.named(folded, MOST).found
        return [party for party in found if fold(party.name or "") == folded]

    def item(self, about: str) -> tuple[str, str | None]:
        """The code and the lot that a text names; no code for any other text."""
        try:
            code = codes.read(about)
        except IdentifierError:
            return "", None
        row = self.reader.codes([code]).get(code)
        return (code, row[0]) if row is not None else ("", None)


@dataclass(slots=True)
class _Reading(RowReading):
    """One row being read; `seen` are the rows of the numbers that were met."""

    today: date
    seen: dict[str, int]

    def read(self) -> PlatformRow | list[RowProblem]:
        """The row, or all that is wrong with it."""
        number = self.optional("source", lambda c: line(digits(c, msg("number")), 40), is_blank)
        received = self.optional("received", any_day)
        text = self.optional("text", lambda cell: line(cell, MAX_TEXT - 210), is_blank)
        licence = self.optional("licence", lambda c: line(digits(c, msg("licence number")), 60))
        party = self.optional("party", lambda cell: line(cell, 200))
        rest = {
            "about": self.optional("object", lambda cell: line(cell, 200)) or "",
            "name": self.optional("name", lambda cell: line(cell, MAX_NAME)) or "",
            "phone": self.optional(
                "phone", lambda c: line(digits(c, msg("phone number")), MAX_CONTACT)
            ) or "",
        }  # fmt: skip
        empty = msg("it is empty")
        if number is None:
            self.problem("source", empty, msg("give its number on the platform"))
        if received is None:
            self.problem("received", empty, msg("write it as 2026-11-24"))
        elif received > self.today:
            why = msg("%(date)s is in the future", date=str(received))
            self.problem("received", why, msg("give the day on which it was received"))
        if text is None:
            self.problem("text", empty, msg("give what is complained of"))
        if licence is None and party is None:
            self.problem("party", empty, msg("give the shop's name, or its licence number"))
        before = self.seen.setdefault(number, self.row) if number else self.row
        if before != self.row:
            why = msg("the same number stands in row %(row)s", row=before)
            self.problem("source", why, msg("keep one of the rows, or correct the number"))
        if self.problems or number is None or received is None or text is None:
            return list(self.problems.values())
        return PlatformRow(self.row, number, received, text, party=party or "",
                           licence=licence or "", **rest)  # fmt: skip


def _row(
    today: date, seen: dict[str, int], row: int, cells: Mapping[str, Cell], _hints: object
) -> PlatformRow | list[RowProblem]:
    return _Reading(row, cells, today, seen).read()


def _require(columns: Mapping[str, Column], where: str) -> None:
    needed = {"source": "12315编号 (number)", "received": "登记日期 (day)", "text": "内容 (text)"}
    needed |= {} if "licence" in columns else {"party": "被投诉人 (party)"}
    for name, heading in needed.items():
        if name not in columns:
            why = msg("no column %(heading)s", heading=heading)
            raise TableError(where, why, msg("add it: each complaint needs it"))


_KIND: Kind[PlatformRow] = Kind(
    FIELDS,
    lambda today: partial(_row, today, {}),
    _require,
    msg("a first row of 12315编号, 登记日期, 被投诉人, 内容 and such"),
    msg("a table with headings and a row for each complaint"),
    "12315",
)
