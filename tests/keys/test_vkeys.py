import base64
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.keys.signer import LocalSigner

SIGNER = LocalSigner.from_seed(bytes(range(32)))
RAW = SIGNER.public.spki[12:]
KEY = CosignerKey.of("witness.example/w1", SIGNER.public)
VKEY = "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
LOG = VerifierKey("log.food.example/ledger", SIGNER.public)
LOG_VKEY = "log.food.example/ledger+b641bb4b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WEAK = (1).to_bytes(32, "little")  # small order: anyone signs for it


def text(name, kind, raw):
    digest = notes.key_hash(name, kind, raw).hex()
    return f"{name}+{digest}+{base64.b64encode(bytes([kind]) + raw).decode()}"


def test_keys_of_a_known_seed():
    assert str(LOG) == LOG_VKEY
    assert VerifierKey.parse(LOG_VKEY) == LOG
    assert str(KEY) == VKEY
    assert CosignerKey.parse(VKEY) == KEY
    assert (KEY.name, KEY.kind, KEY.hash.hex()) == ("witness.example/w1", 4, "e75f6532")
    assert KEY.is_supported


def test_ml_dsa_keys_are_read_whether_or_not_they_can_be_verified(monkeypatch):
    key = CosignerKey.parse(text("w", 6, bytes(1312)))
    assert (key.kind, len(key.raw), key.is_supported) == (6, 1312, notes.HAS_ML_DSA)
    monkeypatch.setattr(notes, "HAS_ML_DSA", False)
    assert not key.is_supported
    assert KEY.is_supported
    assert CosignerKey.parse(str(key)) == key


@pytest.mark.parametrize(
    ("parse", "bad"),
    [
        (parse, bad)
        for parse, good in ((VerifierKey.parse, LOG_VKEY), (CosignerKey.parse, VKEY))
        for bad in (
            "", "w", "w++", "w+00000000+", good + "\n", good + "=", text("w", 2, RAW),
            good.replace(good.split("+")[1], good.split("+")[1].upper()),
            good.replace(good.split("+")[1], ""), good.replace("e/", "e/x"),
            text("w", 1 if good == VKEY else 4, RAW),  # a log is no witness
            text("w", 4 if good == VKEY else 1, RAW[:31]),
            text("w", 4 if good == VKEY else 1, WEAK),
            text("w", 6, RAW), text("w", 6, bytes(1311)), text("a b", 4, RAW),
        )
    ],
)  # fmt: skip
def test_other_keys_are_refused(parse, bad):
    with pytest.raises(NoteError):
        parse(bad)


def test_a_witness_is_no_log_and_p256_no_witness():
    with pytest.raises(NoteError, match="0x04"):
        VerifierKey.parse(VKEY)
    with pytest.raises(NoteError, match="prime order"):
        VerifierKey.parse(text("w", 1, WEAK))
    with pytest.raises(NoteError):
        CosignerKey.of("w", LocalSigner.from_scalar(7).public)
    with pytest.raises(NoteError):
        CosignerKey.of("a+b", SIGNER.public)


@settings(deadline=None, max_examples=200)
@given(st.text() | st.sampled_from("+=/09afAZ"), st.integers(0, len(VKEY)), st.integers(0, 2))
def test_any_text_is_a_key_or_raises_note_error(more, at, cut):
    for parse, good in ((VerifierKey.parse, LOG_VKEY), (CosignerKey.parse, VKEY)):
        for other in (more, good[:at] + more + good[at + cut :]):
            with contextlib.suppress(NoteError):
                assert str(parse(other)) == other == good


NOTE = notes.sign("one\ntwo\n", "log", SIGNER)
LINE = notes.NoteSignature("w", b"abcd", b"\1")


def test_a_note_is_parsed_into_text_and_lines_and_written_back():
    note = notes.parse(NOTE + LINE.encode())
    assert note.text == "one\ntwo\n"
    assert [line.name for line in note.signatures] == ["log", "w"]
    assert note.signatures[1] == LINE
    assert note.encode() == NOTE + LINE.encode()


def test_merge_adds_what_is_new_and_keeps_what_is_first():
    later = notes.NoteSignature("w", b"abcd", b"\2")
    other = notes.NoteSignature("w", b"abce", b"\2")
    once = notes.merge(NOTE, [LINE])
    assert once == NOTE + LINE.encode()
    assert notes.merge(once, LINE.encode() + later.encode() + other.encode()) == (
        once + other.encode()
    )
    assert notes.merge(NOTE, [LINE, LINE, later]) == once
    assert notes.merge(NOTE, []) == NOTE
    assert notes.merge(once, NOTE.split("\n\n")[1]) == once


@pytest.mark.parametrize(
    "lines", ["", "\n", "— w YWJjZAE=", "one\n", "— w YWJjZAE=\n\n", "— w A\n"]
)
def test_merge_refuses_what_are_no_lines(lines):
    with pytest.raises(NoteError):
        notes.merge(NOTE, lines)


def test_a_note_has_100_lines_at_most():
    lines = [notes.NoteSignature("w", number.to_bytes(4, "big"), b"\1") for number in range(100)]
    full = notes.merge(NOTE, lines[:99])
    assert len(notes.parse(full).signatures) == 100
    with pytest.raises(NoteError):
        notes.merge(full, lines[99:])
    with pytest.raises(NoteError, match="1 to 100"):
        notes.parse(full + lines[99].encode())
