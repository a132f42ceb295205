import base64
import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner

NAME = "log.food.example/ledger"
SIGNER = LocalSigner.from_seed(bytes(range(32)))
OTHER = LocalSigner.from_seed(bytes(range(32, 64)))
KEY = VerifierKey(NAME, SIGNER.public)
VKEY = "log.food.example/ledger+b641bb4b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
NOTE = notes.sign("one\ntwo\n", NAME, SIGNER)
LINE = NOTE.split("\n\n")[1]


def line_of(name, signer, text):
    return notes.sign(text, name, signer).split("\n\n")[-1]


def test_note_of_the_signed_note_specification():
    """The example of C2SP signed-note, whose verifier key it does not give: only its form."""
    note = (
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        "ed è subito sera.\n\n"
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKON"
        "rMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    with pytest.raises(NoteError, match="no signature of"):
        notes.open_note(note, KEY)
    joined = note + line_of(NAME, SIGNER, note.rpartition("\n\n")[0] + "\n")
    assert notes.open_note(joined, KEY).endswith("\n\ned è subito sera.\n")


def test_sign_writes_text_blank_line_and_signature_line():
    assert NOTE.startswith(f"one\ntwo\n\n— {NAME} ")
    raw = base64.b64decode(LINE.split(" ")[2])
    assert raw[:4].hex() == "b641bb4b"
    assert SIGNER.public.verify(b"one\ntwo\n", raw[4:])
    for text in ("one\ntwo\n", "\n", "a\n\nb\n", "a\n\n", "— a b\n", "溯源\n", "\x7f\x80\n"):
        assert notes.open_note(notes.sign(text, NAME, SIGNER), KEY) == text


@pytest.mark.parametrize("text", ["", "no end", "\ud800\n"])
def test_sign_refuses_what_is_no_text(text):
    with pytest.raises(NoteError):
        notes.sign(text, NAME, SIGNER)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\n", "a\u00a0b", "a\u2003b", "\ud800", "a\x01"]
)
def test_names_that_cannot_sign(name):
    assert not notes.is_name(name)
    with pytest.raises(NoteError):
        notes.sign("a\n", name, SIGNER)
    with pytest.raises(NoteError):
        VerifierKey.parse(f"{name}+{VKEY.partition('+')[2]}")


def test_p256_signs_no_notes():
    with pytest.raises(NoteError):
        notes.sign("a\n", NAME, LocalSigner.from_scalar(7))


@pytest.mark.parametrize(
    "before",
    [
        line_of("witness.example", OTHER, "one\ntwo\n"),
        line_of(NAME, OTHER, "one\ntwo\n"),  # our name, another key
        line_of("witness.example", SIGNER, "one\ntwo\n"),  # our key, another name
        "— 证人\u200b AAAAAAA=\n",  # whatever is no space may stand in a name
        "— w AAAAAAAAAAAAAAAA\n" * 99,  # though it stands twice
        LINE.replace(NAME, "w")[:-9] + "AAAAAA==\n",  # our key's id under another name
    ],
)
def test_lines_of_unknown_keys_are_ignored(before):
    for lines in (before + LINE, LINE + before):
        assert notes.open_note(f"one\ntwo\n\n{lines}", KEY) == "one\ntwo\n"


def bad_line(signature):
    return f"— {NAME} {base64.b64encode(KEY.hash + signature).decode()}\n"


@pytest.mark.parametrize("signature", [bytes(64), b"\1", SIGNER.sign(b"one\n"), bytes(65)])
def test_a_bad_line_of_the_known_key_fails_the_note(signature):
    with pytest.raises(NoteError, match="does not verify"):
        notes.open_note(f"one\ntwo\n\n{bad_line(signature)}", KEY)
    for lines in (bad_line(signature) + LINE, LINE + bad_line(signature), LINE + LINE):
        with pytest.raises(NoteError, match="two signature lines"):
            notes.open_note(f"one\ntwo\n\n{lines}", KEY)


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", "\n\n", "one\ntwo\n", "one\ntwo\n\n", NOTE[:-1], NOTE + "\n", NOTE + "\n\n",
        NOTE.replace("\n", "\r\n"), NOTE.replace("—", "-"), NOTE.replace("— ", "—"),
        NOTE.replace("— ", "—  "), NOTE.replace("one", "One"), NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n\n", "\n\n\n"), NOTE + LINE.replace("=", ""), NOTE + f"— {NAME}\n",
        NOTE + "— \n", NOTE + "—  AAAAAAA=\n", NOTE + "— a AAAA\n", NOTE + "— a AAAAAAA= \n",
        NOTE + "— a AAAAAAA= AAAA\n", NOTE + "— a+b AAAAAAA=\n", NOTE + "— a\u00a0b AAAAAAA=\n",
        NOTE + "comment\n", NOTE + "— w\x7f\x1f AAAAAAA=\n", "a" * notes.MAX_NOTE + NOTE,
        "\ufeff" + NOTE,
    ],
)  # fmt: skip
def test_malformed_notes_are_refused(note):
    with pytest.raises(NoteError):
        notes.open_note(note, KEY)


@pytest.mark.parametrize("text", ["a\tb\n", "a\r\n", "\0\n", "a\x1f\n"])
def test_control_characters_are_refused_even_where_they_are_signed(text):
    line = base64.b64encode(KEY.hash + SIGNER.sign(text.encode())).decode()
    with pytest.raises(NoteError, match="control"):
        notes.open_note(f"{text}\n— {NAME} {line}\n", KEY)
    with pytest.raises(NoteError):
        notes.sign(text, NAME, SIGNER)


def test_a_note_may_be_just_as_long_as_the_limit():
    text = "a" * (notes.MAX_NOTE - len(notes.sign("\n", NAME, SIGNER))) + "\n"
    assert notes.open_note(notes.sign(text, NAME, SIGNER), KEY) == text
    with pytest.raises(NoteError, match="too long"):
        notes.open_note(notes.sign("a" + text, NAME, SIGNER), KEY)


@settings(deadline=None, max_examples=200)
@given(
    st.text(st.characters()) | st.text("one\n— +=A" + NAME),
    st.integers(0, len(NOTE)),
    st.integers(0, 3),
)
@example("\ud800", 0, 0)
@example("\ud800", len("one\ntwo\n\n— "), 0)
def test_any_text_is_what_it_encodes_back_to_or_raises_note_error(text, at, cut):
    for note in (text, NOTE[:at] + text + NOTE[at + cut :]):
        with contextlib.suppress(NoteError):
            assert notes.open_note(note, KEY) + "\n" == note[: note.rindex("\n\n") + 2]
        with contextlib.suppress(NoteError):
            assert notes.parse(note).encode() == note
        with contextlib.suppress(NoteError):
            notes.merge(NOTE, note)
