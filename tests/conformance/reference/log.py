"""Section 8 of the format: the tree and its checkpoints. Part of the second verifier."""

import hashlib
import re

from conformance.reference.encoding import ED_START, algorithm, from_base64


def half(size):
    """The largest power of two below a size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves):
    """RFC 6962 section 2.1, as it is written there; `leaves` are the data."""
    if len(leaves) < 2:
        return leaf(leaves[0]) if leaves else hashlib.sha256(b"").digest()
    split = half(len(leaves))
    return node(root(leaves[:split]), root(leaves[split:]))


def is_log_key(text, name):
    """Whether a text is the Ed25519 verifier key of the log of this name."""
    match = re.fullmatch(r"([^\s+\x00-\x1f]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", text)
    raw = from_base64(match[3]) if match else None
    if raw is None or len(raw) != 33 or raw[0] != 1 or match[1] != name:
        return False
    computed = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    return computed == match[2] and algorithm(ED_START + raw[1:]) == "Ed25519"


def open_checkpoint(note, key, verify):
    """Size and root of a checkpoint that the log's verifier key signs, else None.

    `verify(raw_key, message, signature)` says whether an Ed25519 signature is valid.
    """
    name, key_hash, encoded = key.split("+", 2)
    raw = from_base64(encoded)
    computed = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or computed != key_hash:
        return None
    if lines.count("\n") > 100:
        return None
    if re.search("[\x00-\x09\x0b-\x1f]", note):
        return None
    text += "\n"
    found = False
    for line in lines[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
        signature = from_base64(match[2]) if match else None
        if signature is None or len(signature) < 5:
            return None
        if match[1] == name and signature[:4].hex() == key_hash:
            if found:  # two lines of one known key
                return None
            if not verify(raw[1:], text.encode(), signature[4:]):
                return None
            found = True
    parts = text.split("\n")
    if not found or len(parts) != 4 or parts[0] != name or parts[3] != "":
        return None
    digest = from_base64(parts[2])
    if not re.fullmatch("0|[1-9][0-9]{0,18}", parts[1]) or int(parts[1]) >= 2**63:
        return None
    return None if digest is None or len(digest) != 32 else (int(parts[1]), digest)
