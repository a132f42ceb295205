"""A backup made while others write; what a restore finds and refuses; the erased stays gone."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from support.ledger.commands import Result, Suyuan
from support.ledger.private import erase, priced
from support.ledger.world import HOST, World
from support.watch.witnessing import one_round, three

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods.disclosures import Disclosures
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.engine import is_sqlite
from suyuan.trace.store.files.disclosure_keys import KeyFile

pytestmark = pytest.mark.slow


@pytest.fixture
def suyuan(suyuan: Suyuan, monkeypatch, request: pytest.FixtureRequest) -> Suyuan:
    """Runs commands about the world's home and database."""
    name = "world" if "world" in request.fixturenames else "small"
    world = request.getfixturevalue(name)
    monkeypatch.setenv("SUYUAN_HOME", str(world.home))
    if not is_sqlite(world.ledger.database.engine):
        monkeypatch.setenv("SUYUAN_DATABASE_URL", world.ledger.database.url)
    return suyuan


def back_up(suyuan: Suyuan, *parts: str) -> None:
    """An archive of each part, by its name."""
    for part in parts or ("ledger", "keys", "disclosure-keys"):
        suyuan.good("backup", f"{part}.tar", "--part", part)
        assert Path(f"{part}.tar").stat().st_mode & 0o777 == 0o600


PARTS = ("ledger.tar", "keys.tar", "disclosure-keys.tar")


def restored(world: World, suyuan: Suyuan, *more: object) -> Result:
    """The result of a restore from all parts, on PostgreSQL into the database that held the world.

    The world goes on with what was restored.
    """
    world.ledger.close()
    if not is_sqlite(world.ledger.database.engine):
        with world.ledger.database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        world.ledger.close()
    done = suyuan("restore", *PARTS, "--home", "new", "--json", *more)
    if Path("new").exists():
        url = None if is_sqlite(world.ledger.database.engine) else world.ledger.database.url
        world.ledger = Ledger.open(Path("new"), lambda: world.log, url=url)
    return done


def test_what_is_written_meanwhile_is_whole_or_not_in_it(world, suyuan) -> None:
    farm = world.party("青山农场", "producer")
    is_over, count = threading.Event(), 0

    def write() -> None:
        nonlocal count
        while not is_over.is_set():
            world.ledger.attachments.put(b"%d" % count)
            world.coded_lot(farm)
            count += 1

    writer = threading.Thread(target=write)
    writer.start()
    suyuan.good("party", "invite", farm.uri, "--base-url", "https://trace.food.example")
    while count < 3:
        pass
    back_up(suyuan)
    is_over.set()
    writer.join()
    with world.ledger.reading() as reader:
        size = reader.size()
    done = restored(world, suyuan).json
    assert done["good"] and 3 < done["size"] <= size
    pen = world.ledger.pen(world.authority.uri, world.root)
    statement = acts.admit(f"https://{HOST}/party/{codes.new()}", "又一家", ["stall"], "350206")
    assert world.ledger.write(pen, [Draft(statement=statement)])  # and it goes on
    assert suyuan.good("party", "invitations", "--home", "new", "--json").json == []


def test_what_was_erased_does_not_come_back(world, suyuan, monkeypatch) -> None:
    farm = world.party("青山农场", "producer")
    receipts = [priced(world, farm, world.coded_lot(farm), price=f"{n} 元") for n in range(4)]
    stored = [stored for _, stored in receipts]
    back_up(suyuan, "disclosure-keys", "keys")
    erase(world, farm, receipts[0][0].index, stored[0])
    with monkeypatch.context() as patch:  # the moment after the erasure is in the ledger
        patch.setattr(Disclosures, "destroy", lambda *_: None)
        erase(world, farm, receipts[3][0].index, stored[3])
        back_up(suyuan, "ledger")
    before = suyuan.good("disclosures", "erased").out
    erase(world, farm, receipts[1][0].index, stored[1])
    later = {*suyuan.good("disclosures", "erased").out.split()} - {*before.split()}
    Path("erased.txt").write_text("\n".join(later))
    assert restored(world, suyuan, "--erased", "erased.txt").code == 0
    assert set(world.ledger.disclosures.texts()) == {stored[2]}
    assert len(KeyFile(Path("new/disclosure-keys")).places()) == 1


def test_a_report_that_was_erased_does_not_come_back(small, suyuan, monkeypatch) -> None:
    """Nor one that was deleted, by an old file of reports and of their keys; others are read."""
    book, now = Complaints(small.home), small.ledger.now()
    about: Any = {"code": "x", "serial": None, "item": None, "holder": None, "kind": "other"}
    reports = [book.add(now, text=f"话{n}", name=f"人{n}", **about) for n in range(5)]
    back_up(suyuan, "disclosure-keys", "keys", "reports")
    suyuan.good("reports", "erase", reports[0].number)
    book.delete(reports[1])
    with monkeypatch.context() as patch:  # the power fails once it is written down
        patch.setattr(KeyFile, "destroy", lambda *_: (_ for _ in ()).throw(OSError(5, "gone")))
        with pytest.raises(LedgerError):
            book.erase(reports[2])
    assert book.erase_again() == 1, "the worker's next round"
    back_up(suyuan, "ledger")
    before = suyuan.good("disclosures", "erased").out
    suyuan.good("reports", "erase", reports[3].number)
    later = {*suyuan.good("disclosures", "erased").out.split()} - {*before.split()}
    Path("erased.txt").write_text("\n".join(later))
    small.ledger.close()
    files = (*PARTS, "reports.tar", "--home", "new", "--erased", "erased.txt")
    assert suyuan("restore", *files).code == 0
    again = Complaints(Path("new"))
    said = {one.number: again.said(one) for one in again.all()}
    assert said.keys() == {one.number for one in reports}
    assert [said[one.number] is None for one in reports] == [True] * 4 + [False]
    assert not [*Path("new/reports").glob(f"{reports[1].number}/*.sealed")]
    assert len(KeyFile(Path("new/report-keys")).places()) == 1


def test_a_damaged_byte_or_end_is_found_and_nothing_is_left(suyuan, small) -> None:
    small.coded_lot(small.party("青山农场", "producer"))
    back_up(suyuan, "ledger", "keys")
    whole = Path("ledger.tar").read_bytes()
    manifest = whole.rindex(b'"origin"')
    data = whole.index(b"SQLite format")
    spots = [data, data + 5_000, manifest, *random.Random(7).choices(range(data, manifest), k=12)]
    for spot in spots:
        Path("bad.tar").write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        done = suyuan("restore", "bad.tar", "keys.tar", "--home", "new")
        is_between = not whole[spot : spot + 1].strip(b"\0") and done.code == 0  # filling, no file
        assert is_between or done.code in (1, 2), (spot, done)
        if done.code:
            assert "bad.tar" in done.err and not Path("new").exists()
        else:
            Path("new").rename(f"filling-{spot}")
    Path("bad.tar").write_bytes(whole[: len(whole) // 2])
    suyuan.refused("its end is missing", "restore", "bad.tar", "keys.tar", "--home", "new")
    assert not Path("new").exists() and not [*Path().glob(".new*")]


def test_a_backup_that_is_killed_leaves_the_ledger_as_it_was_and_no_archive(suyuan, small) -> None:
    farm = small.party("青山农场", "producer")
    for n in range(40):
        small.ledger.attachments.put(os.urandom(1 << 20) + b"%d" % n)
    command = [sys.executable, "-m", "suyuan.web.server.cli", "backup", "ledger.tar"]
    with subprocess.Popen(command, start_new_session=True) as running:
        while not [*Path().glob(".ledger.tar.*")]:
            small.coded_lot(farm)
        os.killpg(running.pid, signal.SIGKILL)
    assert not Path("ledger.tar").exists()
    (part,) = Path().glob(".ledger.tar.*")
    suyuan.refused("its end is missing", "restore", part, "--home", "new")
    small.coded_lot(farm)
    back_up(suyuan, "ledger", "keys")
    assert suyuan.good("restore", "ledger.tar", "keys.tar", "--home", "new", "--json").json["good"]


def test_a_backup_that_is_older_than_what_others_know_is_refused(small, suyuan, around) -> None:
    seats = three(around, small, 2)
    one_round(small)
    back_up(suyuan, "ledger", "keys")
    suyuan.good("restore", "ledger.tar", "keys.tar", "--home", "same")
    small.party("甲")
    one_round(small)
    said = suyuan("restore", "ledger.tar", "keys.tar", "--home", "new")
    assert said.code == 1 and "--older" in said.err and not Path("new").exists()
    for seat in seats:
        seat.is_silent = True
    with small.ledger.reading() as reader:
        Path("kept.note").write_text(reader.checkpoint().note)
    keeping = ("restore", "ledger.tar", "keys.tar", "--home", "new", "--checkpoint", "kept.note")
    assert suyuan(*keeping).code == 1 and not Path("new").exists()
    done = suyuan(*keeping, "--older")
    assert done.code == 1 and "ALARM" in done.out and "links were lost" in done.out
    (alarm,) = suyuan("alarms", "list", "--home", "new", "--json").json
    assert alarm["stops"] and alarm["kind"] == "rollback"


def test_what_cannot_be_restored_is_said(suyuan, small, monkeypatch) -> None:
    back_up(suyuan, "ledger", "keys")
    suyuan.refused("there already", "backup", "ledger.tar")
    suyuan.refused("there already", "restore", "ledger.tar", "keys.tar")
    suyuan.refused("the ledger and one of each", "restore", "keys.tar", "--home", "new")
    suyuan.refused("one of each", "restore", "ledger.tar", "ledger.tar", "--home", "new")
    said = suyuan("restore", "ledger.tar", "--home", "new")
    assert said.code == 3 and "keys" in said.err
    whole = ("restore", "ledger.tar", "keys.tar", "--home", "new", "--trust")
    suyuan.good("init", "--origin", "trace.food.example/log", "--home", "another")
    said = suyuan(*whole, "another/trust.json")
    assert said.code == 1 and "another ledger" in said.err and not Path("new").exists()
    assert suyuan.good(*whole, small.home / "trust.json")
    Path("new").rename("good")
    Path("other.tar").write_bytes(b"x" * 2_000)
    suyuan.refused("no backup", "restore", "other.tar", "--home", "new")
    monkeypatch.setenv("SUYUAN_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    suyuan.refused("of sqlite", "restore", "ledger.tar", "keys.tar", "--home", "new")
    assert not Path("new").exists()
