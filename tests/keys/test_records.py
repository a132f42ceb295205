import pickle
import subprocess
import sys
from dataclasses import replace

import pytest
from support.ledger.world import ROOT

from suyuan.keys.records import record

SNIPPET = """
from suyuan.keys.records import record

@record
class Point:
    x: int
    y: int = 0

point = Point(1)
{}
"""


@record
class Point:
    x: int
    y: int = 0


def test_record_is_compared_hashed_copied_and_pickled_by_its_members():
    assert Point(1) == Point(1, 0) != Point(1, 2)
    assert {Point(1), Point(1)} == {Point(1)}
    assert replace(Point(1), y=2) == pickle.loads(pickle.dumps(Point(1, 2))) == Point(1, 2)
    with pytest.raises(AttributeError):
        Point(1).z = 3


@pytest.mark.parametrize(("line", "is_taken"), [("print(point.x)", True), ("point.x = 2", False)])
def test_types_refuse_to_assign_a_member(line, is_taken, tmp_path):
    (tmp_path / "snippet.py").write_text(SNIPPET.format(line))
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "setup.cfg")]
    command += ["--cache-dir", str(tmp_path / "cache"), str(tmp_path / "snippet.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode == 0) == is_taken, done.stdout + done.stderr
    assert is_taken or 'Property "x" defined in "Point" is read-only' in done.stdout
