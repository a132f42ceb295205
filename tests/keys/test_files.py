import base64
import contextlib
import os
import stat

import pytest
from cryptography.exceptions import InternalError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys import files
from suyuan.keys.errors import KeyFileError
from suyuan.keys.signer import LocalSigner

SIGNERS = [LocalSigner.from_seed(bytes(32)), LocalSigner.from_scalar(7)]
PEM = files.to_pem(SIGNERS[0], b"pass")


def pkcs8(key, cipher=None):
    cipher = cipher or serialization.BestAvailableEncryption(b"pass")
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher)


PLAIN = pkcs8(SIGNERS[0].private, serialization.NoEncryption())


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.public.alg)
def test_saved_key_loads_again(tmp_path, signer):
    path = tmp_path / "k"
    files.save(path, signer, "密码".encode())
    again = files.load(path, "密码".encode())
    assert again.public == signer.public
    assert signer.public.verify(b"m", again.sign(b"m"))
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    with pytest.raises(KeyFileError, match="passphrase is wrong"):
        files.load(path, b"pass")


def test_file_is_synced_and_for_its_owner_only_whatever_the_umask(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(stat.S_IFMT(os.fstat(fd).st_mode)))
    before = os.umask(0)
    try:
        files.save(tmp_path / "k", SIGNERS[0], b"x" * 1023)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    assert synced == [stat.S_IFREG, stat.S_IFDIR]
    assert files.load(tmp_path / "k", b"x" * 1023).public == SIGNERS[0].public


def test_a_file_that_is_there_is_never_overwritten_nor_a_link_to_nowhere_written_through(tmp_path):
    path = tmp_path / "k"
    files.save(path, SIGNERS[0], b"pass")
    held = path.read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for taken in (path, tmp_path / "link"):
        with pytest.raises(KeyFileError, match="never overwritten"):
            files.save(taken, SIGNERS[1], b"pass")
    assert path.read_bytes() == held
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("passphrase", [b"", b"x" * 1024])
def test_a_passphrase_that_cannot_be_used_leaves_no_file(tmp_path, passphrase):
    with pytest.raises(KeyFileError, match="1 to 1023 bytes"):
        files.save(tmp_path / "k", SIGNERS[0], passphrase)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyFileError, match="No space left"):
        files.save(tmp_path / "k", SIGNERS[0], b"pass")
    assert list(tmp_path.iterdir()) == []


def test_folders_that_are_not_there(tmp_path):
    with pytest.raises(KeyFileError, match="cannot be written"):
        files.save(tmp_path / "none" / "k", SIGNERS[0], b"pass")
    with pytest.raises(KeyFileError, match="cannot be read: No such file"):
        files.load(tmp_path / "none" / "k", b"pass")
    with pytest.raises(KeyFileError, match="cannot be read: Is a directory"):
        files.load(tmp_path, b"pass")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (PLAIN, "not an encrypted PKCS#8 key"), (b"", "not an encrypted"),
        (PLAIN + b"BEGIN ENCRYPTED PRIVATE KEY", "does not open"), (PLAIN + PEM, "does not open"),
        (b"\xff" * 100, "not an encrypted"), (PEM[:-40], "does not open"),
        (PEM.replace(b"\nM", b"\n!", 1), "does not open"),
        (pkcs8(ec.derive_private_key(7, ec.SECP384R1())), "only P-256 and Ed25519"),
        (pkcs8(ed448.Ed448PrivateKey.generate()), "neither an Ed25519 nor a P-256"),
        (pkcs8(rsa.generate_private_key(65537, 1024)), "neither an Ed25519 nor a P-256"),
    ],
)  # fmt: skip
def test_other_files_are_refused(data, why):
    with pytest.raises(KeyFileError, match=why) as caught:
        files.from_pem(data, b"pass", "my.key")
    assert str(caught.value).startswith("my.key ")


DER = base64.b64decode(b"".join(PEM.split(b"\n")[1:-2]))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_damaged_file_opens_or_raises_key_file_error(at, byte):
    """PKCS#8 has no checksum: damage in the key's own blocks opens as another key."""
    damaged = base64.encodebytes(DER[:at] + bytes([byte]) + DER[at + 1 :])
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%b-----END ENCRYPTED PRIVATE KEY-----\n"
    with contextlib.suppress(KeyFileError):
        files.from_pem(pem % damaged, b"pass", "my.key")


def test_what_the_backend_raises_of_itself_stays_inside(monkeypatch):
    def broken(data, passphrase):
        raise InternalError("Unknown OpenSSL error", [])

    monkeypatch.setattr(serialization, "load_pem_private_key", broken)
    with pytest.raises(KeyFileError, match="does not open"):
        files.from_pem(PEM, b"pass", "my.key")
