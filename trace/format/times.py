"""Instants: microseconds UTC in the store, RFC 3339 outside, days in the ledger's own zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from suyuan.keys.settings import setting

from .errors import LedgerError

_MAX_DAYS = 3650
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The UTC datetime of microseconds since 1970; OverflowError beyond the calendar."""
    return _EPOCH + timedelta(microseconds=value)


def local(value: int, where: tzinfo) -> datetime:
    """The same in a zone; what lies beyond the calendar there, as its first or last moment."""
    try:
        return from_micros(value).astimezone(where)
    except OverflowError:
        edge = datetime.min if value < 0 else datetime.max  # noqa: DTZ901
        return edge.replace(tzinfo=where)


def parse(text: object) -> datetime | None:
    """The instant that an ISO 8601 date-time with zone names; None for anything else."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None


def parse_micros(text: object) -> int | None:
    """The instant that `parse` gives, in microseconds UTC; None for anything else."""
    instant = parse(text)
    return None if instant is None else micros(instant)


def zone() -> ZoneInfo:
    """The zone of days, deadlines and "today": SUYUAN_TIMEZONE, or Asia/Shanghai.

    Raises LedgerError for a name that the time zone database lacks.
    """
    return _zone(setting("TIMEZONE") or "Asia/Shanghai")


def link_age() -> timedelta:
    """How long ago a link may have been signed: SUYUAN_LINK_AGE_DAYS, or 30 days.

    Raises LedgerError for what is no number of days.
    """
    days = setting("LINK_AGE_DAYS") or "30"
    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= _MAX_DAYS):
        raise LedgerError(
            "SUYUAN_LINK_AGE_DAYS is %s: give a number of days from 1 to %s",
            repr(days[:40]),
            _MAX_DAYS,
        )
    return timedelta(days=int(days))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise LedgerError(
            "SUYUAN_TIMEZONE %s is no time zone: Asia/Shanghai is one", repr(name[:60])
        ) from None
