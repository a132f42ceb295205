"""What of a link's hidden fields a viewer is shown, as the API and the pages tell it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import Field, committed
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Disclosed, may_read
from suyuan.trace.store.files.disclosure_keys import FILE
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import ProblemError
from suyuan.web.cache import cache_making
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.record import Record
from suyuan.web.text.texts import gettext as _


@dataclass(frozen=True, slots=True)
class Shown:
    """A hidden field as it is shown to somebody."""

    field: Field
    stored: str
    digest: str
    audience: Audience


def of_link(reader: Reader, link: Link, viewer: str | None) -> list[Shown]:
    """The hidden fields of a link that a party is shown; None for anybody."""
    return [
        Shown(one.field, one.stored, one.digest, one.audience)
        for one in site().ledger.disclosures.of_link(reader, link)
        if one.field is not None
        and one.stored is not None
        and may_read(reader, site().genesis, one, link, viewer)
    ]


def concerns(reader: Reader, link: Link, viewer: str) -> bool:
    """Whether a record is a party's own, or one that it inspects or may erase fields of."""
    return (
        viewer == link.actor
        or site().access(reader).inspects(viewer, link.actor)
        or (bool(committed(link)) and site().access(reader).may_erase(viewer, link.actor))
    )


def is_told(reader: Reader, link: Link, viewer: str | None, found: Iterable[Shown]) -> bool:
    """Whether a party is told whose record it is: its own, say, or `found` is not for everyone."""
    if viewer is None:
        return False
    return any(one.audience.kind != "public" for one in found) or concerns(reader, link, viewer)


def public(reader: Reader, records: Iterable[Record]) -> Mapping[str, list[Field]]:
    """What records hide that everyone may read, by the hash of their links."""
    ledger = site().ledger
    found: dict[str, list[Field]] = {}
    for record in records:
        if record.link is None or not committed(record.link):
            continue
        kept = ledger.disclosures.of_link(reader, record.link)
        if any(map(_is_public, kept)):
            cache_making.stamp(ledger.home / FILE)  # as its keys come or go, it is shown or not
        fields = [one.field for one in kept if one.field is not None and _is_public(one)]
        if fields:
            found[record.checked.hash] = fields
    return found


def _is_public(one: Disclosed) -> bool:
    return one.audience.kind == "public"


def link_at(reader: Reader, index: int) -> Link:
    """The link at an index; a problem where there is none, or where it cannot be read."""
    stored = None if index >= 1 << 53 else reader.link(index)
    if stored is None:
        raise ProblemError(404, f"this ledger has no link at index {index}")
    try:
        return parse(stored.entry)
    except Refused:
        raise ProblemError(404, f"the link at index {index} cannot be read") from None


def readers(reader: Reader, audience: Audience, own: str) -> str:
    """Who may read a field of this party's record, in words."""
    others = [uri for uri in audience.parties if uri != own]
    names = [reader.name(uri) or shown.uri(uri) for uri in others]
    if names:
        return _("its own party, %(names)s and inspectors", names=shown.listed(names))
    return {
        "own": _("its own party and inspectors"),
        "named": _("its own party and inspectors"),
        "chain": _("those along the chain of the goods and inspectors"),
        "public": _("everyone"),
    }[audience.kind]
