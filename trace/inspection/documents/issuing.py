"""A document from its number to its service: drawn up, kept, sealed, and what the case says of it.

What is kept lies sealed in a folder (`PrivateFiles`) under the document's own salt, and stays as
long as its row. Nothing is signed here but the seal, by the office's own key.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.inspection.cases import Case
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.trace.store.beside.office.documents import DocumentBook, Drawn, by_code, of_form
from suyuan.trace.store.read.reader import Reader

from . import render, sealing, word
from .forms import DocumentForm, Heading, number, sheet
from .sealing import Judged
from .signed import signed

KIND = "document"
SEALED, SERVED = "document-sealed", "document-served"  # stages of any case (cases.toml)
ADDRESS = "service-address"  # the form by which a party confirms where it is served
UNSEALED_PDF, SEALED_PDF, WORD = "pdf", "sealed", "docx"
MEDIA = {
    UNSEALED_PDF: "application/pdf",
    SEALED_PDF: "application/pdf",
    WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_CONFIRMED = 20  # confirmations of a party that are looked through


def seals_of(ledger: Ledger, office: str) -> OfficeSeals:
    """The seals of an office of this ledger."""
    return OfficeSeals(ledger.home, office)


def uri_of(code: str, host: str) -> str:
    """Where the QR of a document leads."""
    return codes.uri_of(code, host, KIND)


def draw_up(
    ledger: Ledger, form: DocumentForm, values: Mapping[str, str], *, office: str, by: str,
    about: str | None, party: str | None,
) -> Drawn:  # fmt: skip
    """A new document: its numbers given, its PDF and DOCX made and kept.

    LedgerError for values that the form does not take, before a number is given; CannotDecide
    where the office has no seal: the word of its numbers is the seal's.
    """
    if form.faults(values):
        raise LedgerError("the form does not take these values")
    seals, now = seals_of(ledger, office), ledger.now()
    day = now.astimezone(zone()).date()
    book = DocumentBook(ledger.database.engine)
    drawn = book.number(
        office, form.name, year=day.year, number=number(seals.word, form, day.year, "%s"),
        by=by, at=micros(now), about=about, party=party,
    )  # fmt: skip
    url = uri_of(drawn.code, ledger.trust.host)
    heading = Heading(seals.name, drawn.number, codes.shown(drawn.code), url, day)
    made = sheet(form, heading, values)
    pdf, shelf = render.pdf(made), ledger.private_files
    files = {
        UNSEALED_PDF: shelf.offer(drawn.salt, pdf),
        WORD: shelf.offer(drawn.salt, word.docx(made)),
    }
    sha256 = hashlib.sha256(pdf).hexdigest()
    return _there(book.put(drawn.code, {"sha256": sha256, "files": files}, once="sha256"))


def content(ledger: Ledger, document: Drawn, kind: str) -> bytes | None:
    """A file of a document; None where it has none of this kind, or not what it was."""
    name = document.files.get(kind)
    data = None if name is None else ledger.private_files.get(name, document.salt)
    wanted = {UNSEALED_PDF: document.sha256, SEALED_PDF: document.sealed}.get(kind)
    if data is None or wanted not in (None, hashlib.sha256(data).hexdigest()):
        return None
    return data


def seal_up(ledger: Ledger, document: Drawn) -> Drawn:
    """The document, sealed by its office's key once and for all.

    CannotDecide where that has no good one; LedgerError where the PDF that was signed is gone.
    """
    if document.sealed is not None:
        return document
    unsealed = content(ledger, document, UNSEALED_PDF)
    if unsealed is None:
        raise LedgerError("the PDF of %s is not here, or was changed", document.number)
    now = ledger.now()
    sealed = sealing.seal(unsealed, seals_of(ledger, document.office), now)
    name = ledger.private_files.offer(document.salt, sealed)
    values = {
        "files": {**document.files, SEALED_PDF: name}, "sealed_at": micros(now),
        "sealed": hashlib.sha256(sealed).hexdigest(),
    }  # fmt: skip
    book = DocumentBook(ledger.database.engine)
    changed = book.put(document.code, values, once="sealed")
    if changed is None:  # another was quicker
        with ledger.reading() as reader:
            changed = by_code(reader, document.code)
    return _there(changed)


def served(ledger: Ledger, document: Drawn) -> Drawn:
    """The document, from now on its party's to read."""
    book = DocumentBook(ledger.database.engine)
    return book.put(document.code, {"sent": micros(ledger.now())}, once="sent") or document


def confirmed(reader: Reader, ledger: Ledger, document: Drawn) -> Drawn | None:
    """The party's newest confirmation to the office that it is served here; None without one.

    That is its own signature under the form, until it takes that back.
    """
    if document.party is None:
        return None
    found = of_form(reader, document.party, ADDRESS, document.office, _CONFIRMED)
    newest = next((one for one in found if signed(reader, ledger, one).party is not None), None)
    return newest if newest is not None and signed(reader, ledger, newest).by_party else None


def since(document: Drawn, case: Case | None) -> datetime | None:
    """Since when the sealed PDF is known: by the record that names it, else the server's word."""
    if document.sealed is None or document.sealed_at is None:
        return None
    for stage in () if case is None else case.stages:
        if document.sealed in stage.statement.get("files", ()):
            return stage.at
    return from_micros(document.sealed_at)


def judged(ledger: Ledger, document: Drawn, when: datetime) -> Judged | None:
    """Whether the seal of a document is its office's, and what it seals as it was sealed.

    None where there is none. CannotDecide where the office's root is not here.
    """
    sealed = content(ledger, document, SEALED_PDF)
    return (
        None if sealed is None else sealing.judge(sealed, seals_of(ledger, document.office), when)
    )


def _there(document: Drawn | None) -> Drawn:
    if document is None:
        raise LedgerError("the document is not as it was written: `suyuan audit` says why")
    return document
