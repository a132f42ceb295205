"""How often a label was scanned: who counts, what is kept, when it may be a copy."""

import re
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from support.web.client import client_of, english, page_of

from suyuan.trace.findings.label_copies import Scans
from suyuan.trace.store.beside.tallies import Tally
from suyuan.web.cache import counting
from suyuan.web.cache.counting import Askers

pytestmark = pytest.mark.slow

PERSON = {"User-Agent": "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8", "Accept-Language": "en"}
SERIAL = "0123456789ABC"


@pytest.fixture(autouse=True)
def _only_when_told(monkeypatch):
    """What was counted is written where a test says so, and not each second as well."""
    monkeypatch.setattr(counting, "_PAUSE", 3_600.0)


@pytest.fixture
def label(small, sold):
    lot, _farm, stall = sold
    small.labelled(stall, lot, SERIAL)
    now = small.ledger.now().replace(minute=10) + timedelta(hours=1)  # far from the hour's end
    small.ledger.clock = lambda: now
    return page_of(lot, stall.uri, SERIAL)


def later(ledger, **by):
    now = ledger.now() + timedelta(**by)
    ledger.clock = lambda: now


def counter(client):
    return client.application.extensions["suyuan.scans"]


def scans(client, label):
    _, _, code, serial = label.split("/")
    return counter(client).of(code, serial)


def scan(client, label, address, **headers):
    """The label's page as another phone at this address has it."""
    client.delete_cookie(counting.COOKIE, path=label)
    headers = {**PERSON, **headers}
    return client.get(label, headers=headers, environ_base={"REMOTE_ADDR": address}).text


def test_whether_a_label_was_issued_or_withdrawn_is_told(client, small, sold):
    lot, farm, stall = sold
    found, others = small.labelled(stall, lot), small.labelled(farm, lot)
    small.labelled(stall, lot, found[0], op="void")
    for serial, heading, words in (
        (
            found[1].lower(),
            "Verified",
            f'{found[1]}</span> <span class="where">printed by this stall',
        ),
        (found[0], "This label was withdrawn", ""),
        ("0" * 13, "This label was not issued", ""),
        (others[0], "This label was not issued", ""),
    ):
        text = english(client, page_of(lot, stall.uri, serial))
        assert f"<h1>{heading}</h1>" in text and words in text, serial


def test_without_the_list_nothing_is_claimed(client, small, sold):
    lot, _farm, stall = sold
    (found,) = small.labelled(stall, lot, count=1)
    path = next((small.home / "labels").glob("*.txt"))
    path.write_text("0000000000000\n")
    text = english(client, page_of(lot, stall.uri, found))
    assert "It is not known whether this label was issued" in text
    path.unlink()
    assert "It is not known whether" in english(client, page_of(lot, stall.uri, found))


def test_the_first_and_the_next_scan_are_told(client, label):
    text = scan(client, label, "198.51.100.1")
    assert "You are the first to scan this label." in text
    assert "nothing about you. A phone counts once in seven days" in text
    text = scan(client, label, "198.51.100.2")
    assert re.search(r"This label was scanned 2 times since \d+ \w{3} \d{4} \d\d:\d\d\.", text)
    counter(client).flush()
    assert "scanned 3 times" in scan(client, label, "198.51.100.3")


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, {"User-Agent": "curl/8"},
        {"User-Agent": ""}, {"User-Agent": "Mozilla/5.0 HeadlessChrome/156"},
        {**PERSON, "Sec-Purpose": "prefetch;prerender"}, {**PERSON, "Purpose": "prefetch"},
        {**PERSON, "Sec-Fetch-Dest": "image"}, {**PERSON, "Sec-Fetch-Site": "same-origin"},
        {**PERSON, "Cache-Control": "max-age=0"}, {**PERSON, "Accept": "application/json"},
    ],
)  # fmt: skip
def test_what_is_no_persons_scan_is_not_counted(client, label, headers):
    assert client.get(label, headers=headers).status_code == 200
    assert scans(client, label) is None


def test_neither_head_nor_another_language_nor_a_bare_code_is_a_scan(client, label):
    assert client.head(label, headers=PERSON).status_code == 200
    client.get(f"{label}?lang=zh", headers=PERSON)
    client.get(label.rsplit("/", 1)[0], headers=PERSON)
    assert scans(client, label) is None


def test_nothing_about_a_person_is_kept(client, label, small):
    headers = {**PERSON, "X-Forwarded-For": "198.51.100.7", "Cookie": "who=me"}
    client.get(label, headers=headers, environ_base={"REMOTE_ADDR": "198.51.100.8"})
    counter(client).flush()
    with closing(sqlite3.connect(small.home / "scans.db")) as db:
        names = {
            table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert names == {
        "scanned_label": ["code", "serial", "first", "last", "count", "issued"],
        "scanned_day": ["code", "serial", "day", "count", "hours"],
    }
    everything = b"".join(path.read_bytes() for path in small.home.glob("scans.db*"))
    assert b"198.51" not in everything and b"MicroMessenger" not in everything


def test_too_many_scans_have_a_line_of_their_own_and_colour_nothing(client, label, small):
    _, _, code, serial = label.split("/")
    counter(client).count(code, serial, small.ledger.now(), is_issued=True)
    (day,) = scans(client, label).days
    counter(client)._book.add({(code, serial): Tally(1, 2, True, {day.day: (40, 0b111)})})
    text = client.get(label, headers=PERSON).text
    assert "It may have been copied" in text and '<section class="answer is-good"' in text
    assert "more often in one day than one label is" in text
    assert "before it was issued" in text


def test_serials_of_nobody_do_not_fill_the_memory(client, label, small):
    for number in range(300):
        path = f"{label.rsplit('/', 1)[0]}/{number:013d}"
        if number < 3:
            assert "was not issued" in client.get(path, headers=PERSON).text
        _, _, code, serial = path.split("/")
        counter(client).count(code, serial, small.ledger.now(), is_issued=False)
    assert len(counter(client)._waiting) <= 200


def test_a_database_that_cannot_be_written_costs_no_page(client, label, small):
    (small.home / "scans.db").mkdir()
    assert "You are the first" in client.get(label, headers=PERSON).text
    counter(client).flush()
    assert "Verified" in scan(client, label, "198.51.100.7")
    assert isinstance(scans(client, label), Scans)


def test_forty_views_by_one_address_are_one_scan(client, label):
    for _ in range(40):
        text = scan(client, label, "198.51.100.7")
    assert "You are the first to scan this label." in text
    assert scans(client, label).count == 1
    for number in range(40):  # all addresses of one subscriber
        scan(client, label, f"2001:db8:0:1::{number:x}")
    assert scans(client, label).count == 2


def test_a_phone_that_opens_the_page_again_is_no_other_scan(client, label, small):
    """By a mark that is the same for all, for this label alone, and sent to no other page."""
    first = client.get(label, headers=PERSON)
    assert first.headers["Set-Cookie"].startswith(f"scanned=1; Path={label}; Max-Age=604800")
    for hours in (1, 30):
        later(small.ledger, hours=hours)
        again = client.get(
            label, headers=PERSON, environ_base={"REMOTE_ADDR": f"198.51.100.{hours}"}
        )
        assert "Set-Cookie" not in again.headers and "You are the first" in again.text
    assert scans(client, label).count == 1
    later(small.ledger, hours=1)
    assert "scanned 2 times" in scan(client, label, "198.51.100.9")


def test_another_hour_another_label_and_another_address_count(client, label, small):
    scan(client, label, "198.51.100.7")
    later(small.ledger, minutes=49)
    scan(client, label, "198.51.100.7")
    assert scans(client, label).count == 1
    later(small.ledger, minutes=2)
    scan(client, label, "198.51.100.7")
    scan(client, label, "198.51.100.8")
    assert scans(client, label).count == 3


def test_no_address_is_kept_and_the_key_goes_with_the_hour(client, label, small):
    scan(client, label, "198.51.100.7")
    counter(client).flush()
    everything = b"".join(path.read_bytes() for path in small.home.rglob("*") if path.is_file())
    assert b"198.51" not in everything
    askers = counter(client)._askers
    before = askers._key, set(askers._hashes)
    later(small.ledger, hours=1)
    scan(client, label, "198.51.100.7")
    assert askers._key != before[0] and askers._hashes.isdisjoint(before[1])


def test_a_hash_says_nothing_without_its_hours_key():
    first, second = Askers(), Askers()
    for made in (first, second):
        assert made.is_new("CODE/SERIAL", "198.51.100.7", 1)
        assert not made.is_new("CODE/SERIAL", "198.51.100.7", 1)
    assert first._hashes.isdisjoint(second._hashes)


def test_behind_a_proxy_it_is_the_clients_address_that_counts(small, label, monkeypatch):
    monkeypatch.setenv("SUYUAN_PROXIES", "1")
    client = client_of(small.ledger)
    for number in range(3):
        for _ in range(2):  # made, and from what is kept
            client.delete_cookie(counting.COOKIE, path=label)
            forwarded = {"X-Forwarded-For": f"203.0.113.9, 198.51.100.{number}"}
            client.get(label, headers={**PERSON, **forwarded})
    assert scans(client, label).count == 3


def test_what_is_counted_is_written_before_the_database_is_let_go_of(label, small):
    client = client_of(small.ledger)
    scan(client, label, "198.51.100.7")
    small.ledger.close()
    assert all(thread.name != "scans" for thread in threading.enumerate())
    with closing(sqlite3.connect(small.home / "scans.db")) as db:
        assert db.execute("SELECT count FROM scanned_label").fetchall() == [(1,)]
