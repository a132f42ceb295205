"""A log verified by aics-tlog: checkpoint, inclusion, consistency, all tiles and entries.

Reads {"url", "key", "leaves", "earlier"} from standard input and writes what it verified.
"""

import base64
import json
import sys

from aics_tlog import (
    HttpTileReader,
    VerifiedTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)

asked = json.load(sys.stdin)
key = parse_vkey(asked["key"])


def opened(note):
    found = verify_checkpoint(parse_note(note), key, expected_origin=key.name)
    assert found.ok, found.error
    return found


reader = HttpTileReader(asked["url"], proxies={})
head = opened(reader.read_checkpoint())
tiles = VerifiedTileReader(reader, head.size, head.root)
tiles.check_root()
for index in asked["leaves"]:
    proof = inclusion_proof_from_tiles(tiles, index, head.size)
    assert verify_leaf_inclusion(tiles.entry(index), index, head.size, proof, head.root)
for note in asked["earlier"]:
    old = opened(note)
    proof = consistency_proof_from_tiles(tiles, old.size, head.size)
    assert verify_consistency(old.size, head.size, old.root, head.root, proof)
audit = audit_tiles(reader, head.size, head.root)
print(
    json.dumps(
        {
            "size": head.size, "root": base64.b64encode(head.root).decode(),
            "inclusions": len(asked["leaves"]), "consistency": len(asked["earlier"]),
            "tiles": audit.tiles, "bundles": audit.bundles,
        }
    )
)  # fmt: skip
