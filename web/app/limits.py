"""How often one address may ask for what costs, or could be guessed at."""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from wsgiref.types import WSGIEnvironment as Environ

from flask import Flask, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError

from .problems import ProblemError

_KEY = "suyuan.limits"


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one address may ask: `most` as "60/minute"; routes of one `name` count together."""

    name: str
    most: str

    def count(self) -> None:
        """Count the present request; a problem 429, with Retry-After, where it is one too many."""
        limiter: SlidingWindowCounterRateLimiter = current_app.extensions[_KEY]
        item, address = _parsed(self.most), asker(request.remote_addr)
        if limiter.hit(item, self.name, address):
            return
        reset = limiter.get_window_stats(item, self.name, address).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        raise ProblemError(
            429,
            "too many requests from this address, %s: wait %s seconds",
            self.most,
            wait,
            retry_after=wait,
        )


# Of what is read for a stranger; a market's stalls may share one address.
READING = Limit("reading", "600/minute")
REPORTING = Limit("report", "20/hour")
CHECKING = Limit("checking", "60/minute")  # of documents: a seal is looked at each time
SCANNING = Limit("scan", "30/minute")
_parsed = lru_cache(parse)


def install(app: Flask) -> None:
    """Count in this process: a server of several allows each of them as much."""
    app.extensions[_KEY] = SlidingWindowCounterRateLimiter(MemoryStorage())


def asker(address: str | None) -> str:
    """What limits count as one client: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def address_of() -> Callable[[Environ], str]:
    """A function from an environ to its `asker`, with addresses as behind_proxies takes them."""
    proxies = _proxies()
    known = lru_cache(4_096)(asker)

    def asker_of(environ: Environ) -> str:
        given = environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if proxies else []
        is_given = len(given) >= proxies > 0
        return known(given[-proxies].strip() if is_given else environ["REMOTE_ADDR"])

    return asker_of


def behind_proxies(app: Flask) -> None:
    """Take addresses and schemes from as many reverse proxies as SUYUAN_PROXIES says are before it.

    None by default: then what a client says of itself counts for nothing. LedgerError for no
    number.
    """
    app.wsgi_app = proxied(app.wsgi_app)  # type: ignore[method-assign]


def proxied(app: Any) -> Any:
    """A WSGI app, or what answers for one, behind these proxies."""
    if proxies := _proxies():
        return ProxyFix(app, x_for=proxies, x_proto=proxies, x_host=0)
    return app


def _proxies() -> int:
    number = setting("PROXIES") or "0"
    if not (number.isascii() and number.isdigit()):
        raise LedgerError(
            "SUYUAN_PROXIES is %s: give the number of reverse proxies", repr(number[:40])
        )
    return int(number)
