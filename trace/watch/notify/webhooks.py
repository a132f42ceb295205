"""Webhooks: where they may be posted to, how they are signed, and what came of one.

Whoever names a webhook would else make this machine ask others that only it can reach (SSRF): it
is posted to the public network, and to what the operator allows besides. The signature is that of
Standard Webhooks 1.0, HMAC-SHA256 with a secret of the contact's own, so that one receiver cannot
sign for another. That the order in the body is genuine does not hang on it: the body has the
ledger's own signed link.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError, SettingError
from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.log.fetch import Fetcher

from .outcome import Delivered, GivenUp, Outcome, Postponed

TIMEOUT = 10.0  # seconds for connecting, sending and the answer's status together
_GONE = 410
SETTING = "SUYUAN_WEBHOOK_NETWORKS"
PREFIX = "whsec_"
_BYTES = 32
_LEAST, _MOST = 24, 64  # bytes of a secret, by the specification
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW = 2**32 - 1
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Reachable:
    """The public network, and these besides."""

    allowed: Sequence[Network] = ()

    def is_reachable(self, text: str, *, is_clear: bool = False) -> bool:
        """Whether an address may be connected to; without TLS (`is_clear`) this machine's only."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if is_clear and not address.is_loopback:
            return False
        if any(address in network for network in self.allowed):
            return True
        return all(_is_public(end) for end in _meant(address))


def reachable(environ: Mapping[str, str] | None = None) -> Reachable:
    """What SUYUAN_WEBHOOK_NETWORKS allows; SettingError where it is no list of networks."""
    text = setting("WEBHOOK_NETWORKS", environ) or ""
    try:
        return Reachable(
            tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
        )
    except ValueError as error:
        raise SettingError(
            "%s is no list of networks, such as 10.20.0.0/16, 127.0.0.1: %s", SETTING, error
        ) from None


def may_be_reached(url: str) -> bool:
    """Whether a URL's host, where it is an address already, may be posted to at present.

    A name is looked up at each post.
    """
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return True
    return reachable().is_reachable(host, is_clear=parts.scheme == "http")


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_odd


def _meant(address: Address) -> Sequence[Address]:
    """Where what is sent to an address may end: IPv6 ones can stand for IPv4 ones."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & _LOW),)
    ends: list[Address | None] = [address, address.sixtofour, *(address.teredo or ())]
    return [end for end in ends if end is not None]


def new_secret() -> str:
    """A fresh secret, as receivers' libraries take it."""
    return PREFIX + base64.encode(secrets.token_bytes(_BYTES))


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature` for a body; ValueError for no secret.

    `timestamp` is in seconds since 1970 UTC, and `key` the value of `webhook-id`.
    """
    try:
        key_bytes = base64.decode(secret.removeprefix(PREFIX))
    except EncodingError:
        key_bytes = b""
    if not secret.startswith(PREFIX) or not _LEAST <= len(key_bytes) <= _MOST:
        raise ValueError("the contact has no secret that can sign: remove it and add it again")
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.encode(hmac.digest(key_bytes, signed, hashlib.sha256))


def post(url: str, key: str, body: bytes, secret: str | None, where: Reachable) -> Outcome:
    """Post a body to a webhook; what came of it.

    It is named by `key` in every try (`webhook-id`, `Idempotency-Key`). Any 2xx is taken as
    received, 410 as the wish for no more notices; a redirect is not followed.
    """
    parts = urlsplit(url)
    is_clear = parts.scheme == "http"
    now = int(time.time())
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(secret or "", key, now, body),
            "Idempotency-Key": key,
        }
        with Fetcher(
            f"{parts.scheme}://{parts.netloc}",
            timeout=TIMEOUT,
            may_reach=lambda address: where.is_reachable(address, is_clear=is_clear),
        ) as fetcher:
            status, after = fetcher.tell(path, body, "application/json", headers)
    except (LedgerError, ValueError) as error:
        return Postponed(str(error))
    return _outcome(status, after)


def _outcome(status: int, after: str | None) -> Outcome:
    if 200 <= status < 300:
        return Delivered()
    if status == _GONE:
        return GivenUp("it answers 410: it wants to be told no more")
    more = ", a redirect, which is not followed" if 300 <= status < 400 else ""
    return Postponed(f"it answers {status}{more}", _seconds(after))


def _seconds(after: str | None) -> float | None:
    """What Retry-After says (RFC 9110 section 10.2.3): seconds, or a date."""
    if after is None:
        return None
    if after.isascii() and after.isdigit():
        return float(min(int(after[:9]), 86_400))
    try:
        when = parsedate_to_datetime(after)
    except ValueError:
        return None
    return (when.astimezone(UTC) - datetime.now(UTC)).total_seconds()
