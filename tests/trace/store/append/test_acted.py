"""Both audits of a ledger with holds and recalls: rows that were changed, lists that are lost."""

import pytest
from sqlalchemy import text
from support.ledger.world import World
from support.watch.audits import audit
from support.web.acting import clear, hold, order

from suyuan.trace.admission import acts
from suyuan.trace.admission.scopes import render
from suyuan.trace.cli.main import cli, run
from suyuan.trace.store.engine import writing
from suyuan.trace.watch import audit as audits

pytestmark = pytest.mark.slow


def change(world: World, statement: str, **values: object) -> None:
    with writing(world.ledger.database.engine) as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def acted(world: World) -> tuple[World, str, str]:
    farm = world.party("青山农场", "producer")
    one, two = world.new_lot(), world.new_lot()
    world.code(farm, one)
    world.code(farm, two)
    uri = order(world, farm, one, two)
    clear(world, world.authority, uri, two)
    hold(world, world.authority, one)
    world.ledger.followers.catch_up()
    return world, one, two


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM scope WHERE item = :one", "scope"),
        ("UPDATE scope SET cleared = leaf WHERE item = :one", "scope"),
        ("UPDATE scope SET cleared = NULL WHERE item = :two", "scope"),
        ("UPDATE scope SET item = 'urn:x:other' WHERE item = :two", "scope"),
        ("UPDATE scope SET leaf = 0 WHERE item = :one", "scope"),
        ("INSERT INTO scope VALUES ('urn:x:new', 0, 0, NULL)", "scope"),
        ("UPDATE act SET ended = 3, ending = 'withdraw' WHERE kind = 'recall'", "act"),
        ("UPDATE act SET drill = true", "act"),
        ("UPDATE act SET level = 3 WHERE kind = 'recall'", "act"),
        ("UPDATE act SET actor = subject", "act"),
        ("DELETE FROM act WHERE kind = 'hold'", "act"),
    ],
)
def test_a_changed_row_is_found(acted: tuple[World, str, str], statement: str, table: str) -> None:
    world, one, two = acted
    assert audit(world.ledger).is_good
    values = {"one": one, "two": two}
    change(world, statement, **{k: v for k, v in values.items() if f":{k}" in statement})
    findings = audit(world.ledger).findings
    assert findings and all(found.rule == "projection" for found in findings)
    assert all(found.reason.startswith(table) for found in findings)


def lose_lists(world: World) -> None:
    for path in (world.home / "attachments").glob("*/*"):
        path.unlink()


def test_a_lost_list_is_told_and_the_rows_that_give_it_are_checked_by_it(
    acted: tuple[World, str, str],
) -> None:
    world, one, _ = acted
    lose_lists(world)
    report = audit(world.ledger)
    assert report.is_good
    assert {found.rule for found in report.notices} == {"file"} and len(report.notices) == 3
    change(world, "DELETE FROM scope WHERE item = :one", one=one)
    findings = audit(world.ledger).findings
    assert findings and all("cannot be compared" in found.reason for found in findings)


def test_a_changed_list_is_a_finding(acted: tuple[World, str, str]) -> None:
    world, one, _ = acted
    data, named = acts.listed([one])
    path = world.home / "attachments" / named["list"][:2] / named["list"]
    assert path.read_bytes() == data == render([one])
    path.write_bytes(b"urn:x:other\n")
    assert [found.rule for found in audit(world.ledger).findings] == ["file"]


@pytest.mark.parametrize("smallest", [0, 1_000_000])  # in processes of its own, or not
def test_the_command_reports_a_changed_row_by_exit_1(
    acted: tuple[World, str, str],
    smallest: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, one, _ = acted
    if "postgresql" in str(world.ledger.database.url):
        monkeypatch.setenv("SUYUAN_DATABASE_URL", str(world.ledger.database.url))
    monkeypatch.setattr(audits, "SMALL", smallest)
    monkeypatch.setattr(audits.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("SUYUAN_HOME", str(world.home))
    assert run(cli, ["audit"]) == 0
    change(world, "UPDATE scope SET cleared = leaf WHERE item = :one", one=one)
    assert run(cli, ["audit"]) == 1
    assert "scope" in capsys.readouterr().out
