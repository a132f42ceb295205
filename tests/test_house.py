"""What holds for the whole project: its packages, its folders, the size of its files."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from support import ROOT

FOLDERS = ("keys", "trace", "web")


def python_files():
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def setup_cfg():
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def lines_of(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_folder_of_python_is_a_listed_package():
    """A forgotten one works in an editable install and is missing from the wheel."""
    listed = setup_cfg()["options"]["packages"].split()
    folders = {path.parent.relative_to(ROOT) for path in python_files()}
    assert sorted(listed) == sorted("suyuan." + ".".join(folder.parts) for folder in folders)


def test_every_package_has_an_init():
    assert [path for path in python_files() if not (path.parent / "__init__.py").exists()] == []


def test_folders_are_mapped():
    mapped = setup_cfg()["options"]["package_dir"].split("\n")
    assert sorted(filter(None, mapped)) == [f"suyuan.{name} = {name}" for name in FOLDERS]


def test_symlinks_for_type_checkers_point_at_the_folders():
    found = {path.name: os.readlink(path) for path in (ROOT / "typings/suyuan").iterdir()}
    assert found == {name: f"../../{name}" for name in FOLDERS}
    for name in FOLDERS:
        assert (ROOT / "typings/suyuan" / name).resolve() == ROOT / name


def test_data_files_of_packages_are_listed():
    """So that the wheel has them: whatever is no Python file must match a pattern."""
    patterns = {
        package.removeprefix("suyuan.").replace(".", "/"): globs.split()
        for package, globs in setup_cfg()["options.package_data"].items()
    }
    shipped = {
        path
        for folder, globs in patterns.items()
        for pattern in globs
        for path in (ROOT / folder).glob(pattern)
    }
    there = {
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert sorted(there - shipped) == []


def test_no_private_key_lies_under_keys():
    for path in sorted((ROOT / "keys").rglob("*")):
        assert path.suffix not in (".pem", ".key", ".der", ".p12", ".pfx", ".jks"), path
        if path.is_file() and path.suffix != ".pyc":
            data = path.read_bytes()
            assert re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", data) is None, path
            assert b"\x06\x03\x2b\x65\x70\x04\x22\x04\x20" not in data, path


def test_git_ignores_keys():
    assert {"*.pem", "*.key"} <= set((ROOT / ".gitignore").read_text().split())


def test_files_are_small():
    """None passes 500 lines, and half stay under 150."""
    sizes = {str(path.relative_to(ROOT)): lines_of(path) for path in python_files()}
    assert [name for name, lines in sizes.items() if lines > 500] == []
    assert sum(lines < 150 for lines in sizes.values()) * 2 >= len(sizes)


def test_only_pyproject_and_setup_cfg_configure():
    assert [name for name in ("setup.py", "tox.ini", "pytest.ini") if (ROOT / name).exists()] == []


@pytest.mark.slow
def test_imports_run_one_way():
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [program, "--config", "setup.cfg", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "typings")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_core_does_not_import_the_command_lines() -> None:
    """Else it would import Click, by way of the modules that may."""
    named = re.compile(r"^\s*(from|import) [\w.]*\bcli\b", re.MULTILINE)
    for path in (ROOT / "trace").rglob("*.py"):
        if "cli" not in path.parent.parts:
            assert not named.search(path.read_text(encoding="utf-8")), path


# They tell of days on a clock of their own, or of no ledger, whatever today is.
ON_A_FIXED_CLOCK = frozenset(
    f"{name}.py"
    for name in (
        "networks",
        "test_trace_duties",
        "test_trace_epcis_events",
        "test_trace_imports_epcis",
        "test_trace_imports_table",
        "test_trace_scopes",
        "test_trace_steps",
    )
)
DATED_OPTIONS = {"--produced", "--bought", "--known"}
DATED_MEMBERS = {
    "produced",
    "known",
    "first_day",
    "last_day",
    "declarationTime",
    "suyuan:productionDate",
    "suyuan:purchased",
}
NEAR = re.compile("20[2-8][0-9]-[0-9]{2}-[0-9]{2}")


def is_day(node: ast.AST) -> bool:
    """Whether it is a literal day or instant of our own time, as "2026-11-23"."""
    said = getattr(node, "value", None)
    if not isinstance(said, str) or not NEAR.match(said):
        return False
    try:
        return bool(date.fromisoformat(said[:10]))
    except ValueError:
        return False


def dated(tree: ast.AST) -> list[int]:
    """The lines where a step, a command or a request is given a day of the calendar."""
    given: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            members = zip(node.keys, node.values, strict=True)
            given += [v for k, v in members if getattr(k, "value", None) in DATED_MEMBERS]
        if isinstance(node, ast.Call):
            given += [one.value for one in node.keywords if one.arg in DATED_MEMBERS]
            called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            given += node.args if called == "coding" else []
        row = getattr(node, "args", None) or getattr(node, "elts", None)
        if isinstance(row, list):
            given += [b for a, b in pairwise(row) if getattr(a, "value", None) in DATED_OPTIONS]
    return sorted(node.lineno for node in given if is_day(node))


def test_no_test_goes_off_on_some_day():
    """Goods of a fixed day spoil under a running clock: support.py has days that move along."""
    paths = [path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "vectors"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(paths)}
    found = {
        name: lines
        for name, text in texts.items()
        if NEAR.search(text) and (lines := dated(ast.parse(text)))
    }
    assert {name: lines for name, lines in found.items() if name not in ON_A_FIXED_CLOCK} == {}
    assert set(found) >= ON_A_FIXED_CLOCK, "what has no such day any more needs no exception"
    bomb = 'coding("上海青", "2026-11-23", 5)\nrun("--produced", "2026-11-23")\n'
    assert dated(ast.parse(bomb + '{"produced": "2026-11-23"}\nf(known="2026-02-30")')) == [1, 2, 3]
