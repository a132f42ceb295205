"""`suyuan audit --url`: a ledger served elsewhere, and all of it that can be seen."""

import pytest
from support.ledger.commands import suyuan
from support.ledger.world import World, event
from support.watch.replica import Log, OverFlask, chained, entries_of, over_http, trust_file
from support.web.client import client_of

from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.remote_audit import audit_url

pytestmark = pytest.mark.slow

URL = "http://127.0.0.1:1/log"


@pytest.fixture
def audit(city: World):
    def run(log, folder=None, kept=None, trust=None):
        return audit_url(URL, trust or city.trust, folder, kept, fetcher=log, checkers=Checkers(1))

    return run


def log_of(world: World, entries=None) -> Log:
    return Log(entries_of(world.ledger) if entries is None else entries, world.log)


def large(world: World) -> Log:
    world.do(world.farm, *(event("code", world.new_lot(), "5") for _ in range(300)))
    return log_of(world)


def test_a_ledger_as_its_front_end_serves_it(city: World, audit):
    large(city)
    web = OverFlask(client_of(city.ledger))
    report = audit(web)
    with city.ledger.reading() as reader:
        state = reader.log_state()
    assert (report.size, report.root) == (state.size, bytes(state.root))
    assert (report.findings, report.notices, report.is_witnessed) == ([], [], True)
    # Each tile of the tree was looked at: two of the leaves, one above.
    assert report.tiles == 3
    assert {name for name in web.paths if "entries" not in name and "tile" in name} == {
        "tile/0/000", f"tile/0/001.p/{report.size - 256}", "tile/1/000.p/1",
    }  # fmt: skip


def test_with_a_folder_only_what_is_new_is_read(city: World, audit, tmp_path):
    audit(large(city), tmp_path / "kept")
    city.code(city.farm, city.new_lot())
    log = log_of(city)
    report = audit(log, tmp_path / "kept")
    assert (report.findings, report.size) == ([], log.size)
    assert "tile/entries/000" not in log.paths and "tile/0/000" not in log.paths
    assert audit(log_of(city), tmp_path / "kept").tiles == 0


def test_a_tile_that_is_not_of_its_entries(city: World, audit, tmp_path):
    log = large(city)
    right = log.content("tile/0/000")
    log.changed["tile/0/000"] = right[:-1] + bytes([right[-1] ^ 1])
    for _ in range(2):  # what is wrong is not taken as compared
        report = audit(log, tmp_path / "kept")
        (finding,) = report.findings
        assert finding.rule == "log" and "tile/0/000 is not of the tree" in finding.reason
    log.changed["tile/0/000"] = 404
    with pytest.raises(CannotDecide, match="not all tiles are served"):
        audit(log, tmp_path / "kept")
    del log.changed["tile/0/000"]
    assert audit(log, tmp_path / "kept").is_good


def test_broken_links_are_findings(city: World, audit):
    entries = entries_of(city.ledger)
    bad = chained(city, city.stall, entries, event=event("code", city.new_lot(), "5"))
    at = bad.index(b'"sig":"') + 7
    forged = bad[:at] + (b"B" if bad[at : at + 1] == b"A" else b"A") + bad[at + 1 :]
    report = audit(log_of(city, [*entries, forged, b"{}"]))
    assert [(f.rule, f.index) for f in report.findings] == [
        ("signature", len(entries)), ("encoding", len(entries) + 1),
    ]  # fmt: skip
    assert report.findings[0].actor == city.stall.uri


def test_a_kept_checkpoint(city: World, audit):
    entries = entries_of(city.ledger)
    log = log_of(city)
    for size in (0, 1, log.size):
        assert audit(log, kept=log.note(size)).is_good
    grown = [*entries, b"{}"]
    (finding,) = audit(log, kept=log_of(city, grown).note()).findings
    assert "the newest were removed" in finding.reason
    fork = log_of(city, [*entries[:-1], b"{}"])
    (finding,) = audit(log, kept=fork.note()).findings
    assert "rewritten, or is a fork" in finding.reason
    with pytest.raises(LogError):
        audit(log, kept="no note")


def test_since_the_last_audit(city: World, audit, tmp_path):
    log = log_of(city)
    assert audit(log, tmp_path / "kept").checkpoints == 1
    small = log_of(city)
    small.changed["checkpoint"] = log.note(log.size - 1).encode()
    (finding,) = audit(small, tmp_path / "kept").findings
    assert "goes backwards" in finding.reason
    fork = log_of(city, [*log.entries[:-1], b"{}"])
    for one in (fork, log):  # and so it stays
        (finding,) = audit(one, tmp_path / "kept").findings
        assert "another root" in finding.reason


def test_the_command(city: World, tmp_path):
    trust = trust_file(tmp_path, city.trust)
    log = log_of(city)
    with over_http(log) as (url, server):
        command = ["audit", "--url", url, "--trust", trust]
        done = suyuan(*command)
        assert done[:2] == (0, f"{log.size} records under 1 checkpoints: nothing is wrong\n")
        assert "not shown: attachments" in done.err
        assert suyuan(*command, "--json").json["good"]
        server.log = log_of(city, [*log.entries, b"{}"])
        done = suyuan(*command)
        assert done.code == 1 and "FINDING  encoding:" in done.out
        done = suyuan(*command, "--folder", tmp_path / "f", "--json")
        told = done.json
        assert (told["good"], told["size"], told["findings"][0]["index"]) == (
            False, log.size + 1, log.size,
        )  # fmt: skip
        assert done.code == 1
        server.log.changed["checkpoint"] = 404
        assert suyuan(*command).code == 3
    done = suyuan("audit", "--url", url)
    assert done.code == 3 and "--trust FILE" in done.err
    assert suyuan("audit", "--trust", trust).code == 2
    assert suyuan(*command).code == 3  # nobody answers
