"""Starting: a command loads what it needs, and the table of commands is what the modules say."""

import subprocess
import sys

import click
import pytest

from suyuan.trace.cli.main import cli
from suyuan.web.server.cli import cli as whole

HEAVY = {
    "alembic", "flask", "fpdf", "obstore", "openpyxl", "pikepdf", "PIL", "pydantic", "rich",
    "urllib3", "zxingcpp",
}  # fmt: skip
EPCIS = {f"suyuan.trace.format.epcis.{name}" for name in ("document", "events", "models", "cbv")}


def loaded_by(statement: str) -> set[str]:
    """The modules that a program has loaded once it has done a statement."""
    listed = "print(*sys.modules)"
    program = f"import sys\n{statement}\n{listed}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_version_loads_next_to_nothing():
    run = "from suyuan.web.server.cli import cli, run\nassert run(cli, ['--version']) == 0"
    assert loaded_by(run) & (HEAVY | {"sqlalchemy", "orjson", "cryptography"}) == set()


@pytest.mark.parametrize(
    "module",
    [
        "goods.show", "goods.findings", "goods.register", "goods.trace", "goods.arrivals",
        "parties.party", "recall.recall", "log.audit", "log.verify",
    ],
)  # fmt: skip
def test_a_command_loads_nothing_that_only_others_need(module):
    assert loaded_by(f"import suyuan.trace.cli.{module}") & (HEAVY | EPCIS) == set()


def test_show_runs_without_what_only_others_need(small):
    shown = [
        "show",
        "--home",
        str(small.home),
        small.coded_lot(small.party("青山农场", "producer")),
    ]
    run = f"from suyuan.web.server.cli import cli, run\nassert run(cli, {shown}) == 0"
    assert loaded_by(run) & (HEAVY | EPCIS) == set()


def test_a_new_schema_is_made_without_alembic_or_another_dialect(tmp_path):
    made = f"migrate.upgrade(engine.open_engine('sqlite:///{tmp_path}/a.db'))"
    made += "\nassert 'sqlalchemy.dialects.postgresql' not in sys.modules"
    assert "alembic" not in loaded_by(f"from suyuan.trace.store import engine, migrate\n{made}")


@pytest.mark.parametrize("name", sorted(whole.commands))
def test_the_table_says_what_the_module_does(name):
    listed = whole.commands[name]
    context = click.Context(whole)
    _, loaded, _ = whole.resolve_command(context, [name])
    assert loaded.name == name and type(loaded) is not type(listed)
    for width in (40, 63, 100):
        assert listed.get_short_help_str(width) == loaded.get_short_help_str(width)


def test_the_ledgers_commands_are_those_without_a_server():
    assert cli is whole and {"serve", "worker", "demo", "witness", "scripts"} < set(whole.commands)
