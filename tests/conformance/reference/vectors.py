"""The vector files, as any test may run them."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "vectors"
PURE = (
    "identifiers", "codes", "canonical-json", "merkle", "checkpoints", "public-keys", "proofs",
    "tlog-proofs", "tiles",
)  # fmt: skip


SHOWN = ("evidence", "trust-files", "policies", "cosignatures")  # of section 9, and 8's witnesses


def load(name):
    """One vector file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def ledgers():
    """The names of all files that hold a ledger, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in (*PURE, *SHOWN))


def raw(vector):
    """The bytes of a vector's entry."""
    return bytes.fromhex(vector["hex"]) if "hex" in vector else vector["entry"].encode()


def steps(file):
    """(note, entry, answer) for each entry of a ledger file, in the order to offer them in.

    An answer is ("accepted", index, hash), ("resent", index, hash) or ("refused", rule). After
    each file's own entries come all that it accepted, once more.
    """
    hashes, accepted = {}, []
    if "steps" in file:
        found = file["steps"]
    else:
        found = [
            *file["entries"],
            *({**part, "again": part["index"]} for part in file["resent"]),
            *({"note": part["why"], **part} for part in file["refused"]),
        ]
    for part in found:
        entry = raw(part)
        if "rule" in part:
            answer = ("refused", part["rule"])
        elif "again" in part:
            answer = ("resent", part["again"], hashes[part["again"]])
        else:
            hashes[part["index"]] = part["hash"]
            accepted.append(entry)
            answer = ("accepted", part["index"], part["hash"])
        yield part["note"], entry, answer
    for index, entry in enumerate(accepted):
        yield "the same bytes again", entry, ("resent", index, hashes[index])
