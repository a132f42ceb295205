"""A ledger whose entries are for its inspectors and auditors: all that is public still verifies."""

import json
from dataclasses import replace

import pytest
from support.ledger.private import priced
from support.ledger.world import World
from support.web.client import client_of, page_of
from support.web.signing import ORIGIN_HEADERS, serving, signed_in

from suyuan.trace.admission import acts
from suyuan.trace.cli.main import cli, run
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.link import link_hash
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.store.files.auditors import FILE, Auditors, token_for
from suyuan.trace.watch.remote_audit import audit_url

pytestmark = pytest.mark.slow

BUNDLE = "/log/tile/entries/000.p/1"


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "home")
    farm, lot = made.party("青山农场", "producer"), made.new_lot()
    made.code(farm, lot)
    priced(made, farm, lot)
    made.farm, made.lot = farm, lot
    made.ledger.close()
    made.trust = replace(made.trust, entries="private")
    made.ledger = Ledger(made.home, made.trust, made.ledger.database, lambda: made.log)
    made.ledger.followers.catch_up()
    yield made
    made.ledger.close()


@pytest.fixture
def client(world):
    return client_of(world.ledger)


def test_inspectors_who_are_signed_in_read_them_and_nobody_else(world, client):
    office = world.party("市局", "office")
    market = world.registrar("35")
    key = world.party("自称的局", "office", by=market).signer
    assert client.get(BUNDLE).status_code == 403
    for signer, status in (
        (world.farm.signer, 403), (market.signer, 403), (key, 403), (office.signer, 200),
        (world.root, 200),
    ):  # fmt: skip
        assert signed_in(client, signer).status_code == 200
        answer = client.get(BUNDLE)
        assert answer.status_code == status
        if status == 200:
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_auditor_reads_them_by_a_token_until_it_is_taken_away(world, client):
    book = Auditors(world.home, world.trust.origin)
    token = book.add("审计见证人")
    other = book.add("another")
    assert book.names() == ["another", "审计见证人"]
    text = (world.home / FILE).read_text()
    assert token not in text and (world.home / FILE).stat().st_mode & 0o777 == 0o600

    def status(given: str) -> int:
        return client.get(BUNDLE, headers={"Authorization": given}).status_code

    assert status(f"Bearer {token}") == status(f"bearer {other}") == 200
    for odd in ("Bearer", "Bearer x", f"Bearer {token}x", f"Basic {token}", f"Bearer {token[:-1]}",
                "Bearer \u00e9", token, "Basic dTpw"):  # fmt: skip
        assert status(odd) == 403, odd
    book.remove("审计见证人")
    assert status(f"Bearer {token}") == 403 and status(f"Bearer {other}") == 200
    for name, says in (("another", "there is an auditor"), (" ", "name"), ("x" * 200, "name")):
        with pytest.raises(LedgerError, match=says):
            book.add(name)
    with pytest.raises(LedgerError, match="no auditor"):
        book.remove("nobody")
    for odd in ("[]", "{", '{"a": 1}', "[" * 5000):
        (world.home / FILE).write_text(odd)
        assert status(f"Bearer {other}") == 403


def test_each_log_gets_its_own_token(monkeypatch):
    monkeypatch.setenv("SUYUAN_LOG_TOKEN", "a.example/log:one  b.example:8080/log:two")
    assert token_for("a.example/log") == "a.example/log:one"
    assert token_for("b.example:8080/log") == "b.example:8080/log:two"
    assert token_for("c.example/log") is None
    monkeypatch.delenv("SUYUAN_LOG_TOKEN")
    assert token_for("a.example/log") is None


def test_a_whole_audit_from_outside_takes_a_token(world, monkeypatch, tmp_path):
    with serving(world, monkeypatch) as url:
        with pytest.raises(CannotDecide, match="private"):
            audit_url(f"{url}/log", world.trust)
        token = Auditors(world.home, world.trust.origin).add("witness")
        monkeypatch.setenv("SUYUAN_LOG_TOKEN", token)
        report = audit_url(f"{url}/log", world.trust, tmp_path / "replica")
    with world.ledger.reading() as reader:
        assert (report.is_good, report.size) == (True, reader.size())


def test_checkpoints_tiles_proofs_and_evidence_are_public_and_verify(world, client, monkeypatch):
    receipt, _ = priced(world, world.farm, world.lot)
    world.ledger.followers.catch_up()
    with serving(world, monkeypatch) as url, Fetcher(f"{url}/log") as fetcher:
        log = LogClient(fetcher, world.trust.log)
        _, at = log.checkpoint()
        with world.ledger.reading() as reader:
            leaves = [link.hash for link in reader.links()]
        hashes = log.hashes(at)
        for index, leaf in enumerate(leaves):
            proof = proofs.inclusion(index, at.size, hashes)
            proofs.check_inclusion(bytes.fromhex(leaf), index, at.size, proof=proof, root=at.root)
    # What a party holds of its own shows that it is there.
    found = tlog_proof.parse(receipt.proof)
    assert found.index == receipt.index
    assert open_checkpoint(found.note, world.trust.log).size == len(leaves)
    asked = client.get(f"/api/v1/proofs/{receipt.index}")
    assert asked.status_code == 200
    # Who holds a label holds its history, and can prove it.
    page = client.get(page_of(world.lot, world.farm.uri), headers={"Accept-Language": "en"})
    assert page.status_code == 200 and "verified" in page.text.lower()
    code = page_of(world.lot, world.farm.uri).rpartition("/")[2]
    file = client.get(f"/api/v1/items/{code}/evidence")
    assert file.status_code == 200
    verdict = verify(bundle.parse(file.data), world.trust)
    assert verdict.exit_code == 0
    assert link_hash(bundle.parse(file.data).entries[0].entry) == leaves[0]


def test_where_chains_end_is_told_to_their_own_party(world, client):
    stall, market = world.party("A 区 12 号"), world.party("湖心市场", "market")

    def heads(*actors):
        asked = [{"item": world.lot, "actor": actor.uri} for actor in actors]
        return client.post("/api/v1/heads", json=asked, headers=ORIGIN_HEADERS).status_code

    assert heads(stall) == 401
    signed_in(client, stall.signer)
    assert (heads(stall), heads(world.farm), heads(stall, world.farm)) == (200, 403, 403)
    signed_in(client, market.signer)
    assert (heads(market), heads(stall)) == (200, 403)
    span = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    world.say(stall, acts.give_mandate(stall.uri, market.uri, ["receiving"], *span))
    assert heads(stall) == 200
    world.ledger.followers.catch_up()
    arrivals = f"/api/v1/parties/{stall.uri}/arrivals"
    assert client.get(arrivals).status_code == 200
    world.say(stall, acts.withdraw_mandate(stall.uri, market.uri))
    assert (heads(stall), client.get(arrivals).status_code) == (403, 403)
    signed_in(client, world.root)
    assert heads(stall, world.farm) == 200


def test_a_ledger_is_founded_with_private_entries(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "correct horse")
    for name, options, entries in (("a", ["--private-entries"], "private"), ("b", [], "public")):
        key = tmp_path / f"{name}.key"
        home = ["--home", str(tmp_path / name), "--authority-key", str(key)]
        assert run(cli, ["init", "--origin", "trace.food.example/log", *home, *options]) == 0
        trust = json.loads((tmp_path / name / "trust.json").read_text("utf-8"))
        assert trust["entries"] == entries
    capsys.readouterr()
