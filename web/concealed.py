"""Drafts that hide fields: the body that is signed, and the disclosures handed in beside its entry.

By the defaults of the command line (ADR 29) unless somebody says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, Field

from suyuan.trace.concealing import conceal
from suyuan.trace.disclosures import Kept
from suyuan.trace.pen import Draft
from suyuan.trace.private.audience import Audience


class HandedOut(BaseModel):
    """A disclosure as POST /api/v1/links takes it beside the entry that hides the field."""

    disclosure: str = Field(description="base64url of [salt, JSON Pointer, value]")
    audience: Any = Field(description="`own`, `chain`, `public`, or a list of parties' URIs")


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


def told(kept: Iterable[Kept]) -> list[dict[str, Any]]:
    """Disclosures for programs."""
    return [{"disclosure": one.stored, "audience": one.audience.to_json()} for one in kept]
