"""An office's documents: each under a number that is given once, and what became of it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from suyuan.trace.format.identifiers import codes

from ...files.attachments import SALT
from ...read.reader import Reader
from .. import sealed_rows
from ..repository import Repository, json_text, row_of, value_of
from ..schema_beside import office_document as document

_c = document.c


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document by the code in its QR; `files` are private ones by what they are, `salt` theirs.

    `about` is the case or the record of an inspection that it belongs to, `party` whom it is about.
    Instants are microseconds UTC.
    """

    code: str
    office: str
    form: str
    year: int
    serial: int
    number: str
    about: str | None
    party: str | None
    by: str
    at: int
    salt: bytes
    files: Mapping[str, str]
    sha256: str | None = None
    sealed: str | None = None
    sealed_at: int | None = None
    sent: int | None = None


class DocumentBook(Repository[Drawn]):
    """The documents of one ledger's offices, to be written."""

    table, noun, value = document, "documents", staticmethod(value_of(Drawn, files={}))

    def number(
        self, office: str, form: str, *, year: int, number: str, by: str, at: int,
        about: str | None = None, party: str | None = None,
    ) -> Drawn:  # fmt: skip
        """A new document under the next number of its office, form and year, `%s` in `number`.

        The number is given once, durable on return, whatever becomes of the document: as with
        paper, one that was spoilt leaves a gap.
        """
        last = select(func.max(_c.serial)).where(
            _c.office == office, _c.form == form, _c.year == year
        )
        while True:
            with self.writing() as connection:
                serial = (connection.execute(last).scalar() or 0) + 1
                new = Drawn(
                    codes.new(), office, form, year, serial, number % serial, about, party, by, at,
                    secrets.token_bytes(SALT), {},
                )  # fmt: skip
                if sealed_rows.add_new(connection, document, [row_of(new)]):
                    return new

    def put(self, code: str, values: Mapping[str, Any], *, once: str | None = None) -> Drawn | None:
        """Change what became of a document; None where there is none that is believed.

        Nothing changes either where the column `once` of it is set already.
        """
        columns = {n: json_text(v) if isinstance(v, Mapping) else v for n, v in values.items()}
        is_open = () if once is None else (_c[once].is_(None),)
        return next(iter(self.change((_c.code == code, *is_open), columns)), None)


def by_code(reader: Reader, code: str) -> Drawn | None:
    """The document with this code."""
    return DocumentBook.first(reader, _c.code == code)


def by_hash(reader: Reader, sha256: str) -> Drawn | None:
    """The document of which this is the SHA-256 of a PDF, unsealed or sealed."""
    return DocumentBook.first(reader, or_(_c.sha256 == sha256, _c.sealed == sha256))


def by_number(
    reader: Reader, offices: Sequence[str], forms: Sequence[str], parts: tuple[str, int, int]
) -> Drawn | None:
    """The document with a number, a year and a serial, by the index over what a number is of."""
    number, year, serial = parts
    query = select(document).where(
        _c.office.in_(offices), _c.form.in_(forms), _c.year == year, _c.serial == serial,
        _c.number == number,
    )  # fmt: skip
    return next(iter(DocumentBook.of(reader, query)), None)


def of_case(reader: Reader, about: str, most: int) -> list[Drawn]:
    """So many documents of a case or an inspection, the first first."""
    query = select(document).where(_c.about == about).order_by(_c.at, _c.code).limit(most)
    return DocumentBook.of(reader, query)


def of_form(reader: Reader, party: str, form: str, office: str, most: int) -> list[Drawn]:
    """So many documents of one form of an office's about a party, the newest first."""
    query = select(document).where(_c.party == party, _c.form == form, _c.office == office)
    return DocumentBook.of(reader, query.order_by(_c.at.desc(), _c.code).limit(most))


def named_files(reader: Reader) -> Iterator[str]:
    """The names of all private files that documents have, also of rows that are not believed."""
    for row in DocumentBook.of(reader, select(document), any_seal=True):
        yield from (name for name in row.files.values() if isinstance(name, str))


def of_party(reader: Reader, party: str, most: int) -> list[Drawn]:
    """So many documents about a party, the newest first."""
    query = select(document).where(_c.party == party).order_by(_c.at.desc(), _c.code).limit(most)
    return DocumentBook.of(reader, query)
