"""Which file of a link a viewer may open: what its event names, and what hidden fields show."""

from dataclasses import dataclass

from suyuan.trace.admission.access import Access
from suyuan.trace.format.link import Link
from suyuan.trace.format.private.digests import Field, with_fields
from suyuan.trace.goods.disclosures import may_read
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

from . import papers
from .papers import Named


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's content; `is_open` where it is one that everybody may open."""

    data: bytes
    is_open: bool


def named(ledger: Ledger, reader: Reader, link: Link, viewer: str | None) -> list[Named]:
    """The files of a link's event with what this viewer may be shown of its hidden fields.

    `viewer` is a party that has shown who it is, None for anybody.
    """
    body, _ = with_fields(link.event or {}, _fields(ledger, reader, link, viewer))
    return papers.named(body)


def opened(
    ledger: Ledger, reader: Reader, link: Link, name: str, viewer: str | None
) -> Opened | None:
    """The content of a link's file, for this viewer; None where it is not here, or not for it.

    A private file, and one that only a hidden field names, is for those who are shown the
    disclosure; a photograph in a report on a recall for its reporter, and for officers.
    """
    if _is_reported(ledger, reader, link, name, viewer):
        data = ledger.attachments.get(name)
        return None if data is None else Opened(data, is_open=False)
    plain = {one.sha256 for one in papers.named(link.event) if not one.is_private}
    if name in plain:
        data = ledger.attachments.get(name)
        return None if data is None else Opened(data, is_open=True)
    for one in named(ledger, reader, link, viewer):
        if one.sha256 != name or (one.is_private and one.salt is None):
            continue
        if one.salt is None:
            data = ledger.attachments.get(name)
        else:
            data = ledger.private_files.get(name, one.salt)
        if data is not None:
            return Opened(data, is_open=False)
    return None


def is_for_some(link: Link, name: str) -> bool:
    """Whether a link says in the open that it has this file, and that it is not for everybody."""
    private = {one.sha256 for one in papers.named(link.event) if one.is_private}
    return name in private or name in _reported(link)


def _fields(ledger: Ledger, reader: Reader, link: Link, viewer: str | None) -> list[Field]:
    genesis = ledger.trust.genesis
    return [
        one.field
        for one in ledger.disclosures.of_link(reader, link)
        if one.field is not None and may_read(reader, genesis, one, link, viewer)
    ]


def _reported(link: Link) -> list[str]:
    said = link.statement or {}
    if (said.get("type"), said.get("op")) != ("recall", "report"):
        return []
    return [str(name) for name in said.get("files", ())]


def _is_reported(ledger: Ledger, reader: Reader, link: Link, name: str, viewer: str | None) -> bool:
    if viewer is None or name not in _reported(link):
        return False
    if viewer == link.actor:
        return True
    return Access(reader, ledger.trust.genesis).is_officer(viewer)
