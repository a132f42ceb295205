"""Small pictures of photos and papers: made by a decoder, and kept so that a scan costs nothing."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.errors import SealError
from suyuan.trace.store.files import durable

from . import pictures

FOLDER = "pictures"
SIZES: Mapping[str, int] = {"small": 320, "large": 960}  # pixels of the longer side
_SEAL = 36  # bytes, before the picture


def thumbnail(ledger: Ledger, name: str, data: bytes, size: str, *, is_open: bool) -> bytes:
    """A JPEG of a file's picture, or of a PDF's first page, in one of SIZES.

    `name` and `data` are a file's as a link names it. Of one that everybody may open the picture is
    kept, under the seal of the rows beside the ledger: what else is put there is made anew. Of any
    other it is kept nowhere. Raises what `pictures.reduced` does.
    """
    longest = SIZES[size]
    path = ledger.home / FOLDER / name[:2] / f"{name}.{longest}"
    ring = ledger.database.seals.ring
    if is_open and (kept := _read(path)) is not None:
        seal, picture = kept[:_SEAL], kept[_SEAL:]
        if ring.holds(FOLDER, _row(name, longest, picture), seal):
            return picture
    picture = pictures.reduced(data, longest)
    if is_open:
        with suppress(OSError, SealError):  # made anew the next time
            durable.make_private(path.parent)
            durable.replace(path, ring.seal(FOLDER, _row(name, longest, picture)) + picture)
    return picture


def _row(name: str, longest: int, picture: bytes) -> list[tuple[str, object]]:
    return [("name", name), ("longest", longest), ("picture", picture)]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
