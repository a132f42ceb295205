"""What somebody who can write the database alone puts beside the ledger: nobody believes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Column, delete, insert, select, update
from support.ledger.private import erase, link_at, now, priced, shown
from support.ledger.row import FAR, OTHER, WHO, change, filled, findings, job, put, raised
from support.ledger.world import World
from support.web.client import client_of
from support.web.signing import signed_in

from suyuan.trace.format.private.audience import CHAIN, PUBLIC
from suyuan.trace.goods import inviting
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.store.beside import schema_beside as t
from suyuan.trace.store.beside import sealed_rows
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.store.beside.disclosure_rows import kept
from suyuan.trace.store.beside.invitations import InvitationBook, Offer, invitation, invitations
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
from suyuan.trace.store.beside.sessions import Sessions, signed_in_with
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.engine import writing
from suyuan.trace.store.read.reader import Reader
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
    for way in ("UPDATE row_count SET total = 0", "DELETE FROM row_count"):
        change(world.ledger, f"{way} WHERE name = 'disclosure'")
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
    put(world, "session", token=token, keyid=keyid, expires=FAR, ends=FAR)
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
    put(world, "session", token="t", nonce="chosen", expires=FAR, ends=FAR)
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
    put(world, "contact", party=WHO, kind="email", address="spy@x.example")
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
        assert OTHER not in choosers(reader, OVERDRAW, REFUSE)
    assert len(findings(world)) == 2


def test_a_choice_that_was_changed_is_the_default(world: World) -> None:
    engine = world.ledger.database.engine
    put(world, "choice", party=WHO, name="overdraw", value="refuse")
    with world.ledger.reading() as reader:
        assert WHO not in choosers(reader, OVERDRAW, REFUSE)
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
    put(world, "invitation", token="0" * 64, party=WHO, invited_by=OTHER, made=1, expires=FAR)
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
    due = {"leaf": 1, "content": "{}", "made": 1, "due": 1, "tries": 0}
    put(world, "job", key="x", kind="email", party=WHO, address="b@food.example", **due)
    assert [one.address for one in book.claim(EMAIL, 10, 20, 100)] == []
    (found,) = book.claim(EMAIL, 11, 20, 100)  # what stood before it is out of its way
    assert found.key == job(2).key and not book.is_due(EMAIL, 12)
    with world.ledger.reading() as reader:
        assert [address for _, _, address in recipients(reader, [1, 7])] == ["b@food.example"]
    assert raised(world) == ["job"]
    change(world.ledger, "UPDATE job SET done = 1")  # as if it had been sent
    assert book.all() == [] and len(findings(world)) == 1


def test_an_audit_that_was_put_there_or_changed_is_none(world: World) -> None:
    book = AuditBook(world.ledger.database.engine)
    put(world, "audit_run", id=7, asked_by="urn:x:spy", made=1, due=1, tries=0, under_way=1)
    assert book.claim(2, 10) is None
    run_, is_new = book.ask(WHO, 2)
    assert is_new and run_.asked_by == WHO
    mine = book.claim(3, 10)
    assert mine is not None and book.finish(mine, 4, {"good": False})
    change(world.ledger, "UPDATE audit_run SET result = '{\"good\": true}'")
    assert book.get(mine.id) is None and book.newest(9) == []
    assert raised(world) == ["audit_run"] and len(findings(world)) == 1
