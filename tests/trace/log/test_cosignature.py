import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.world import is_ci

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey, Note, NoteSignature
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint, cosignature
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError

LOG = LocalSigner.from_seed(b"L" * 32)
WITNESS = LocalSigner.from_seed(b"W" * 32)
NAME = "witness.example/w1"
KEY = CosignerKey.of(NAME, WITNESS.public)
ROOT = bytes(range(32))
NOTE = checkpoint.sign(Checkpoint("log.example", 20852163, ROOT), LOG)
TEXT = notes.parse(NOTE).text
TIME = 1679315147


def cosigned(*lines):
    return Note(TEXT, (*notes.parse(NOTE).signatures, *lines))


def test_what_is_signed_is_header_time_and_the_whole_checkpoint():
    line = cosignature.sign(TEXT, NAME, WITNESS, TIME)
    assert (line.name, line.hash) == (NAME, KEY.hash)
    assert line.signature[:8] == TIME.to_bytes(8, "big")
    message = f"cosignature/v1\ntime 1679315147\nlog.example\n20852163\n{TEXT.split()[2]}\n"
    assert WITNESS.public.verify(message.encode(), line.signature[8:])
    assert cosignature.verify(cosigned(line), KEY) == TIME


def test_extension_lines_of_other_logs_are_signed_with_it():
    text = TEXT + "extension one\n"
    line = cosignature.sign(text, NAME, WITNESS, TIME)
    assert cosignature.verify(Note(text, (line,)), KEY) == TIME
    with pytest.raises(LogError, match="does not verify"):
        cosignature.verify(Note(TEXT, (line,)), KEY)


def test_only_checkpoints_are_cosigned_by_ed25519_at_times_below_2_63():
    for text in ("", "a\n", "log\n1\nAAAA\n", "log\n01\n" + TEXT[-45:]):
        with pytest.raises(LogError):
            cosignature.sign(text, NAME, WITNESS, TIME)
        with pytest.raises(LogError):
            cosignature.verify(Note(text, ()), KEY)
    for signer, time in ((WITNESS, -1), (WITNESS, 1 << 63), (LocalSigner.from_scalar(7), TIME)):
        with pytest.raises(LogError):
            cosignature.sign(TEXT, NAME, signer, time)


# ML-DSA-44 cosigners: the structure of tlog-cosignature, written out here by hand.


def ml_dsa(time, *, end=20852163, start=0):
    if not notes.HAS_ML_DSA and not is_ci():
        pytest.skip("the installed cryptography has no ML-DSA")
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    private = MLDSA44PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    message = (
        b"subtree/v1\n\x00"
        + b"\x05pq/w1"
        + time.to_bytes(8, "big")
        + b"\x0blog.example"
        + start.to_bytes(8, "big")
        + end.to_bytes(8, "big")
        + ROOT
    )
    key = CosignerKey("pq/w1", notes.ML_DSA_44, raw)
    return key, NoteSignature(key.name, key.hash, time.to_bytes(8, "big") + private.sign(message))


def test_ml_dsa_cosignatures_verify():
    key, line = ml_dsa(TIME)
    assert len(line.signature) == 8 + 2420
    assert cosignature.verify(cosigned(line), key) == TIME
    assert cosignature.verify(notes.parse(cosigned(line).encode()), key) == TIME
    for signature in (line.signature[:-1], line.signature + b"\0", bytes(8) + line.signature[8:]):
        with pytest.raises(LogError):
            cosignature.verify(cosigned(NoteSignature(key.name, key.hash, signature)), key)
    key, line = ml_dsa(TIME, end=20852164)
    with pytest.raises(LogError, match="does not verify"):
        cosignature.verify(cosigned(line), key)


def test_ml_dsa_cosignature_without_a_time_does_not_say_when():
    key, line = ml_dsa(0)
    assert cosignature.verify(cosigned(line), key) is None
    key = CosignerKey("w" * 256, notes.ML_DSA_44, bytes(1312))
    with pytest.raises(LogError, match="255 bytes"):
        cosignature.verify(cosigned(NoteSignature(key.name, key.hash, bytes(2428))), key)


def test_where_ml_dsa_is_missing_its_lines_are_unknown(monkeypatch):
    monkeypatch.setattr(notes, "HAS_ML_DSA", False)
    key = CosignerKey("w", notes.ML_DSA_44, bytes(1312))
    line = NoteSignature("w", key.hash, bytes(2428))
    assert cosignature.verify(cosigned(line), key) is None


@settings(deadline=None, max_examples=200)
@given(st.text() | st.just(TEXT), st.binary(min_size=1, max_size=80), st.booleans())
def test_any_note_verifies_or_raises_log_error(text, signature, known):
    line = NoteSignature(NAME, KEY.hash if known else b"none", signature)
    try:
        assert cosignature.verify(Note(text, (line,)), KEY) is None or not known
    except LogError:
        assert known or text != TEXT
