"""A chain reported link by link: bytes, hash, signature, place, and its proof in the log."""

import json
from dataclasses import dataclass, fields
from typing import Any

from suyuan.trace.admission.state import Genesis
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.link import link_hash
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.read.reader import Reader

from . import history
from .history import History
from .verify_link import Checked, Place, Problem, Verifier, text_of

MOST = 100  # links at once
_WHOLE = 2_000  # links of an item's own chains that are verified at once


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a link's leaf stands in the tree of a checkpoint; `wrong` is why it does not."""

    size: int
    siblings: tuple[bytes, ...]
    wrong: str | None


@dataclass(frozen=True, slots=True)
class ReportedLink:
    """A number of a chain: the column `stored_hash`, and how it verified; None if it is gone."""

    seq: int
    checked: Checked | None
    stored_hash: str | None
    entry: bytes
    proof: Proof | None

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        is_in_log = self.proof is not None and self.proof.wrong is None
        return self.checked is not None and self.checked.is_good and is_in_log

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it, its place in the log included; of a link that is gone, that."""
        if self.checked is None:
            return (Problem("missing", f"link number {self.seq} is not in the ledger"),)
        if self.proof is None or self.proof.wrong is None:
            return self.checked.problems
        return (*self.checked.problems, Problem("log", self.proof.wrong))

    @property
    def envelope(self) -> str | None:
        """The exact envelope; None where it is no UTF-8."""
        return text_of(self.entry)

    @property
    def payload(self) -> str | None:
        """The payload, spaced for people; None where it cannot be read."""
        link = None if self.checked is None else self.checked.link
        if link is None:
            return None
        try:
            return json.dumps(json.loads(link.envelope.payload), ensure_ascii=False, indent=2)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Links of a chain; `size` is the newest checkpoint's, `next` the number to go on from."""

    item: str
    actor: str
    length: int
    note: str | None
    size: int
    links: tuple[ReportedLink, ...]
    problems: tuple[Problem, ...]
    next: int | None

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with these links and the chain's end."""
        return not self.problems and all(reported.is_good for reported in self.links)


class KeyJson(Form):
    """The key that a link names."""

    keyid: str
    party: str | None = described("For whom it is enrolled; null for the root key")
    party_name: str | None
    enrolled: int | None
    enrolled_by: str | None
    alg: str | None
    lost: bool = described("Reported lost since before the link")


class ProofJson(Form):
    """The audit path from the leaf to the root of the newest checkpoint (RFC 6962)."""

    size: int
    siblings: list[str] = described("Hashes, from the leaf's neighbour upwards")
    wrong: str | None = described("Why the path does not lead there")


class OpenedJson(Form):
    """A number of a chain: what is stored there, and what was found of it."""

    seq: int
    index: int | None = described("Null where the link is gone")
    is_good: bool
    problems: list[Problem]
    stored_hash: str | None = described("As the store has it")
    hash: str | None = described("Made anew of the bytes as they are now")
    envelope: str | None = described("The exact bytes; null where they are no UTF-8")
    payload: str | None = described("What was signed, spaced for people")
    signed_at: str | None
    recorded: str | None
    is_mandated: bool
    key: KeyJson | None
    proof: ProofJson | None = described("Null where no checkpoint covers it")


class ChainJson(Form):
    """A chain opened link by link."""

    item: str
    actor: str
    actor_name: str | None
    code: str
    length: int
    is_good: bool
    problems: list[Problem] = described("Of the checkpoint, and of the chain's end")
    checkpoint: str | None = described("The newest, a signed note")
    size: int = described("How many links that covers")
    links: list[OpenedJson]
    next: int | None = described("The number to go on from; null at the end")


def item_history(reader: Reader, genesis: Genesis, item: str) -> History:
    """All chains of an item with what it came from, verified now; cut where they are too long."""
    if sum(head.seq + 1 for head in reader.chains(item)) <= _WHOLE:
        return history.whole(reader, genesis, item)
    return History(item, None, reader.size(), is_cut=True)


def chain_report(
    reader: Reader, trust: Trust, item: str, actor: str, *, start: int = 0
) -> ChainReport | None:
    """At most MOST links of a chain from a number on; None where there is no such chain."""
    if (head := reader.chain_head(item, actor)) is None:
        return None
    stop = min(head.seq, start + MOST - 1)
    checkpoint = reader.checkpoint()
    tree = _Tree(reader, trust, None if checkpoint is None else checkpoint.note)
    verifier = Verifier(reader, trust.genesis)
    rows = dict(reader.chain_links(item, actor, stop + 1, since=max(0, start - 1)))
    links = []
    for seq in range(start, stop + 1):
        before, stored = rows.get(seq - 1), rows.get(seq)
        if stored is None:
            links.append(ReportedLink(seq, None, None, b"", None))
            continue
        prev = None if seq == 0 else "..." if before is None else before.hash
        checked = verifier.place(verifier.check(stored), Place(item, actor, seq, prev))
        proof = tree.prove(stored.index, link_hash(stored.entry))
        links.append(ReportedLink(seq, checked, stored.hash, stored.entry, proof))
    problems, is_end = [], stop == head.seq
    last = rows.get(stop)
    if is_end and last is not None and last.hash != head.hash:
        problems.append(Problem("chain", "the chain's head is not its last link"))
    if is_end and rows.get(stop + 1) is not None:
        problems.append(Problem("chain", f"the chain goes on behind number {stop}, its head"))
    return ChainReport(
        item,
        actor,
        head.seq + 1,
        tree.note,
        tree.size,
        tuple(links),
        (*tree.problems, *problems),
        None if is_end else stop + 1,
    )


def chain_json(reader: Reader, report: ChainReport) -> ChainJson:
    """A chain's report for programs."""
    return ChainJson.build(
        report,
        actor_name=reader.name(report.actor),
        code=codes.of_chain(report.item, report.actor),
        problems=list(report.problems),
        checkpoint=report.note,
        links=[_link_json(reader, reported) for reported in report.links],
    )


def _link_json(reader: Reader, reported: ReportedLink) -> OpenedJson:
    checked, problems = reported.checked, list(reported.problems)
    if checked is None:
        shown = {"seq": reported.seq, "is_good": False, "is_mandated": False, "problems": problems}
        return OpenedJson(**_nothing(OpenedJson) | shown)
    link, proof = checked.link, reported.proof
    return OpenedJson.build(
        reported,
        index=checked.index,
        problems=problems,
        hash=checked.hash,
        signed_at=None if link is None else link.signed_at,
        recorded=None if checked.recorded is None else checked.recorded.isoformat(),
        is_mandated=checked.is_mandated,
        key=_key(reader, checked),
        proof=proof and ProofJson.build(proof, siblings=[node.hex() for node in proof.siblings]),
    )


def _key(reader: Reader, checked: Checked) -> KeyJson | None:
    if checked.link is None:
        return None
    key = checked.key
    members = {"keyid": checked.link.keyid, "lost": checked.is_lost_key}
    if key is None:
        return KeyJson(**_nothing(KeyJson) | members)
    return KeyJson.build(key, party_name=reader.name(key.party), **members)


def _nothing(form: type[Form]) -> dict[str, Any]:
    """None for each member of a form."""
    return dict.fromkeys(part.name for part in fields(form))  # type: ignore[arg-type]


class _Tree:
    """Proofs under one checkpoint, whose signature is the log's."""

    def __init__(self, reader: Reader, trust: Trust, note: str | None) -> None:
        self._hashes = reader.hashes()
        self.note = note
        self.size, self._root = 0, b""
        self.problems: list[Problem] = []
        if note is None:
            return
        try:
            checkpoint = open_checkpoint(note, trust.log)
            self.size, self._root = checkpoint.size, checkpoint.root
        except LogError as error:
            self.problems.append(Problem("checkpoint", f"the newest checkpoint: {error}"))

    def prove(self, index: int, digest: str) -> Proof | None:
        if index >= self.size:
            return None
        siblings: list[bytes] = []
        wrong = None
        try:
            siblings = proofs.inclusion(index, self.size, self._hashes)
            leaf = bytes.fromhex(digest)
            proofs.check_inclusion(leaf, index, self.size, proof=siblings, root=self._root)
        except LogError as error:
            wrong = str(error)
        return Proof(self.size, tuple(siblings), wrong)
