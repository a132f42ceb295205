"""What other rules derived is no tampering: the audit says so, and an upgrade makes it anew."""

import ast

import pytest
from sqlalchemy import text
from support.ledger.world import ROOT, World

from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections.follow_lineage import rule_files
from suyuan.trace.watch import audit as audits

pytestmark = pytest.mark.slow

TRACE = ROOT / "trace"


@pytest.fixture
def older(small: World) -> World:
    """A ledger whose lineage another release made, otherwise."""
    farm = small.party("青山农场", "producer")
    small.coded_lot(farm)
    small.ledger.followers.catch_up()
    with writing(small.ledger.database.engine) as connection:
        connection.execute(text("UPDATE follower SET version = 'older' WHERE name = 'lineage'"))
        connection.execute(text("UPDATE holding SET quantity = quantity + 1"))
    return small


def test_an_audit_cannot_decide_about_the_rows_of_other_rules(older: World) -> None:
    assert older.ledger.followers.outdated() == ["lineage"]
    with pytest.raises(CannotDecide, match="lineage: derived by the rules of another version"):
        audits.audit(older.ledger)


def test_the_command_says_what_to_do_and_upgrade_does_it(older, capsys):
    home = ["--home", str(older.home)]
    assert run(cli, ["audit", *home]) == 3
    assert "suyuan upgrade" in capsys.readouterr().err
    assert run(cli, ["upgrade", *home]) == 0
    assert "lineage made anew" in capsys.readouterr().out
    assert run(cli, ["audit", *home]) == 0


def test_a_rebuild_makes_them_this_releases(older: World) -> None:
    older.ledger.followers.rebuild("lineage")
    assert older.ledger.followers.outdated() == []
    assert not audits.audit(older.ledger).findings


def test_the_digest_knows_every_rule_and_table() -> None:
    named = [name for name, _ in rule_files()]
    assert len(named) == len(set(named))
    for part in ("rules/overdrawn.py", "data/cold_chain.toml", "projections/material.py",
                 "projections/follow_lineage.py", "lineage/stock.py"):  # fmt: skip
        assert any(name.endswith(part) for name in named), part


def test_the_digest_knows_all_of_lineage_that_the_follower_imports() -> None:
    named = {name.removeprefix("suyuan.trace.") for name, _ in rule_files()}
    waiting, seen = [TRACE / "store" / "projections" / "follow_lineage.py"], set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                parts = (node.module or "").split(".")
                if node.level == 0 and parts[:2] != ["suyuan", "trace"]:
                    continue
                folder = file.parents[node.level - 1] if node.level else TRACE
                folder = folder.joinpath(*(parts if node.level else parts[2:]))
                names = [folder / alias.name for alias in node.names]
                waiting += [
                    one for path in (folder, *names) if (one := path.with_suffix(".py")).is_file()
                ]
    lineage = {f"lineage/{file.name}" for file in seen if file.parent.name == "lineage"}
    assert len(lineage) > 4
    assert lineage <= named
