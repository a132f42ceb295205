"""Webhooks: a notice posted to a URL, signed, once; what is answered is a status and no more."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ..errors import LedgerError
from ..fetch import Fetcher
from .outcome import Delivered, GivenUp, Outcome, Postponed
from .reachable import Reachable
from .signing import signature

TIMEOUT = 10.0  # seconds for connecting, sending and the answer's status together
_GONE = 410


def post(url: str, key: str, body: bytes, secret: str | None, reachable: Reachable) -> Outcome:
    """Post a body to a webhook; what came of it.

    It is named by `key` in every try (`webhook-id`, `Idempotency-Key`). Any 2xx is taken as
    received, 410 as the wish to be told no more; a redirect is not followed.
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
            may_reach=lambda address: reachable.is_reachable(address, is_clear=is_clear),
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
