"""The audit of a ledger with holds and recalls: rows that were changed, lists that are lost."""

import pytest
from support.ledger.row import change
from support.ledger.world import World
from support.watch.audits import FEW, audit
from support.web.acting import clear, hold, order

from suyuan.trace.admission import acts
from suyuan.trace.admission.scopes import render
from suyuan.trace.cli.main import cli, run
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.auditing import links
from suyuan.trace.watch.auditing.audit_progress import Phase

pytestmark = pytest.mark.slow


@pytest.fixture
def acted(world: World) -> tuple[World, str, str]:
    farm = world.party("青山农场", "producer")
    one, two = world.coded_lot(farm), world.coded_lot(farm)
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
    change(world.ledger, statement.replace(":one", f"'{one}'").replace(":two", f"'{two}'"))
    findings = audit(world.ledger).findings
    assert findings and all(found.rule == "projection" for found in findings)
    assert all(found.reason.startswith(table) for found in findings)


def test_a_statement_that_parts_did_not_expect_has_all_decided_once_more(acted, monkeypatch):
    """Of no row of `act` no part knows that an act was begun: who took it up again broke a rule."""
    world, _, _ = acted
    monkeypatch.setattr(links, "PART", FEW)
    phases: list[Phase] = []
    audits.audit_rows(world.ledger, watch=lambda phase, _: phases.append(phase))
    assert Phase.AGAIN not in phases
    change(world.ledger, "DELETE FROM act WHERE kind = 'hold'")
    audits.audit_rows(world.ledger, watch=lambda phase, _: phases.append(phase))
    assert Phase.AGAIN in phases


def lose_lists(world: World) -> None:
    for path in (world.home / "attachments").glob("*/*"):
        path.unlink()


def test_a_lost_list_is_told_and_the_rows_that_give_it_are_checked_by_it(acted):
    world, one, _ = acted
    lose_lists(world)
    report = audit(world.ledger)
    assert report.is_good
    assert {found.rule for found in report.notices} == {"file"} and len(report.notices) == 3
    change(world.ledger, f"DELETE FROM scope WHERE item = '{one}'")
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
def test_the_command_reports_a_changed_row_by_exit_1(acted, smallest, capsys, monkeypatch):
    world, one, _ = acted
    if "postgresql" in str(world.ledger.database.url):
        monkeypatch.setenv("SUYUAN_DATABASE_URL", str(world.ledger.database.url))
    monkeypatch.setattr(audits, "SMALL", smallest)
    monkeypatch.setattr(audits.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("SUYUAN_HOME", str(world.home))
    assert run(cli, ["audit"]) == 0
    change(world.ledger, f"UPDATE scope SET cleared = leaf WHERE item = '{one}'")
    assert run(cli, ["audit"]) == 1
    assert "scope" in capsys.readouterr().out
