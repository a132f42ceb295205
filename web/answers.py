"""Histories as JSON: typed models, and how they are made."""

import base64
from typing import Literal

from pydantic import BaseModel, Field

from suyuan.trace.history import History
from suyuan.trace.store.read import Reader, StoredLink
from suyuan.trace.verify import Checked

from .context import Site
from .targets import Target


class ProblemOut(BaseModel):
    """A rule that a stored link breaks."""

    rule: str
    why: str


class SignerOut(BaseModel):
    """The key that signed a link."""

    keyid: str
    party: str | None = Field(description="For whom it is enrolled; null for the root key")
    reported_lost: bool


class LinkOut(BaseModel):
    """One link of a history, verified when it was asked for."""

    index: int
    hash: str = Field(description="The link hash of the bytes as they are stored now")
    entry: str | None = Field(description="The signed envelope; null where it is no UTF-8")
    entry_base64: str | None = Field(description="The bytes where they are no UTF-8")
    items: list[str] = Field(description="The items of this history that it is about")
    is_good: bool
    problems: list[ProblemOut]
    actor: str | None
    signer: SignerOut | None
    is_mandated: bool = Field(description="Recorded by another party under a mandate")
    is_received: bool = Field(description="Reported from a document")
    state: Literal["logged", "witnessed"] = Field(
        description="Under a signed checkpoint; witnessed once one that covers it met its quorum"
    )
    recorded: str | None = Field(
        description="The time that counts: of the cosignatures of the first kept checkpoint that "
        "covers it, until then `logged`"
    )
    recorded_by: Literal["witnesses", "server"] | None = Field(
        description="Who vouches for `recorded`; null where there is none"
    )
    logged: str | None = Field(
        description="Commit time of the first checkpoint that covers it: the server's word"
    )


class GapOut(BaseModel):
    """A place in a chain whose link is gone."""

    item: str
    actor: str
    seq: int
    why: str


class BeginningOut(BaseModel):
    """A chain that begins without a source or a dispatch that it follows."""

    item: str
    actor: str


class HistoryOut(BaseModel):
    """The history of an item: the path to one holder, or what is common to all."""

    item: str
    actor: str | None
    scope: Literal["path", "common"]
    verdict: Literal["verified", "broken"]
    size: int = Field(description="How many links the ledger held: as of")
    checkpoint: str | None = Field(description="The newest checkpoint, a signed note")
    is_cut: bool = Field(description="Whether the history is too long and was cut")
    items: list[str]
    links: list[LinkOut]
    gaps: list[GapOut]
    beginnings: list[BeginningOut]


def history(reader: Reader, site: Site, target: Target) -> HistoryOut:
    """The history of a target, every link verified now."""
    found = target.history(reader, site.genesis)
    checkpoint = reader.checkpoint()
    is_good = found.is_good and not target.is_index_wrong
    return HistoryOut(
        item=found.item,
        actor=found.actor,
        scope="common" if target.actor is None else "path",
        verdict="verified" if is_good else "broken",
        size=found.size,
        checkpoint=None if checkpoint is None else checkpoint.note,
        is_cut=found.is_cut,
        items=found.items,
        links=[_link(reader, found, index) for index in sorted(found.links)],
        gaps=[
            GapOut(item=gap.place.item, actor=gap.place.actor, seq=gap.place.seq, why=gap.why)
            for gap in found.gaps
        ],
        beginnings=[BeginningOut(item=one.item, actor=one.actor) for one in found.beginnings],
    )


def _link(reader: Reader, found: History, index: int) -> LinkOut:
    checked = found.links[index]
    link = checked.link
    entry = link.entry if link is not None else _bytes(reader.link(index))
    text = _text(entry)
    return LinkOut(
        index=index,
        hash=checked.hash,
        entry=text,
        entry_base64=base64.b64encode(entry).decode() if text is None else None,
        items=sorted(found.of[index]),
        is_good=checked.is_good,
        problems=[ProblemOut(rule=str(p.rule), why=p.why) for p in checked.problems],
        actor=None if link is None else link.actor,
        signer=_signer(checked),
        is_mandated=checked.is_mandated,
        is_received=link is not None and link.is_received,
        state="logged" if checked.witnessed is None else "witnessed",
        recorded=None if checked.recorded is None else checked.recorded.isoformat(),
        recorded_by=_voucher(checked),
        logged=None if checked.logged is None else checked.logged.isoformat(),
    )


def _voucher(checked: Checked) -> Literal["witnesses", "server"] | None:
    if checked.recorded is None:
        return None
    return "server" if checked.witnessed is None else "witnesses"


def _signer(checked: Checked) -> SignerOut | None:
    if checked.link is None:
        return None
    key = checked.key
    return SignerOut(
        keyid=checked.link.keyid,
        party=None if key is None else key.party,
        reported_lost=checked.is_lost_key,
    )


def _bytes(stored: StoredLink | None) -> bytes:
    return b"" if stored is None else stored.entry


def _text(entry: bytes) -> str | None:
    try:
        return entry.decode("utf-8")
    except UnicodeDecodeError:
        return None
