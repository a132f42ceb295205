"""An office's seal keys: a root of its own, one seal key at a time, and which are revoked (X.509).

A key here seals documents and nothing else: it signs no link, and no ledger key seals. All lie in
the home, each private one encrypted as other keys are (PKCS#8, mode 0600). Certificates and the
revocation list follow RFC 5280; a seal's purpose is that of document signing (RFC 9336).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from suyuan.keys import files
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.store.files import durable

from .home import is_demo, read_demo

FOLDER = "office-seals"
MAX_WORD = 20
_ROOT_FOR, _SEAL_FOR = timedelta(days=20 * 365), timedelta(days=3 * 365)
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_ROOT, _CRL = "root.pem", "crl.pem"
Reason = Literal["superseded", "key_compromise", "cessation_of_operation"]


@dataclass(frozen=True, slots=True)
class SealKey:
    """A seal's certificate, the first numbered 1; `revoked` from when on it seals no more."""

    number: int
    certificate: x509.Certificate
    revoked: datetime | None
    reason: str | None

    def is_good(self, when: datetime) -> bool:
        """Whether what is sealed by it at that moment is the office's."""
        valid = self.certificate.not_valid_before_utc <= when < self.certificate.not_valid_after_utc
        return valid and (self.revoked is None or when < self.revoked)


class OfficeSeals:
    """The seal keys of one office in a home."""

    def __init__(self, home: Path, office: str) -> None:
        self._home, self.office = home, office
        self._folder = home / FOLDER / hashlib.sha256(office.encode()).hexdigest()[:16]

    def create(self, name: str, word: str, now: datetime) -> SealKey:
        """Make the office's root and its first seal key; `word` begins its documents' numbers.

        LedgerError where it has them already, or the word is no short line.
        """
        if not 0 < len(word) <= MAX_WORD or "%" in word or not word.isprintable():
            raise LedgerError("the word of an office's numbers has 1 to %s letters", MAX_WORD)
        if self.is_here:
            raise LedgerError(
                "%s has a seal already: `suyuan seal rotate` replaces it", self.office
            )
        durable.make_private(self._folder)
        root, subject = LocalSigner.new("ECDSA-P256"), _name(name, word, "签章根证书")
        made = _certificate(subject, subject, root, root, now, is_root=True)
        self._save("root.key", root)
        self._write(_CRL, _crl(made, root, [], now))
        self._write(_ROOT, made.public_bytes(Encoding.PEM))
        return self._add(made, root, now)

    def rotate(self, now: datetime) -> SealKey:
        """Replace the seal key by a new one: from now on the one before seals no more."""
        root = self._root_key()
        for old in self.all():
            if old.revoked is None:
                self._revoke(old, "superseded", now, root)
        return self._add(self.root, root, now)

    def revoke(self, number: int, reason: Reason, since: datetime, now: datetime) -> SealKey:
        """Revoke a seal key as from a moment; LedgerError for none of this number, or a later one.

        A key that was revoked may be revoked as from an earlier moment: when a theft is found out.
        """
        key = next((one for one in self.all() if one.number == number), None)
        if key is None:
            raise LedgerError("no seal key %s: see `suyuan seal list`", number)
        if since > now or (key.revoked is not None and since >= key.revoked):
            raise LedgerError(
                "a seal key is revoked as from now or before, and not later than it was"
            )
        return self._revoke(key, reason, since, self._root_key(), now)

    @property
    def is_here(self) -> bool:
        """Whether the office has a seal."""
        return (self._folder / _ROOT).exists()

    @property
    def root(self) -> x509.Certificate:
        """The root's certificate, for readers to trust; CannotDecide where there is none."""
        return x509.load_pem_x509_certificate(self._read(_ROOT))

    @property
    def crl(self) -> x509.CertificateRevocationList:
        """Which seal keys are revoked, from when on and why."""
        return x509.load_pem_x509_crl(self._read(_CRL))

    @property
    def word(self) -> str:
        """What the numbers of the office's documents begin with."""
        return _text(self.root.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)

    @property
    def name(self) -> str:
        """The office's name, as its seal has it."""
        return _text(self.root.subject, NameOID.ORGANIZATION_NAME)

    def all(self) -> list[SealKey]:
        """All seal keys, the first first."""
        crl, found = self.crl, []
        for path in sorted(self._folder.glob("[0-9]*.pem")):
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            since = None if entry is None else entry.revocation_date_utc
            why = None if entry is None else _reason(entry)
            found.append(SealKey(int(path.stem), certificate, since, why))
        return found

    def current(self, now: datetime) -> tuple[SealKey, LocalSigner]:
        """The key that seals now, opened; CannotDecide where none is good."""
        good = [key for key in self.all() if key.is_good(now)]
        if not good:
            raise CannotDecide("no seal key of %s is good: `suyuan seal rotate`", self.office)
        return good[-1], self._load(f"{good[-1].number:04}.key")

    def _add(self, root: x509.Certificate, root_key: LocalSigner, now: datetime) -> SealKey:
        number = max((key.number for key in self.all()), default=0) + 1
        signer = LocalSigner.new("ECDSA-P256")
        subject = _name(self.name, self.word, f"电子印章{number}")
        made = _certificate(subject, root.subject, signer, root_key, now)
        self._save(f"{number:04}.key", signer)
        self._write(f"{number:04}.pem", made.public_bytes(Encoding.PEM))
        return SealKey(number, made, None, None)

    def _revoke(
        self, key: SealKey, reason: Reason, since: datetime, root: LocalSigner,
        now: datetime | None = None,
    ) -> SealKey:  # fmt: skip
        since = since.astimezone(UTC).replace(microsecond=0)
        serial = key.certificate.serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags[reason]), False)
        others = [one for one in self.crl if one.serial_number != serial]
        self._write(_CRL, _crl(self.root, root, [*others, entry.build()], now or since))
        return SealKey(key.number, key.certificate, since, reason)

    def _root_key(self) -> LocalSigner:
        _ = self.root  # says so where there is none
        return self._load("root.key")

    def _passphrase(self, name: str) -> bytes:
        return read_demo(self._home).seed.encode() if is_demo(self._home) else passphrase(name)

    def _save(self, name: str, signer: LocalSigner) -> None:
        path = self._folder / name
        files.save(path, signer, self._passphrase(str(path)))

    def _load(self, name: str) -> LocalSigner:
        path = self._folder / name
        return files.load(path, self._passphrase(str(path)))

    def _write(self, name: str, data: bytes) -> None:
        durable.replace(self._folder / name, data)

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            raise CannotDecide(
                "%s has no seal here: `suyuan seal new` makes it", self.office
            ) from None


def _name(office: str, word: str, what: str) -> x509.Name:
    """The subject: X.520 allows a name 64 letters."""
    parts = [
        (NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, office[:64]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, word), (NameOID.COMMON_NAME, f"{office[:48]}{what}"),
    ]  # fmt: skip
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def _text(name: x509.Name, kind: ObjectIdentifier) -> str:
    return str(name.get_attributes_for_oid(kind)[0].value)


def _reason(entry: x509.RevokedCertificate) -> str:
    value = entry.extensions.get_extension_for_class(x509.CRLReason).value
    return value.reason.name


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: LocalSigner, by: LocalSigner, now: datetime,
    *, is_root: bool = False,
) -> x509.Certificate:  # fmt: skip
    public, own = _public(key), _public(by)
    now = now.replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + (_ROOT_FOR if is_root else _SEAL_FOR))
        .add_extension(x509.BasicConstraints(is_root, 0 if is_root else None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), False)
        .add_extension(_usage(is_root), True)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), False)
    return builder.sign(_private(by), hashes.SHA256())


def _usage(is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root, content_commitment=not is_root, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=is_root, crl_sign=is_root,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _crl(
    root: x509.Certificate, key: LocalSigner, revoked: list[x509.RevokedCertificate], now: datetime
) -> bytes:
    """The list: good until the root ends, since each change makes it anew."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject)
    builder = builder.last_update(now.replace(microsecond=0))
    builder = builder.next_update(root.not_valid_after_utc)
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(_public(key))
    builder = builder.add_extension(own, False)
    builder = builder.add_extension(x509.CRLNumber(int(now.timestamp() * 1_000)), False)
    return builder.sign(_private(key), hashes.SHA256()).public_bytes(Encoding.PEM)


def _private(signer: LocalSigner) -> ec.EllipticCurvePrivateKey:
    assert isinstance(signer.private, ec.EllipticCurvePrivateKey)
    return signer.private


def _public(signer: LocalSigner) -> ec.EllipticCurvePublicKey:
    return _private(signer).public_key()
