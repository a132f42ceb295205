"""The forms of single values: URI, date-time, zone offset, unit code, hex.

Each check is stricter than, or the same as, what the EPCIS 2.0 JSON schema asks by `format` and
`pattern`, and looks at ASCII digits only.
"""

import re
from datetime import date
from ipaddress import AddressValueError, IPv6Address

_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_NAME = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_NAME}|:)*@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|{_NAME}*)(?::[0-9]*)?(?:/{_CHAR}*)*"
    rf"|/(?:{_CHAR}+(?:/{_CHAR}*)*)?|{_CHAR}+(?:/{_CHAR}*)*|)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?"
)
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])"
    r"(?:\.([0-9]+))?(?:Z|([+-])(0[0-9]|1[0-4]):([0-5][0-9]))"
)
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_VERSION = re.compile(r"2(?:\.[0-9]+)*")

Instant = tuple[int, str]
"""Seconds of UTC since the first day of year 1, and the digits after the decimal point without
trailing zeros: so instants of any precision compare exactly."""


def is_uri(text: str) -> bool:
    """Whether this is a URI by RFC 3986 (schema: `format: uri`); a CURIE has this form too."""
    found = _URI.fullmatch(text)
    if found is None:
        return False
    try:
        if found["six"] is not None:
            IPv6Address(found["six"])
    except AddressValueError:
        return False
    return True


def instant(text: str) -> Instant:
    """The instant of an XML Schema dateTimeStamp (EPCIS context `xsd:dateTimeStamp`, RFC 3339).

    A zone is required, no further from UTC than 14:00; leap seconds and hour 24 do not exist.
    Raises ValueError, whose text says what is wrong.
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise ValueError("it is not a date-time with a zone")
    year, month, day, hour, minute, second, fraction, sign, away_hours, away_minutes = (
        found.groups()
    )
    try:
        days = date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        raise ValueError("there is no such day") from None
    away = 0
    if sign is not None:
        away = int(away_hours) * 3600 + int(away_minutes) * 60
        if away > 14 * 3600:
            raise ValueError("no zone is further than 14:00 from UTC")
        if sign == "-":
            away = -away
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - away
    return seconds, (fraction or "").rstrip("0")


def is_offset(text: str) -> bool:
    """Whether this is an `eventTimeZoneOffset`: +hh:mm or -hh:mm, at most 14:00."""
    return _OFFSET.fullmatch(text) is not None


def is_unit(text: str) -> bool:
    """Whether this has the form of a unit code of UN/ECE Recommendation 20."""
    return _UNIT.fullmatch(text) is not None


def is_word(text: str) -> bool:
    """Whether this has the form of a bare word of a vocabulary."""
    return _WORD.fullmatch(text) is not None


def is_hex(text: str) -> bool:
    """Whether this is a `hexBinaryValue` of at least one digit."""
    return _HEX.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Whether this is a schema version of EPCIS 2, the first that has a JSON form."""
    return _VERSION.fullmatch(text) is not None
