"""What pages, the API and the servers say of what is logged and what is witnessed."""

import contextlib
import json
import re
import threading
from datetime import UTC, datetime

import pytest
from support.ledger.world import Actor, World, event
from support.watch.witnessing import Others, Village, ask_of, one_round, three
from support.web.client import change, client_of, english, page_of
from support.web.served import JSON, ask, serving_ledger, until

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.goods.show import history_json
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.goods.history import path
from suyuan.trace.log import checkpoint, policy, proofs, tlog_proof
from suyuan.trace.log.policy import Policy
from suyuan.trace.store.append.lock import Gate
from suyuan.trace.watch.alarms import check
from suyuan.trace.watch.witnessing import Witnessing
from suyuan.web.server import serving
from suyuan.web.server.following import have_witnessed

pytestmark = pytest.mark.slow


@pytest.fixture
def farm(world: World) -> Actor:
    return world.party("青山农场", "producer")


def shown(when: datetime) -> str:
    """As a page in English has it."""
    local = when.astimezone(zone())
    return f"{local.day} {local:%b} {local.year} {local:%H:%M}"


def test_the_served_checkpoint_is_the_newest_that_met_its_quorum(world, farm, around):
    client = client_of(world.ledger)
    with world.ledger.reading() as reader:
        assert client.get("/log/checkpoint").text == reader.checkpoint().note
    found = ask_of(world, three(around, world), 2)
    assert client.get("/log/checkpoint").status_code == 404
    kept = one_round(world).kept
    world.code(farm, world.new_lot())
    served = client.get("/log/checkpoint").text
    assert served == kept.note
    assert policy.check(served, world.trust.log, found).is_met
    assert one_round(world).kept.size == kept.size + 1
    assert client.get("/log/checkpoint").text != kept.note


def test_the_api_says_what_is_logged_and_what_is_witnessed(world, farm, around):
    ask_of(world, three(around, world), 2)
    lot = world.new_lot()
    first = world.code(farm, lot)
    kept = one_round(world).kept
    (second,) = world.do(farm, event("count", lot, "90"))
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    answer = client.get(f"/api/v1{page_of(lot, farm.uri).replace('/t/', '/items/')}").json
    one, two = answer["links"]
    when = from_micros(kept.committed).isoformat()
    assert (one["index"], two["index"]) == (first.index, second.index)
    assert (one["state"], one["recorded_by"], one["recorded"]) == ("witnessed", "witnesses", when)
    assert (two["state"], two["recorded_by"], two["recorded"]) == (
        "logged", "server", two["logged"],
    )  # fmt: skip
    assert one["logged"] is not None and one["logged"] != one["recorded"]
    with world.ledger.reading() as reader:
        told = history_json(path(reader, world.trust.genesis, lot, farm.uri))
    assert [link["state"] for link in told["links"]] == ["witnessed", "logged"]
    assert told["links"][0]["recorded"] == when


def test_a_proof_under_the_published_checkpoint(world, farm, around):
    found = ask_of(world, three(around, world), 2)
    receipt = world.code(farm, world.new_lot())
    client = client_of(world.ledger)
    early = client.get(f"/api/v1/proofs/{receipt.index}")
    assert early.status_code == 404 and "logged, and not yet witnessed" in early.json["detail"]
    kept = one_round(world).kept
    for index in range(kept.size):
        answer = client.get(f"/api/v1/proofs/{index}")
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
        assert answer.content_type == "text/plain; charset=utf-8"
        proof = tlog_proof.parse(answer.text)
        assert proof.index == index
        witnessed = policy.check(proof.note, world.trust.log, found)
        assert witnessed.is_met
        with world.ledger.reading() as reader:
            leaf = bytes.fromhex(reader.link(index).hash)
        proofs.check_inclusion(
            leaf, index, kept.size, proof=proof.hashes, root=witnessed.checkpoint.root
        )
    for wrong in (kept.size, 10**30):
        answer = client.get(f"/api/v1/proofs/{wrong}")
        assert answer.status_code == 404 and answer.content_type == "application/problem+json"
    assert client.get("/api/v1/proofs/x").status_code == 404
    # the receipt stays as it was
    assert checkpoint.open_checkpoint(receipt.checkpoint, world.trust.log).size == kept.size


def test_without_a_policy_the_proof_is_under_the_newest_signed(world, farm):
    answer = client_of(world.ledger).get("/api/v1/proofs/0")
    with world.ledger.reading() as reader:
        assert tlog_proof.parse(answer.text).note == reader.checkpoint().note


def test_the_page_says_of_each_record_whether_it_is_witnessed(world, farm, around):
    ask_of(world, three(around, world), 2)
    lot = world.new_lot()
    world.code(farm, lot)
    kept = one_round(world).kept
    world.do(farm, event("count", lot, "90"))
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    text = re.sub(r"\s+", " ", english(client, page_of(lot, farm.uri)))
    when = shown(from_micros(kept.committed))
    assert text.count(f"Witnessed {when}") == 1
    assert text.count("as only this server states") == 1
    assert text.count("Signed ") == 2
    assert f"<dt>Witnessed up to</dt><dd>size {kept.size}, {when}</dd>" in text
    assert "a witnessed record was in the ledger by the time given" in text
    chinese = client.get(page_of(lot, farm.uri), headers={"Accept-Language": "zh-CN"}).text
    assert "已见证" in chinese and "平台登记时间" in chinese and "已见证至" in chinese


def test_the_page_of_a_ledger_without_witnesses_says_so(world, farm):
    lot = world.new_lot()
    world.code(farm, lot)
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    text = english(client, page_of(lot, farm.uri))
    assert "no witnesses cosign this ledger" in text and "Witnessed" not in text
    assert "Logged " in text


def test_a_time_that_is_none_is_not_shown_as_witnessed(small, around):
    farm = small.party("青山农场", "producer")
    ask_of(small, three(around, small), 2)
    lot = small.new_lot()
    small.code(farm, lot)
    small.ledger.followers.catch_up()
    one_round(small)
    change(small.ledger, "UPDATE cosigned SET at = 9223372036854775807")
    client = client_of(small.ledger)
    text = english(client, page_of(lot, farm.uri))
    assert "Witnessed" not in text and "Logged" in text


def test_readyz_is_red_while_an_alarm_is_unresolved(world, farm, around):
    seats = three(around, world)
    ask_of(world, seats, 2)
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    assert client.get("/readyz").status_code == 200
    seats[0].hides = True
    Others(world, 3).tell(seats[0])
    check(world.ledger)
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.content_type == "application/problem+json"
    (alarm,) = answer.json["alarms"]
    assert (alarm["id"], alarm["kind"], alarm["stops"]) == (1, "ahead", False)
    assert "behind" not in answer.json and "unresolved alarms" in answer.json["detail"]
    entry = farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))
    post = {"data": entry, "content_type": "application/json"}
    assert client.post("/api/v1/links", **post).status_code == 201
    seats[1].hides = True
    Others(world, 3).tell(seats[1], 3)
    check(world.ledger)
    assert [one["stops"] for one in client.get("/readyz").json["alarms"]] == [False, True]
    entry = farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))
    stopped = client.post("/api/v1/links", data=entry, content_type="application/json")
    assert stopped.status_code == 503
    assert client.get("/log/checkpoint").status_code in (200, 404)  # reading goes on


@contextlib.contextmanager
def witnessing(world, monkeypatch):
    """A thread that has what is signed witnessed, as the worker does."""
    monkeypatch.setattr("suyuan.web.server.following.ROUND", 0.05)
    is_over = threading.Event()
    thread = threading.Thread(target=have_witnessed, args=(world.ledger, is_over))
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(120)
    assert not thread.is_alive()


def test_the_worker_has_each_new_checkpoint_witnessed(small, around, monkeypatch, caplog):
    ask_of(small, three(around, small), 2)
    with witnessing(small, monkeypatch):
        for _ in range(3):
            small.party("青山农场")
            until_witnessed(small)
    assert caplog.text == ""


def test_the_worker_goes_on_after_failures(small, around, monkeypatch, caplog):
    real, failures = Witnessing.round, [OSError("no"), RuntimeError("no")]

    def failing(self):
        if failures:
            raise failures.pop()
        return real(self)

    monkeypatch.setattr(Witnessing, "round", failing)
    ask_of(small, three(around, small), 2)
    with witnessing(small, monkeypatch):
        until_witnessed(small)
    assert caplog.text.count("witnessing failed, it is tried again") == 2


def until_witnessed(world: World) -> None:
    def is_so():
        with world.ledger.reading() as reader:
            kept, signed = reader.newest_kept(), reader.checkpoint()
        return kept is not None and kept.size == signed.size

    until(is_so)


# The real servers.


def entry_of(world: World, farm: Actor) -> bytes:
    return farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))


def test_a_served_ledger_is_witnessed_by_itself(small, around):
    farm = small.party("青山农场", "producer")
    found = ask_of(small, [*three(around, small), around.dead("witness.example/d")], 3)
    with serving_ledger(small) as (port, said):
        status, _, body = ask(port, "POST", "/api/v1/links", entry_of(small, farm), JSON)
        assert status == 201
        until_witnessed(small)
        status, _, note = ask(port, "GET", "/log/checkpoint")
        witnessed = policy.check(note.decode(), small.trust.log, found)
        assert witnessed.is_met and witnessed.checkpoint.size == json.loads(body)["index"] + 1
        assert ask(port, "GET", "/readyz")[0] == 200
    assert "ALARM" not in said[0]
    assert abs(witnessed.time - datetime.now(UTC).timestamp()) < 60


def test_a_server_that_lost_links_reads_at_once_and_signs_nothing(tmp_path, around):
    """A machine that is so slow that the 10 seconds of the gate pass is given more tries."""
    for number in range(5):
        world = World(tmp_path / str(number))
        try:
            if _reads_at_once_and_signs_nothing(world, around, f"witness.example/{number}"):
                return
        finally:
            world.ledger.close()
    pytest.fail("it signed, or was not read while the witnesses were asked")


def _reads_at_once_and_signs_nothing(world: World, around: Village, name: str) -> bool:
    farm = world.party("青山农场", "producer")
    seats = [around.witness(f"{name}/w{n}", world) for n in (1, 2, 3)]
    ask_of(world, seats, 2)
    Others(world, 3).tell(seats[0])
    for seat in seats:
        seat.delay = 300
    before = signed(world)
    with serving_ledger(world) as (port, said):
        assert ask(port, "GET", "/healthz")[0] == 200
        assert ask(port, "GET", "/api/v1/trust")[0] == 200
        is_early = Gate(world.home)._is_locked()  # no witness has answered yet
        for seat in seats:
            seat.let_go.set()
        status, _, _ = ask(port, "POST", "/api/v1/links", entry_of(world, farm), JSON)
        if not is_early or status == 201:
            return False
        assert status == 503
        status, _, body = ask(port, "GET", "/readyz")
        assert status == 503 and json.loads(body)["alarms"][0]["kind"] == "rollback"
    assert signed(world) == before
    assert "ALARM" in said[0] and "Nothing is signed until it is resolved" in said[0]
    return True


def signed(world: World) -> int:
    with world.ledger.reading() as reader:
        return reader.checkpoint().size


def test_a_process_that_serves_waits_at_the_gate(small, monkeypatch):
    monkeypatch.setenv("SUYUAN_HOME", str(small.home))
    app = serving.gated_app()
    ledger = app.extensions["suyuan"].ledger
    assert ledger.before_appending.__func__ is Gate.wait
    ledger.close()


def test_policy_text_of_the_trust_file_is_served_whole(small, around):
    ask_of(small, three(around, small), 2)
    trust = client_of(small.ledger).get("/api/v1/trust").json
    assert Policy.parse(trust["policy"]).least() == 2
