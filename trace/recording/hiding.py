"""Hiding fields of an event before it is signed, and choosing the disclosures that show them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.audience import Audience, default_audience, hidden_by_default
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Disclosed, Kept
from suyuan.trace.store.read.reader import Reader

ALL = "all"


@dataclass(frozen=True, slots=True)
class Concealed:
    """A draft whose event hides fields, and their disclosures, handed in beside its entry."""

    draft: Draft
    disclosures: tuple[Kept, ...]


def conceal(
    event: Object,
    actor: str,
    wanted: Mapping[str, Audience | None],
    opened: Collection[str] = (),
) -> tuple[Object, list[Kept]]:
    """An event without its confidential fields, and their disclosures, to be kept as the actor's.

    `wanted` are fields to hide by name or JSON Pointer, each with whom it is shown, None for the
    default; `opened` those that stay in the open although the table of defaults hides them. Raises
    PrivateError where a field is not there or may not be hidden.
    """
    hidden = hidden_by_default(event)
    for name in opened:
        if hidden.pop(_pointer(name), None) is None:
            raise PrivateError(
                "%s would not be hidden: it is open already, or not there", name[:80]
            )
    for name, audience in wanted.items():
        pointer = _pointer(name)
        hidden[pointer] = audience or default_audience(pointer, event)
    body, stored = leave_out(event, hidden)
    pairs = zip(stored, sorted(hidden), strict=True)
    return body, [Kept(text, actor, hidden[pointer]) for text, pointer in pairs]


def read_option(text: str) -> tuple[str, Audience | None]:
    """FIELD or FIELD=AUDIENCE as a command line has it: own, chain, public, or URIs with commas."""
    name, equals, audience = text.partition("=")
    if not equals:
        return name, None
    if ":" in audience:
        return name, Audience.of(*(part for part in audience.split(",") if part))
    return name, Audience.read(audience)


def _pointer(name: str) -> str:
    return name if name.startswith("/") else f"/{name.replace('~', '~0').replace('/', '~1')}"


def _matches(disclosed: Disclosed, name: str) -> bool:
    if name in (ALL, disclosed.digest):
        return True
    if disclosed.field is None:
        return False
    last = disclosed.field.pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    return name in (disclosed.field.pointer, last, last.removeprefix("suyuan:"))


def chosen(disclosures: Iterable[Disclosed], names: Sequence[str]) -> list[Disclosed]:
    """The disclosures that are here and that names mean; LedgerError for a name that means none.

    A name is `all`, a field's name or JSON Pointer, or a digest.
    """
    stored = [d for d in disclosures if d.stored is not None]
    for name in names:
        if name != ALL and not any(_matches(d, name) for d in stored):
            fields = ", ".join(d.field.pointer for d in stored if d.field is not None)
            raise LedgerError(
                "no disclosure of %s is kept here for these records; there are: %s",
                name[:80],
                fields or msg("none"),
            )
    return [d for d in stored if any(_matches(d, name) for name in names)]


def link_at(reader: Reader, index: int) -> Link:
    """The link at an index; LedgerError where there is none, or none that can be read."""
    stored = reader.link(index)
    if stored is None:
        raise LedgerError("this ledger has no link at index %s", index)
    try:
        return parse(stored.entry)
    except Refused as refused:
        raise LedgerError("the link at index %s cannot be read: %s", index, refused.why) from None
