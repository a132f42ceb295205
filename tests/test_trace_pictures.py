"""Pictures from outside: how many a process unpacks at once."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageFile

from suyuan.trace import papers, pictures, symbols
from suyuan.trace.errors import LedgerError
from suyuan.trace.pictures import UNPACKING

READERS: dict[str, Callable[[bytes], object]] = {
    "a photo": pictures.cleaned,
    "a paper": papers.examine,
    "a code in a photo": symbols.read,
}


def picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, kind)
    return out.getvalue()


def free() -> int:
    """How many more pictures could be unpacked just now."""
    taken = 0
    while UNPACKING.acquire(blocking=False):
        taken += 1
    for _ in range(taken):
        UNPACKING.release()
    return taken


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("reader", READERS)
def test_two_at_once_are_unpacked_whatever_reads_them(reader, kind, monkeypatch):
    """While one is unpacked one more may be; nothing is unpacked that is not counted."""
    seen: list[int] = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda self: (seen.append(free()), load(self))[1]
    )
    assert free() == 2
    READERS[reader](picture(kind))
    assert seen and set(seen) == {1}
    assert free() == 2


@pytest.mark.parametrize("reader", READERS)
def test_one_that_cannot_be_read_gives_its_place_back(reader):
    for data in (picture()[:300], picture("PNG")[:60], b"\xff\xd8\xff" + bytes(100)):
        with pytest.raises(LedgerError):
            READERS[reader](data)
        assert free() == 2
