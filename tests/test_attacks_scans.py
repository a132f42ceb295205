"""Who opens one label again and again makes no page warn of a copy, and leaves no address."""

from datetime import timedelta

import pytest
from test_web_scanned import PERSON, _only_when_told, counter, label, scan, scans  # noqa: F401
from web_support import client_of

from suyuan.web.counting import Askers


@pytest.fixture
def client(small, label):  # noqa: F811
    now = small.ledger.now().replace(minute=10) + timedelta(hours=1)
    small.ledger.clock = lambda: now
    return client_of(small.ledger)


def later(ledger, **by):
    now = ledger.now() + timedelta(**by)
    ledger.clock = lambda: now


def test_forty_views_by_one_address_are_one_scan(client, label):  # noqa: F811
    for _ in range(40):
        text = scan(client, label, "198.51.100.7")
    assert "You are the first to scan this label." in text
    assert scans(client, label).count == 1
    for number in range(40):  # all addresses of one subscriber
        scan(client, label, f"2001:db8:0:1::{number:x}")
    assert scans(client, label).count == 2


def test_another_hour_another_label_and_another_address_count(client, label, small):  # noqa: F811
    scan(client, label, "198.51.100.7")
    later(small.ledger, minutes=49)
    scan(client, label, "198.51.100.7")
    assert scans(client, label).count == 1
    later(small.ledger, minutes=2)
    scan(client, label, "198.51.100.7")
    scan(client, label, "198.51.100.8")
    assert scans(client, label).count == 3


def test_no_address_is_kept_and_the_key_goes_with_the_hour(client, label, small):  # noqa: F811
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


def test_behind_a_proxy_it_is_the_clients_address_that_counts(small, label, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SUYUAN_PROXIES", "1")
    client = client_of(small.ledger)
    for number in range(3):
        for _ in range(2):  # made, and from what is kept
            forwarded = {"X-Forwarded-For": f"203.0.113.9, 198.51.100.{number}"}
            client.get(label, headers={**PERSON, **forwarded})
    assert scans(client, label).count == 3
