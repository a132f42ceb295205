"""CSV: text with delimiters, read line by line in bounded memory."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, count
from typing import BinaryIO, TextIO

from suyuan.trace.format.messages import msg

from .cells import MAX_CELL, MAX_COLUMNS, Cell, Rows, TableError, is_blank_row

MAX_LINE = 262_144
"""Characters that one line may have."""

MAX_LINES = 1_000
"""Lines that one record may span within quotes."""

_CHUNK = 1 << 16
_DELIMITERS = ",;\t，；"


def encoding(file: BinaryIO, where: str) -> str:
    """`utf-8-sig` or `gb18030`, whichever all of the file is in; UTF-8 where it is in both.

    Raises TableError for a file in neither, one with NUL bytes and one in UTF-16.
    """
    file.seek(0)
    if file.read(4).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TableError(where, msg("it is in UTF-16"), msg("save it as CSV UTF-8, or as .xlsx"))
    for name in ("utf-8-sig", "gb18030"):
        if _decodes(file, name, where):
            return name
    fix = msg("save it as CSV UTF-8, or as .xlsx")
    raise TableError(where, msg("it is neither UTF-8 nor GB18030 text"), fix)


def _decodes(file: BinaryIO, name: str, where: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    lines = 1
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if (at := chunk.find(b"\0")) >= 0:
                line = lines + chunk[:at].count(b"\n")
                why = msg("line %(line)s holds a NUL byte", line=line)
                raise TableError(where, why, msg("it is no text: save it as CSV UTF-8"))
            lines += chunk.count(b"\n")
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def rows(file: BinaryIO, where: str, name: str) -> Rows:
    """The rows of a CSV file in this encoding, each with the number a spreadsheet gives it.

    The delimiter is the one of comma, semicolon and tab (full width too) that the first line
    has most of. Raises TableError for quotes that do not close, lines and cells beyond all
    measure, more than 256 columns.
    """
    file.seek(0)
    text = TextIOWrapper(file, encoding=name, newline="")
    try:
        yield from _rows(_Lines(text, where), where)
    finally:
        with suppress(ValueError):  # it is closed already
            text.detach()  # the file is its caller's


def _rows(source: "_Lines", where: str) -> Rows:
    lines = iter(source)
    first = next(lines, "")
    before = 1 if first.lower().startswith("sep=") and len(first.strip()) == 5 else 0
    delimiter = first[4] if before else _delimiter(first)
    reader = csv.reader(
        lines if before else chain([first], lines), delimiter=delimiter, strict=True
    )
    for number in count(before + 1):
        source.begun = before + reader.line_num
        try:
            record = next(reader, None)
        except csv.Error as error:
            why = msg("line %(line)s: %(error)s", line=source.begun + 1, error=str(error))
            fix = msg("double a quote within quotes, and close them")
            raise TableError(where, why, fix) from None
        if record is None:
            return
        if len(record) > MAX_COLUMNS:
            why = msg("row %(row)s has %(count)s cells", row=number, count=len(record))
            fix = msg("at most %(most)s columns are read", most=MAX_COLUMNS)
            raise TableError(where, why, fix)
        if any(len(cell) > MAX_CELL for cell in record):
            why = msg(
                "row %(row)s has a cell of over %(most)s characters", row=number, most=MAX_CELL
            )
            raise TableError(where, why, msg("shorten it, or close a quote that is open"))
        cells: list[Cell] = list(record)
        if not is_blank_row(cells):
            yield number, cells


def _delimiter(heading: str) -> str:
    outside = Counter("".join(heading.split('"')[::2]))
    return max(_DELIMITERS, key=lambda sign: outside[sign])  # the first of them where none stands


@dataclass
class _Lines:
    """The lines of a text, none too long, and not too many within one record.

    `begun` lines stood before the record that is being read.
    """

    file: TextIO
    where: str
    begun: int = 0

    def __iter__(self) -> Iterator[str]:
        number = 0
        while line := self.file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                why = msg(
                    "line %(line)s is longer than %(most)s characters", line=number, most=MAX_LINE
                )
                raise TableError(self.where, why, msg("it is no table: save it as CSV UTF-8"))
            if number - self.begun > MAX_LINES:
                why = msg("line %(line)s: a quote opens and does not close", line=self.begun + 1)
                raise TableError(self.where, why, msg("close it, or take it away"))
            yield line


def lines(file: BinaryIO) -> int:
    """How many lines a file has."""
    count, last = 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        count += chunk.count(b"\n")
        last = chunk
    return count + (bool(last) and not last.endswith(b"\n"))
