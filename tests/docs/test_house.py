"""What holds for the whole project: its packages, its folders, the size of its files."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from support.ledger.world import ROOT

FOLDERS = ("keys", "trace", "web")
OTHER_FOLDERS = {
    "tests",
    "conformance",
    "e2e",
    "bench",
    "support",
    "docs",
    "data",
    "migrations",
    "deploy",
}


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


# The house in figures. What falls short of it is counted, and may only become less.
ENTRIES, LONGEST, SHORTEST, SHARE_OF_SHORT = 16, 400, 40, 0.05
STILL = {
    "lines of code": 97_400,
    "lines of tests": 83_450,
    "folders with more entries": 0,
    "modules that are longer": 0,
    "modules that are shorter": 0,
    "names that stand twice": 0,
    "modules loose in trace/ and web/": 0,
}
FREE_NAMES = {"__init__", "errors", "conftest", "env"}
UNCOUNTED = {"vectors", "translations", "rules"}


def tracked() -> list[str]:
    """All files that git knows and that are there, by their paths from the root."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def of_folders(files: list[str], *folders: str) -> list[str]:
    """Those of the files that lie in these folders of the root."""
    return [name for name in files if name.split("/")[0] in folders]


def entries_of_folders(files: list[str]) -> Counter[str]:
    """How many files and folders lie in each folder of code, tests, scripts and templates."""
    entries = {
        ("/".join(parts[:depth]), parts[depth])
        for parts in (name.split("/") for name in of_folders(files, *FOLDERS, "tests"))
        if not UNCOUNTED & set(parts)
        for depth in range(1, len(parts))
        if not parts[depth].startswith("__init__")
    }
    return Counter(folder for folder, _ in entries)


def twice(files: list[str]) -> list[str]:
    """Names of modules that stand twice in trace/ and keys/, commands aside."""
    names = Counter(
        Path(name).stem for name in of_folders(files, "trace", "keys") if "/cli/" not in name
    )
    return sorted(name for name, count in names.items() if count > 1 and name not in FREE_NAMES)


def figures() -> dict[str, int]:
    """The house as it stands, by the names of `STILL`."""
    files = tracked()
    python = [name for name in files if name.endswith(".py")]
    code, tests = of_folders(python, *FOLDERS), of_folders(python, "tests")
    length = {name: lines_of(ROOT / name) for name in (*code, *tests)}
    short = [n for n in code if length[n] < SHORTEST and not n.endswith("__init__.py")]
    loose = [n for n in of_folders(code, "trace", "web") if n.count("/") == 1]
    return {
        "lines of code": sum(length[name] for name in code),
        "lines of tests": sum(length[name] for name in tests),
        "folders with more entries": sum(n > ENTRIES for n in entries_of_folders(files).values()),
        "modules that are longer": sum(lines > LONGEST for lines in length.values()),
        "modules that are shorter": max(0, len(short) - int(len(code) * SHARE_OF_SHORT)),
        "names that stand twice": len(twice(code)),
        "modules loose in trace/ and web/": max(
            0, len([n for n in loose if "__init__" not in n]) - 4
        ),
    }


def test_the_house_only_becomes_easier_to_read():
    """Whoever brings a figure down writes it into `STILL`, so that it stays there.

    A feature that needs more lines than there is room for raises it in a commit that says why.
    """
    found = figures()
    assert {name: n for name, n in found.items() if n > STILL[name]} == {}


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
    {
        "support/lineage/networks.py",
        "trace/format/epcis/test_events.py",
        "trace/format/test_steps.py",
        "trace/goods/test_duties.py",
        "trace/admission/test_scopes.py",
        "trace/recording/test_imports_epcis.py",
        "trace/recording/test_imports_table.py",
    }
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
    texts = {
        str(path.relative_to(ROOT / "tests")): path.read_text(encoding="utf-8")
        for path in sorted(paths)
    }
    found = {
        name: lines
        for name, text in texts.items()
        if NEAR.search(text) and (lines := dated(ast.parse(text)))
    }
    assert {name: lines for name, lines in found.items() if name not in ON_A_FIXED_CLOCK} == {}
    assert set(found) >= ON_A_FIXED_CLOCK, "what has no such day any more needs no exception"
    bomb = 'coding("上海青", "2026-11-23", 5)\nrun("--produced", "2026-11-23")\n'
    assert dated(ast.parse(bomb + '{"produced": "2026-11-23"}\nf(known="2026-02-30")')) == [1, 2, 3]


def test_the_page_about_the_architecture_has_the_folders_that_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `((?:keys|trace|web)/[\w/]*)` \|", page, re.MULTILINE))
    there = {f"{path.parent.relative_to(ROOT)}/" for path in python_files()}
    packages = {"keys/", *(name for name in there if name.count("/") == 2)}
    assert listed == packages
    inside = set(re.findall(r"`([\w]+)/`", page))
    assert inside <= {part for name in there for part in name.split("/")} | OTHER_FOLDERS


def test_what_the_documents_name_is_there() -> None:
    """Files in code spans, and links, of all documents but decisions, which are of their day."""
    missing = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`((?:trace|web|keys|tests|docs)/[\w/.-]+)`", text)
        linked = re.findall(r"\]\((?!\w+:|#)([^)#]+)", text)
        places = [*(ROOT / name for name in named), *(page.parent / link for link in linked)]
        missing += [f"{page.name}: {place}" for place in places if not place.exists()]
    assert missing == []
