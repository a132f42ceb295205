"""`suyuan audit`: interrupted, incremental, from nothing."""

import json
from pathlib import Path

import pytest
from support.ledger.world import World, event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.main import cli, run
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.auditing import audit_state, links
from suyuan.trace.watch.auditing.beside import Beside

pytestmark = pytest.mark.slow

PART = 256


@pytest.fixture
def world(small: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(links, "PART", PART)
    monkeypatch.setattr(audits, "SMALL", 0)
    monkeypatch.setattr(audits.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("SUYUAN_HOME", str(small.home))
    small.farm = small.party("青山农场", "producer")
    grow(small, 2 * PART)
    return small


def grow(world: World, count: int) -> None:
    lot = world.new_lot()
    drafts = [Draft(event=event("feed", lot, "1")) for _ in range(count)]
    world.ledger.append([world.farm.pen.sign(draft) for draft in drafts])


def audit(capsys, *options: str) -> tuple[int, dict, str]:
    status = run(cli, ["audit", "--json", *options])
    said = capsys.readouterr()
    return status, json.loads(said.out), said.err


def state(world: World) -> Path:
    return world.home / audit_state.FILE


def test_each_audit_decides_everything_unless_asked_for_what_is_new(world: World, capsys) -> None:
    status, report, said = audit(capsys)
    assert (status, report["good"], report["findings"]) == (0, True, [])
    assert "decided before" not in said
    assert audit(capsys)[2] == said
    grow(world, 100)
    status, report, said = audit(capsys, "--incremental")
    assert (status, report["good"]) == (0, True)
    assert f"decided before: {2 * PART} records" in said
    assert report["size"] == 2 * PART + 103
    assert report["root"] == audit(capsys)[1]["root"]


def test_an_interrupted_audit_goes_on(world, capsys, monkeypatch) -> None:
    real = Beside.items
    monkeypatch.setattr(Beside, "items", lambda *about: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run(cli, ["audit"]) == 130
    assert "interrupted" in capsys.readouterr().err
    monkeypatch.setattr(Beside, "items", real)
    status, report, said = audit(capsys)
    assert (status, report["good"]) == (0, True)
    assert f"an interrupted audit goes on: {2 * PART} records" in said
    assert "goes on" not in audit(capsys)[2]  # that one came to its end


def test_fresh_forgets_what_an_interrupted_audit_left(world: World, capsys) -> None:
    audit(capsys)
    found = audit_state.load(state(world), world.trust.origin)
    audit_state.save(state(world), world.trust.origin, found[0], is_whole=False)
    assert "goes on" not in audit(capsys, "--fresh")[2]


@pytest.mark.parametrize("options", [[], ["--incremental"], ["--fresh"]])
def test_what_was_changed_since_is_found(world: World, capsys, options: list[str]) -> None:
    import sqlite3
    from contextlib import closing

    audit(capsys)
    with closing(sqlite3.connect(world.home / "suyuan.db")) as connection:
        connection.execute("DROP TRIGGER link_no_update")
        connection.execute("UPDATE link SET entry = x'00' WHERE leaf = 100")
        connection.commit()
    status, report, _ = audit(capsys, *options)
    assert status == 1
    told = {found["index"]: found for found in report["findings"]}
    assert set(told) == {100, None}  # the trigger is gone too
    assert told[None]["reason"] == "trigger link.link_no_update is missing"
    assert not state(world).exists()


def test_a_state_of_another_ledger_or_of_garbage_is_not_taken(world: World, capsys) -> None:
    state(world).write_bytes(b"garbage")
    status, _, said = audit(capsys, "--incremental")
    assert status == 0 and "decided before" not in said
