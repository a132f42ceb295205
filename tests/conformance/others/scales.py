"""A log verified by tlog-scales: checkpoint, inclusion, consistency, all tiles and entries.

Reads {"url", "key", "leaves", "earlier"} from standard input and writes what it verified.
"""

import base64
import json
import sys

from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint

asked = json.load(sys.stdin)
key = Vkey.from_string(asked["key"])
reader = TilesReader(make_backend(asked["url"]))
head = reader.get_checkpoint()
head.verify(key)
assert head.origin == key.name
assert reader.calculate_root_hash() == head.root_hash
for index in asked["leaves"]:
    leaf = leaf_hash(reader.get_entry(index))
    reader.get_inclusion_proof(index, head.size).check(leaf, head.root_hash)
for note in asked["earlier"]:
    old = Checkpoint.from_text(note)
    old.verify(key)
    reader.get_consistency_proof(old.size, head.size).check(old.root_hash, head.root_hash)

# All tiles, from the entries up: every hash is that of an entry, or of a full tile below it.
hashes, level, tiles, bundles = [], 0, 0, 0
for number in range((head.size + 255) // 256):
    bundle = reader._get_tile(-1, number, min(256, head.size - number * 256) % 256)
    hashes += [leaf_hash(entry) for entry in bundle.entries]
    bundles += 1
assert len(hashes) == head.size
while hashes:
    for number in range((len(hashes) + 255) // 256):
        wanted = hashes[number * 256 : number * 256 + 256]
        assert reader._get_tile(level, number, len(wanted) % 256).entries == wanted
        tiles += 1
    level += 1
    reach = 256**level
    hashes = [
        reader.mth(number * reach, number * reach + reach) for number in range(len(hashes) // 256)
    ]
print(
    json.dumps(
        {
            "size": head.size,
            "root": base64.b64encode(head.root_hash).decode(),
            "inclusions": len(asked["leaves"]),
            "consistency": len(asked["earlier"]),
            "tiles": tiles,
            "bundles": bundles,
        }
    )
)
