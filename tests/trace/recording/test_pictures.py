"""Pictures from outside: decoded by others, a few at once, and never waited for without end."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from support.goods.papers import PDF, picture

from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.recording import papers, pictures
from suyuan.trace.recording.decoding import decoders
from suyuan.trace.recording.decoding.decoders import PLACES, WAITING, Places, Unreadable
from suyuan.trace.store.errors import Busy

pytestmark = pytest.mark.slow

READERS: dict[str, Callable[[bytes], object]] = {
    "a photo": pictures.cleaned,
    "a paper": papers.examine,
    "a code in a photo": pictures.codes,
}
SCRIPT = """
import os, sys
from suyuan.trace.recording import papers
data = sys.stdin.buffer.read()
papers.examine(data)
pid = os.fork()
print(papers.examine(data).type, flush=True)
if pid:
    assert os.waitpid(pid, 0)[1] == 0
"""


def blank(kind, size):
    """A picture of many pixels and few bytes."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def places():
    return decoders._pool.places


def is_free():
    with places().taken(PLACES):
        return True


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("reader", READERS)
def test_nothing_is_decoded_that_has_no_place(reader, kind, monkeypatch):
    monkeypatch.setattr(decoders, "PATIENCE", 0.05)
    with places().taken(PLACES), pytest.raises(Busy, match="try again"):
        READERS[reader](picture(kind))
    assert READERS[reader](picture(kind)) is not None and is_free()


def test_a_pdf_has_its_place_too(monkeypatch):
    monkeypatch.setattr(decoders, "PATIENCE", 0.05)
    with places().taken(PLACES), pytest.raises(Busy):
        papers.examine(PDF)


@pytest.mark.parametrize("reader", READERS)
def test_one_that_cannot_be_read_gives_its_place_back(reader):
    for data in (picture("JPEG")[:300], picture("PNG")[:60], b"\xff\xd8\xff" + bytes(100)):
        with pytest.raises(LedgerError):
            READERS[reader](data)
        assert is_free()


def test_who_finds_too_many_waiting_is_refused_at_once_and_the_others_have_their_turns():
    found, done, order = Places(), [], []

    def wait(number):
        with found.taken(1 + number % 2):  # large ones are not passed over
            order.append(number)
        done.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(WAITING)]
    with found.taken(PLACES):
        for number, thread in enumerate(threads):
            thread.start()
            while len(found._queue) <= number:
                time.sleep(0.001)
        with pytest.raises(Busy, match="waiting"), found.taken(1):
            pytest.fail("it had a place")
        assert done == []
    for thread in threads:
        thread.join(120)
    assert order == sorted(done) == list(range(WAITING))
    with found.taken(PLACES):
        assert not found._queue


def test_a_large_picture_takes_both_places_and_a_small_one_leaves_one(monkeypatch):
    asked = []
    monkeypatch.setattr(
        pictures, "ask", lambda *_a, places, **_m: asked.append(places) or decoders.Answer({}, b"")
    )
    sizes = {"JPEG": (4_080, 3_072), "PNG": (7_000, 7_000), "WEBP": (2_500, 2_500)}
    for kind, size in sizes.items():
        pictures.cleaned(blank(kind, size))
    assert asked == [1, 2, 2]


@pytest.mark.parametrize(
    ("reader", "size", "kind"),
    [
        (pictures.codes, (3_600, 3_600), "JPEG"),
        (pictures.cleaned, (7_100, 7_100), "PNG"),
        (papers.examine, (3_600, 3_600), "WEBP"),
    ],
)
def test_one_that_declares_too_many_pixels_is_given_to_no_decoder(reader, size, kind, monkeypatch):
    monkeypatch.setattr(pictures, "ask", lambda *_a, **_m: pytest.fail("it was decoded"))
    data = blank(kind, size)
    with pytest.raises(LedgerError, match="million pixels"):
        reader(data)


# Decoders that fail.


def test_a_decoder_that_dies_is_a_refusal_and_no_more(monkeypatch):
    send = decoders.send
    with monkeypatch.context() as patched:
        patched.setattr(decoders, "send", lambda pipe, said, data: send(pipe, {"memory": ""}, data))
        with pytest.raises(Unreadable, match="cannot be read in the memory and time"):
            decoders.ask("codes", picture("PNG"))
    assert pictures.codes(picture("PNG")) == [] and is_free()


def test_a_decoder_that_takes_too_long_is_ended(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(decoders, "SECONDS", 2.0)
        patched.setattr(decoders, "send", lambda *_: None)
        start = time.monotonic()
        with pytest.raises((Unreadable, CannotDecide)):
            decoders.ask("codes", picture("PNG"))
        assert time.monotonic() - start < 100
    assert pictures.codes(picture("PNG")) == [] and is_free()


def test_a_decoder_that_ended_while_it_waited_is_replaced():
    pictures.codes(picture("PNG"))
    for one in decoders._pool._ready:
        one._process.kill()
        one._process.wait()
    assert pictures.codes(picture("PNG")) == []


def test_where_no_decoder_starts_nothing_is_said_of_the_file(monkeypatch):
    decoders._close()
    monkeypatch.setattr(sys, "executable", "/nowhere")
    with pytest.raises(CannotDecide, match="cannot be read here"):
        pictures.codes(picture("PNG"))


def test_what_a_decoder_answers_is_data_within_bounds():
    for said in (b"\0\2\0\1", b"\0\0\0\2[]", b'\0\0\0\2{}', b'\0\0\0\x0b{"size":-1}',
                 b'\0\0\0\x0d{"size": 1e9}', b'\0\0\0\x13{"size":9999999999}'):  # fmt: skip
        with pytest.raises((ValueError, EOFError)):
            decoders.receive(io.BytesIO(said))


# What they are given.


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc")
def test_a_decoder_has_no_secret_of_the_server(monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "not-for-decoders")
    decoders._close()
    pictures.codes(picture("PNG"))
    (one,) = decoders._pool._ready
    while not (found := Path(f"/proc/{one._process.pid}/environ").read_bytes()):
        time.sleep(0.01)  # it is being started
    assert b"PYTHONPATH" in found and b"not-for-decoders" not in found


def test_a_fork_has_decoders_of_its_own_and_none_is_left():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=picture("PNG"), capture_output=True, timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.replace(b"\n", b"") == b"image/png" * 2  # their lines may be mixed


def test_a_file_opens_no_other_while_places_are_held():
    """Whoever holds places frees them, whatever comes of it."""
    with ExitStack() as held:
        held.enter_context(places().taken(1))
        assert pictures.codes(picture("PNG")) == []
    assert is_free()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_written_upright_however_large_it_was(kind):
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # it was held upright: the upper side is at the right
    Image.new("RGB", (5_000, 100), "white").save(out, kind, exif=exif.tobytes())
    with Image.open(io.BytesIO(pictures.cleaned(out.getvalue()))) as found:
        assert found.size == (40, 2_000)


def test_many_and_long_codes_in_one_photo_are_told_within_bounds():
    table = Image.new("RGB", (2_400, 2_400), "white")
    for number in range(9):
        symbol = qrcode.make(f"{number}" + "码" * 600, box_size=4).convert("RGB")
        table.paste(symbol, (number % 3 * 800, number // 3 * 800))
    out = io.BytesIO()
    table.save(out, "PNG")
    assert 0 < len(pictures.codes(out.getvalue())) <= 8
