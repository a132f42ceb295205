"""What somebody who can write the database alone puts beside the ledger: nobody believes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, delete, insert, select, update
from support.ledger.private import erase, link_at, now, priced, shown
from support.ledger.row import FAR, OTHER, WHO, change, filled, findings, job, raised, stopped
from support.ledger.world import World
from support.web.client import client_of
from support.web.signing import signed_in

from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.format.private.audience import CHAIN, PUBLIC
from suyuan.trace.goods import inviting
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.store.beside import schema_beside as t
from suyuan.trace.store.beside import sealed_rows, witness_rows
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.store.beside.disclosure_rows import kept
from suyuan.trace.store.beside.invitations import InvitationBook, Offer, invitation, invitations
from suyuan.trace.store.beside.jobs import JobBook, told
from suyuan.trace.store.beside.preferences import (
    EMAIL,
    OVERDRAW,
    REFUSE,
    Contact,
    ContactBook,
    choose,
    choosers,
    chosen,
    contacts_of,
)
from suyuan.trace.store.beside.sessions import Sessions, signed_in_with
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.engine import writing
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch import alarms
from suyuan.trace.watch.resealing import reseal
from suyuan.web.app.access.session import token_of


def another(value: object, column: Column[Any]) -> object:
    """Another value of the column's type."""
    if value is None:
        return {int: 1, str: "x", bytes: b"x"}[column.type.python_type]
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
    return f"{str(value)[:-1]}~"


def test_no_column_of_any_table_can_be_changed_unseen(world: World) -> None:
    filled(world)
    with world.ledger.reading() as reader:
        assert list(sealed_rows.broken(reader)) == []
    tried = 0
    with world.ledger.database.engine.connect() as connection:
        for table in sealed_rows.SEALED.values():
            (row,) = connection.execute(select(table)).all()
            for column, value in row._mapping.items():
                connection.execute(update(table).values({column: another(value, table.c[column])}))
                found = [one.table for one in sealed_rows.broken(Reader(connection))]
                connection.rollback()
                assert set(found) == {table.name}, (table.name, column)
                tried += 1
    assert tried > 60


# Disclosures.


@pytest.mark.parametrize("audience", ['"public"', '"chain"', '["urn:x:other"]'])
def test_an_update_of_an_audience_publishes_nothing(world: World, audience: str) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    receipt, _ = priced(world, farm, lot, price="13900001234")
    change(world.ledger, f"UPDATE disclosure SET audience = '{audience}'")
    path = f"/api/v1/links/{receipt.index}/disclosures"
    assert client_of(world.ledger).get(path).json["disclosures"] == []
    assert shown(world, receipt.index) == {} and list(world.ledger.disclosures.texts()) == []
    (first, second) = findings(world)
    assert first.startswith("table disclosure: rows that were put there, or changed")
    assert "of 1" in second and raised(world) == ["disclosure"]


def test_an_audience_opens_nothing_even_where_its_row_is_believed(small: World) -> None:
    """Who has the secret of the rows too still lacks the key of the disclosure."""
    farm = small.party("青山农场", "producer")
    receipt, _ = priced(small, farm, small.new_lot())
    change(small.ledger, "UPDATE disclosure SET audience = '\"public\"'")
    reseal(small.ledger.database, believe=["disclosure"])
    with small.ledger.reading() as reader:
        (one,) = small.ledger.disclosures.of_link(reader, link_at(small, receipt.index))
    assert (one.audience, one.field, one.stored) == (PUBLIC, None, None)


def test_what_was_changed_is_erased_all_the_same(world: World) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    change(world.ledger, "UPDATE disclosure SET kept = kept + 1")
    erase(world, farm, receipt.index, stored)
    assert (world.home / "disclosure-keys").read_bytes() == bytes(32)
    with world.ledger.reading() as reader:
        (row,) = kept(reader, any_seal=True)
    assert (row.place, row.content, row.erased is None) == (None, None, False)
    assert world.ledger.disclosures.sweep() == 0


@pytest.mark.parametrize("which", ["the oldest", "the newest", "all"])
def test_a_disclosure_that_was_removed_is_missed(world: World, which: str) -> None:
    farm = world.party("青山农场", "producer")
    for price in ("1", "2", "3"):
        priced(world, farm, world.new_lot(), price=price)
    assert findings(world) == []
    place = {"the oldest": "= 0", "the newest": "= 2", "all": ">= 0"}[which]
    change(world.ledger, f"DELETE FROM disclosure WHERE place {place}")
    (said,) = findings(world)
    good = 0 if which == "all" else 2
    assert said.startswith(f"table disclosure: {good} rows are as they were written, of 3")


def test_the_count_itself_is_no_way_round(world: World) -> None:
    farm = world.party("青山农场", "producer")
    priced(world, farm, world.new_lot())
    change(world.ledger, "DELETE FROM disclosure")
    change(world.ledger, "UPDATE row_count SET total = 0 WHERE name = 'disclosure'")
    (said,) = findings(world)
    assert "how many rows table disclosure has is not known any more" in said
    change(world.ledger, "DELETE FROM row_count WHERE name = 'disclosure'")
    (said,) = findings(world)
    assert "how many rows table disclosure has is not known any more" in said
    change(
        world.ledger,
        "INSERT INTO row_count (name, total, seal) SELECT 'disclosure', total, seal FROM row_count "
        "WHERE name = 'choice'",
    )
    assert len(findings(world)) == 1, "the count of another table is none of this"


def test_all_rows_of_another_day_are_fewer_than_an_audit_saw(world: World) -> None:
    farm, engine = world.party("青山农场", "producer"), world.ledger.database.engine
    with engine.connect() as connection:
        rows = connection.execute(select(t.row_count)).all()
    priced(world, farm, world.new_lot())
    WitnessBook(engine).raise_alarm(1, "rollback", "", {"about": ["w"]}, stops=True)
    assert findings(world) == []
    with writing(engine) as connection:
        for table in (t.alarm, t.disclosure, t.row_count):
            connection.execute(delete(table))
        connection.execute(insert(t.row_count), [row._asdict() for row in rows])
    said = findings(world)
    assert [one.split(":")[0] for one in said] == ["table alarm", "table disclosure"]
    assert all("0 rows, and an audit has seen 1" in one for one in said)
    assert findings(world) == said, "and says so again"
    assert reseal(world.ledger.database, believe=["alarm", "disclosure"]).left == ()
    assert findings(world) == []


def test_one_that_is_kept_twice_or_erased_counts_once(world: World) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    world.ledger.disclosures.keep([Kept(stored, farm.uri, CHAIN)], now())
    erase(world, farm, receipt.index, stored)
    assert findings(world) == []


# Sessions.


def test_an_inserted_session_of_the_authority_opens_nothing(world: World) -> None:
    keyid, token = world.root.public.keyid, token_of("stolen")
    change(
        world.ledger,
        f"INSERT INTO session (token, keyid, expires, ends) VALUES ('{token}', '{keyid}', "
        f"{FAR}, {FAR})",
    )
    client = client_of(world.ledger)
    client.set_cookie("suyuan", "stolen")
    assert client.get("/api/v1/session", headers={"Accept-Language": "en"}).status_code == 401
    assert raised(world) == ["session"]
    (said,) = findings(world)
    assert said.startswith("table session: ")


def test_a_session_that_was_made_anothers_opens_nothing(world: World) -> None:
    stall, client = world.party("A 区 12 号"), client_of(world.ledger)
    assert signed_in(client, stall.signer).status_code == 200
    assert client.get("/api/v1/session").json["party"] == stall.uri
    change(world.ledger, f"UPDATE session SET keyid = '{world.root.public.keyid}'")
    assert client.get("/api/v1/session").status_code == 401
    assert raised(world) == ["session"]


def test_a_challenge_that_was_put_there_is_no_challenge(world: World) -> None:
    book = Sessions(world.ledger.database.engine)
    change(
        world.ledger,
        f"INSERT INTO session (token, nonce, expires, ends) VALUES ('t', 'chosen', {FAR}, {FAR})",
    )
    assert book.take("t", 1) is None


def test_a_session_ends_however_much_it_is_used(world: World) -> None:
    book = Sessions(world.ledger.database.engine)
    book.begin("t", "k", 50, 100)
    book.extend("t", 1_000)
    with world.ledger.reading() as reader:
        assert signed_in_with(reader, "t", 99) == ("k", 100)
        assert signed_in_with(reader, "t", 100) is None
    change(world.ledger, "UPDATE session SET expires = 1000, ends = 1000")
    book.extend("t", 2_000)  # is not sealed anew by being used
    with world.ledger.reading() as reader:
        assert signed_in_with(reader, "t", 99) is None


# Contacts, invitations, jobs, choices, audits.


def test_nobody_is_written_to_at_an_address_that_was_put_there(world: World) -> None:
    book = ContactBook(world.ledger.database.engine)
    book.add([Contact(WHO, EMAIL, "who@food.example", None)])
    change(
        world.ledger,
        f"INSERT INTO contact (party, kind, address) VALUES ('{WHO}', 'email', 'spy@x.example')",
    )
    with world.ledger.reading() as reader:
        assert [one.address for one in contacts_of(reader, [WHO])[WHO]] == ["who@food.example"]
    (said,) = findings(world)
    assert raised(world) == ["contact"] and "spy@" not in said and WHO in said
    change(world.ledger, "UPDATE contact SET secret = 'mine'")
    assert book.all() == []
    change(world.ledger, "DELETE FROM contact")
    (said,) = findings(world)
    assert said.startswith("table contact: 0 rows are as they were written, of 1")


def test_a_row_says_nothing_in_another_place(world: World) -> None:
    """The seal of one key is none of another's, nor of another table."""
    engine = world.ledger.database.engine
    ContactBook(engine).add([Contact(WHO, EMAIL, "who@food.example", None)])
    choose(engine, WHO, OVERDRAW, REFUSE)
    change(
        world.ledger,
        "INSERT INTO contact (party, kind, address, secret, seal) "
        f"SELECT '{OTHER}', kind, address, secret, seal FROM contact",
    )
    change(
        world.ledger,
        "INSERT INTO choice (party, name, value, seal) "
        f"SELECT '{OTHER}', 'overdraw', 'refuse', seal FROM contact WHERE party = '{WHO}'",
    )
    with world.ledger.reading() as reader:
        assert contacts_of(reader, [OTHER]) == {}
        assert choosers(reader, OVERDRAW, REFUSE) == {WHO}
        assert chosen(reader, OTHER, OVERDRAW) == "allow"
    assert len(findings(world)) == 2


def test_a_choice_that_was_changed_is_the_default(world: World) -> None:
    engine = world.ledger.database.engine
    change(
        world.ledger,
        f"INSERT INTO choice (party, name, value) VALUES ('{WHO}', 'overdraw', 'refuse')",
    )
    with world.ledger.reading() as reader:
        assert chosen(reader, WHO, OVERDRAW) == "allow"
        assert choosers(reader, OVERDRAW, REFUSE) == set()
    assert raised(world) == ["choice"]
    choose(engine, WHO, OVERDRAW, REFUSE)  # said by the party itself it holds again
    assert findings(world) == []
    change(world.ledger, "UPDATE choice SET value = 'allow'")
    assert [one.startswith("table choice: ") for one in findings(world)] == [True, True]
    change(world.ledger, "DELETE FROM choice")
    assert len(findings(world)) == 1


def test_an_invitation_that_was_put_there_or_changed_is_none(world: World) -> None:
    book = InvitationBook(world.ledger.database.engine)
    _, mine = inviting.new(WHO, OTHER, world.ledger.now(), timedelta(days=1))
    book.add(mine)
    change(
        world.ledger,
        "INSERT INTO invitation (token, party, invited_by, made, expires) "
        f"VALUES ('{'0' * 64}', '{WHO}', '{OTHER}', 1, {FAR})",
    )
    offer = Offer("k", "Ed25519", "", "browser", "", 1)
    with world.ledger.reading() as reader:
        assert [one.token for one in invitations(reader, None, mine.made)] == [mine.token]
        assert invitation(reader, "0" * 64) is None
    assert not book.offer("0" * 64, offer)
    assert book.offer(mine.token, offer)
    with world.ledger.reading() as reader:
        assert invitation(reader, mine.token) == replace(mine, offer=offer)
    change(world.ledger, "UPDATE invitation SET keyid = 'spy'")
    with world.ledger.reading() as reader:
        assert invitation(reader, mine.token) is None
    assert raised(world) == ["invitation"] and len(findings(world)) == 1


def test_a_job_that_was_put_there_or_changed_is_not_run(world: World) -> None:
    book = JobBook(world.ledger.database.engine)
    book.put([job(1), job(2, "b@food.example")])
    change(world.ledger, f"UPDATE job SET address = 'spy@x.example' WHERE key = '{job(1).key}'")
    change(
        world.ledger,
        "INSERT INTO job (key, kind, party, address, leaf, content, made, due, tries) "
        f"VALUES ('x', 'email', '{WHO}', 'b@food.example', 1, '{{}}', 1, 1, 0)",
    )
    assert [one.address for one in book.claim(EMAIL, 10, 20, 100)] == []
    (found,) = book.claim(EMAIL, 11, 20, 100)  # what stood before it is out of its way
    assert found.key == job(2).key and not book.is_due(EMAIL, 12)
    with world.ledger.reading() as reader:
        assert [address for _, _, address in told(reader, [1, 7])] == ["b@food.example"]
    assert raised(world) == ["job"]
    change(world.ledger, "UPDATE job SET done = 1")  # as if it had been sent
    assert book.all() == [] and len(findings(world)) == 1


def test_an_audit_that_was_put_there_or_changed_is_none(world: World) -> None:
    book = AuditBook(world.ledger.database.engine)
    change(
        world.ledger,
        "INSERT INTO audit_run (id, asked_by, made, due, tries, under_way) "
        "VALUES (7, 'urn:x:spy', 1, 1, 0, 1)",
    )
    assert book.claim(2, 10) is None
    run_, is_new = book.ask(WHO, 2)
    assert is_new and run_.asked_by == WHO
    mine = book.claim(3, 10)
    assert mine is not None and book.finish(mine, 4, {"good": False})
    change(world.ledger, "UPDATE audit_run SET result = '{\"good\": true}'")
    assert book.get(mine.id) is None and book.newest(9) == []
    assert raised(world) == ["audit_run"] and len(findings(world)) == 1


# Alarms.


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE alarm SET resolved = 1, resolution = '{}'",
        "UPDATE alarm SET stops = false",
        "UPDATE alarm SET id = 7, resolved = 1",
        "DELETE FROM alarm",
    ],
)
def test_an_alarm_that_was_ended_in_the_database_goes_on(world: World, done: str) -> None:
    book = WitnessBook(world.ledger.database.engine)
    assert book.raise_alarm(1, "rollback", "links were lost", {"about": ["w"]}, stops=True)
    assert "links were lost" in stopped(world)
    change(world.ledger, done)
    assert "suyuan reseal" in stopped(world)
    assert raised(world) and set(raised(world)) == {"alarm"}
    assert any(one.startswith("table alarm: ") for one in findings(world))
    for one in book.alarms():
        with pytest.raises(LedgerError):
            alarms.resolve(world.ledger, one.id, "nothing is wrong", "me")


def test_an_alarm_that_was_put_there_is_told_and_can_be_dropped(world: World) -> None:
    change(
        world.ledger,
        "INSERT INTO alarm (id, raised, stops, kind, reason, evidence, resolved, resolution) "
        "VALUES (1, 1, true, 'fork', 'made up', '{}', 1, '{}')",
    )
    assert "made up" in stopped(world)
    assert reseal(world.ledger.database, drop=["alarm"]).left == ()
    world.party("A 区 12 号")  # goes on
    assert findings(world) == []


def test_a_resolved_alarm_that_was_removed_is_missed(world: World) -> None:
    book = WitnessBook(world.ledger.database.engine)
    for kind in ("one", "two", "three"):
        assert book.raise_alarm(1, kind, "", {"about": ["w"]}, stops=False)
    for number in (1, 2, 3):
        assert book.resolve(number, 2, {"by": "me", "reason": "false"})
    assert findings(world) == [] and book.alarms(unresolved=True) == []
    change(world.ledger, "DELETE FROM alarm WHERE id = 3")
    assert len(findings(world)) == 1 and "suyuan reseal" in stopped(world)
    new = book.raise_alarm(3, "four", "", {"about": ["w"]}, stops=False)
    assert new is not None and new.id == 4, "its number is not given again"


def test_one_alarm_is_raised_for_a_table_and_ends_once_nothing_fails(world: World) -> None:
    engine = world.ledger.database.engine
    for number in range(3):
        change(
            world.ledger,
            f"INSERT INTO choice (party, name, value) VALUES ('{number}', 'overdraw', 'refuse')",
        )
        with world.ledger.reading() as reader:
            chosen(reader, str(number), OVERDRAW)
    other = world.reopen()  # as another process, which does not know of the alarm
    with other.reading() as reader:
        chosen(reader, "0", OVERDRAW)
    other.close()
    assert raised(world) == ["choice"]
    (one,) = WitnessBook(engine).alarms()
    assert not one.stops
    with pytest.raises(Tampered, match="table choice: "):
        alarms.resolve(world.ledger, one.id, "looked at", "me")
    reseal(world.ledger.database, drop=["choice"])
    assert alarms.resolve(world.ledger, one.id, "looked at", "me").resolved is not None
    assert raised(world) == [] and findings(world) == []


def test_who_comes_again_once_the_alarm_is_resolved_is_told_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = "INSERT INTO choice (party, name, value) VALUES ('urn:x:1', 'overdraw', 'refuse')"
    monkeypatch.setattr(witness_rows, "AGAIN", 0.0)
    for _ in range(2):
        change(world.ledger, put)
        with world.ledger.reading() as reader:
            assert choosers(reader, OVERDRAW, REFUSE) == set()
        assert raised(world) == ["choice"]
        reseal(world.ledger.database, drop=["choice"])
        for one in WitnessBook(world.ledger.database.engine).alarms(unresolved=True):
            alarms.resolve(world.ledger, one.id, "dropped", "me")


@pytest.mark.parametrize("table", ["alarm", "choice", "job"])
def test_bytes_that_are_no_text_hide_nothing_and_can_be_dropped(small: World, table: str) -> None:
    """SQLite stores them as a text, which its driver does not read: nor any row after it."""
    bad, engine = "CAST(x'ff41' AS TEXT)", small.ledger.database.engine
    choose(engine, WHO, OVERDRAW, REFUSE)
    rows = {
        "alarm": "(id, raised, stops, kind, reason, evidence) VALUES (1, 1, 0, 'x', %s, '{}')",
        "choice": "(party, name, value) VALUES (%s, 'overdraw', 'refuse')",
        "job": "(key, kind, party, address, leaf, content, made, due, tries) "
        "VALUES (%s, 'email', 'a', 'b', 1, '{}', 1, 1, 0)",
    }
    change(small.ledger, f"INSERT INTO {table} {rows[table] % bad}")
    with small.ledger.reading() as reader:
        assert choosers(reader, OVERDRAW, REFUSE) == {WHO}
    assert [one.split(":")[0] for one in findings(small)] == [f"table {table}"]
    assert reseal(small.ledger.database, drop=[table]).left == ()
    small.party("A 区 12 号")  # goes on
