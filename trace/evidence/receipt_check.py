"""A receipt that was kept, held against the log as it is now."""

from dataclasses import dataclass
from typing import Any

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.keys.notes import VerifierKey
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH
from suyuan.trace.log.proofs import HashReader


class Damaged(LogError):
    """A receipt that proves nothing under any log."""


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A link's place under a checkpoint that the log signed when it acknowledged the link.

    `leaf` is None where only the proof was kept, which needs the log's own hash at that index.
    """

    index: int
    leaf: bytes | None
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


def parse(text: str, log: VerifierKey) -> KeptReceipt:
    """The receipt in a text: `{"hash","index","proof"}`, other members ignored, or its proof alone.

    Raises LogError for what is neither, is of another log, or does not show the link in it.
    """
    members = _object(text) if text.lstrip().startswith("{") else {"proof": text}
    proof = tlog_proof.parse(_member(members, "proof", str))
    checkpoint = open_checkpoint(proof.note, log)
    receipt = KeptReceipt(proof.index, _leaf(members), proof.hashes, checkpoint)
    if "index" in members and _member(members, "index", int) != proof.index:
        raise LogError("a receipt whose proof is of another index")
    if receipt.index >= checkpoint.size:
        raise LogError("a receipt for index %s under %s links", receipt.index, checkpoint.size)
    if receipt.leaf is not None:
        _check(receipt, receipt.leaf)
    return receipt


def compare(receipt: KeptReceipt, size: int, root: bytes, hashes: HashReader) -> Finding | None:
    """What a receipt has against the log of `size` links with this root; None if it agrees.

    Raises what `hashes` raises, and Damaged where a proof is not of its own checkpoint.
    """
    old = receipt.checkpoint
    if old.size > size:
        return _finding(
            receipt,
            f"the receipt is under {old.size} links and the log shows only {size}: the newest "
            "were removed",
        )
    proof = proofs.consistency(old.size, size, hashes)
    (here,) = hashes.read([(0, receipt.index)])
    try:
        proofs.check_consistency(old.size, old.root, size, root, proof)
    except LogError:
        is_other = receipt.leaf is not None and receipt.leaf != here
        more = "; another link is at its index now" if is_other else ""
        return _finding(
            receipt,
            f"the receipt's checkpoint signs another tree of {old.size} links: this ledger was "
            f"rewritten, or is a fork{more}",
        )
    if receipt.leaf is None:
        try:
            _check(receipt, here)
        except LogError as error:
            raise Damaged("the kept proof is damaged: %s", error) from None
    return None


def _check(receipt: KeptReceipt, leaf: bytes) -> None:
    signed = receipt.checkpoint
    proofs.check_inclusion(leaf, receipt.index, signed.size, proof=receipt.proof, root=signed.root)


def _finding(receipt: KeptReceipt, reason: str) -> Finding:
    return Finding(str(Kind.LOG), reason, index=receipt.index)


def _object(text: str) -> dict[str, Any]:
    try:
        document = canonical.read(text.encode())
    except (UnicodeEncodeError, CanonicalError):
        raise LogError("a receipt that is no JSON") from None
    if not isinstance(document, dict):
        raise LogError("a receipt that is no JSON object")
    return document


def _member(members: dict[str, Any], name: str, kind: type) -> Any:
    value = members.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise LogError("a receipt without its %s", name)
    return value


def _leaf(members: dict[str, Any]) -> bytes | None:
    if members.keys() == {"proof"}:
        return None
    text = _member(members, "hash", str)
    if len(text) != 2 * HASH or any(c not in "0123456789abcdef" for c in text):
        raise LogError("a receipt whose hash is not one in hex")
    return bytes.fromhex(text)
