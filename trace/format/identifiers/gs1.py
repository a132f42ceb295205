"""GS1 keys: check digits, EPC URNs and Digital Links made canonical (GS1 DL URI Syntax 1.2)."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from stdnum import ean

from ..messages import msg, quoted
from .errors import IdentifierError

ID = "https://id.gs1.org"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Without re.ASCII the long s (U+017F) would be an "s" in the scheme.
_LINK = re.compile(
    r"https?://[^/?#]+(/[^?#]*)?(?:\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL | re.ASCII
)
_TRADE = re.compile(
    r"(?:/[^/]*)*?/01/([0-9]{14})(?:/22/([^/]+))?(?:/10/([^/]+))?(?:/21/([^/]+))?", re.ASCII
)
_UNIT = re.compile(r"(?:/[^/]*)*?/00/([0-9]{18})", re.ASCII)
_LGTIN = re.compile(r"urn:epc:class:lgtin:([0-9]{6,12})\.([0-9]{1,7})\.(.+)", re.ASCII | re.DOTALL)
_SGTIN = re.compile(r"urn:epc:id:sgtin:([0-9]{6,12})\.([0-9]{1,7})\.(.+)", re.ASCII | re.DOTALL)
_SSCC = re.compile(r"urn:epc:id:sscc:([0-9]{6,12})\.([0-9]{5,11})", re.ASCII)
_CANONICAL = re.compile(
    rf"{re.escape(ID)}/(?:00/([0-9]{{18}})|01/([0-9]{{14}})/(?:10|21)/(?:[\w.~-]|%[0-9A-F]{{2}})+)",
    re.ASCII,
)
# Keys of places, parties, assets, documents and relations, with the qualifiers that may follow.
_OTHER_KEYS: dict[str, tuple[str, ...]] = {
    "414": ("254", "7040"),
    "417": ("7040",),
    "8003": (),
    "8004": ("7040",),
    "8018": ("8019",),
    "8017": ("8019",),
    "253": (),
    "255": (),
}
_NOT_ITEMS = (
    "urn:epc:idpat:",
    *(f"urn:epc:id:{kind}:" for kind in ("sgln", "pgln", "grai", "giai", "gsrn", "gsrnp")),
    *(f"urn:epc:id:{kind}:" for kind in ("gdti", "sgcn")),
)


def check_digit(digits: str) -> str:
    """The GS1 check digit (modulo 10, weights 3 and 1 from the right) of `digits` without it."""
    return str(ean.calc_check_digit(digits))


def has_check_digit(key: str) -> bool:
    """Whether the last of these digits is the check digit of those before it."""
    return check_digit(key[:-1]) == key[-1]


def gtin14(text: str) -> str:
    """The GTIN in 14 digits; IdentifierError for a wrong length or check digit."""
    if not (text.isascii() and text.isdigit() and len(text) in (8, 12, 13, 14)):
        reason = msg("GTIN '%(value)s' must have 8, 12, 13 or 14 digits", value=quoted(text[:40]))
        raise IdentifierError(reason)
    if not has_check_digit(text):
        digit = check_digit(text[:-1])
        reason = msg(
            "GTIN %(value)s has a wrong check digit: %(digit)s would be right",
            value=text,
            digit=digit,
        )
        raise IdentifierError(reason)
    return text.zfill(14)


def lot_uri(gtin: str, lot: str) -> str:
    """The URI of a lot of a GTIN; IdentifierError unless both are right.

    A lot has 1 to 20 characters of GS1's character set 82 (GS1 General Specifications 7.11).
    """
    if not re.fullmatch(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", lot):
        raise IdentifierError(
            msg(
                "lot '%(value)s' must have 1 to 20 ASCII letters, digits or signs of GS1's set 82",
                value=quoted(lot[:40]),
            )
        )
    return f"{ID}/01/{gtin14(gtin)}/10/{encode(lot)}"


def piece_uri(gtin: str, serial: str) -> str:
    """The URI of a piece of a GTIN; IdentifierError as lot_uri raises it."""
    return lot_uri(gtin, serial).replace("/10/", "/21/")


def unit_uri(sscc: str) -> str:
    """The URI of a logistic unit; IdentifierError for a wrong length or check digit."""
    if not re.fullmatch(r"[0-9]{18}", sscc, re.ASCII) or not has_check_digit(sscc):
        sscc = quoted(sscc[:40])
        reason = msg("SSCC '%(value)s' must have 18 digits, the last its check digit", value=sscc)
        raise IdentifierError(reason)
    return f"{ID}/00/{sscc}"


def encode(value: str) -> str:
    """`value` with every byte outside A-Z a-z 0-9 - . _ ~ written as % and upper-case hex."""
    return _encode(value.encode("utf-8", "surrogatepass"))


def canonical(uri: str) -> str | None:
    """The canonical URI of a GS1 lot, piece or logistic unit, from its URN or Digital Link.

    What is no such identifier, or one with a wrong length, check digit, escape or qualifier, is
    given back as written; None stands for what is no item: GS1 keys of places, parties, assets,
    documents and services, a GTIN without lot or serial, any pattern (section 3 of the format).
    """
    return _canonical_kept(uri) if len(uri) <= _KEPT else _canonical(uri)


def is_canonical(uri: str) -> bool:
    """Whether `uri` is the canonical URI of a GS1 lot, piece or logistic unit."""
    match = _CANONICAL.fullmatch(uri)
    return (
        match is not None
        and has_check_digit(match.group(1) or match.group(2))
        and canonical(uri) == uri
    )


def _canonical(uri: str) -> str | None:
    if uri.startswith("urn:epc:"):
        return None if uri.startswith(_NOT_ITEMS) else _from_urn(uri) or uri
    match = _LINK.fullmatch(uri)
    if match is None:
        return uri
    path = match.group(1) or ""
    if unit := _UNIT.fullmatch(path):
        key = unit.group(1)
        return f"{ID}/00/{key}" if has_check_digit(key) else uri
    if trade := _TRADE.fullmatch(path):
        key, _, lot, serial = trade.groups()
        if not has_check_digit(key) or any(
            part is not None and _BAD_ESCAPE.search(part) for part in trade.groups()
        ):
            return uri
        return _trade_item(key, lot, serial)
    return None if _is_other_key(path) else uri


_KEPT = 512  # longer ones come from attackers, whose every link could fill the cache with 48 KiB
_canonical_kept = lru_cache(maxsize=65536)(_canonical)


def _from_urn(uri: str) -> str | None:
    if match := _SSCC.fullmatch(uri):
        prefix, rest = match.groups()
        if len(prefix) + len(rest) != 17:
            return None
        key = rest[0] + prefix + rest[1:]
        return f"{ID}/00/{key}{check_digit(key)}"
    match = _LGTIN.fullmatch(uri) or _SGTIN.fullmatch(uri)
    if match is None:
        return None
    prefix, rest, value = match.groups()
    if len(prefix) + len(rest) != 13 or _BAD_ESCAPE.search(value):
        return None
    key = rest[0] + prefix + rest[1:]
    key += check_digit(key)
    is_lot = uri.startswith("urn:epc:class:")
    return _trade_item(key, value if is_lot else None, None if is_lot else value)


def _trade_item(gtin: str, lot: str | None, serial: str | None) -> str | None:
    if serial is not None:
        return f"{ID}/01/{gtin}/21/{_recode(serial)}"
    return None if lot is None else f"{ID}/01/{gtin}/10/{_recode(lot)}"


def _is_other_key(path: str) -> bool:
    parts = path.split("/")
    if len(parts) < 3 or not parts[-1]:
        return False
    if parts[-2] in _OTHER_KEYS:
        return True
    return len(parts) >= 5 and parts[-3] != "" and parts[-2] in _OTHER_KEYS.get(parts[-4], ())


def _recode(value: str) -> str:
    return _encode(unquote_to_bytes(value.encode("utf-8", "surrogatepass")))


def _encode(data: bytes) -> str:
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in data)
