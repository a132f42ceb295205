"""The files that a record names, as a page shows them: what they are, and if they are here."""

from collections.abc import Callable, Mapping

from suyuan.trace.format.members import Object
from suyuan.trace.recording import papers
from suyuan.trace.store.files import media
from suyuan.trace.store.files.attachments import FileState

from .texts import Words
from .texts import Words as _l

Look = Callable[[str], FileState]
KIND_WORDS: Mapping[str, Words] = {
    "certificate": _l("Certificate"),
    "quarantine": _l("Quarantine certificate"),
    "signature": _l("Signature"),
    "report": _l("Test report"),
    "note": _l("Delivery note"),
    "photo": _l("Photo"),
    "other": _l("Another paper"),
}
_TYPES: Mapping[str, str] = {
    media.PDF: "PDF",
    media.JPEG: "JPEG",
    media.PNG: "PNG",
    media.WEBP: "WebP",
}
STATE_WORDS: Mapping[FileState | None, Words] = {
    FileState.GOOD: _l("checked here: unchanged"),
    FileState.CHANGED: _l("changed: not the file that was signed"),
    FileState.MISSING: _l("not here"),
    None: _l("private: not for everybody"),
}
File = tuple[papers.Paper, FileState | None]


def files(event: Object | None, look: Look) -> list[File]:
    """The files that an event names, each looked for now; None of a private one.

    Of a private file pages that are for everybody say that it is one, and no more.
    """
    return [(file, None if file.is_private else look(file.sha256)) for file in papers.named(event)]


def is_certified(event: Object | None) -> bool:
    """Whether an event names a paper that was declared a certificate."""
    return any(file.kind in ("certificate", "quarantine") for file in papers.named(event))


def size(count: int) -> str:
    """A number of bytes, for people."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def about(paper: papers.Paper) -> str:
    """What kind of file it is, and how large."""
    return f"{_TYPES[paper.type]}, {size(paper.size)}"


def url(sha256: str, index: int) -> str:
    """Where a file that the link at an index names is served."""
    return f"/api/v1/attachments/{sha256}?link={index}"


def picture_url(sha256: str, index: int, size: str = "small") -> str:
    """Where its small picture is, or its `large` one."""
    return f"/api/v1/attachments/{sha256}/picture?link={index}&size={size}"
