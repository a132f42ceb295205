"""The secret that seals rows beside the ledger: lost, changed, another; and what it is over."""

import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.ledger.private import priced
from support.ledger.row import FAR, OTHER, WHO, change, filled, findings, stopped
from support.ledger.world import World
from support.web.client import client_of, english, page_of
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.private.audience import PUBLIC
from suyuan.trace.store.beside import schema_beside as t
from suyuan.trace.store.beside import sealed_rows
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.store.beside.disclosure_rows import kept
from suyuan.trace.store.beside.invitations import invitation
from suyuan.trace.store.beside.jobs import JobBook, recipients
from suyuan.trace.store.beside.preferences import (
    EMAIL,
    OVERDRAW,
    REFUSE,
    Contact,
    ContactBook,
    choose,
    choosers,
    contacts_of,
)
from suyuan.trace.store.beside.seals import FILE, Ring, encode
from suyuan.trace.store.beside.sessions import Sessions, signed_in_with
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.errors import SealError
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.resealing import reseal

# The secret.


def lose(world: World) -> bytes:
    path = world.home / FILE
    data = path.read_bytes()
    path.unlink()
    return data


def test_the_secret_is_in_the_home_alone_and_nobody_elses_to_read(small: World) -> None:
    filled(small)
    path = small.home / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    (key,) = [bytes.fromhex(line) for line in path.read_text().split()]
    assert len(key) == 32
    small.ledger.close()
    for file in small.home.rglob("*"):
        if file.is_file() and file != path:
            data = file.read_bytes()
            assert key not in data and key.hex().encode() not in data, file


def test_without_the_secret_nothing_beside_the_ledger_is_believed(world, capsys):
    filled(world)
    secret = lose(world)
    engine = world.ledger.database.engine
    with world.ledger.reading() as reader:
        assert kept(reader) == [] and contacts_of(reader, [WHO]) == {}
        assert signed_in_with(reader, "t", 1) is None and invitation(reader, "0" * 64) is None
        assert WHO not in choosers(reader, OVERDRAW, REFUSE) and recipients(reader, [7]) == []
        assert reader.link(0) is not None
    assert JobBook(engine).claim(EMAIL, 5, 6, 9) == [] and AuditBook(engine).newest(9) == []
    with pytest.raises(SealError, match="suyuan reseal") as caught:
        Sessions(engine).begin("u", "k", FAR, FAR)
    assert secret.decode().strip() not in str(caught.value)
    assert "suyuan reseal" in stopped(world)
    world.ledger.followers.catch_up()
    report = audits.audit(world.ledger)
    assert report.findings == [] and not report.is_good and "reseal" in report.undecided[0]
    world.ledger.database._alarms.wait()
    (world.home / FILE).write_bytes(secret)  # put back, all of it is believed as before
    assert findings(world) == [] and [one.kind for one in WitnessBook(engine).alarms()] == ["ahead"]
    world.party("A 区 12 号")


def test_pages_are_shown_without_the_secret_and_nobody_is_signed_in(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    priced(world, farm, lot, PUBLIC)
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    assert signed_in(client, farm.signer).status_code == 200
    secret = lose(world).decode().strip()
    assert client.get("/api/v1/session").status_code == 401
    assert "3.20" not in english(client, page_of(lot, farm.uri))
    asked = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    ready = client.get("/readyz")
    assert (asked.status_code, ready.status_code) == (503, 503)
    assert "suyuan reseal" in ready.text and secret not in ready.text + asked.text


def test_machines_share_it_by_a_setting_whose_file_may_go_away(
    world: World, tmp_path, monkeypatch, caplog
) -> None:
    filled(world)
    shared = tmp_path / "shared"
    shared.write_bytes(lose(world))
    monkeypatch.setenv("SUYUAN_SEAL_KEY_FILE", str(shared))
    client = client_of(world.ledger)
    assert world.ledger.database.seals.is_here
    gone = shared.rename(tmp_path / "gone")
    ready = client.get("/readyz")
    assert (ready.status_code, client.get("/api/v1/session").status_code) == (503, 401)
    assert "suyuan reseal" in ready.text and "suyuan reseal" in stopped(world)
    assert audits.audit(world.ledger).findings == []
    assert [str(shared) in one.message for one in caplog.records if one.name == "suyuan.seals"] == [
        True
    ]
    gone.rename(shared)
    assert findings(world) == []
    with pytest.raises(SealError, match="SUYUAN_SEAL_KEY"):
        reseal(world.ledger.database, rotate=True)
    monkeypatch.delenv("SUYUAN_SEAL_KEY_FILE")
    monkeypatch.setenv("SUYUAN_SEAL_KEY", f"{'11' * 32} {shared.read_text()}")
    assert reseal(world.ledger.database).left == ()
    monkeypatch.setenv("SUYUAN_SEAL_KEY", "11" * 32)
    assert findings(world) == []


def test_rows_written_at_once_are_counted_each(world: World) -> None:
    def write(number: int) -> None:
        engine = world.ledger.database.engine
        for n in range(5):
            ContactBook(engine).add([Contact(WHO, EMAIL, f"{number}.{n}@food.example", None)])
            WitnessBook(engine).raise_alarm(1, f"{number}.{n}", "", {"about": []}, stops=False)
        ContactBook(engine).remove([Contact(WHO, EMAIL, f"{number}.0@food.example", None)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with world.ledger.reading() as reader:
        assert len(contacts_of(reader, [WHO])[WHO]) == 16
        assert list(sealed_rows.broken(reader)) == []


def test_no_other_secret_serves(world: World) -> None:
    filled(world)
    secret = lose(world)
    for text in ("", "ab\n", "z" * 64, "00" * 31, "00" * 33):
        (world.home / FILE).write_text(text)
        assert not world.ledger.database.seals.is_here, text
    (world.home / FILE).write_text("00" * 32)
    assert {one.split(":")[0] for one in findings(world)} >= {
        f"table {name}" for name in sealed_rows.SEALED
    }
    (world.home / FILE).write_bytes(secret)
    assert findings(world) == []


def test_rotation_while_another_process_runs(world: World) -> None:
    filled(world)
    other = world.reopen()
    old = (world.home / FILE).read_text()
    done = reseal(world.ledger.database, rotate=True)
    assert done.left == () and set(done.tables.values()) == {(1, 0)}
    lines = (world.home / FILE).read_text().split()
    assert len(lines) == 2 and lines[1] == old.strip()
    choose(other.database.engine, OTHER, OVERDRAW, REFUSE)
    with other.reading() as reader:
        assert choosers(reader, OVERDRAW, REFUSE) == {WHO, OTHER}
    other.close()
    assert reseal(world.ledger.database, forget=True).left == ()
    assert (world.home / FILE).read_text().split() == lines[:1]
    assert findings(world) == []
    assert reseal(world.ledger.database).left == (), "again it changes nothing"


def test_a_row_that_was_removed_is_missed_after_the_secret_was_changed(world: World) -> None:
    filled(world)
    change(world.ledger, "DELETE FROM contact")
    before = findings(world)
    assert "0 rows are as they were written, of 1" in before[0]
    with pytest.raises(LedgerError, match="--forget alone"):
        reseal(world.ledger.database, rotate=True, forget=True)
    reseal(world.ledger.database, rotate=True)
    reseal(world.ledger.database, forget=True)
    assert findings(world) == before


def test_after_a_loss_it_is_said_what_is_believed(small: World, capsys) -> None:
    filled(small)
    lose(small)
    home = ["--home", str(small.home)]
    assert run(cli, ["reseal", *home]) == 3 and "--renew" in capsys.readouterr().err
    assert run(cli, ["audit", *home]) == 3
    assert "not all could be looked at" in capsys.readouterr().out
    assert run(cli, ["reseal", "--believe", "session", *home]) == 2
    some = ["--believe", "contact", "--believe", "alarm", "--believe", "disclosure"]
    assert run(cli, ["reseal", "--renew", *some, *home]) == 1
    out = capsys.readouterr().out
    assert "table contact: believed 1, failing 0" in out
    assert "table job: believed 0, failing 1" in out
    assert "FAILS  table job: " in out and "who@food.example" not in out
    with small.ledger.reading() as reader:
        assert contacts_of(reader, [WHO]).keys() == {WHO} and recipients(reader, [7]) == []
        assert reader.connection.execute(select(t.session)).all() == []
    rest = ["--drop", "job", "--believe", "choice", "--drop", "invitation", "--drop", "audit_run",
            "--drop", "task", "--believe", "feed", "--believe", "office_document",
            "--believe", "report_case", "--believe", "delivery"]  # fmt: skip
    assert run(cli, ["reseal", *rest, *home]) == 0
    assert findings(small) == []
    assert run(cli, ["reseal", "--renew", *home]) == 2, "it is here"


def test_an_upgrade_believes_no_row_that_is_not_sealed(small: World, capsys) -> None:
    """Or an operator who is told to upgrade would seal what somebody has put there."""
    filled(small)
    change(small.ledger, "UPDATE disclosure SET audience = '\"public\"'")
    change(small.ledger, "UPDATE contact SET seal = NULL")
    change(small.ledger, "UPDATE alembic_version SET version_num = '0005'")
    assert run(cli, ["upgrade", "--home", str(small.home)]) == 0
    with small.ledger.reading() as reader:
        assert kept(reader) == [] and contacts_of(reader, [WHO]) == {}
    said = " ".join(findings(small))
    assert "table disclosure" in said and "table contact" in said


# What a seal is over.

DOMAIN = b"suyuan row seal 1\n"


def test_a_seal_is_what_the_secret_makes_and_nobody_without_it() -> None:
    key, row = bytes(range(32)), [("a", "x"), ("b", None)]
    eight = [number.to_bytes(8) for number in range(6)]
    data = (
        b"t" + eight[5] + b"table" + b"c" + eight[1] + b"a" + b"s" + eight[1] + b"x"
        + b"c" + eight[1] + b"b" + b"n" + eight[0]
    )  # fmt: skip
    name = hashlib.sha256(DOMAIN + key).digest()[:4]
    seal = name + hmac.new(key, DOMAIN + data, "sha256").digest()
    assert Ring([key]).seal("table", row) == seal and Ring([bytes(32), key]).holds(
        "table", row, seal
    )
    for secret in (b"", bytes(32), name):
        forged = name + hmac.new(secret, DOMAIN + data, "sha256").digest()
        assert not Ring([key]).holds("table", row, forged)
    for part in (b"", name, seal[:-1], seal + b"0", seal[4:], None, "", 7):
        assert not Ring([key]).holds("table", row, part)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.binary(),
    st.sampled_from(["1", b"1", 1, True, "", b"", 0, False, None, "c", "n" * 9]),
)  # fmt: skip
ROWS = st.tuples(st.text(max_size=4), st.lists(st.tuples(st.text(max_size=4), VALUES), max_size=4))


def typed(row) -> object:
    return row[0], [(name, type(value), value) for name, value in row[1]]


@given(ROWS, ROWS)
def test_no_two_rows_are_sealed_over_the_same_bytes(one, other) -> None:
    assert (encode(*one) == encode(*other)) == (typed(one) == typed(other))


@given(ROWS)
def test_what_is_sealed_can_be_read_back(row) -> None:
    """So it is injective: what made the bytes is in them."""
    data, parts = encode(*row), []
    while data:
        end = 9 + int.from_bytes(data[1:9])
        parts.append((data[:1], data[9:end]))
        data = data[end:]
    (_, table), *rest = parts
    read: dict[bytes, Callable[[bytes], object]] = {
        b"n": lambda d: None, b"b": lambda d: d == b"1", b"i": lambda d: int(d),
        b"s": lambda d: d.decode(errors="surrogatepass"), b"y": bytes,
    }  # fmt: skip
    names, values = rest[::2], rest[1::2]
    found = [(n.decode(), read[tag](d)) for (_, n), (tag, d) in zip(names, values, strict=True)]
    assert typed((table.decode(), found)) == typed(row)
