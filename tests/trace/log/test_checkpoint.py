import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.known_log import HEAD, KEY, ROOT, SIGNER
from support.ledger.known_log import ORIGIN as NAME

from suyuan.keys import base64, notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError

TEXT = f"{NAME}\n70000\n{base64.encode(ROOT)}\n"


def test_text_and_key_of_a_checkpoint():
    assert VerifierKey(NAME, SIGNER.public) == KEY == VerifierKey.parse(str(KEY))
    assert HEAD.text() == TEXT
    assert checkpoint.parse(TEXT) == HEAD
    assert checkpoint.sign(HEAD, SIGNER).startswith(f"{TEXT}\n— {NAME} tkG7S")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_round_trip(size, root):
    found = Checkpoint(NAME, size, root)
    assert checkpoint.open_checkpoint(checkpoint.sign(found, SIGNER), KEY) == found


@pytest.mark.parametrize(
    ("part", "other"),
    [("70000", "00"), ("70000", "1e3"), ("70000", "1" + "0" * 5000), ("eg=", "eg"),
     ("eg=", "eg=eg="), ("4v9xdav1", "4v9xdav-"), ("4v9xdav1", "")],
)  # fmt: skip
def test_other_texts_are_refused(part, other):
    """Besides those of tests/vectors."""
    with pytest.raises(LogError):
        checkpoint.parse(TEXT.replace(part, other))


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters()) | st.text("0123\nA="), st.integers(0, len(TEXT)), st.integers(0, 9))
def test_any_text_parses_or_raises_log_error(text, at, cut):
    note = checkpoint.sign(HEAD, SIGNER)
    for candidate in (text, TEXT[:at] + text + TEXT[at + cut :]):
        with contextlib.suppress(LogError):
            assert checkpoint.parse(candidate).text() == candidate
    for candidate in (text, note[:at] + text + note[at + cut :]):
        try:
            assert checkpoint.open_checkpoint(candidate, KEY) == HEAD
            assert candidate == note
        except LogError:
            pass


def test_a_note_that_is_no_checkpoint_is_refused_though_signed():
    with pytest.raises(LogError, match="not a checkpoint"):
        checkpoint.open_checkpoint(notes.sign("hello\n", NAME, SIGNER), KEY)


@pytest.mark.parametrize(
    "signer", [LocalSigner.from_seed(bytes(32)), LocalSigner.from_scalar(7)], ids=["other", "P-256"]
)
def test_keys_that_are_not_the_logs(signer):
    with pytest.raises((LogError, NoteError)):
        checkpoint.open_checkpoint(checkpoint.sign(HEAD, signer), KEY)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb"])
def test_origins_that_cannot_be_signed(origin):
    with pytest.raises(NoteError):
        checkpoint.sign(Checkpoint(origin, 1, ROOT), SIGNER)
