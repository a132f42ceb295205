"""A document from its number to its service: drawn up, kept, sealed, and what the case says of it.

What is kept lies sealed in a folder (`PrivateFiles`) under the document's own salt, and stays as
long as its row. Nothing is signed here but the seal, by the office's own key.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.inspection.cases import Case, Stage
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.trace.store.beside.office.documents import DocumentBook, Drawn, by_code, of_form
from suyuan.trace.store.beside.repository import json_object, json_text
from suyuan.trace.store.read.reader import Reader

from . import render, sealing, word
from .forms import DocumentForm, Heading, forms, number, public_sheet, sheet
from .sealing import Judged
from .signed import signed

KIND = "document"
SEALED, SERVED = "document-sealed", "document-served"  # stages of any case (cases.toml)
PUBLISHED, WITHDRAWN = "document-published", "document-withdrawn"
ADDRESS = "service-address"  # the form by which a party confirms where it is served
UNSEALED_PDF, SEALED_PDF, WORD = "pdf", "sealed", "docx"
COPY, _VALUES = "copy", "values"  # the public copy, and the values of the fields as JSON
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
    made = sheet(form, _heading(ledger, drawn, seals), values)
    pdf, shelf = render.pdf(made), ledger.private_files
    files = {
        UNSEALED_PDF: shelf.offer(drawn.salt, pdf),
        WORD: shelf.offer(drawn.salt, word.docx(made)),
        _VALUES: shelf.offer(drawn.salt, json_text(values).encode()),
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


def public_copy(ledger: Ledger, document: Drawn) -> bytes:
    """The PDF of its public copy; LedgerError where what it says is not here."""
    values = content(ledger, document, _VALUES)
    if values is None:
        raise LedgerError("what %s says is not here, or was changed", document.number)
    heading = _heading(ledger, document, seals_of(ledger, document.office))
    return render.pdf(public_sheet(forms()[document.form], heading, json_object(values.decode())))


def with_copy(ledger: Ledger, document: Drawn) -> tuple[Drawn, str]:
    """The document with its public copy kept, and the SHA-256 of that."""
    copy = content(ledger, document, COPY)
    if copy is None:
        copy = public_copy(ledger, document)
        files = {**document.files, COPY: ledger.private_files.offer(document.salt, copy)}
        document = _there(DocumentBook(ledger.database.engine).put(document.code, {"files": files}))
    return document, hashlib.sha256(copy).hexdigest()


def shown_copy(ledger: Ledger, document: Drawn, case: Case | None) -> bytes | None:
    """Its public copy, where the case says that it is shown today; else None."""
    copy, until = content(ledger, document, COPY), None
    if copy is None:
        return None
    digest = hashlib.sha256(copy).hexdigest()
    for stage in naming(case, digest):
        if stage.name in (PUBLISHED, WITHDRAWN):
            until = stage.until if stage.name == PUBLISHED else None
    today = ledger.now().astimezone(zone()).date()
    return copy if until is not None and today <= until else None


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
    named = next(naming(case, document.sealed), None)
    return from_micros(document.sealed_at) if named is None else named.at


def naming(case: Case | None, digest: str | None) -> Iterator[Stage]:
    """The stages of a case, recorded by its offices, that name a PDF."""
    for stage in () if case is None else case.stages:
        said = stage.statement
        if said["op"] == "record" and digest in said.get("files", ()):
            yield stage


def judged(ledger: Ledger, document: Drawn, when: datetime) -> Judged | None:
    """Whether the seal of a document is its office's, and what it seals as it was sealed.

    None where there is none. CannotDecide where the office's root is not here.
    """
    sealed = content(ledger, document, SEALED_PDF)
    return (
        None if sealed is None else sealing.judge(sealed, seals_of(ledger, document.office), when)
    )


def _heading(ledger: Ledger, document: Drawn, seals: OfficeSeals) -> Heading:
    """What stands above a document, on the day on which it was drawn up."""
    url = uri_of(document.code, ledger.trust.host)
    day = from_micros(document.at).astimezone(zone()).date()
    return Heading(seals.name, document.number, codes.shown(document.code), url, day)


def _there(document: Drawn | None) -> Drawn:
    if document is None:
        raise LedgerError("the document is not as it was written: `suyuan audit` says why")
    return document
