"""Hiding fields of an event before it is signed: what is asked for, and what is by default."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience, default_audience, hidden_by_default
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.goods.disclosures import Kept


@dataclass(frozen=True, slots=True)
class Concealed:
    """A draft whose event hides fields, and their disclosures, handed in beside its entry."""

    draft: Draft
    disclosures: tuple[Kept, ...]


def conceal(
    event: Object,
    actor: str,
    asked: Mapping[str, Audience | None],
    opened: Collection[str] = (),
) -> tuple[Object, list[Kept]]:
    """An event without its confidential fields, and their disclosures, to be kept as the actor's.

    `asked` are fields to hide by name or JSON Pointer, each with whom it is shown, None for the
    default; `opened` those that stay in the open although the table of defaults hides them. Raises
    PrivateError where a field is not there or may not be hidden.
    """
    hidden = hidden_by_default(event)
    for name in opened:
        if hidden.pop(_pointer(name), None) is None:
            raise PrivateError(
                "%s would not be hidden: it is open already, or not there", name[:80]
            )
    for name, whom in asked.items():
        pointer = _pointer(name)
        hidden[pointer] = whom or default_audience(pointer, event)
    body, stored = leave_out(event, hidden)
    pairs = zip(stored, sorted(hidden), strict=True)
    return body, [Kept(one, actor, hidden[pointer]) for one, pointer in pairs]


def read_option(text: str) -> tuple[str, Audience | None]:
    """FIELD or FIELD=AUDIENCE as a command line has it: own, chain, public, or URIs with commas."""
    name, given, whom = text.partition("=")
    if not given:
        return name, None
    if ":" in whom:
        return name, Audience.of(*(part for part in whom.split(",") if part))
    return name, Audience.read(whom)


def _pointer(name: str) -> str:
    return name if name.startswith("/") else f"/{name.replace('~', '~0').replace('/', '~1')}"
