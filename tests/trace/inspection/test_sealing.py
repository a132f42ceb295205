"""Sealed documents: good to pyHanko and PDFBox; a changed byte or a revoked key is found."""

import io
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from asn1crypto import crl, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from support.goods.preflight import invalid
from support.ledger.commands import PASSPHRASE

from suyuan.keys.errors import KeyFileError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.inspection.documents import render
from suyuan.trace.inspection.documents.forms import Heading, forms, sheet
from suyuan.trace.inspection.documents.sealing import Judged, judge, seal
from suyuan.trace.ledger.office_seals import OfficeSeals

OFFICE, NAME = "urn:uscc:11350203004138163G", "厦门市思明区市场监督管理局"
NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def seals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OfficeSeals:
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    made = OfficeSeals(tmp_path / "home", OFFICE)
    made.create(NAME, "厦思市监", NOW - timedelta(hours=1))
    return made


def unsealed(name: str = "rectification") -> bytes:
    form = forms()[name]
    values = {one.name: "豆腐|500克|盒|12" if one.columns else "值" for one in form.fields}
    url = "https://trace.food.example/document/ABCDEFGH12345678"
    heading = Heading(NAME, "厦思市监责改〔2026〕12号", "ABCD-EFGH-1234-5678", url, NOW.date())
    return render.pdf(sheet(form, heading, values))


def asn1(kind: type, one: object):
    """What pyHanko takes of a certificate or a list of revoked ones."""
    return kind.load(one.public_bytes(Encoding.DER))


def by_pyhanko(sealed: bytes, seals: OfficeSeals) -> bool:
    """What pyHanko says itself, by the root and the revoked seals that anybody can fetch."""
    context = ValidationContext(
        trust_roots=[asn1(x509.Certificate, seals.root)], moment=LATER, allow_fetching=False,
        crls=[asn1(crl.CertificateList, seals.crl)], revocation_mode="require",
        retroactive_revinfo=True,
    )  # fmt: skip
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(validate_pdf_signature, signature, context).result().bottom_line


@pytest.mark.slow
def test_each_sealed_form_is_good_and_pdf_a(seals: OfficeSeals, tmp_path: Path) -> None:
    """To us and to pyHanko by itself; its text is the unsealed one's; one byte changed fails."""
    for name in forms():
        plain = unsealed(name)
        sealed = seal(plain, seals, NOW)
        assert sealed.startswith(plain)
        assert judge(sealed, seals, LATER).is_good and by_pyhanko(sealed, seals)
        texts = [[p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(data)]
                 for data in (plain, sealed)]  # fmt: skip
        assert texts[0] == texts[1] and "值" in "".join(texts[0])
        changed = bytearray(sealed)
        changed[len(plain) // 2] ^= 1
        assert not judge(bytes(changed), seals, LATER).is_intact
        (tmp_path / f"{name}.pdf").write_bytes(sealed)
    assert invalid(tmp_path) == {}


def test_one_byte_changed_anywhere_that_is_signed_is_found(seals: OfficeSeals) -> None:
    sealed = seal(unsealed(), seals, NOW)
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    _, length, second, rest = (int(one) for one in signature.byte_range)
    places = [*range(200, length, length // 15), second + 3, second + rest - 5]
    for at in places:
        changed = bytearray(sealed)
        changed[at] ^= 1
        assert not judge(bytes(changed), seals, LATER).is_intact, at
    for other in (unsealed(), b"", b"%PDF-1.4\n", sealed[:-40]):
        assert not judge(other, seals, LATER).is_good


def test_another_offices_seal_is_not_this_ones(seals: OfficeSeals, tmp_path: Path) -> None:
    other = OfficeSeals(tmp_path / "home", "urn:x:other")
    other.create(NAME, "厦思市监", NOW - timedelta(hours=1))
    found = judge(seal(unsealed(), other, NOW), seals, LATER)
    assert (found.is_intact, found.is_trusted) == (True, False)


def test_what_a_key_sealed_before_it_was_replaced_or_revoked_stays_good(seals: OfficeSeals) -> None:
    first = seal(unsealed(), seals, NOW)
    second = seals.rotate(NOW + timedelta(minutes=10))
    assert seals.current(LATER)[0].number == second.number == 2
    again = seal(unsealed(), seals, LATER)
    assert judge(again, seals, LATER).is_good
    assert judge(first, seals, NOW).is_good
    late = judge(first, seals, LATER)  # known only since the key was replaced
    assert late == Judged(True, False, late.serial)
    seals.revoke(2, "key_compromise", NOW + timedelta(minutes=30), LATER)
    assert not judge(again, seals, LATER).is_good
    assert judge(again, seals, NOW + timedelta(minutes=20)).is_good
    assert [key.reason for key in seals.all()] == ["superseded", "key_compromise"]
    with pytest.raises(CannotDecide):
        seals.current(LATER)
    for number, since in ((3, NOW), (1, LATER), (2, LATER + timedelta(days=1))):
        with pytest.raises(LedgerError):
            seals.revoke(number, "key_compromise", since, LATER)


def test_keys_are_encrypted_and_the_homes_owners_alone(
    seals: OfficeSeals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [*(tmp_path / "home").rglob("*.key")]
    assert len(paths) == 2
    for path in paths:
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (seals.word, seals.name) == ("厦思市监", NAME)
    with pytest.raises(LedgerError):
        seals.create(NAME, "厦思市监", NOW)
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "another")
    with pytest.raises(KeyFileError):
        seals.current(NOW)
    with pytest.raises(CannotDecide):
        _ = OfficeSeals(tmp_path / "home", "urn:x:none").root
