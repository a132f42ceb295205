"""The history of an item for programs: each link as it verified, what it means, what is doubted."""

import base64
from collections.abc import Iterable
from typing import Literal

from suyuan.trace.format.json_values import Form, Instant, Json, described, pick
from suyuan.trace.goods.history import History
from suyuan.trace.goods.reporting import FindingJson, Reported
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.goods.verify_link import Checked, Problem, text_of
from suyuan.trace.recall.recall_forms import StatusJson
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import Judgement
from suyuan.trace.store.read.reader import Reader


class SignerJson(Form):
    """The key that signed a link."""

    keyid: str
    party: str | None = described("For whom it is enrolled; null for the root key")
    reported_lost: bool


class LinkJson(Form):
    """One link of a history, verified when it was asked for."""

    index: int
    hash: str = described("The link hash of the bytes as they are stored now")
    entry: str | None = described("The signed envelope; null where it is no UTF-8")
    entry_base64: str | None = described("The bytes where they are no UTF-8")
    items: list[str] = described("The items of this history that it is about")
    is_good: bool
    problems: tuple[Problem, ...]
    actor: str | None
    signer: SignerJson | None
    is_mandated: bool = described("Recorded by another party under a mandate")
    is_received: bool = described("Reported from a document")
    state: Literal["logged", "witnessed"] = described(
        "Under a signed checkpoint; witnessed once one that covers it met its quorum"
    )
    recorded: Instant | None = described(
        "The time that counts: of the cosignatures of the first kept checkpoint that "
        "covers it, until then `logged`"
    )
    recorded_by: Literal["witnesses", "server"] | None = described(
        "Who vouches for `recorded`; null where there is none"
    )
    logged: Instant | None = described(
        "Commit time of the first checkpoint that covers it: the server's word"
    )


class GapJson(Form):
    """A place in a chain whose link is gone."""

    item: str
    actor: str
    seq: int
    why: str


class BeginningJson(Form):
    """A chain that begins without a source or a dispatch that it follows."""

    item: str
    actor: str


class HistoryJson(Form):
    """The history of an item: the path to one holder, or what is common to all."""

    item: str
    actor: str | None
    scope: Literal["path", "common"]
    verdict: State = described(
        "The first state that applies, as the item's page says first (docs/format.md section 10)"
    )
    states: list[State] = described("All states that apply, in order")
    colour: Tone = described("`bad` red, `warn` amber, `good` green")
    causes: list[Cause] = described("Why, in the order of the states")
    purchases: list[Cause] = described("Where it was bought outside of the ledger")
    acts: list[StatusJson] = described("Recalls and holds, the gravest first; no drills")
    size: int = described("How many links the ledger held: as of")
    checkpoint: str | None = described("The newest checkpoint, a signed note")
    is_cut: bool = described("Whether the history is too long and was cut")
    items: list[str]
    links: list[LinkJson]
    gaps: list[GapJson]
    beginnings: list[BeginningJson]
    findings: list[FindingJson] = described(
        "What is doubted of the item in these links; as of the follower of lineage"
    )


def history_json(
    reader: Reader,
    history: History,
    judgement: Judgement,
    findings: Iterable[Reported],
    *,
    host: str,
    is_path: bool,
) -> Json:
    """A history as of this reader, every link as it verified."""
    checkpoint = reader.checkpoint()
    return HistoryJson.write(
        history,
        scope="path" if is_path else "common",
        **judgement.verdict.to_dict(),
        acts=[status_json(status, host) for status in judgement.statuses],
        checkpoint=None if checkpoint is None else checkpoint.note,
        links=[_link(reader, history, index) for index in sorted(history.links)],
        gaps=[{**pick(gap.place, "item", "actor", "seq"), "why": gap.why} for gap in history.gaps],
        beginnings=[pick(begun, "item", "actor") for begun in history.beginnings],
        findings=[finding.form() for finding in findings],
    )


def _link(reader: Reader, history: History, index: int) -> LinkJson:
    checked = history.links[index]
    link, is_witnessed = checked.link, checked.witnessed is not None
    stored = None if link is not None else reader.link(index)
    entry = link.entry if link is not None else b"" if stored is None else stored.entry
    text = text_of(entry)
    voucher = "witnesses" if is_witnessed else "server"
    return LinkJson.build(
        checked,
        entry=text,
        entry_base64=base64.b64encode(entry).decode() if text is None else None,
        items=sorted(history.of[index]),
        actor=None if link is None else link.actor,
        signer=_signer(checked),
        is_received=link is not None and link.is_received,
        state="witnessed" if is_witnessed else "logged",
        recorded_by=None if checked.recorded is None else voucher,
    )


def _signer(checked: Checked) -> SignerJson | None:
    if checked.link is None:
        return None
    party = None if checked.key is None else checked.key.party
    return SignerJson(checked.link.keyid, party, checked.is_lost_key)
