"""Kept consumer pages: what is answered from them is what would be made now."""

import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event as events
from support.ledger.private import erase, priced
from support.ledger.world import HOST, event
from support.web.acting import KNOWN, clear, extend, hold, order
from support.web.street import ENGLISH, Street, apps, hits, same, text

from suyuan.keys import canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.audience import PUBLIC
from suyuan.trace.format.rules import Refused
from suyuan.trace.store.files.disclosure_keys import FILE
from suyuan.trace.store.read import reread

pytestmark = pytest.mark.slow

PERSON = {"User-Agent": "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8", **ENGLISH}


@pytest.fixture
def street(small):
    return Street(small)


@pytest.fixture
def both(street, monkeypatch):
    return apps(street, monkeypatch)


@pytest.fixture
def client(both):
    """The one that keeps pages."""
    return both[0]


def cache_of(client):
    return client.application.extensions["suyuan.pages"]


def test_it_is_kept_and_never_out_of_date_on_each_database(world, monkeypatch):
    street = Street(world)
    both, path = apps(street, monkeypatch), street.paths[0]
    assert not same(both, path) and same(both, path)
    world.code(street.farm, world.new_lot())
    assert same(both, path)
    for do in (
        lambda: world.do(street.stall, event("store", street.sausage)),
        lambda: order(world, world.authority, street.pork),
        world.ledger.followers.catch_up,
    ):
        do()
        same(both, path)
        assert same(both, path)


@pytest.mark.parametrize("at", range(4))
def test_a_page_asked_for_again_is_the_same_and_not_made_again(street, both, at):
    path = street.paths[at]
    assert not same(both, path)
    assert same(both, path)
    assert same(both, path, {"Accept-Language": "en"})
    assert not same(both, path, {"Accept-Language": "zh-CN", "Cookie": "suyuan=x; print=large"})
    assert same(both, path, {"Accept-Language": "zh-CN", "Cookie": "print=large"})
    assert not same(both, path, {"Accept-Language": "zh-CN"})
    assert not same(both, f"{path}?lang=zh") and same(both, f"{path}?lang=zh")


def test_what_everybody_else_appends_leaves_a_page_kept_and_right(street, both):
    for path in street.paths:
        same(both, path)
    for _ in range(3):
        street.world.code(street.farm, street.world.new_lot())
        assert all(same(both, path) for path in street.paths)
        street.world.ledger.followers.catch_up()
        assert all(same(both, path) for path in street.paths)


def test_another_process_changes_it_and_the_next_answer_says_so(street, both):
    path = street.paths[0]
    same(both, path)
    other = street.world.reopen()
    data, named = acts.listed([street.sausage])
    other.attachments.put(data)
    pen = other.pen(street.world.authority.uri, street.world.root)
    uri = codes.uri_of(codes.new(), HOST, "act")
    said = acts.recall_order(uri, 1, KNOWN, "检出", named)
    other.write(pen, [Draft(statement=said)], [data])
    assert "<h1>Recalled: do not eat it</h1>" in text(both[0].get(path, headers=ENGLISH))
    assert same(both, path)
    other.close()


def columns_read(street: Street, client) -> set[tuple[str, str]]:
    """Every column that SQLite reads while these pages are made."""
    found: set[tuple[str, str]] = set()

    def note(action, table, column, *_):
        if action == sqlite3.SQLITE_READ and column:
            found.add((table, column))
        return sqlite3.SQLITE_OK

    with every_connection(street, lambda db: db.set_authorizer(note)):
        for path in street.paths:
            client.get(path, headers=ENGLISH)
    return {one for one in found if not one[0].startswith("sqlite_")}


@contextmanager
def every_connection(street: Street, do) -> Iterator[None]:
    engine = street.world.ledger.database.engine
    engine.dispose()

    def connect(db, _record):
        do(db)

    events.listen(engine, "connect", connect)
    try:
        yield
    finally:
        events.remove(engine, "connect", connect)
        engine.dispose()


def test_every_statement_that_reaches_the_database_is_noted(street, both, monkeypatch):
    street.recall()
    seen: list[str] = []
    noted: list[str] = []
    kept = reread.Reads.kept

    def spy(reads):
        noted[:] = [bound(street, *one) for one in reads.statements]
        asked = [one for one in seen if not one.startswith(("BEGIN", "PRAGMA"))]
        unnoted = {" ".join(one.split()) for one in asked if one not in noted}
        assert len(unnoted) == 3
        assert all(re.search(r"FROM (log_state|checkpoint|cosigned)\b", one) for one in unnoted)
        return kept(reads)

    monkeypatch.setattr(reread.Reads, "kept", spy)
    with every_connection(street, lambda db: db.set_trace_callback(seen.append)):
        for path in street.paths:
            seen.clear()
            both[0].get(path, headers=ENGLISH)
            assert len(noted) > 10


def bound(street: Street, query: str, values) -> str:
    said: list[str] = []
    with closing(sqlite3.connect(street.world.home / "suyuan.db")) as db:
        db.set_trace_callback(said.append)
        db.execute(query, values)
    return said[-1]


def test_each_column_that_a_page_reads_once_changed_changes_it(street, both):
    street.recall()
    read = sorted(columns_read(street, both[1]))
    assert {("link", "entry"), ("key", "revoked"), ("scope", "cleared")} <= set(read)
    for path in street.paths:
        same(both, path)
    luck = random.Random(5)
    with closing(sqlite3.connect(street.world.home / "suyuan.db", isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys=OFF")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        for table, column in read:
            changed = mutate(db, table, column, luck)
            for path in luck.sample(street.paths, 2):
                same(both, path)
            for query, values in changed:
                db.execute(query, values)
            same(both, luck.choice(street.paths))


def mutate(db, table: str, column: str, luck: random.Random) -> list[tuple[str, tuple]]:
    """Change a column in all rows; what changes it back."""
    keys = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[5]]
    if keys != [column] and not is_keyed(db, table):
        keys = ["rowid"]
    rows = db.execute(f'SELECT {", ".join([column, *keys])} FROM "{table}"').fetchall()
    where = " AND ".join(f"{key} IS ?" for key in keys)
    change, back = f'UPDATE OR IGNORE "{table}" SET {column} = ? WHERE {where}', []
    for value, *key in rows:
        new = other(value, luck)
        then = [new if name == column else part for name, part in zip(keys, key, strict=True)]
        if db.execute(change, (new, *key)).rowcount:
            back.append((change, (value, *then)))
    return back[::-1]


def is_keyed(db, table: str) -> bool:
    said = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return "WITHOUT ROWID" in said.upper()


def other(value, luck: random.Random):
    if value is None:
        return 3
    if isinstance(value, int):
        return value + luck.choice((1, 1_000_000)) if value < 1 << 60 else value - 1
    if isinstance(value, bytes) and value:
        at = luck.randrange(len(value))
        return value[:at] + bytes((value[at] ^ 1,)) + value[at + 1 :]
    return b"x" if isinstance(value, bytes) else f"{value}x"


def test_whatever_happens_in_whatever_order_it_is_what_would_be_made(street, both):
    world, luck, before = street.world, random.Random(11), hits()
    paths = [*street.paths, f"/01/06901234567892/10/{'X' * 5}"]
    acts_open: list[str] = []
    names, lab, say = iter(range(100)), street.laboratory, partial(world.say, world.authority)

    def recall():
        acts_open.append(order(world, world.authority, luck.choice((street.pork, street.sausage))))

    def forget_list():
        for path in (world.home / "labels").glob("*.txt"):
            path.unlink() if luck.random() < 0.5 else path.write_text("0123456789ABC\n")

    def more(step, who, lot):
        return lambda: world.do(who, event(step, lot, "1"))

    doings = [
        more("store", street.stall, street.sausage),
        more("feed", street.farm, street.pork),
        lambda: world.hand_over(street.kitchen, street.stall, street.sausage, "1"),
        lambda: street.test(luck.choice(("合格", "不合格"))),
        recall,
        lambda: acts_open and clear(world, world.authority, acts_open[-1], street.sausage),
        lambda: acts_open and extend(world, world.authority, acts_open[-1], street.sausage),
        lambda: hold(world, world.authority, street.sausage),
        lambda: acts_open and say(acts.recall_withdraw(acts_open.pop(), "误")),
        lambda: say(acts.admit(street.stall.uri, f"新名 {next(names)}", ["stall"], "350206")),
        lambda: world.party(f"新摊 {next(names)}"),
        lambda: world.labelled(street.stall, street.sausage, f"{next(names):013d}"),
        forget_list,
        lambda: erase(world, street.farm, street.price[0].index, street.price[1]),
        lambda: world.ledger.followers.catch_up(),
        lambda: setattr(street, "at", street.at + timedelta(days=luck.choice((-3, 1, 4)))),
        lambda: say(acts.revoke(lab.uri, lab.signer.public.keyid, compromised_since=9)),
    ]
    rest = doings[:-1] * 2
    luck.shuffle(rest)
    for do in [*rest, doings[-1]]:
        with suppress(Refused):  # what the ledger refuses is no change
            do()
        for path in luck.sample(paths, 2):
            same(both, path, luck.choice((ENGLISH, {"Accept-Language": "zh"})))
    assert hits() > before + 3


def test_a_profile_that_is_stated_shows_at_once(street, both):
    path, uri = street.paths[0], street.stall.uri
    for who in (street.stall, street.world.authority):
        assert [same(both, path), same(both, path)][1]
        licence = {"kind": "business", "number": f"JY{who.uri[-4:]}", "expires": "2030-01-01"}
        street.world.say(who, acts.profile(uri, licences=[licence]))
        street.world.ledger.followers.catch_up()
        assert not same(both, path)


def test_the_day_on_which_it_expires_shows(street, both):
    path, begun, texts = street.paths[0], street.at, []
    for days in (0, 9, 0):
        street.at = begun + timedelta(days=days)
        same(both, path)
        texts.append(text(both[0].get(path, headers=ENGLISH)))
    assert texts[0] == texts[2] != texts[1]


def test_each_file_that_a_page_looks_at_once_changed_or_gone_changes_it(street, both):
    world, path = street.world, street.paths[3]
    photo, report = b"\x89PNG photo", canonical.dumps(event("store", street.sausage, "2"))
    sha256 = {data: world.ledger.attachments.put(data) for data in (photo, report)}
    named = {"sha256": sha256[photo], "size": len(photo), "type": "image/png", "as": "photo"}
    world.do(
        street.stall, event("count", street.sausage, "2", extra={"suyuan:attachments": [named]})
    )
    ref = {"sha256": sha256[report], "size": len(report), "type": "application/json"}
    world.ledger.write(street.stall.pen, [Draft(event_ref=ref, items=(street.sausage,))])
    priced(world, street.stall, street.sausage, PUBLIC)
    files = [world.ledger.attachments._path(name) for name in sha256.values()]
    files += [world.home / FILE, *(world.home / "labels").glob("*.txt")]
    assert len(files) == 4
    for file in files:
        same(both, path)
        assert same(both, path)
        good, data = text(both[0].get(path, headers=ENGLISH)), file.read_bytes()
        for change in (lambda: file.write_bytes(bytes(len(data))), file.unlink):  # noqa: B023
            change()
            same(both, path)
            assert text(both[0].get(path, headers=ENGLISH)) != good
        file.write_bytes(data)
        same(both, path)
        assert text(both[0].get(path, headers=ENGLISH)) == good


def scanned(client, path, number):
    """A page as a person at another address than the others has it."""
    at = {"REMOTE_ADDR": f"198.51.100.{number}"}
    return text(client.get(path, headers=PERSON, environ_base=at))


def test_scans_are_counted_from_kept_pages_too(street, client):
    path, before = street.paths[3], hits()
    said = [scanned(client, path, number) for number in range(5)]
    assert "You are the first" in said[0]
    assert [re.search(r"scanned (\d) times", one)[1] for one in said[1:]] == list("2345")
    assert hits() == before + 4
    assert "scanned 5 times" in text(client.get(path, headers=ENGLISH))
    client.head(path, headers=PERSON)
    assert "scanned 5 times" in text(client.get(path, headers=ENGLISH))


def test_a_label_that_is_scanned_too_often_is_warned_of_at_once(street, client):
    path = street.paths[3]
    for number in range(1, 42):
        said = scanned(client, path, number)
        assert ("It may have been copied" in said) == (number >= 40)


def test_it_is_not_sent_again_to_who_has_it_and_head_has_no_body(street, client):
    path = street.paths[0]
    first, head = (ask(path, headers=ENGLISH) for ask in (client.get, client.head))
    assert (head.data, head.headers["Content-Length"]) == (b"", first.headers["Content-Length"])
    tag = first.headers["ETag"]
    again = client.get(path, headers={**ENGLISH, "If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert "Content-Security-Policy" in again.headers and "Accept-Encoding" in again.vary
    street.world.code(street.farm, street.world.new_lot())
    assert client.get(path, headers={**ENGLISH, "If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [("?print=large", {}), ("?x=1", {}), ("", {"Accept": "application/json"}),
     ("", {"Range": "bytes=0-1"})],
)  # fmt: skip
def test_what_is_asked_for_otherwise_is_never_kept(street, client, query, headers):
    before = hits()
    for _ in range(2):
        assert client.get(street.paths[0] + query, headers=headers).status_code == 200
    assert hits() == before


def test_an_answer_that_sets_a_cookie_is_never_kept(street, client):
    def greet(response):
        response.set_cookie("who", "me")
        return response

    client.application.after_request_funcs.setdefault(None, []).append(greet)
    for _ in range(2):
        before = hits()
        assert "who=me" in client.get(street.paths[0], headers=ENGLISH).headers["Set-Cookie"]
        assert hits() == before


def test_codes_that_are_not_ours_take_no_room(client):
    for path in ("/t/0000000000000000", "/01/x", "/t/%00", "/00/123456789012345675"):
        assert client.get(path, headers=ENGLISH).status_code == 404
    assert len(cache_of(client).pages) == 0
