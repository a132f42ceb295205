"""A chain reported link by link: bytes, hash, signature, place, and its proof in the log."""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.link import Link, link_hash
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.read.log_reader import StoredLink
from suyuan.trace.store.read.reader import Reader

from .verify_link import Checked, Place, Problem, Verifier, text_of

MOST = 100  # links at once


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


def chain_report(
    reader: Reader, trust: Trust, item: str, actor: str, *, start: int = 0
) -> ChainJson | None:
    """At most MOST links of a chain from a number on; None where there is no such chain."""
    head = reader.chain_head(item, actor)
    if head is None:
        return None
    stop = min(head.seq, start + MOST - 1)
    checkpoint = reader.checkpoint()
    tree = _Tree(reader, trust, None if checkpoint is None else checkpoint.note)
    verifier = Verifier(reader, trust.genesis)
    rows = dict(reader.chain_links(item, actor, stop + 1, since=max(0, start - 1)))
    links = []
    for seq in range(start, stop + 1):
        before = rows.get(seq - 1)
        prev = None if seq == 0 else "..." if before is None else before.hash
        stored = rows.get(seq)
        links.append(_link(reader, verifier, tree, Place(item, actor, seq, prev), stored))
    problems, is_end = [], stop == head.seq
    last = rows.get(stop)
    if is_end and last is not None and last.hash != head.hash:
        problems.append(Problem("chain", "the chain's head is not its last link"))
    if is_end and rows.get(stop + 1) is not None:
        problems.append(Problem("chain", f"the chain goes on behind number {stop}, its head"))
    return ChainJson(
        item=item,
        actor=actor,
        actor_name=reader.name(actor),
        code=codes.of_chain(item, actor),
        length=head.seq + 1,
        is_good=not (tree.problems or problems) and all(one.is_good for one in links),
        problems=[*tree.problems, *problems],
        checkpoint=tree.note,
        size=tree.size,
        links=links,
        next=None if is_end else stop + 1,
    )


def _link(
    reader: Reader, verifier: Verifier, tree: "_Tree", place: Place, stored: StoredLink | None
) -> OpenedJson:
    if stored is None:
        gone = Problem("missing", f"link number {place.seq} is not in the ledger")
        shown = {"seq": place.seq, "is_good": False, "is_mandated": False, "problems": [gone]}
        return OpenedJson(**_nothing(OpenedJson) | shown)
    checked = verifier.place(verifier.check(stored), place)
    proof = tree.prove(stored.index, link_hash(stored.entry))
    problems = list(checked.problems)
    if proof is not None and proof.wrong is not None:
        problems.append(Problem("log", proof.wrong))
    link = checked.link
    return OpenedJson.build(
        checked,
        seq=place.seq,
        is_good=checked.is_good and proof is not None and proof.wrong is None,
        problems=problems,
        stored_hash=stored.hash,
        envelope=text_of(stored.entry),
        payload=_payload(link),
        signed_at=None if link is None else link.signed_at,
        recorded=None if checked.recorded is None else checked.recorded.isoformat(),
        key=_key(reader, checked),
        proof=proof,
    )


def _payload(link: Link | None) -> str | None:
    """The payload, spaced for people; None where it cannot be read."""
    try:
        read = None if link is None else json.loads(link.envelope.payload)
    except ValueError:
        return None
    return None if link is None else json.dumps(read, ensure_ascii=False, indent=2)


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


def _hex(hashes: Iterable[bytes]) -> list[str]:
    return [one.hex() for one in hashes]


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

    def prove(self, index: int, digest: str) -> ProofJson | None:
        """The path of a leaf, and whether it leads to the checkpoint's root."""
        if index >= self.size:
            return None
        siblings: list[bytes] = []
        try:
            siblings = proofs.inclusion(index, self.size, self._hashes)
            leaf = bytes.fromhex(digest)
            proofs.check_inclusion(leaf, index, self.size, proof=siblings, root=self._root)
        except LogError as error:
            return ProofJson(self.size, _hex(siblings), str(error))
        return ProofJson(self.size, _hex(siblings), None)
