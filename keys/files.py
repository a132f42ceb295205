"""Private keys in files: PKCS#8, encrypted, mode 0600."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from .errors import BadKey, KeyFileError
from .signer import LocalSigner

MAX_PASSPHRASE = 1023  # what OpenSSL takes


def to_pem(signer: LocalSigner, passphrase: bytes) -> bytes:
    """The key as encrypted PKCS#8; KeyFileError unless the passphrase has 1 to 1,023 bytes."""
    if not 0 < len(passphrase) <= MAX_PASSPHRASE:
        raise KeyFileError("a passphrase must have 1 to %s bytes", MAX_PASSPHRASE)
    return signer.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def from_pem(data: bytes, passphrase: bytes, name: str) -> LocalSigner:
    """The signer of an encrypted key; KeyFileError where it does not open or lies in clear."""
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in data:
        raise KeyFileError("%s is not an encrypted PKCS#8 key in PEM", name)
    try:
        key = serialization.load_pem_private_key(data, passphrase)
    except Exception:  # noqa: BLE001  damaged files make the backend raise its own internal errors
        raise KeyFileError(
            "%s does not open: the passphrase is wrong or the file is damaged", name
        ) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyFileError("%s is neither an Ed25519 nor a P-256 key", name)
    try:
        return LocalSigner(key)
    except BadKey as error:
        raise KeyFileError("%s holds %s", name, error) from None


def save(path: Path, signer: LocalSigner, passphrase: bytes) -> None:
    """Write a new key file, mode 0600, durable on return; KeyFileError where one is there."""
    pem = to_pem(signer, passphrase)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()
            raise
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeyFileError("%s is there already: keys are never overwritten", path) from None
    except OSError as error:
        raise KeyFileError("%s cannot be written: %s", path, error.strerror) from None


def load(path: Path, passphrase: bytes) -> LocalSigner:
    """The signer whose key lies in `path`; KeyFileError where it cannot be read or opened."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError("%s cannot be read: %s", path, error.strerror) from None
    return from_pem(data, passphrase, str(path))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
