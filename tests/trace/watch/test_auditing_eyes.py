"""What an attacker who writes the database could do that no part of the audit looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ledger.copies import copied
from support.ledger.world import World, event
from support.watch.audits import PART, tamper

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.watch.audit import audit as whole_audit
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing.audit_state import Prefix

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_parts")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Exactly two parts of whole tiles."""
    made = World(tmp_path_factory.mktemp("whole") / "home")
    made.farm = made.party("青山农场", "producer")
    lot = made.new_lot()
    with made.ledger.reading() as reader:
        rest = 2 * PART - reader.size()
    for at in range(0, rest, 100):
        count = min(100, rest - at)
        made.ledger.append(
            [made.farm.pen.sign(Draft(event=event("feed", lot, "1"))) for _ in range(count)]
        )
    made.ledger.followers.catch_up()
    made.ledger.close()
    return made


@pytest.fixture
def world(whole: World, tmp_path: Path) -> Iterator[World]:
    made = copied(whole, tmp_path / "home")
    yield made
    made.ledger.close()


def test_a_stored_hash_changed_in_the_last_part_that_is_known(world: World) -> None:
    """The ledger's size is a whole number of parts, and the link is no head of a chain."""
    saved: list[Prefix] = []
    assert audit_rows(world.ledger, save=saved.append).is_good
    assert saved[-1].size == 2 * PART
    tamper(world, "UPDATE link SET hash = zeroblob(32) WHERE leaf = :leaf", leaf=2 * PART - 9)
    assert not audit_rows(world.ledger).is_good
    assert not audit_rows(world.ledger, prefix=saved[-1]).is_good


@pytest.mark.parametrize("at", [0, 3])
def test_a_checkpoint_that_signs_another_tree_where_the_tiles_agree(world: World, at: int) -> None:
    """Who has the log's key has signed it; the tiles were written with the links."""
    with world.ledger.reading() as reader:
        size = [one.size for one in reader.checkpoints()][at]
    note = sign(Checkpoint(world.trust.origin, size, b"x" * 32), world.log)
    tamper(world, "UPDATE checkpoint SET note = :note WHERE size = :size", note=note, size=size)
    assert not audit_rows(world.ledger).is_good


def test_such_a_checkpoint_hides_no_fork_from_a_kept_one(world: World) -> None:
    with world.ledger.reading() as reader:
        checkpoints = list(reader.checkpoints())
    size = checkpoints[0].size
    note = sign(Checkpoint(world.trust.origin, size, b"x" * 32), world.log)
    tamper(world, "UPDATE checkpoint SET note = :note WHERE size = :size", note=note, size=size)
    kept = sign(Checkpoint(world.trust.origin, checkpoints[-1].size, b"y" * 32), world.log)
    found = audit_rows(world.ledger, kept=kept).findings
    assert {one.rule for one in found} >= {"log"}


def test_nor_what_is_wrong_of_the_log(world: World) -> None:
    with world.ledger.reading() as reader:
        size = next(iter(reader.checkpoints())).size
    note = sign(Checkpoint(world.trust.origin, size, b"x" * 32), world.log)
    tamper(world, "UPDATE checkpoint SET note = :note WHERE size = :size", note=note, size=size)
    tamper(world, "UPDATE log_state SET root = :root, standing = 500", root=b"z" * 32)
    tamper(world, "DELETE FROM tile WHERE id = 1")
    assert not audit_rows(world.ledger).is_good


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO subject VALUES (9223372036854775807, 'urn:x:nobody', 'X')",
        "INSERT INTO subject VALUES (-9223372036854775808, 'urn:x:nobody', 'X')",
        "INSERT INTO chain VALUES (999, 9223372036854775807, 1, 0, x'00')",
        "INSERT INTO chain VALUES (999, -9223372036854775807, 1, 0, x'00')",
        "INSERT INTO chain VALUES (999, 'x', 1, 0, x'00')",
        "INSERT INTO holding VALUES ('x', 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO holding VALUES (9223372036854775807, 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO holding VALUES (-9223372036854775807, 'urn:x:y', 0, 5, 'kg', 3)",
        "INSERT INTO lot VALUES (9223372036854775807, 3, 'x', 'x', 'x', 1, 'x', 'x')",
        "INSERT INTO used VALUES ('x', 3)",
        "INSERT INTO made VALUES (3, x'00')",
        "INSERT INTO doubt VALUES ('rule', 'x', 3, 'x', NULL, '{}', '[]')",
        "INSERT INTO doubt VALUES ('rule', 'x', 3, -9223372036854775808, NULL, '{}', '[]')",
        "INSERT INTO containment VALUES ('x', 1, 3, 0, 1, NULL, NULL, NULL, NULL)",
        "INSERT INTO shipment VALUES (3, 'x', 'u:x', NULL, 1, 'kg', 'x', NULL, NULL, NULL, 0)",
    ],
)
def test_a_row_about_a_number_in_no_run(world: World, statement: str) -> None:
    tamper(world, statement)
    assert not audit_rows(world.ledger).is_good


def test_a_size_that_is_no_number_is_found_by_the_whole_audit_too(world: World) -> None:
    tamper(world, "UPDATE log_state SET size = 'null'")
    assert whole_audit(world.ledger).findings
