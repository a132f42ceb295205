"""What of a link's hidden fields a viewer is shown, as the API and the pages tell it."""

from collections.abc import Iterable
from dataclasses import dataclass

from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import Field, committed, with_fields
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import may_read
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import ProblemError
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.names import titled
from suyuan.web.text.texts import gettext as _


@dataclass(frozen=True, slots=True)
class Shown:
    """A hidden field that a party may read."""

    field: Field
    stored: str
    digest: str
    audience: Audience


def of_link(reader: Reader, link: Link, viewer: str | None) -> list[Shown]:
    """The hidden fields of a link that `viewer` may read; None is anybody."""
    return [
        Shown(row.field, row.stored, row.digest, row.audience)
        for row in site().ledger.disclosures.of_link(reader, link)
        if row.field is not None
        and row.stored is not None
        and may_read(reader, site().genesis, row, link, viewer)
    ]


def body(reader: Reader, link: Link, viewer: str | None) -> Object:
    """A link's event with the hidden fields that `viewer` may read in their places."""
    fields = [row.field for row in of_link(reader, link, viewer)]
    return with_fields(link.event or {}, fields)[0]


def concerns(reader: Reader, link: Link, viewer: str) -> bool:
    """Whether a record is a party's own, or one that it inspects or may erase fields of."""
    return (
        viewer == link.actor
        or site().access(reader).inspects(viewer, link.actor)
        or (bool(committed(link)) and site().access(reader).may_erase(viewer, link.actor))
    )


def may_see_actor(reader: Reader, link: Link, viewer: str | None, rows: Iterable[Shown]) -> bool:
    """Whether a party may know whose record it is: it `concerns` it, or a field is not public."""
    if viewer is None:
        return False
    return any(row.audience.kind != "public" for row in rows) or concerns(reader, link, viewer)


def link_at(reader: Reader, index: int) -> Link:
    """The link at an index; a problem where there is none, or where it cannot be read."""
    stored = None if index >= 1 << 53 else reader.link(index)
    if stored is None:
        raise ProblemError(404, "this ledger has no link at index %s", index)
    try:
        return parse(stored.entry)
    except Refused:
        raise ProblemError(404, "the link at index %s cannot be read", index) from None


def readers(reader: Reader, audience: Audience, own: str) -> str:
    """Who may read a field of this party's record, in words."""
    others = [uri for uri in audience.parties if uri != own]
    names = [titled(reader.name(uri), uri) for uri in others]
    if names:
        return _("its own party, %(names)s and inspectors", names=shown.listed(names))
    return {
        "own": _("its own party and inspectors"),
        "named": _("its own party and inspectors"),
        "chain": _("those who had the goods before or after, and inspectors"),
        "public": _("everyone"),
    }[audience.kind]
