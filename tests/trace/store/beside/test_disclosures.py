"""Disclosures beside the ledger: kept encrypted, shown, erased for good, and by whom."""

import logging
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update
from support.ledger.private import PRICE, erase, hiding, link_at, now, priced, shown
from support.ledger.row import change
from support.ledger.world import AUTHORITY, World, event

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import parse
from suyuan.trace.format.private.audience import PUBLIC
from suyuan.trace.format.private.digests import committed, digest, hide
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Kept, erasure_statement, erasures
from suyuan.trace.store.beside import schema_beside as t
from suyuan.trace.store.beside.disclosure_rows import kept, sealed
from suyuan.trace.store.engine import writing
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files.disclosure_keys import FILE, KeyFile
from suyuan.trace.watch.audit import audit
from suyuan.web.server import following

pytestmark = pytest.mark.slow


def rows(world: World) -> list:
    with world.ledger.reading() as reader:
        return kept(reader)


def files(home: Path) -> bytes:
    """All bytes of a home's files."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_what_is_hidden_is_kept_and_shown_by_its_link(world: World) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    link = link_at(world, receipt.index)
    assert "3.20" not in link.entry.decode() and digest(stored) in committed(link)
    assert shown(world, receipt.index) == {PRICE: "3.20 元"}
    (row,) = rows(world)
    assert (row.actor, row.audience, row.erased) == (farm.uri, '"own"', None)
    with closing(world.reopen()) as reopened, reopened.reading() as reader:
        assert reopened.disclosures.shown(reader, link) == {PRICE: "3.20 元"}
    fields = {f"/suyuan:f{number}": f"{number}" for number in range(40)}
    body = event("count", world.new_lot(), "1", extra={k[1:]: v for k, v in fields.items()})
    receipt, stored = hiding(world, farm, body, *fields)
    assert shown(world, receipt.index) == fields
    erase(world, farm, receipt.index, *stored[:39])
    assert len(shown(world, receipt.index)) == 1


def test_it_lies_nowhere_in_clear_and_once_erased_its_key_is_in_no_file(small: World) -> None:
    farm = small.party("青山农场", "producer")
    receipt, stored = priced(small, farm, small.new_lot(), price="三块二毛")
    priced(small, farm, small.new_lot())
    path = small.home / FILE
    key, other = path.read_bytes()[:32], path.read_bytes()[32:]
    found = files(small.home)  # with the database and its write-ahead log
    assert "三块二毛".encode() not in found and stored.encode() not in found
    assert key in found and len(other) == 32 and path.stat().st_mode & 0o777 == 0o600
    erase(small, farm, receipt.index, stored)
    found = files(small.home)
    assert key not in found and key.hex().encode() not in found
    assert other in found


def test_kept_again_it_stays_as_it_is_and_erased_it_is_not_kept_again(world: World) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    before = rows(world)
    world.ledger.disclosures.keep([Kept(stored, farm.uri, PUBLIC)], now())
    assert rows(world) == before
    assert shown(world, receipt.index) == {PRICE: "3.20 元"}
    keys = KeyFile(world.home / FILE)
    assert [keys.get(place) is None for place in (0, 1)] == [False, True]
    erase(world, farm, receipt.index, stored)
    world.ledger.disclosures.keep([Kept(stored, farm.uri, PUBLIC)], now())
    assert shown(world, receipt.index) == {}


def test_erased_it_is_gone_and_everything_else_stands(world: World) -> None:
    farm, shop, lot = world.party("青山农场", "producer"), world.party("和顺"), world.new_lot()
    world.code(farm, lot)
    receipt, stored = priced(world, farm, lot)
    other, _ = priced(world, farm, lot, price="9.90")
    world.hand_over(farm, shop, lot)
    key = (world.home / FILE).read_bytes()[:32]
    entry = link_at(world, receipt.index).entry
    (row, _) = sorted(rows(world), key=lambda one: one.place)
    gone = erase(world, farm, receipt.index, stored, reason="本人要求")
    assert shown(world, receipt.index) == {}
    assert shown(world, other.index) == {PRICE: "9.90"}
    with world.ledger.reading() as reader:
        link = link_at(world, receipt.index)
        (one,) = world.ledger.disclosures.of_link(reader, link)
        assert (one.erased, one.stored, one.field) == (gone.index, None, None)
        ((told,),) = erasures(reader, world.trust.genesis, [link.hash]).values()
        assert (told.actor, told.reason, told.digests) == (farm.uri, "本人要求", (digest(stored),))
        assert told.recorded is not None
        after = sealed(reader, farm.uri, [digest(stored)])[digest(stored)]
    assert (after.place, after.content, after.erased) == (None, None, gone.index)
    assert link.entry == entry
    # What an old backup of the database still has is nothing without the key.
    assert row.content is not None and key not in (world.home / FILE).read_bytes()
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_an_erasure_of_what_was_never_kept_stands_and_keeps_it_away(world: World) -> None:
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    private, (stored,) = hide({PRICE: "3"})
    (receipt,) = world.do(farm, event("count", lot, "1") | {"suyuan:private": private})
    erase(world, farm, receipt.index, stored)
    world.ledger.disclosures.keep([Kept(stored, farm.uri)], now())
    assert shown(world, receipt.index) == {}
    assert world.ledger.disclosures.sweep() == 1  # the key that this made
    assert rows(world)[0].content is None


def test_the_party_the_authority_and_its_registrar_erase_and_nobody_else(world: World) -> None:
    farm, shop = world.party("青山农场", "producer"), world.party("和顺")
    market, far = world.party("夏商市场", "market"), world.party("外地市场", "market")
    world.say(
        world.authority, acts.appoint(market.uri, ["350206"]), acts.appoint(far.uri, ["350213"])
    )
    found = [priced(world, farm, world.new_lot()) for _ in range(4)]
    for actor in (shop, far):
        with pytest.raises(Refused, match="authority"):
            erase(world, actor, found[0][0].index, found[0][1])
    assert shown(world, found[0][0].index) == {PRICE: "3.20 元"}
    for (receipt, stored), actor in zip(found, (farm, world.authority, market), strict=False):
        erase(world, actor, receipt.index, stored)
        assert shown(world, receipt.index) == {}
    assert len(shown(world, found[3][0].index)) == 1
    # Of the authority's own, and of another registrar's, no registrar speaks.
    own, stored = priced(world, world.authority, world.new_lot())
    with pytest.raises(Refused, match=r"authority: .*in no registrar's remit"):
        erase(world, market, own.index, stored)


@pytest.mark.parametrize("change", ["digest", "hash", "index"])
def test_an_erasure_of_what_is_not_there_is_refused(world: World, change: str) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    said = erasure_statement(receipt.index, link_at(world, receipt.index), [digest(stored)])
    wrong = {
        "digest": {"digests": [base64.encode_url(bytes(32))]},
        "hash": {"hash": "0" * 64},
        "index": {"index": receipt.index - 1},
    }
    with pytest.raises(Refused, match="statement"):
        world.say(farm, said | wrong[change])
    assert shown(world, receipt.index) == {PRICE: "3.20 元"}


def test_hidden_and_erased_in_one_transaction(world: World) -> None:
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    private, (stored,) = hide({PRICE: "3"})
    world.ledger.disclosures.keep([Kept(stored, farm.uri)], now())
    with world.ledger.reading() as reader:
        index = reader.size()
    pen = farm.pen
    first = pen.sign(Draft(event=event("count", lot, "1") | {"suyuan:private": private}))
    said = erasure_statement(index, parse(first), [digest(stored)])
    second = pen.sign(Draft(statement=said))
    for found in world.ledger.append([first, second], atomic=True):
        assert not isinstance(found, Refused), found
    assert shown(world, index) == {}


def test_a_digest_copied_into_another_link_shows_nothing(world: World) -> None:
    """Digests stand in the open: who copies one is not shown what it hides."""
    farm, spy = world.party("青山农场", "producer"), world.party("探子")
    receipt, stored = priced(world, farm, world.new_lot(), PUBLIC)
    private = link_at(world, receipt.index).event["suyuan:private"]
    (copied,) = world.do(spy, event("count", world.new_lot(), "1") | {"suyuan:private": private})
    assert shown(world, copied.index) == {}
    # Nor does erasing it there take it away here.
    erase(world, spy, copied.index, stored)
    assert shown(world, receipt.index) == {PRICE: "3.20 元"}


@pytest.mark.parametrize("column", ["content", "place", "audience", "actor"])
def test_a_changed_row_shows_nothing(world: World, column: str) -> None:
    farm, other = world.party("青山农场", "producer"), world.party("和顺")
    receipt, _ = priced(world, farm, world.new_lot())
    priced(world, other, world.new_lot())
    row = next(one for one in rows(world) if one.actor == farm.uri)
    value = {"content": row.content[::-1], "place": 1, "audience": "[[", "actor": other.uri}
    its = update(t.disclosure).where(t.disclosure.c.digest == row.digest)
    with writing(world.ledger.database.engine) as connection:
        connection.execute(its.values({column: value[column]}))
    with world.ledger.reading() as reader:
        assert world.ledger.disclosures.of_link(reader, link_at(world, receipt.index)) == []


def test_a_failure_after_the_commit_is_swept(world: World, monkeypatch, caplog) -> None:
    farm = world.party("青山农场", "producer")
    receipt, stored = priced(world, farm, world.new_lot())
    key = (world.home / FILE).read_bytes()

    def fail(self: KeyFile, places: list[int]) -> None:
        raise PrivateError("the disk is gone")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(KeyFile, "destroy", fail)
        erase(world, farm, receipt.index, stored)
    assert "waits for `suyuan disclosures sweep`: the disk is gone" in caplog.text
    assert (world.home / FILE).read_bytes() == key
    assert shown(world, receipt.index) == {}  # the ledger says so, whatever is still there
    assert world.ledger.disclosures.sweep() == 1
    assert (world.home / FILE).read_bytes() == bytes(32)
    assert world.ledger.disclosures.sweep() == 0


def test_the_worker_sweeps_and_goes_on_whatever_fails(small: World, monkeypatch, caplog) -> None:
    farm = small.party("青山农场", "producer")
    receipt, stored = priced(small, farm, small.new_lot())
    old = (small.home / FILE).read_bytes()
    erase(small, farm, receipt.index, stored)
    (small.home / FILE).write_bytes(old)
    change(small.ledger, "UPDATE disclosure SET place = 0, content = x'78', erased = NULL")
    with caplog.at_level(logging.WARNING):
        following.sweep(small.ledger)
    assert "1 disclosures were erased" in caplog.text
    assert (small.home / FILE).read_bytes() == bytes(32)
    monkeypatch.setattr(small.ledger.disclosures, "sweep", lambda: 1 / 0)
    following.sweep(small.ledger)
    assert "cannot be, it is tried again" in caplog.text


def test_backups_put_back_do_not_bring_it_back(small: World) -> None:
    """The keys of yesterday under the database of today, and the other way round."""
    farm = small.party("青山农场", "producer")
    receipt, stored = priced(small, farm, small.new_lot())
    old = (small.home / FILE).read_bytes()
    (row,) = rows(small)
    erase(small, farm, receipt.index, stored)
    (small.home / FILE).write_bytes(old)
    assert shown(small, receipt.index) == {}
    kept_still, _ = priced(small, farm, small.new_lot(), price="5")
    assert small.ledger.disclosures.forget_strays() == 1
    assert (small.home / FILE).read_bytes()[:32] == bytes(32)
    assert shown(small, kept_still.index) == {PRICE: "5"}
    (small.home / FILE).write_bytes(old)
    its = update(t.disclosure).where(t.disclosure.c.digest == row.digest)
    with writing(small.ledger.database.engine) as connection:
        connection.execute(its.values(place=row.place, content=row.content, erased=None))
    assert shown(small, receipt.index) == {}
    assert small.ledger.disclosures.sweep() == 1
    assert (small.home / FILE).read_bytes() == bytes(32)


def test_a_place_that_was_given_twice_costs_nobody_elses_key(small: World) -> None:
    """An old key file is put back, and its next place is one that a row names already."""
    farm = small.party("青山农场", "producer")
    first, stored = priced(small, farm, small.new_lot())
    (small.home / FILE).write_bytes(b"")
    second, other = priced(small, farm, small.new_lot(), price="5")
    assert {one.place for one in rows(small)} == {0}
    erase(small, farm, first.index, stored)
    assert (shown(small, first.index), shown(small, second.index)) == ({}, {PRICE: "5"})
    erase(small, farm, second.index, other)
    assert (small.home / FILE).read_bytes() == bytes(32)


def test_a_lost_key_file_loses_the_fields_and_nothing_else(small: World) -> None:
    farm = small.party("青山农场", "producer")
    receipt, stored = priced(small, farm, small.new_lot())
    (small.home / FILE).unlink()
    assert shown(small, receipt.index) == {}
    erase(small, farm, receipt.index, stored)
    later, _ = priced(small, farm, small.new_lot(), price="4")
    assert shown(small, later.index) == {PRICE: "4"}
    assert shown(small, receipt.index) == {}
    small.ledger.followers.catch_up()
    assert audit(small.ledger).is_good


def test_what_cannot_be_kept_is_not_recorded(small: World) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    (small.home / FILE).mkdir()
    with small.ledger.reading() as reader:
        size = reader.size()
    with pytest.raises(PrivateError, match="cannot be kept"):
        priced(small, farm, lot)
    with small.ledger.reading() as reader:
        assert reader.size() == size


def test_a_database_that_fails_says_so(small: World) -> None:
    change(small.ledger, "DROP TABLE disclosure")
    with pytest.raises(StoreError, match="disclosures cannot be written"):
        small.ledger.disclosures.keep([Kept("x", AUTHORITY)], now())


def test_keys_have_places_whatever_a_crash_left(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    assert keys.get(0) is None
    assert keys.add([b"a" * 32, b"b" * 32]) == [0, 1]
    with (tmp_path / "keys").open("ab") as file:
        file.write(b"half")
    assert keys.get(2) is None
    assert keys.add([b"c" * 32]) == [3]
    assert [keys.get(place) for place in (0, 1, 3)] == [b"a" * 32, b"b" * 32, b"c" * 32]
    keys.destroy([1, 99, -1])
    assert keys.get(1) is None and keys.get(0) == b"a" * 32 and keys.get(-1) is None
    assert (tmp_path / "keys").stat().st_size == 4 * 32
