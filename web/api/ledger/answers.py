"""Histories as JSON: typed models, and how they are made."""

import base64
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from suyuan.trace.goods.history import History
from suyuan.trace.goods.reporting import Reported, of_doubt
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.goods.verify_link import Checked
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.recall_forms import StatusJson
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import judge
from suyuan.trace.store.read.log_reader import StoredLink
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.reported import reported
from suyuan.web.app.access import viewer
from suyuan.web.app.routes import Instant, Out
from suyuan.web.app.targets import Target
from suyuan.web.context import Site
from suyuan.web.text.record import records


class ProblemOut(Out):
    """A rule that a stored link breaks."""

    rule: str
    why: str


class SignerOut(BaseModel):
    """The key that signed a link."""

    keyid: str
    party: str | None = Field(description="For whom it is enrolled; null for the root key")
    reported_lost: bool


class LinkOut(Out):
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
    recorded: Instant | None = Field(
        description="The time that counts: of the cosignatures of the first kept checkpoint that "
        "covers it, until then `logged`"
    )
    recorded_by: Literal["witnesses", "server"] | None = Field(
        description="Who vouches for `recorded`; null where there is none"
    )
    logged: Instant | None = Field(
        description="Commit time of the first checkpoint that covers it: the server's word"
    )


class GapOut(BaseModel):
    """A place in a chain whose link is gone."""

    item: str
    actor: str
    seq: int
    why: str


class BeginningOut(Out):
    """A chain that begins without a source or a dispatch that it follows."""

    item: str
    actor: str


class FindingOut(BaseModel):
    """One doubt or finding, with what is said of its rule."""

    rule: str
    title: str
    title_zh: str
    severity: Literal["grave", "serious", "minor"]
    basis: str = Field(description="The law, standard or plain reason behind the rule")
    item: str = Field(description="What it is about")
    actor: str | None = Field(description="Whose doing it is")
    index: int = Field(description="The link that completes it")
    reason: str
    reason_zh: str = Field(description="The reason in Chinese, with the same values")
    evidence: list[int] = Field(description="The links that it rests on, ascending")


class CauseOut(BaseModel):
    """Why a state applies."""

    state: State
    code: str
    item: str | None
    actor: str | None = Field(description="By whose record")
    index: int | None = Field(description="The link that completes it")
    colour: Tone


class HistoryOut(Out):
    """The history of an item: the path to one holder, or what is common to all."""

    item: str
    actor: str | None
    scope: Literal["path", "common"]
    verdict: State = Field(
        description="The first state that applies, as the item's page says first "
        "(docs/format.md section 10)"
    )
    states: list[State] = Field(description="All states that apply, in order")
    colour: Tone = Field(description="`bad` red, `warn` amber, `good` green")
    causes: list[CauseOut] = Field(description="Why, in the order of the states")
    purchases: list[CauseOut] = Field(description="Where it was bought outside of the ledger")
    acts: list[StatusJson] = Field(description="Recalls and holds, the gravest first; no drills")
    size: int = Field(description="How many links the ledger held: as of")
    checkpoint: str | None = Field(description="The newest checkpoint, a signed note")
    is_cut: bool = Field(description="Whether the history is too long and was cut")
    items: list[str]
    links: list[LinkOut]
    gaps: list[GapOut]
    beginnings: list[BeginningOut]
    findings: list[FindingOut] = Field(
        description="What is doubted of the item in these links; as of the follower of lineage"
    )


def history(reader: Reader, site: Site, target: Target) -> HistoryOut:
    """The history of a target, every link verified now."""
    found = target.history(reader, site.genesis)
    checkpoint = reader.checkpoint()
    today = china_day(site.ledger.now())
    made = judge(reader, site.genesis, found, today=today).with_more(_more(site, target, found))
    said = made.verdict.to_dict()
    return HistoryOut.of(
        found,
        scope="common" if target.actor is None else "path",
        verdict=made.verdict.state,
        states=list(made.verdict.states),
        colour=made.verdict.tone,
        causes=[CauseOut(**one) for one in said["causes"]],
        purchases=[CauseOut(**one) for one in said["purchases"]],
        acts=[status_json(one, site.host) for one in made.statuses],
        checkpoint=None if checkpoint is None else checkpoint.note,
        links=[_link(reader, found, index) for index in sorted(found.links)],
        gaps=[
            GapOut(item=gap.place.item, actor=gap.place.actor, seq=gap.place.seq, why=gap.why)
            for gap in found.gaps
        ],
        beginnings=found.beginnings,
        findings=_findings(reader, found),
    )


def finding(one: Reported) -> FindingOut:
    """A doubt or finding as the API gives it."""
    return FindingOut(**one.to_dict())


def _findings(reader: Reader, found: History) -> list[FindingOut]:
    """Those about the item that the shown links complete: a path tells nothing of other ones."""
    doubts = reported(reader, item=found.item, leaves=found.links.keys())
    actors = {one.link.actor for one in found.links.values() if one.link is not None}
    return [finding(of_doubt(viewer.without_others(reader, one, actors))) for one in doubts]


def _more(site: Site, target: Target, found: History) -> Iterator[Cause]:
    """What is beside the ledger's links: the index of codes, and events kept in files."""
    if target.is_index_wrong:
        yield Cause(State.BROKEN, "code", target.item, tone=Tone.BAD)
    for index, record in records(found, site.ledger.attachments.get).items():
        if record.is_unreadable:
            yield Cause(State.UNDECIDED, "unread", index=index)


def _link(reader: Reader, found: History, index: int) -> LinkOut:
    checked = found.links[index]
    link = checked.link
    entry = link.entry if link is not None else _bytes(reader.link(index))
    text = _text(entry)
    return LinkOut.of(
        checked,
        entry=text,
        entry_base64=base64.b64encode(entry).decode() if text is None else None,
        items=sorted(found.of[index]),
        actor=None if link is None else link.actor,
        signer=_signer(checked),
        is_received=link is not None and link.is_received,
        state="logged" if checked.witnessed is None else "witnessed",
        recorded_by=_voucher(checked),
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
