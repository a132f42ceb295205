"""A hostile operator with the log's true key: who finds each attempt, and who does not.

docs/threats.md has the same table; a test here compares the two.
"""

import json
import re
from typing import NamedTuple

import pytest
from support.ledger.commands import suyuan
from support.ledger.operator import ATTEMPTS, OBSERVERS, Theatre, a_place
from support.ledger.world import ROOT
from support.watch.replica import over_http, trust_file

from suyuan.trace.log.checkpoint import open_checkpoint

PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


class Cell(NamedTuple):
    """What an observer answers: without a memory, with one, and what the graver answer says."""

    without: int
    remembering: int
    says: str = ""


WORDS = {
    (0, 0): "does not", (1, 1): "finds", (0, 1): "only if", (3, 3): "undecided",
    (0, 3): "undecided only if",
}  # fmt: skip
QUIET = {
    "file": r": verified, \d+ records\n", "file, witness": r": verified, \d+ records\n",
    "file, auditing witness": r": verified, \d+ records\n",
    "receipt": r"^(still there|there is no receipt)",
    "monitor": r"size \d+, (\d+) entries decided\n$",
    "monitor `--witness`": r"size \d+, (\d+) entries decided\n$", "witness": "^cosigned$",
    "auditing witness": "^cosigned$", "`audit`": "nothing is wrong",
    "`audit --url`": "nothing is wrong", "start": "^$",
}  # fmt: skip
NOTHING = {name: Cell(0, 0) for name in OBSERVERS}
UNWITNESSED = "not yet witnessed"
REWRITTEN = "that do not begin with the"
# Two histories under one key, the second the larger.
FORK = {
    "file": Cell(0, 0),
    "file, witness": Cell(0, 3, UNWITNESSED),
    "file, auditing witness": Cell(0, 3, UNWITNESSED),
    "receipt": Cell(0, 1, r"signs another tree .*; another link is at its index now"),
    "monitor": Cell(0, 1, f"ALARM .*: fork: .* {REWRITTEN}"),
    "monitor `--witness`": Cell(0, 1, f"ALARM .*: fork: .* {REWRITTEN}"),
    "witness": Cell(0, 1, "is no beginning of that of"),
    "auditing witness": Cell(0, 1, "is no beginning of that of"),
    "`audit`": Cell(0, 1, "FINDING  log: the kept checkpoint signs another tree"),
    "`audit --url`": Cell(0, 1, f"FINDING  log: .* {REWRITTEN}"),
    "start": Cell(0, 1, "a checkpoint of another history, signed by this log"),
}


def broken(rule: str) -> dict[str, Cell]:
    """One history, a link of which breaks a rule; evidence files do not show what it breaks."""
    return NOTHING | {
        "file, auditing witness": Cell(3, 3, UNWITNESSED),
        "monitor": Cell(1, 1, f"ALARM .*: rule: .* breaks rule {rule}"),
        "monitor `--witness`": Cell(1, 1, f"ALARM .*: rule: .* breaks rule {rule}"),
        "auditing witness": Cell(1, 1, f"the audit found: .* breaks rule {rule}"),
        "`audit`": Cell(1, 1, f"FINDING  {rule}: "),
        "`audit --url`": Cell(1, 1, f"FINDING  {rule}: "),
    }


EXPECTED: dict[str, dict[str, Cell]] = {
    "fork, one size": FORK
    | {
        "monitor": Cell(0, 1, "ALARM .*: fork: the log signed two roots for its first"),
        "monitor `--witness`": Cell(0, 1, "ALARM .*: fork: the log signed two roots"),
        "witness": Cell(0, 1, "another root than was cosigned at size"),
        "auditing witness": Cell(0, 1, "another root than was cosigned at size"),
        "`audit --url`": Cell(0, 1, "FINDING  log: the log signed another root"),
    },
    "fork, two sizes": FORK, "revocation dropped": FORK, "revocation never logged": NOTHING,
    "revocation kept out of files": broken("key"), "second link of a number": broken("chain"),
    "rewritten tail": FORK,
    "restored backup": FORK
    | {
        "receipt": Cell(0, 1, "the newest were removed"),
        "monitor": Cell(0, 1, "ALARM .*: rollback: the log was rolled back"),
        "monitor `--witness`": Cell(0, 3, r"it cosigned size \d+, which the log does not serve"),
        "witness": Cell(0, 3, r"^\d+\n$"),
        "auditing witness": Cell(0, 3, r"^\d+\n$"),
        "`audit`": Cell(0, 1, "FINDING  log: .* the newest were removed"),
        "`audit --url`": Cell(0, 1, "FINDING  log: the log signed another root"),
        "start": Cell(0, 1, "a larger checkpoint, signed by this log, .*: links were lost"),
    },
    "restored backup, gone on": FORK, "checkpoint not stored": FORK,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    found = a_place(tmp_path_factory.mktemp("place") / "home")
    yield found
    found.world.ledger.close()


@pytest.mark.slow
@pytest.mark.parametrize("observer", OBSERVERS)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_who_finds_it(attempt: str, observer: str, place, tmp_path) -> None:
    play = Theatre(place, ATTEMPTS[attempt](place), tmp_path)
    expected, found = EXPECTED[attempt][observer], []
    for name, has_memory in (("without", False), ("remembering", True)):
        folder = tmp_path / name
        folder.mkdir()
        found.append(OBSERVERS[observer](play, has_memory, folder))
    assert [said.code for said in found] == [expected.without, expected.remembering], found
    for said in found:
        assert re.search(expected.says if said.code else QUIET[observer], said.text), said


@pytest.mark.slow
@pytest.mark.parametrize(
    "attempt", [name for name, row in EXPECTED.items() if row["monitor"] == FORK["monitor"]]
)
def test_what_a_monitor_keeps_convinces_anybody(attempt: str, place, tmp_path) -> None:
    """Two notes by the log's own key, that are not of one history."""
    play = Theatre(place, ATTEMPTS[attempt](place), tmp_path)
    watch, trust = tmp_path / "watch", trust_file(tmp_path, place.trust)
    with over_http(play.before) as (url, server):
        command = ["monitor", url, "--once", "--trust", trust, "--folder", watch]
        suyuan.good(*command)
        for log in (play.after, play.before):  # it may show the first again: what was kept stays
            server.log = log
            assert suyuan(*command).code == 1
    (kept,) = (watch / "evidence").glob("*.json")
    notes = json.loads(kept.read_text(encoding="utf-8"))["notes"]
    assert notes == [play.before.note(), play.after.note()]
    one, two = (open_checkpoint(note, place.trust.log) for note in notes)
    assert play.after.note(one.size) != notes[0]
    assert (one.size, two.size) == (play.before.size, play.after.size)


def table() -> tuple[list[str], dict[str, list[str]]]:
    """The columns of the page's table of attempts, and its rows."""
    part = PAGE.split("\n## A hostile operator\n")[1].split("\n## ")[0]
    lines = [line for line in part.split("\n") if line.startswith("| ")]
    head, *rows = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return head[1:], {row[0]: row[1:] for row in rows if not set(row[0]) <= set("- ")}


def test_the_page_has_this_table() -> None:
    columns, rows = table()
    assert columns == list(OBSERVERS)
    assert list(rows) == list(ATTEMPTS) == list(EXPECTED)
    for attempt, cells in rows.items():
        expected = [EXPECTED[attempt][observer] for observer in OBSERVERS]
        assert cells == [WORDS[cell.without, cell.remembering] for cell in expected], attempt


def test_the_page_explains_each_attempt_and_each_observer() -> None:
    part = PAGE.split("\n## A hostile operator\n")[1].split("\n## ")[0]
    assert re.findall(r"^- \*\*(.+?)\*\*:", part, re.MULTILINE) == [*OBSERVERS, *ATTEMPTS]
