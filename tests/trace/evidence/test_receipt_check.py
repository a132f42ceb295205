"""A kept receipt against the log as it is now: still there, rewritten, removed, or no receipt."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.goods.evidence import Leaves
from support.ledger.commands import suyuan
from support.ledger.world import World, event
from support.watch.replica import Log, a_city, chained, client, entries_of, over_http, trust_file
from support.web.client import change

from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.evidence.receipt_check import Damaged, KeptReceipt, compare, parse
from suyuan.trace.format.errors import CannotDecide, FetchError
from suyuan.trace.format.link import link_hash
from suyuan.trace.log import merkle, proofs, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.watch.remote_audit import audit_url

pytestmark = pytest.mark.slow


@pytest.fixture
def city(small: World) -> World:
    return a_city(small, 1)


def receipt_of(log: Log, index: int, size: int | None = None) -> dict:
    """What a log answered for the link at an index when it had `size` links."""
    size = log.size if size is None else size
    entries = log.entries[:size]
    proof = proofs.inclusion(index, size, Leaves(entries))
    proof = tlog_proof.encode(index, proof, log.note(size))
    return {"hash": link_hash(entries[index]), "index": index, "proof": proof}


def held_against(log: Log, receipt: KeptReceipt):
    return compare(receipt, log.size, merkle.root(log.leaves()), Leaves(log.entries))


def both(receipt: dict) -> list[str]:
    """The two things that a supplier may have kept."""
    return [json.dumps(receipt), receipt["proof"]]


KEY = LocalSigner.from_seed(b"l" * 32)
LOG_KEY = VerifierKey("log.example/a", KEY.public)
ENTRIES = [b"%d" % n for n in range(13)]
LOG = Log(ENTRIES, KEY, LOG_KEY.name)


def test_what_an_append_answered_is_in_the_ledger(city: World) -> None:
    receipt = city.code(city.farm, city.new_lot())
    city.code(city.farm, city.new_lot())
    log = Log(entries_of(city.ledger), city.log)
    for text in both(receipt.to_dict()):
        found = parse(text, city.trust.log)
        assert (found.index, found.checkpoint.size) == (receipt.index, receipt.index + 1)
        assert held_against(log, found) is None
    # As `suyuan record --json` prints it.
    assert parse(json.dumps({"item": "…", **receipt.to_dict()}), city.trust.log).leaf is not None


@pytest.mark.parametrize("size", range(1, 14))
def test_every_index_under_every_checkpoint(size: int) -> None:
    for index in range(size):
        for text in both(receipt_of(LOG, index, size)):
            assert held_against(LOG, parse(text, LOG_KEY)) is None


def test_a_rewritten_log_and_one_that_lost_links() -> None:
    rewritten = Log([*ENTRIES[:7], b"x", *ENTRIES[8:], b"more"], KEY, LOG_KEY.name)
    for index in range(13):
        known, bare = (parse(text, LOG_KEY) for text in both(receipt_of(LOG, index)))
        for found in (held_against(rewritten, known), held_against(rewritten, bare)):
            assert (found.rule, found.index) == ("log", index)
            assert "signs another tree of 13 links" in found.reason
        is_said = "another link is at its index" in held_against(rewritten, known).reason
        assert is_said == (index == 7)
    shorter = Log(ENTRIES[:12], KEY, LOG_KEY.name)
    for text in both(receipt_of(LOG, 3)):
        assert "the newest were removed" in held_against(shorter, parse(text, LOG_KEY)).reason
        assert (
            "the newest were removed"
            in held_against(Log([], KEY, LOG_KEY.name), parse(text, LOG_KEY)).reason
        )
    # Of what came before the change, under a checkpoint before it, nothing can be held against it.
    for text in both(receipt_of(LOG, 3, 6)):
        assert held_against(rewritten, parse(text, LOG_KEY)) is None


def wrong_receipts() -> dict[str, str]:
    good = receipt_of(LOG, 5)
    other_log = Log(ENTRIES, LocalSigner.from_seed(b"x" * 32), LOG_KEY.name)
    return {
        "empty": "", "words": "I was there", "a checkpoint": LOG.note(), "no JSON": '{"hash"',
        "deep": '{"a":' + "[" * 100_000, "a list": "[]",
        "no proof": json.dumps({"hash": good["hash"], "index": 5}),
        "no hash": json.dumps({"index": 5, "proof": good["proof"]}),
        "another's hash": json.dumps(good | {"hash": receipt_of(LOG, 6)["hash"]}),
        "hash in capitals": json.dumps(good | {"hash": good["hash"].upper()}),
        "another index": json.dumps(good | {"index": 6}),
        "index of words": json.dumps(good | {"index": "5"}),
        "index true": json.dumps(receipt_of(LOG, 1) | {"index": True}),
        "another log's": json.dumps(receipt_of(other_log, 5)),
        "another log's proof": receipt_of(other_log, 5)["proof"],
        "another index in the proof": good["proof"].replace("index 5", "index 13"),
    }  # fmt: skip


@pytest.mark.parametrize("text", wrong_receipts().values(), ids=wrong_receipts())
def test_what_is_no_receipt_of_this_log(text: str) -> None:
    with pytest.raises(LogError):
        parse(text, LOG_KEY)


def test_a_damaged_proof_alone_is_no_evidence_against_the_log() -> None:
    damaged = receipt_of(LOG, 5)["proof"].replace("index 5", "index 6")
    with pytest.raises(Damaged, match="the kept proof is damaged"):
        held_against(LOG, parse(damaged, LOG_KEY))


@given(st.data())
def test_no_change_of_a_character_makes_it_speak_against_the_log(data) -> None:
    """And whatever it is, it is a receipt or a LogError."""
    good = receipt_of(LOG, data.draw(st.integers(0, 12)))
    text = json.dumps(good, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters(codec="utf-8")) + text[at + 1 :]
    with contextlib.suppress(LogError):
        assert held_against(LOG, parse(changed, LOG_KEY)) is None
    values = st.text() | st.integers() | st.none() | st.sampled_from(list(good.values()))
    names = st.sampled_from(["hash", "index", "proof", "x"])
    odd = data.draw(st.text() | st.dictionaries(names, values).map(json.dumps))
    with contextlib.suppress(LogError):
        assert isinstance(parse(odd, LOG_KEY), KeptReceipt)


# The commands.


def kept_file(folder, receipt: Receipt | dict, *, is_bare: bool) -> str:
    found = receipt if isinstance(receipt, dict) else receipt.to_dict()
    path = folder / f"receipt-{found['hash'][:8]}"
    path.write_text(both(found)[is_bare], encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("is_bare", [False, True])
def test_the_audit_of_a_home(city: World, tmp_path, monkeypatch, is_bare) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(city.home))
    receipt = city.code(city.farm, city.new_lot())
    kept = kept_file(tmp_path, receipt, is_bare=is_bare)
    suyuan.good("audit", "--receipt", kept)
    city.code(city.farm, city.new_lot())
    suyuan.good("audit", "--receipt", kept, "--receipt", kept, "--incremental")
    entries = entries_of(city.ledger)
    other = chained(city, city.farm, entries[:-2], event=event("code", city.new_lot(), "5"))
    fork = Log([*entries[:-2], other], city.log)
    shown = kept_file(tmp_path, receipt_of(fork, fork.size - 1), is_bare=is_bare)
    done = suyuan("audit", "--json", "--receipt", kept, "--receipt", shown)
    (finding,) = done.json["findings"]
    assert (done.code, done.json["good"]) == (1, False)
    assert (finding["rule"], finding["index"]) == ("log", fork.size - 1)
    assert "rewritten, or is a fork" in finding["reason"]
    (tmp_path / "words").write_text("I was there")
    code, out, err = suyuan("audit", "--receipt", tmp_path / "words")
    assert (code, out) == (2, "") and f"{tmp_path / 'words'}: not a tlog-proof" in err
    assert suyuan("audit", "--receipt", tmp_path / "nothing").code == 2


def test_a_home_whose_hashes_are_gone(city: World, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(city.home))
    kept = kept_file(tmp_path, city.code(city.farm, city.new_lot()), is_bare=False)
    change(city.ledger, "DELETE FROM link WHERE leaf = 1")
    done = suyuan("audit", "--receipt", kept)
    assert done.code == 1 and "a receipt cannot be held against this ledger" in done.out


@pytest.mark.parametrize("is_bare", [False, True])
def test_the_audit_of_a_ledger_served_elsewhere(city: World, tmp_path, is_bare) -> None:
    trust = str(trust_file(tmp_path, city.trust))
    receipt = city.code(city.farm, city.new_lot())
    kept = kept_file(tmp_path, receipt, is_bare=is_bare)
    city.code(city.farm, city.new_lot())
    log = Log(entries_of(city.ledger), city.log)
    entries = log.entries[: receipt.index]
    for lot in (city.new_lot(), city.new_lot()):
        entries.append(chained(city, city.farm, entries, event=event("code", lot, "5")))
    with over_http(log) as (url, server):

        def audit() -> tuple[int, str]:
            return suyuan("audit", "--url", url, "--trust", trust, "--receipt", kept)[:2]

        assert audit() == (0, f"{log.size} records under 1 checkpoints: nothing is wrong\n")
        server.log = Log(entries, city.log)
        status, told = audit()
        assert status == 1 and "FINDING  log: the receipt's checkpoint signs another tree" in told
        assert ("another link is at its index now" in told) is not is_bare
        server.log = Log(log.entries[: receipt.index], city.log)
        status, told = audit()
        assert status == 1 and "the newest were removed" in told


def test_private_entries_hide_no_finding_of_a_receipt(city: World) -> None:
    log = Log(entries_of(city.ledger), city.log)
    log.changed[f"tile/entries/000.p/{log.size}"] = 403
    log.changed["tile/entries/000"] = 403

    def audit(receipt: dict):
        known = [parse(json.dumps(receipt), city.trust.log)]
        return audit_url(
            "http://127.0.0.1:1/log", city.trust, receipts=known, fetcher=log, checkers=Checkers(1)
        )

    with pytest.raises(CannotDecide, match="403"):
        audit(receipt_of(log, 2))
    fork = Log([*log.entries[:-1], b"{}"], city.log)
    (finding,) = audit(receipt_of(fork, 2)).findings
    assert "rewritten, or is a fork" in finding.reason


def test_a_log_that_serves_other_hashes_or_none(city: World) -> None:
    log = Log(entries_of(city.ledger), city.log)
    known = parse(json.dumps(receipt_of(log, 2, 4)), city.trust.log)
    name = f"tile/0/000.p/{log.size}"
    log.changed[name] = b"x" * 32 * log.size
    with pytest.raises(LogError):
        compare(known, log.size, merkle.root(log.leaves()), _hashes(log, city))
    report = audit_url(
        "http://127.0.0.1:1/log", city.trust, receipts=[known], fetcher=log, checkers=Checkers(1)
    )
    assert "what is served is not what the log signed" in report.findings[0].reason
    log.changed[name] = log.changed["tile/0/000"] = 404
    with pytest.raises(FetchError):
        compare(known, log.size, merkle.root(log.leaves()), _hashes(log, city))


def _hashes(log: Log, city: World):
    asked = client(log, city.trust)
    return asked.hashes(asked.checkpoint()[1])
