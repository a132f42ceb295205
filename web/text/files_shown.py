"""The files that a record names, as a page shows them: what they are, and if they are here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suyuan.trace.format import media
from suyuan.trace.format.members import Object
from suyuan.trace.recording import papers
from suyuan.trace.store.files.attachments import FileState

from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

Look = Callable[[str], FileState]
KIND_WORDS: Mapping[str, Words] = {
    "certificate": _l("Certificate"),
    "quarantine": _l("Quarantine certificate"),
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


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a record; `href` is None where it is not here, or not for everybody: `said`."""

    name: str
    kind: str
    about: str
    check: str
    href: str | None
    said: str
    is_bad: bool


def lines(event: Object | None, index: int, look: Look) -> list[FileLine]:
    """The files that the event of the link at an index names, each looked for now.

    Of a private file pages that are for everybody say that it is one, and no more.
    """
    return [
        _private(one) if one.is_private else _line(one, index, look(one.sha256))
        for one in papers.named(event)
    ]


def is_certified(event: Object | None) -> bool:
    """Whether an event names a certificate or a report."""
    return any(one.kind in ("certificate", "quarantine", "report") for one in papers.named(event))


def size(count: int) -> str:
    """A number of bytes, for people."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _private(one: papers.Named) -> FileLine:
    return FileLine(
        name=str(KIND_WORDS[one.kind]),
        kind=one.kind,
        about=about(one),
        check=one.sha256[:12],
        href=None,
        said=_("private: not for everybody"),
        is_bad=False,
    )


def about(one: papers.Named) -> str:
    """What kind of file it is, and how large."""
    return f"{_TYPES[one.type]}, {size(one.size)}"


def url(one: papers.Named, index: int) -> str:
    """Where a file that the link at an index names is served."""
    return f"/api/v1/attachments/{one.sha256}?link={index}"


def _line(one: papers.Named, index: int, here: FileState) -> FileLine:
    said = {
        FileState.GOOD: _("hash checked here"),
        FileState.CHANGED: _("changed: not the file that was signed"),
        FileState.MISSING: _("not here"),
    }[here]
    is_good = here is FileState.GOOD
    return FileLine(
        name=str(KIND_WORDS[one.kind]),
        kind=one.kind,
        about=about(one),
        check=one.sha256[:12],
        href=url(one, index) if is_good else None,
        said=said,
        is_bad=here is FileState.CHANGED,
    )
