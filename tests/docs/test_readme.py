"""The README's own words, tried."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.ledger.world import ROOT

from suyuan.web.server.cli import cli

BIN = Path(sys.executable).parent


def blocks(name: str) -> list[str]:
    """Indented and fenced blocks of a README, without their marks."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"(?:^    .*\n)+|^```sh\n[^`]*```", text, re.MULTILINE)
    return [_plain(block) for block in found]


def _plain(block: str) -> str:
    if block.startswith("```"):
        return block.removeprefix("```sh\n").removesuffix("```")
    return "".join(line[4:] for line in block.splitlines(keepends=True))


def script(name: str, *words: str) -> str:
    """The first block of a README with these words in it."""
    return next(block for block in blocks(name) if all(word in block for word in words))


def test_both_readmes_have_the_same_commands() -> None:
    english, chinese = blocks("README.md"), blocks("README.zh-CN.md")
    assert english[:3] == chinese[:3]
    tampering, proof = ("DROP TRIGGER",), ("export", "python -c")  # what is run below is in both
    assert script("README.md", *tampering) == script("README.zh-CN.md", *tampering)
    assert script("docs/guide.md", *proof) == script("docs/guide.zh-CN.md", *proof)
    assert english[0].endswith("suyuan demo\n") and "pytest" in english[1]


def test_every_command_that_the_guide_names_is_there() -> None:
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| `suyuan")]
    named = {
        word.split()[0]
        for line in table
        for word in re.findall(r"`(?:suyuan )?([a-z]+[^`]*)`", line.split("|")[1])
    }
    assert named == set(cli.commands)


@pytest.mark.slow
def test_tampering_is_found_as_the_readme_says(tmp_path: Path) -> None:
    commands = script("README.md", "DROP TRIGGER").replace(".venv/bin/", f"{BIN}/")
    done = subprocess.run(
        ["bash", "-c", commands], cwd=tmp_path, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "nothing is wrong" in done.stdout
    assert re.search(r"FINDING .*index 200, item \S+, actor \S+, number \d+", done.stdout)


@pytest.mark.slow
def test_evidence_verifies_until_a_byte_is_changed(tmp_path: Path) -> None:
    commands = script("docs/guide.md", "export", "python -c").replace(".venv/bin/", f"{BIN}/")
    done = subprocess.run(
        ["bash", "-c", commands], cwd=tmp_path, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert ": verified, " in done.stdout
    assert ": BROKEN: " in done.stdout.partition(": verified, ")[2]
