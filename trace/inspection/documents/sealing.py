"""A document sealed: an embedded signature (PAdES, ISO 32000 12.8) by the office's own seal key.

Any reader of PDF says whether what was sealed is intact; that it is the office's, once the office's
root is trusted there. The unsealed PDF is the first revision in it, byte for byte.
"""

import io
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pypdfium2  # type: ignore[import-untyped]
from asn1crypto import crl as asn1_crl
from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from suyuan.trace.ledger.office_seals import OfficeSeals

from .render import compiled

T = TypeVar("T")
_SIDE = 42 / 25.4 * 72  # points: what the stamp is wide


class _Writer(IncrementalPdfFileWriter):
    """Leaves the XMP as it is: pyHanko's own change of it is no PDF/A-1b."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Judged:
    """What is found of a sealed PDF.

    `is_intact` where nothing was changed since it was sealed, `is_trusted` where the key was the
    office's, and good then.
    """

    is_intact: bool
    is_trusted: bool
    serial: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it is the office's and as it was sealed."""
        return self.is_intact and self.is_trusted


def seal(unsealed: bytes, seals: OfficeSeals, now: datetime) -> bytes:
    """The sealed PDF; CannotDecide where the office has no good seal key."""
    key, private = seals.current(now)
    store = SimpleCertificateStore.from_certs([_asn1(seals.root)])  # type: ignore[no-untyped-call]
    plain = private.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=_asn1(key.certificate), signing_key=keys.PrivateKeyInfo.load(plain),
        cert_registry=store,
    )  # fmt: skip
    page, box = _place(unsealed, seals.name)
    about = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES,
        name=seals.name,
    )  # fmt: skip
    stamp = compiled(
        "stamp.typ", {"name": seals.name, "what": "电子印章"}, now.replace(microsecond=0)
    )
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(stamp)
        file.flush()
        sealer = signers.PdfSigner(
            about, signer, new_field_spec=SigFieldSpec("Seal", on_page=page, box=box),
            stamp_style=StaticStampStyle.from_pdf_file(
                file.name, border_width=0, background_opacity=1
            ),
        )  # fmt: skip
        out: io.BytesIO = _apart(lambda: sealer.sign_pdf(_Writer(io.BytesIO(unsealed))))
    return out.getvalue()


def judge(sealed: bytes, seals: OfficeSeals, when: datetime) -> Judged:
    """Whether a PDF is sealed by this office, as of the moment from which it is known.

    That is the time at which this ledger learnt of the file, never the one that the file claims:
    whoever has stolen a key can claim any. What is no PDF, has no seal or two is not intact.
    """
    context = ValidationContext(
        trust_roots=[_asn1(seals.root)], moment=when, allow_fetching=False,
        crls=[asn1_crl.CertificateList.load(seals.crl.public_bytes(Encoding.DER))],
        revocation_mode="require", retroactive_revinfo=True,
    )  # fmt: skip
    try:
        (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
        status = _apart(lambda: validate_pdf_signature(signature, context))
    except (PdfError, SigningError, SignatureValidationError, ValueError, LookupError):
        return Judged(False, False)
    is_intact = status.intact and status.valid and bool(status.docmdp_ok)
    return Judged(is_intact, status.trusted, status.signing_cert.serial_number)


def _apart(work: Callable[[], T]) -> T:
    """What it answers in a thread of its own: pyHanko runs an event loop, of which each has one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _asn1(certificate: Any) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _place(unsealed: bytes, name: str) -> tuple[int, tuple[int, int, int, int]]:
    """The page and the box of the seal: over the office's name above the day, on the last page."""
    document = pypdfium2.PdfDocument(unsealed)
    last = len(document) - 1
    page = document[last]
    text, x, y = page.get_textpage(), 430.0, 150.0
    search = text.search(name)
    while (hit := search.get_next()) is not None:
        left, y, *_ = text.get_charbox(hit[0])
        x = (left + text.get_charbox(hit[0] + hit[1] - 1)[2]) / 2
    width, half = page.get_width(), _SIDE / 2
    x, y = min(max(x, half), width - half), max(y, half)
    return last, (round(x - half), round(y - half), round(x + half), round(y + half))
