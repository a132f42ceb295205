"""Instants and the ledger's own zone."""

from datetime import UTC, datetime

import pytest

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import from_micros, micros, parse, zone


def test_micros_and_back():
    instant = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
    assert from_micros(micros(instant)) == instant
    assert micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-12-01T11:09:40.7930000+00:00", datetime(2021, 12, 1, 11, 9, 40, 793000, tzinfo=UTC)),
        ("2026-11-24T08:00:00Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T16:00:00+08:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00", None), ("2026-11-24", None), ("noon", None), (17, None),
    ],
)  # fmt: skip
def test_date_times_with_a_zone(text, expected):
    assert parse(text) == expected


def test_the_zone_is_a_setting(monkeypatch):
    monkeypatch.delenv("SUYUAN_TIMEZONE", raising=False)
    assert zone().key == "Asia/Shanghai"
    monkeypatch.setenv("SUYUAN_TIMEZONE", "Asia/Urumqi")
    assert zone().key == "Asia/Urumqi"
    monkeypatch.setenv("SUYUAN_TIMEZONE", "../../etc/passwd")
    with pytest.raises(LedgerError, match="SUYUAN_TIMEZONE"):
        zone()
