"""From what a person has in hand (a code, a scanned URL, a URI) to the item that it names."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import LedgerError
from .identifiers import codes
from .identifiers.errors import IdentifierError
from .identifiers.items import canonical
from .store.read import Reader
from .trust import Trust

_LABEL = re.compile(r"/t/([^/]+)(?:/([^/]+))?/?", re.IGNORECASE)


class NotFound(LedgerError):
    """A well-formed identifier that names nothing in this ledger."""


@dataclass(frozen=True, slots=True)
class Target:
    """An item; with `actor`, the holder whose label or chain was named; with `serial`, a label."""

    item: str
    actor: str | None = None
    serial: str | None = None


def resolve(reader: Reader, trust: Trust, text: str) -> Target:
    """The item that a URI, a trace code as typed, or a scanned URL names.

    Raises IdentifierError where it is malformed (a wrong check character, say), NotFound where
    it names nothing in this ledger.
    """
    text = text.strip()
    if ":" not in text:
        return of_code(reader, trust, text)
    parts = urlsplit(text)
    label = _LABEL.fullmatch(parts.path)
    if parts.scheme.lower() in ("http", "https") and label is not None:
        code, serial = label.groups()
        return of_code(reader, trust, code, serial)
    item = canonical(text)
    if item is None:
        raise IdentifierError(f"{text[:200]} is no item: it names a place, a party or a product")
    if not reader.subject(item):
        raise NotFound(f"{item} is not in this ledger")
    return Target(item)


def of_code(reader: Reader, trust: Trust, typed: str, serial: str | None = None) -> Target:
    """The item, and the holder, that a trace code names; a label's serial is carried along."""
    code = codes.read(typed)
    if serial is not None:
        serial = codes.read_serial(serial)
    own = codes.uri_of(code, trust.host)
    if reader.subject(own):
        return Target(own, None, serial)
    found = reader.code(code)
    if found is None:
        raise NotFound(f"trace code {codes.shown(code)} is not one of this ledger")
    return Target(found[0], found[1], serial)
