"""What anybody may send by forms and programs: photos, the code in one, reports of problems."""

from contextlib import suppress

from flask import request

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.complaints import Complaint, Complaints, Said
from suyuan.trace.recording import pictures
from suyuan.trace.recording.papers import MAX_BYTES
from suyuan.trace.recording.pictures import PictureError
from suyuan.trace.store.beside.jobs import JobBook
from suyuan.trace.store.files import media
from suyuan.trace.watch.notify.task_notices import TaskNotices
from suyuan.web.context import site

from .problems import ProblemError, as_problem
from .targets import LONGEST, Target

PHOTOS = (media.JPEG, media.PNG, media.WEBP)


def photo() -> bytes | None:
    """The content of the form's photo; None where none was chosen."""
    file = request.files.get("photo")
    if file is None:
        return None
    try:
        return file.read() or None
    finally:
        for other in request.files.values():
            other.close()


def code_in_photo() -> str:
    """The text of the code in a photo, which is the body; ProblemError where there is none."""
    data = request.get_data(cache=False)
    if len(data) > MAX_BYTES:
        raise ProblemError(413, "a photo may have %s MB", MAX_BYTES >> 20)
    with as_problem(422, PictureError, field="photo"):
        texts = pictures.codes(data)
    if not texts:
        raise ProblemError(422, "no code was found in the photo", field="code")
    return texts[0][:LONGEST]


def keep_report(target: Target, kind: str, said: Said, photo: bytes | None) -> Complaint:
    """Keep a report about what a code names; PictureError for a photo that is none."""
    where, now = site(), site().ledger.now()
    try:
        report = Complaints(where.ledger.home).add(
            now,
            code=target.code or codes.of_uri(target.item, where.host),
            serial=target.serial,
            item=target.item,
            holder=target.actor,
            kind=kind,
            text=said.text,
            name=said.name,
            contact=said.contact,
            photo=photo,
        )
    except PictureError:
        raise
    except LedgerError as error:
        raise ProblemError(503, error) from None
    with suppress(LedgerError), where.ledger.reading() as reader:  # it is kept, whoever hears of it
        jobs = TaskNotices(reader, where.ledger, now).report(report)
        JobBook(where.ledger.database.engine).put(jobs)
    return report
