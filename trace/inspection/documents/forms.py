"""The forms of an office's documents (`data/forms.toml`), and what a document of one says."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg

PACKAGE = "suyuan.trace.inspection"
MAX_LINE, MAX_LONG = 200, 2_000
LEFT_OUT = "（不公开）"
_NUMBER = re.compile(r"(.+)[\[〔(【]([0-9]{4})[\]〕)】]0*([0-9]{1,9})号?")
# Control characters, and what is none in XML: no DOCX has them.
_ODD = re.compile("[^\n -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Faults = dict[str, Message]


@dataclass(frozen=True, slots=True)
class FormField:
    """A field: its label on the sheet, and whence it is filled; typed where nothing is said."""

    name: str
    label: str
    source: str | None
    is_needed: bool
    is_long: bool
    columns: tuple[str, ...]
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """A form: how many `officers` sign it, and whether the `party` is asked to."""

    name: str
    text: Message
    title: str
    word: str
    officers: int
    party: bool
    fields: tuple[FormField, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    def faults(self, values: Mapping[str, str]) -> Faults:
        """What is wrong with the values of a document, by field."""
        found: Faults = {}
        for one in self.fields:
            text, most = values.get(one.name, ""), MAX_LONG if one.is_long else MAX_LINE
            if not text.strip() and one.is_needed:
                found[one.name] = msg("This is needed.")
            elif len(text) > most or _ODD.search(text):
                found[one.name] = msg("At most %s characters, no control ones.", f"{most:,}")
            elif one.columns and any(
                line.count("|") != len(one.columns) - 1 for line in text.split("\n")
            ):
                found[one.name] = msg("A line for each: %s.", " | ".join(one.columns))
        for name in values.keys() - {one.name for one in self.fields}:
            found[name] = msg("The form has no such field.")
        return found


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on a document besides its fields; `code` is its QR's, `url` where that leads."""

    office: str
    number: str
    code: str
    url: str
    day: date


@dataclass(frozen=True, slots=True)
class Line:
    """A field as it stands on the sheet; `rows` under its columns where it is a table."""

    label: str
    value: str
    columns: tuple[str, ...] = ()

    @property
    def rows(self) -> list[list[str]] | None:
        """The cells of a table, row by row; None where it is none."""
        if not self.columns:
            return None
        return [[cell.strip() for cell in line.split("|")] for line in self.value.split("\n")]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a document says, in its order."""

    heading: Heading
    title: str
    before: Sequence[str]
    lines: Sequence[Line]
    after: Sequence[str]
    signs: Sequence[str]

    @property
    def date(self) -> str:
        """Its day, as documents have it."""
        day = self.heading.day
        return f"{day.year}年{day.month}月{day.day}日"


def sheet(form: DocumentForm, heading: Heading, values: Mapping[str, str]) -> Sheet:
    """A document of a form. LedgerError where a value is missing or too long."""
    for name, why in form.faults(values).items():
        raise LedgerError("%s of the document: %s", name[:40], why)
    given = {one.name: values.get(one.name, "").strip() for one in form.fields}
    lines = [Line(one.label, given[one.name] or "／", one.columns) for one in form.fields]
    signs = ["执法人员："] * form.officers + (["当事人："] if form.party else [])
    before = [text.format_map(given) for text in form.before]
    return Sheet(heading, form.title, before, lines, form.after, signs)


def public_sheet(form: DocumentForm, heading: Heading, values: Mapping[str, str]) -> Sheet:
    """The public copy of a document: what tells of persons is left out, and nobody signs it."""
    whole = sheet(form, heading, values)
    lines = [
        line if one.is_public else Line(one.label, LEFT_OUT)
        for one, line in zip(form.fields, whole.lines, strict=True)
    ]
    return replace(whole, title=f"{whole.title}（公开件）", lines=lines, signs=())


def number(word: str, form: DocumentForm, year: int, serial: int | str) -> str:
    """The number (字号) of an office's document: 厦思市监责改〔2026〕12号; `%s` for its serial."""
    return f"{word}{form.word}〔{year}〕{serial}号"


def parsed_number(text: str) -> tuple[str, int, int] | None:
    """A number as it is written, its year and serial; whatever brackets and spaces were typed."""
    found = _NUMBER.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    if found is None:
        return None
    return f"{found[1]}〔{found[2]}〕{int(found[3])}号", int(found[2]), int(found[3])


@lru_cache(maxsize=1)
def forms() -> Mapping[str, DocumentForm]:
    """All forms by name."""
    table = tomllib.loads(files(PACKAGE).joinpath("data", "forms.toml").read_text("utf-8"))
    fields = {
        name: FormField(
            name, row["label"], row.get("from"), row.get("needed", False), row.get("long", False),
            tuple(row.get("columns", ())), row.get("public", False),
        )
        for name, row in table["fields"].items()
    }  # fmt: skip
    return MappingProxyType(
        {
            name: DocumentForm(
                name, msg(row["text"]), row["title"], row["word"], row["officers"],
                row.get("party", False), tuple(fields[one] for one in row["fields"]),
                tuple(row.get("before", ())), tuple(row.get("after", ())),
            )
            for name, row in table["forms"].items()
        }
    )  # fmt: skip
