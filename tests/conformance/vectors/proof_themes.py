"""Vectors of what shows that an entry is in a log: proofs, their texts, the names of tiles."""

from conformance.vectors import making as m

from suyuan.keys import base64, notes
from suyuan.trace.log import checkpoint, merkle, proofs, tiles, tlog_proof

LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(1025)]
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 255, 256, 257, 511, 512, 513, 1000, 1024, 1025)


class Numbers:
    """The tree whose leaf n is the decimal number n as text."""

    def read(self, wanted):
        return [merkle.root(LEAVES[n << level : (n + 1) << level]) for level, n in wanted]


READER = Numbers()


def root(size):
    return merkle.root(LEAVES[:size])


def hexes(proof):
    return [step.hex() for step in proof]


def inclusions():
    good = [
        {
            "index": index, "size": size, "leaf": LEAVES[index].hex(), "root": root(size).hex(),
            "proof": hexes(proofs.inclusion(index, size, READER)),
        }
        for size in SIZES
        for index in sorted({0, 1, size // 2 - 1, size // 2, size - 2, size - 1} & set(range(size)))
    ]  # fmt: skip
    index, size = 299, 513
    proof = hexes(proofs.inclusion(index, size, READER))
    true = {
        "index": index, "size": size, "leaf": LEAVES[index].hex(), "root": root(size).hex(),
        "proof": proof,
    }  # fmt: skip
    wrong = {
        "another leaf": {"leaf": LEAVES[298].hex()},
        "the index before": {"index": 298},
        "the index after": {"index": 300},
        "the index of the size": {"index": 513},
        "an index beyond the size": {"index": 600},
        "a negative index": {"index": -1},
        "a size of another shape": {"size": 512},
        "a size at which the leaf is not yet there": {"size": 299},
        "no leaves": {"size": 0, "index": 0},
        "another root": {"root": root(512).hex()},
        "no proof": {"proof": []},
        "the first hash left out": {"proof": proof[1:]},
        "the last hash left out": {"proof": proof[:-1]},
        "a hash too many at the end": {"proof": [*proof, proof[-1]]},
        "a hash too many at the beginning": {"proof": [LEAVES[299].hex(), *proof]},
        "two hashes changed about": {"proof": [proof[1], proof[0], *proof[2:]]},
        "upside down": {"proof": proof[::-1]},
        "a hash of 31 bytes": {"proof": [proof[0][:-2], *proof[1:]]},
        "a hash of 33 bytes": {"proof": [proof[0] + "00", *proof[1:]]},
        "65 hashes": {"proof": proof * 7},
        "an inner node as a leaf": {
            "leaf": merkle.node_hash(LEAVES[298], LEAVES[299]).hex(), "proof": proof[1:],
        },
    }  # fmt: skip
    alone = {"index": 0, "size": 1, "leaf": LEAVES[0].hex(), "root": root(1).hex()}
    return good, [
        *({"why": why} | true | part for why, part in wrong.items()),
        {"why": "a hash where the leaf is the root"} | alone | {"proof": [LEAVES[0].hex()]},
    ]


def consistencies():
    pairs = sorted(
        {
            (old, new)
            for new in (1, 2, 3, 7, 8, 9, 256, 257, 512, 513, 1000, 1025)
            for old in (0, 1, 2, 3, 4, 6, 7, 8, 255, 256, 257, 511, 512, 768, new - 1, new)
            if 0 <= old <= new
        }
    )
    good = [
        {
            "old": old, "old_root": root(old).hex(), "new": new, "new_root": root(new).hex(),
            "proof": hexes(proofs.consistency(old, new, READER)),
        }
        for old, new in pairs
    ]  # fmt: skip
    proof = hexes(proofs.consistency(300, 1000, READER))
    true = {
        "old": 300, "old_root": root(300).hex(), "new": 1000, "new_root": root(1000).hex(),
        "proof": proof,
    }  # fmt: skip
    power = {
        "old": 256, "old_root": root(256).hex(), "new": 1000, "new_root": root(1000).hex(),
        "proof": hexes(proofs.consistency(256, 1000, READER)),
    }  # fmt: skip
    same = {"old": 8, "old_root": root(8).hex(), "new": 8, "new_root": root(8).hex(), "proof": []}
    none = {"old": 0, "old_root": root(0).hex(), "new": 8, "new_root": root(8).hex(), "proof": []}
    wrong = {
        "another old root": {"old_root": root(299).hex()},
        "another new root": {"new_root": root(999).hex()},
        "another old size": {"old": 301},
        "another new size, of another shape": {"new": 512},
        "the sizes changed about": {"old": 1000, "new": 300},
        "no proof": {"proof": []},
        "the first hash left out": {"proof": proof[1:]},
        "the last hash left out": {"proof": proof[:-1]},
        "a hash too many": {"proof": [*proof, proof[-1]]},
        "upside down": {"proof": proof[::-1]},
        "a hash of 31 bytes": {"proof": [proof[0][:-2], *proof[1:]]},
        "a negative size": {"old": -1},
        "65 hashes": {"proof": (proof * 9)[:65]},
    }
    return good, [
        *({"why": why} | true | part for why, part in wrong.items()),
        {"why": "a power of two, with its own root in the proof"}
        | power
        | {"proof": [root(256).hex(), *power["proof"]]},
        {"why": "a power of two, another old root"} | power | {"old_root": root(255).hex()},
        {"why": "one size, two roots"} | same | {"old_root": root(7).hex()},
        {"why": "one size, a proof"} | same | {"proof": [root(8).hex()]},
        {"why": "from nothing, with a root of something"} | none | {"old_root": root(1).hex()},
        {"why": "from nothing, a proof"} | none | {"proof": [root(8).hex()]},
        {"why": "nothing to nothing, with a root of something"} | none | {"new": 0},
    ]  # fmt: skip


def proof_vectors():
    included, not_included = inclusions()
    grown, not_grown = consistencies()
    return {
        "about": "Proofs of RFC 6962 (section 8), checked as RFC 9162 says, hashes in hex. Leaf n "
        "is the decimal number n as text; `leaf` is its leaf hash. `bad` is refused.",
        "inclusion": {"good": included, "bad": not_included},
        "consistency": {"good": grown, "bad": not_grown},
    }


def texts():
    key = notes.VerifierKey(m.ORIGIN, m.LOG_KEY.public)

    def text(index, size):
        note = checkpoint.sign(checkpoint.Checkpoint(m.ORIGIN, size, root(size)), m.LOG_KEY)
        return tlog_proof.encode(index, proofs.inclusion(index, size, READER), note)

    plain = text(299, 513)
    first = plain.split("\n")[2]
    extra = plain.replace("\nindex", "\nextra YWJj\nindex", 1)
    good = {
        "one leaf, no hashes": (text(0, 1), 0, 1),
        "ten hashes": (plain, 299, 513),
        "the last of 1025": (text(1024, 1025), 1024, 1025),
        "extra data, which nobody vouches for": (extra, 299, 513),
    }
    malformed = {
        "nothing": "",
        "another version": plain.replace("@v1", "@v2"),
        "a line before": "\n" + plain,
        "no index": plain.replace("index 299\n", ""),
        "an index with a leading zero": plain.replace("index 299", "index 0299"),
        "an index with a sign": plain.replace("index 299", "index +299"),
        "an index of 2^63": plain.replace("index 299", f"index {2**63}"),
        "an index of words": plain.replace("index 299", "index one"),
        "extra data after the index": plain.replace("index 299\n", "index 299\nextra YWJj\n"),
        "extra data that is no base64": extra.replace("YWJj", "YWJ"),
        "extra data twice": extra.replace("extra YWJj\n", "extra YWJj\nextra YWJj\n"),
        "a hash that is no base64": plain.replace(first, first[:-1]),
        "a hash of 31 bytes": plain.replace(first, base64.encode(bytes(31))),
        "a hash with unused bits set": plain.replace(first, first[:-2] + "B="),
        "a space behind a hash": plain.replace(first, first + " "),
        "line ends of two bytes": plain.replace("\n", "\r\n"),
        "no checkpoint": plain.partition("\n\n")[0] + "\n",
    }
    unshown = {
        "another index": plain.replace("index 299", "index 298"),
        "a hash left out": plain.replace(first + "\n", ""),
        "a hash twice": plain.replace(first, f"{first}\n{first}"),
        "an index beyond the tree": plain.replace("index 299", "index 513"),
        "a checkpoint of another size": plain.replace("\n513\n", "\n512\n"),
        "another checkpoint": plain.partition("\n\n")[0] + "\n\n" + text(0, 1).partition("\n\n")[2],
    }
    assert first.endswith("=") and not first.endswith("==")
    return {
        "about": "tlog-proof@v1 (section 8): texts under the log's `key`, of the tree whose leaf n "
        "is the decimal number n as text. `good` shows the leaf `index`; `malformed` is no such "
        "text; `unshown` is, and shows the entry `299` of no signed tree.",
        "key": str(key),
        "good": [
            {"note": why, "index": index, "size": size, "text": value}
            for why, (value, index, size) in good.items()
        ],
        "malformed": [{"why": why, "text": value} for why, value in malformed.items()],
        "unshown": [{"why": why, "text": value} for why, value in unshown.items()],
    }


# Written by hand: level (-1 for entries), number, width.
NAMES = {
    "tile/0/000": (0, 0, 256),
    "tile/0/001": (0, 1, 256),
    "tile/0/999": (0, 999, 256),
    "tile/0/x001/000": (0, 1000, 256),
    "tile/0/x001/x234/067": (0, 1234067, 256),
    "tile/0/x999/x999/999": (0, 999999999, 256),
    "tile/0/000.p/1": (0, 0, 1),
    "tile/0/273.p/112": (0, 273, 112),
    "tile/1/001.p/17": (1, 1, 17),
    "tile/2/000.p/255": (2, 0, 255),
    "tile/7/000.p/127": (7, 0, 127),
    "tile/entries/000": (-1, 0, 256),
    "tile/entries/x001/234.p/56": (-1, 1234, 56),
}
NO_NAMES = [
    "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001",
    "tile/0/x001", "tile/0/001/002", "tile/0/X001/002", "tile/00/001", "tile/01/001", "tile/8/000",
    "tile/63/000", "tile/64/000", "tile/-1/000", "tile/+1/000", "tile/data/000", "tile/8/0/000",
    "tile/Entries/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01",
    "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/1000", "tile/0/000.p/-1",
    "tile/0/000.P/1",
    "tile/0/000.p/1/", "tile/0/000/", "/tile/0/000", "tile//0/000", "tile/0/../000", "tile/0/ 00",
    "tile/0/000\n", "tile/0/000 ", "tile/0/\u0661\u0662\u0663", "tile/\u0661/000", "checkpoint",
    "tile/0/0x1", "tile/0/1e2", "tile/0/000.p/1.p/1", "tile/entries/000.p/256",
]  # fmt: skip


def tile_names():
    return {
        "about": "tlog-tiles (section 8). `names` with their level (-1: the entry bundle), number "
        "and width; `bad` names no tile of a log of fewer than 2^63 entries; `trees`: the hash "
        "tiles of trees by size, those that the size `before` has as well left out.",
        "names": [
            {"name": name, "level": level, "number": number, "width": width}
            for name, (level, number, width) in NAMES.items()
        ],
        "bad": NO_NAMES,
        "trees": [
            {
                "size": size,
                "before": before,
                "tiles": [tile.name() for tile in tiles.tiles(size, before)],
            }
            for size, before in (
                (0, 0), (1, 0), (255, 0), (256, 0), (257, 0), (513, 0), (513, 300), (513, 512),
                (513, 513), (65535, 65300), (65536, 65300), (65537, 65300), (70000, 69888),
                (70000, 69999),
            )
        ],
    }  # fmt: skip


FILES = {"proofs": proof_vectors, "tlog-proofs": texts, "tiles": tile_names}
