"""Statements asked again: each is compared, under a key that no other process has."""

import subprocess
import sys

import pytest

from suyuan.trace.store.read import reread
from suyuan.trace.store.read.reread import Reads

MANY = 5


@pytest.fixture
def probes(world):
    """Tables, the statements over them, and what has them asked again."""
    engine = world.ledger.database.engine
    reread.listen(engine)
    tables = [f"probe_{number}" for number in range(MANY)]
    change(world, *(f"CREATE TABLE {name} (at INTEGER, v INTEGER)" for name in tables))
    change(world, *(f"INSERT INTO {name} VALUES (1, 1), (2, 2)" for name in tables))
    with world.ledger.reading() as reader:
        reads = Reads(reader)
        with reads.noting():
            for name in tables:
                statement = f"SELECT at, v FROM {name} ORDER BY at"
                reader.connection.exec_driver_sql(statement).fetchall()
        noted = reads.kept()
    yield reread.again(engine), noted
    change(world, *(f"DROP TABLE {name}" for name in tables))


def change(world, *statements):
    with world.ledger.database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("do", "undo"),
    [
        ("UPDATE probe_{} SET v = 3 WHERE at = 2", "UPDATE probe_{} SET v = 2 WHERE at = 2"),
        ("INSERT INTO probe_{} VALUES (3, 1)", "DELETE FROM probe_{} WHERE at = 3"),
        ("DELETE FROM probe_{} WHERE at = 2", "INSERT INTO probe_{} VALUES (2, 2)"),
        ("UPDATE probe_{} SET v = NULL WHERE at = 1", "UPDATE probe_{} SET v = 1 WHERE at = 1"),
    ],
    ids=["value", "more", "fewer", "null"],
)
def test_a_change_behind_any_one_statement_is_seen(world, probes, do, undo):
    again, noted = probes
    assert again.look(noted) is not None
    for number in range(MANY):
        change(world, do.format(number))
        assert again.look(noted) is None and again.look(noted) is None
        change(world, undo.format(number))
        assert again.look(noted) is not None


def test_what_is_newest_is_no_part_of_what_is_compared(world, probes):
    again, noted = probes
    sizes = [again.look(noted).size]
    world.party("青山农场", "producer")
    with world.ledger.reading() as reader:
        sizes += [again.look(noted).size, reader.size()]
    assert sizes[0] < sizes[1] == sizes[2]


def test_no_other_process_has_the_key():
    code = "from suyuan.trace.store.read import reread; print(reread._digest([[1]]).hex())"
    command = [sys.executable, "-c", code]
    other = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert other != reread._digest([[1]]).hex() == reread._digest([[1]]).hex()
