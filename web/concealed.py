"""Drafts that hide fields: which, from whom, and the disclosures handed in beside their entries.

By the defaults of the command line (ADR 29) unless somebody says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from suyuan.trace import papers
from suyuan.trace.concealing import conceal
from suyuan.trace.disclosures import Kept
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.members import Object
from suyuan.trace.pen import Draft
from suyuan.trace.private.audience import Audience, trade
from suyuan.trace.private.pointers import PrivateError
from suyuan.trace.store.read import Reader

from .mistakes import wrong
from .process_form import StepIn

HIDDEN = {"remark": "suyuan:note", "price": "suyuan:price", "person": "suyuan:person"}


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is hidden besides the defaults, by pointer with whom it is shown; `opened` what is not.

    `opened` are names of members that the defaults would hide.
    """

    asked: Mapping[str, Audience | None] = field(default_factory=dict)
    opened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concealed:
    """A draft whose event hides fields, and their disclosures."""

    draft: Draft
    kept: tuple[Kept, ...]


def concealed(draft: Draft, actor: str, hiding: Hiding) -> Concealed:
    """A draft without what is hidden of its event."""
    assert draft.event is not None
    event, kept = conceal(draft.event, actor, hiding.asked, hiding.opened)
    return Concealed(replace(draft, event=event), tuple(kept))


def hiding(reader: Reader, asked: StepIn, event: Object, host: str) -> Hiding:
    """What of an event of the step is hidden from whom, and what of the defaults is not.

    That the parties named are parties, `process_draft.made` has seen to.
    """
    found: dict[str, Audience | None] = {
        papers.salt_pointer(number): _audience(reader, one.audience, event, host, "files")
        for number, one in enumerate(asked.files)
        if one.salt
    }
    opened = []
    for name, member in HIDDEN.items():
        said = getattr(asked.readers, name)
        if said is None or member not in event:
            continue
        if said == "everyone":
            opened.append(member)
        else:
            found[member] = _audience(reader, said, event, host, "readers")
    return Hiding(found, tuple(opened))


def _audience(
    reader: Reader, said: str | list[str], event: Object, host: str, field: str
) -> Audience:
    if said == "sides":
        return trade(event)
    return Audience(said) if isinstance(said, str) else audience_named(reader, said, host, field)


def audience_named(reader: Reader, typed: list[str], host: str, field: str) -> Audience:
    """The audience of parties that were typed into a field; FieldError for one that is none."""
    try:
        found = Audience.of(*(parties.read(one.strip(), host) for one in typed))
    except (IdentifierError, PrivateError) as error:
        wrong(field, "party", str(error))
    for uri in found.parties:
        if reader.party(uri) is None:
            wrong(field, "party_unknown", f"{uri} was never admitted to this ledger")
    return found
