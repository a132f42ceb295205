"""Where a party wants its notices: an e-mail address or a webhook's URL.

Kept beside the ledger, never in a link: an address may be a person's.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.beside.preferences import EMAIL, WEBHOOK

# RFC 5321 section 4.5.3.1: the longest local part, and the longest path without its brackets.
_LOCAL, _WHOLE = 64, 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(\.{_ATOM})*", re.ASCII)
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+", re.ASCII)
_URL = re.compile(
    r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?", re.ASCII | re.IGNORECASE
)
_LONGEST_URL = 2_000


class ContactError(LedgerError):
    """An address that cannot be used; the text says why, and what to give instead."""


def read(text: str) -> tuple[str, str]:
    """Kind and address of what a person typed: mailto:…, an e-mail address, or a URL.

    Raises ContactError.
    """
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() == "mailto":
        return EMAIL, email_address(rest)
    if "://" in text:
        return WEBHOOK, webhook_url(text)
    if "@" in text:
        return EMAIL, email_address(text)
    raise ContactError(
        "%s is no address: give mailto:quality@farm.example or https://farm.example/hook",
        _shown(text),
    )


def email_address(text: str) -> str:
    """The address in `text`, its domain in lower case (RFC 5321 section 2.4).

    Dot-atoms only (RFC 5322 section 3.2.3): a quoted local part, an address literal, a comment, a
    space or a control character is refused, and so is what is not ASCII. Raises ContactError.
    """
    local, at, domain = text.rpartition("@")
    domain = domain.lower()
    is_good = (
        at == "@"
        and len(local) <= _LOCAL
        and len(text) <= _WHOLE
        and _DOT_ATOM.fullmatch(local) is not None
        and (_DOMAIN.fullmatch(domain) is not None or domain == "localhost")
    )
    if not is_good:
        raise ContactError(
            "%s is no e-mail address that can be used: give one like "
            "quality@farm.example, in ASCII and without a name before it",
            _shown(text),
        )
    return f"{local}@{domain}"


def webhook_url(text: str) -> str:
    """The URL in `text`: https, or http of this machine; without user, password or fragment.

    Raises ContactError.
    """
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if host is not None and (url.username is not None or url.password is not None):
        raise ContactError(
            "a webhook's URL has no user or password in it: it is kept and shown in clear. What is "
            "posted is signed instead"
        )
    if len(text) > _LONGEST_URL or _URL.fullmatch(text) is None or not host:
        raise ContactError("%s is no http or https URL of a webhook", _shown(text))
    if url.scheme == "http" and not is_loopback(host):
        raise ContactError(
            "%s is not encrypted: a webhook's URL begins with https://", _shown(text)
        )
    return text


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine itself, without asking anyone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(text: str) -> str:
    return repr(text[:80] + ("…" if len(text) > 80 else ""))
