"""The ZIP file that an XLSX is: its parts, unpacked in pieces and never beyond a limit."""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from io import SEEK_END
from typing import Any, BinaryIO
from xml.parsers import expat

from suyuan.trace.format.messages import Message, msg

from .cells import TableError

MAX_FILE = 256 << 20
MAX_UNPACKED = 512 << 20
"""Bytes that the parts which are read may have together, unpacked."""

MAX_PARTS = 10_000
MAX_TOKEN = 1 << 20
"""Bytes that one tag, attribute or comment may have."""

_PER_ELEMENT = 16  # bytes that an element of a workbook has at least, one with the other
_CHUNK = 1 << 16
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Element = tuple[str, dict[str, str] | str | None]
"""An element's name with its attributes, at its end with None; a text under the empty name."""


def is_package(start: bytes) -> bool:
    """Whether a file that starts so is a ZIP file, or an old or encrypted workbook."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"))


class Package:
    """The parts of a workbook in an open file, at most `most` bytes of them unpacked.

    Every method raises TableError for what cannot be read.
    """

    def __init__(self, file: BinaryIO, where: str, most: int | None = None) -> None:
        self.where = where
        self._most = self._left = MAX_UNPACKED if most is None else most
        self._zip = self._open(file)
        infos = self._zip.infolist()
        names = [_plain(info.filename) for info in infos]
        self._parts = dict(zip(names, infos, strict=True))
        if len(infos) > MAX_PARTS or len(self._parts) < len(infos):
            raise self.broken(msg("its list of parts is not that of a workbook"))

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return _plain(name) in self._parts

    def broken(self, why: Message) -> TableError:
        """The TableError for this file, with a way to mend it."""
        return TableError(self.where, why, msg("save it again as .xlsx, or as CSV UTF-8"))

    def parse(self, name: str, start: Start, end: End, text: End) -> Iterator[None]:
        """Parse a part, calling back for each element (its name without prefix) and each text.

        Yields after each piece, so that what was called back can be handed on. Declarations of
        document types, and with them entities, are refused.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        left = self._most // _PER_ELEMENT

        def begin(tag: str, attributes: dict[str, str]) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise self._too_large()
            start(tag.rpartition(":")[2], attributes)

        parser.StartElementHandler = begin
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._doctype
        fed = 0
        try:
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MAX_TOKEN:
                    why = msg(
                        "its part %(name)s has a tag of over %(most)s bytes",
                        name=name,
                        most=MAX_TOKEN,
                    )
                    raise self.broken(why)
                yield
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            why = msg(
                "its part %(name)s is no XML that can be read (%(error)s)",
                name=name,
                error=str(error),
            )
            raise self.broken(why) from None
        yield

    def elements(self, name: str, tags: Container[str] | None = None) -> Iterator[Element]:
        """What a part holds, in order, of elements only these; nothing where there is no part."""
        elements: list[Element] = []

        def add(tag: str, attributes: dict[str, str] | None = None) -> None:
            if tags is None or tag in tags:
                elements.append((tag, attributes))

        if self.has(name):
            for _ in self.parse(name, add, add, lambda text: elements.append(("", text))):
                yield from elements
                elements.clear()

    def head(self, name: str) -> bytes:
        """The first bytes of a part."""
        return next(self._chunks(name), b"")

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self._parts.get(_plain(name))
        if info is None:
            raise self.broken(msg("its part %(name)s is missing", name=name))
        if info.flag_bits & 1:
            raise self._encrypted()
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.broken(msg("it is packed in a way that workbooks are not"))
        if info.file_size > self._left:
            raise self._too_large()
        try:
            with self._zip.open(info) as part:
                while chunk := part.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise self._too_large()
                    yield chunk
        except _BROKEN as error:
            raise self._damaged(error) from None

    def _open(self, file: BinaryIO) -> zipfile.ZipFile:
        file.seek(0)
        if file.read(8).startswith(b"\xd0\xcf\x11\xe0"):
            if _ENCRYPTED in file.read(1 << 24):
                raise self._encrypted()
            why, fix = msg("it is a workbook of the old kind"), msg("save it as .xlsx")
            raise TableError(self.where, why, fix)
        if file.seek(0, SEEK_END) > MAX_FILE:
            why, fix = msg("it is larger than 256 MiB"), msg("split it, or save it as CSV")
            raise TableError(self.where, why, fix)
        try:
            return zipfile.ZipFile(file)
        except _BROKEN as error:
            raise self._damaged(error) from None

    def _encrypted(self) -> TableError:
        return TableError(self.where, msg("it is encrypted"), msg("save it without a password"))

    def _damaged(self, error: Exception) -> TableError:
        return self.broken(msg("it is cut off or damaged (%(error)s)", error=str(error)))

    def _too_large(self) -> TableError:
        why = msg("it unpacks to more than %(size)s MiB", size=self._most >> 20)
        return TableError(
            self.where, why, msg("it is no table of batches; split it, or save it as CSV")
        )

    def _doctype(self, *_: Any) -> None:
        raise self.broken(msg("it declares a document type, which workbooks do not"))


def resolve(source: str, target: str) -> str:
    """The part that a relation of the part `source` leads to."""
    target = target.replace("\\", "/")
    return posixpath.normpath(posixpath.join("/" + posixpath.dirname(source), target)).lstrip("/")


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
