"""Two machines' servers, of several processes each, on one PostgreSQL."""

import http.client
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.ledger.world import World, event
from support.watch.audits import audit
from support.web.served import JSON, serving_ledger

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.log import tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.log.proofs import check_inclusion


def post(port: int, entries: list[bytes]) -> list[tuple[int, dict]]:
    """One connection, one link a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    found = []
    for entry in entries:
        connection.request("POST", "/api/v1/links", entry, JSON)
        answer = connection.getresponse()
        found.append((answer.status, json.loads(answer.read())))
    connection.close()
    return found


def test_two_machines_share_a_postgresql_ledger(tmp_path: Path, postgres_database: str) -> None:
    """Each has a home of its own, and the database in common."""
    shared = World(tmp_path / "one", postgres_database)
    other = shared.home.with_name("two")
    shutil.copytree(shared.home, other)
    farm, url = shared.party("青山农场", "producer"), shared.ledger.database.url
    drafts = [Draft(event=event("code", shared.new_lot(), "1")) for _ in range(160)]
    entries = [farm.pen.sign(draft) for draft in drafts]
    more = {"group": True, "SUYUAN_DATABASE_URL": url}
    with (
        serving_ledger(shared, "--workers", 2, **more) as (one, _),
        serving_ledger(shared, "--workers", 2, home=other, **more) as (two, _),
    ):
        parts = [entries[n::16] for n in range(16)]
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: post((one, two)[n % 2], parts[n]), range(len(parts))))
    found = [answer for part in answers for answer in part]
    assert {status for status, _ in found} == {201}
    assert len({answer["index"] for _, answer in found}) == len(entries)
    for entry, (_, answer) in zip((e for part in parts for e in part), found, strict=True):
        proof = tlog_proof.parse(answer["proof"])
        now, leaf = open_checkpoint(proof.note, shared.trust.log), leaf_hash(entry)
        check_inclusion(leaf, answer["index"], now.size, proof=proof.hashes, root=now.root)
    shared.ledger.followers.catch_up()
    assert audit(shared.ledger).is_good
    shared.ledger.close()
