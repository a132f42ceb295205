"""The files that a record names, as a page shows them: what they are, and if they are here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suyuan.trace import media, papers
from suyuan.trace.attachments import Here
from suyuan.trace.members import Object

from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

Look = Callable[[str], Here]
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
    """A file of a record; `href` is None where what was signed is not here, and `said` says so."""

    name: str
    kind: str
    about: str
    check: str
    href: str | None
    said: str
    is_bad: bool


def lines(event: Object | None, index: int, look: Look) -> list[FileLine]:
    """The files that the event of the link at an index names, each looked for now."""
    return [_line(one, index, look(one.sha256)) for one in papers.named(event)]


def is_certified(event: Object | None) -> bool:
    """Whether an event names a certificate or a report."""
    return any(one.kind in ("certificate", "quarantine", "report") for one in papers.named(event))


def size(count: int) -> str:
    """A number of bytes, for people."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _line(one: papers.Named, index: int, here: Here) -> FileLine:
    said = {
        Here.GOOD: _("hash checked here"),
        Here.CHANGED: _("changed: not the file that was signed"),
        Here.NOT: _("not here"),
    }[here]
    is_good = here is Here.GOOD
    return FileLine(
        name=str(KIND_WORDS[one.kind]),
        kind=one.kind,
        about=f"{_TYPES[one.type]}, {size(one.size)}",
        check=one.sha256[:12],
        href=f"/api/v1/attachments/{one.sha256}?link={index}" if is_good else None,
        said=said,
        is_bad=here is Here.CHANGED,
    )
