"""What consumers report of a food or its label, with a receipt number each; beside the ledger.

A folder in the home holds one folder for each: what it is about as JSON, and sealed with a key of
its own what may tell of a person, words, name, telephone and photo. That is for the office that
handles it, it can be erased, and nothing of it is in the ledger.
"""

import json
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, get_args

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.recording import pictures
from suyuan.trace.store.beside.office.task_notes import Note, State, notes_of
from suyuan.trace.store.files import durable
from suyuan.trace.store.files.report_secrets import ReportSecrets, hash_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import Search

Kind = Literal["copy", "wrong", "spoiled", "foreign", "ill", "other"]
KINDS: tuple[str, ...] = get_args(Kind)
KIND_WORDS: Mapping[str, Message] = {
    "copy": msg("The label seems to be copied or forged"),
    "wrong": msg("The food is not what the page says"),
    "spoiled": msg("It is spoiled or smells odd"),
    "foreign": msg("There is something in it that does not belong there"),
    "ill": msg("Somebody fell ill after eating it"),
    "other": msg("Something else"),
}
MAX_TEXT, MAX_CONTACT, MAX_NAME = 2_000, 100, 60
PLACE = r"^[0-9]{1,17}-R[0-9A-Z]{14}$"  # in the list of reports
_LOOKED = 2_000  # reports that are read for one page of the list
PHOTO, _SAID, _FILE = "photo", "said", "report.json"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_DAY = len("R261124")
_NUMBER = re.compile(r"R[0-9]{6}[0-9A-HJKMNP-TV-Z]{8}")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One report: its number, when (microseconds UTC), about which code and label.

    `code` is empty where it is about no label. `place` is that of its key, None once what it says
    of persons is erased; `source` is its number on the national platform, where it came from that.
    """

    number: str
    received: int
    code: str
    serial: str | None
    item: str | None
    holder: str | None
    kind: str
    has_photo: bool
    place: int | None = None
    source: str | None = None

    @property
    def is_erased(self) -> bool:
        """Whether what it says of persons is no more."""
        return self.place is None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody reports in their own words, and who they are, if they said so."""

    text: str
    name: str | None = None
    contact: str | None = None


class DoneJson(Form):
    """That a report was dealt with; what was done is an inspector's words."""

    by: str
    by_name: str | None
    at: str
    note: str


class ReportJson(Form):
    """One report; its text and contact are a stranger's words."""

    number: str = described("The receipt number")
    received: str
    kind: Kind
    code: str = described("The trace code that it is about")
    serial: str | None = described("Of the label, if it was said")
    item: str | None
    item_name: str | None
    holder: str | None = described("Whose label it is; null where the code names nobody")
    holder_name: str | None
    text: str | None = described("Null where it is erased, or another office handles it")
    name: str | None
    contact: str | None
    photo: str | None = described("Where its photo is, a JPEG; null where there is none")
    is_erased: bool
    source: str | None = described("Its number on the national platform, where it came from that")
    cases: list[str] = described("The cases that were opened from it")
    done: DoneJson | None = described("Null where nobody has dealt with it")


class ReportsJson(Form):
    """A page of reports, the newest first."""

    reports: list[ReportJson]
    after: str | None = described(
        "Where the next page begins; null at the end. A page may be short and not the last: each "
        "looks at a bounded number of reports"
    )


class Complaints:
    """The reports kept in a home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "reports"
        self._secrets = ReportSecrets(home)

    def add(
        self,
        now: datetime,
        *,
        code: str,
        serial: str | None,
        item: str | None,
        holder: str | None,
        kind: str,
        text: str,
        name: str | None = None,
        contact: str | None = None,
        photo: bytes | None = None,
        source: str | None = None,
        number: str | None = None,
    ) -> Complaint:
        """Keep a report, durable on return, its photo made anew; PictureError, LedgerError."""
        picture = None if photo is None else pictures.cleaned(photo)
        number = number or new_number(now.astimezone(zone()).date())
        folder = self._folder / number
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            said = Said(text[:MAX_TEXT], name or None, contact or None)
            parts = {_SAID: _json(asdict(said))} | ({PHOTO: picture} if picture else {})
            place = self._secrets.keep(folder, number, parts)
            complaint = Complaint(
                number, micros(now), code, serial, item, holder, kind, picture is not None,
                place, source,
            )  # fmt: skip
            durable.replace(folder / _FILE, _json(asdict(complaint)))
            durable.sync(self._folder)
        except OSError as error:
            raise LedgerError("the report cannot be kept: %s", error.strerror) from None
        return complaint

    def find(self, number: str) -> Complaint | None:
        """The report with this number, spaces and hyphens aside; None where there is none."""
        bare = re.sub(r"[\s-]", "", number).upper()
        if _NUMBER.fullmatch(bare) is None:
            return None
        try:
            return self._read(json.loads((self._folder / bare / _FILE).read_bytes()))
        except OSError:
            return None
        except (ValueError, TypeError) as error:
            raise LedgerError("report %s cannot be read: %s", bare, error) from None

    def _read(self, kept: dict[str, Any]) -> Complaint:
        """A report as it was written; one of before reports were sealed is sealed now."""
        if "text" in kept:
            folder, old = (
                self._folder / kept["number"],
                {n: kept.pop(n) for n in ("text", "contact")},
            )
            photo = folder / "photo.jpg"
            parts = {_SAID: _json(old)} | ({PHOTO: photo.read_bytes()} if kept["has_photo"] else {})
            kept["place"] = self._secrets.keep(folder, kept["number"], parts)
            durable.replace(folder / _FILE, _json(kept))
            photo.unlink(missing_ok=True)
        return Complaint(**kept)

    def all(self, until: int | None = None) -> Iterator[Complaint]:
        """All reports, those up to the day of an instant where it is given; the newest first.

        They are read day by day, by the day in the number.
        """
        names = self._names()
        if until is not None:
            day = f"R{from_micros(until).astimezone(zone()):%y%m%d}"
            names = [name for name in names if name[:_OF_DAY] <= day]
        for _day, part in groupby(names, key=lambda name: name[:_OF_DAY]):
            yield from self._listed(part)

    def newest(self, most: int) -> tuple[list[Complaint], int]:
        """The newest reports, at most so many, and how many there are; by the day in the number."""
        names = self._names()
        return self._listed(names[:most]), len(names)

    def _names(self) -> list[str]:
        try:
            return sorted((path.name for path in self._folder.iterdir()), reverse=True)
        except OSError:
            return []

    def _listed(self, names: Iterable[str]) -> list[Complaint]:
        reports = (report for name in names if (report := self.find(name)) is not None)
        return sorted(reports, key=order, reverse=True)

    def page(
        self,
        is_within: Callable[[Complaint], bool],
        done_of: Callable[[Complaint], Note | None],
        *,
        kind: str | None = None,
        is_done: bool | None = None,
        after: str | None = None,
        most: int = 20,
    ) -> tuple[list[tuple[Complaint, Note | None]], str | None]:
        """Reports, newest first, and where the next page begins; a short one may have a next."""
        page: list[tuple[Complaint, Note | None]] = []
        last = None
        for looked, complaint in enumerate(self._behind(after)):
            if looked == _LOOKED or len(page) == most:
                return page, last
            last = f"{complaint.received}-{complaint.number}"
            if kind not in (None, complaint.kind) or not is_within(complaint):
                continue
            done = done_of(complaint)
            if is_done in (None, done is not None):
                page.append((complaint, done))
        return page, None

    def _behind(self, after: str | None) -> Iterator[Complaint]:
        """The reports behind a place in the list, whose own report may be gone."""
        if after is None:
            return self.all()
        received, number = after.split("-")
        place = int(received), number
        return (report for report in self.all(place[0]) if order(report) < place)

    def said(self, complaint: Complaint) -> Said | None:
        """What a report says; None where that is erased, or its key is lost."""
        data = self._part(complaint, _SAID)
        return None if data is None else Said(**json.loads(data))

    def photo(self, complaint: Complaint) -> bytes | None:
        """The photo of a report, a JPEG; None where it has none."""
        return self._part(complaint, PHOTO)

    def _part(self, complaint: Complaint, name: str) -> bytes | None:
        folder = self._folder / complaint.number
        return self._secrets.read(folder, complaint.number, name, complaint.place)

    def erase(self, complaint: Complaint) -> Complaint:
        """Destroy what a report says of persons, for good; that there was one stays."""
        folder = self._folder / complaint.number
        self._secrets.erase(folder, complaint.number, complaint.place)
        gone = replace(complaint, place=None, has_photo=False)
        try:
            durable.replace(folder / _FILE, _json(asdict(gone)))
        except OSError as error:
            why = error.strerror
            raise LedgerError("report %s cannot be erased: %s", gone.number, why) from None
        return gone

    def delete(self, complaint: Complaint) -> None:
        """Remove a report for good, with its photo."""
        self.erase(complaint)
        try:
            shutil.rmtree(self._folder / complaint.number)
        except OSError as error:
            raise LedgerError("report %s cannot be deleted: %s", complaint.number, error) from None

    def erased(self) -> list[str]:
        """The hashes by which erased reports are known, for who restores a backup."""
        return self._secrets.erased()

    def erase_again(self, hashes: Collection[str] = ()) -> int:
        """Erase what was erased, here or as a later ledger said; how many reports that closed."""
        known = {hash_of(name): name for name in self._names()}
        self._secrets.note(known.keys() & set(hashes))
        reports = (self.find(known[one]) for one in known.keys() & set(self._secrets.erased()))
        again = [report for report in reports if report is not None and not report.is_erased]
        for report in again:
            self.erase(report)
        return len(again)

    def forget_strays(self) -> int:
        """Destroy keys that no report names, as an old file of keys has them."""
        return self._secrets.forget_strays(
            {one.place for one in self.all() if one.place is not None}
        )


def new_number(day: date) -> str:
    """A receipt number of a day that nobody guesses."""
    return f"R{day:%y%m%d}{''.join(secrets.choice(_LETTERS) for _ in range(8))}"


def within(reader: Reader, remit: Remit) -> Callable[[Complaint], bool]:
    """Whether a report's holder is in a remit, or, if none is named, who recorded its item."""
    search = Search(reader, remit.spans(), remit.covers)

    @cache
    def covers(holder: str | None, item: str | None) -> bool:
        if remit.is_all:
            return True
        if holder is not None:
            return remit.covers(reader.party(holder))
        return item is not None and search.is_known(item)

    return lambda complaint: covers(complaint.holder, complaint.item)


def with_receipt(reader: Reader, home: Path, remit: Remit, text: str) -> Complaint | None:
    """The report of a remit whose receipt number this is; None where there is none there."""
    report = Complaints(home).find(text)
    return report if report is not None and within(reader, remit)(report) else None


def order(complaint: Complaint) -> tuple[int, str]:
    """The sort key of reports, the oldest first."""
    return complaint.received, complaint.number


def key_of(complaint: Complaint) -> str:
    """The key of the task that a report is (tasks.py)."""
    return f"report:{complaint.received}/{complaint.number}"


def done_in(reader: Reader) -> Callable[[Complaint], Note | None]:
    """A function that says who dealt with a report, and how; None where it is open."""

    def done(complaint: Complaint) -> Note | None:
        note = notes_of(reader, [key_of(complaint)]).get(key_of(complaint))
        return note if note is not None and note.state == State.DONE else None

    return done


def shown(number: str) -> str:
    """A receipt number as people read it: R261124-7K3Q-X9M2."""
    return f"{number[:7]}-{number[7:11]}-{number[11:]}"


def as_json(complaint: Complaint, said: Said | None, done: Note | None) -> dict[str, object]:
    """A report for programs, with what it says."""
    noted = done and {"by": done.by, "at": instant(done.at), "note": done.note}
    words = asdict(said) if said else dict.fromkeys(("text", "name", "contact"))
    rest = {name: value for name, value in asdict(complaint).items() if name != "place"}
    return rest | words | {"received": instant(complaint.received), "done": noted}


def report_of(
    reader: Reader, report: Complaint, said: Said | None, done: Note | None, cases: list[str]
) -> ReportJson:
    """A report with the names of what it is about, for inspectors; `said` if they may read it."""
    number = shown(report.number)
    has_photo = said is not None and report.has_photo
    return ReportJson.build(
        report,
        number=number,
        received=instant(report.received),
        item_name=report.item and reader.name(report.item),
        holder_name=report.holder and reader.name(report.holder),
        text=said and said.text,
        name=said and said.name,
        contact=said and said.contact,
        photo=f"/api/v1/reports/{number}/photo" if has_photo else None,
        done=done and DoneJson.build(done, by_name=reader.name(done.by), at=instant(done.at)),
        cases=cases,
    )


def instant(micro: int) -> str:
    """A time for programs: UTC, to the second."""
    return from_micros(micro).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
