"""From what a person has in hand (a code, a scanned URL, a URI) to the item that it names."""

import re
from dataclasses import dataclass

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.items import canonical, is_mistaken
from suyuan.trace.store.read.reader import Reader

NEW = "new"
_LABEL = re.compile(
    r"https?://[^/?#]+/t/([^/?#]+)(?:/([^/?#]+))?/?(?:[?#].*)?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)


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

    Raises IdentifierError where it is malformed, NotFound where it names nothing here.
    """
    text = text.strip()
    if ":" not in text:
        return of_code(reader, trust, text)
    item = canonical(text)
    label = _LABEL.fullmatch(text)
    # An item may have such a URI without a code of ours in it: another ledger's, say.
    is_plain = item is not None and codes.in_uri(item, trust.host) is None and reader.subject(item)
    if label is not None and not is_plain:
        code, serial = label.groups()
        return of_code(reader, trust, code, serial)
    if item is None:
        raise IdentifierError("%s is no item: it names a place, a party or a product", text[:200])
    if not reader.subject(item):
        raise NotFound("%s is not in this ledger", item)
    return Target(item)


def find_item(reader: Reader, trust: Trust, text: str, *, may_be_new: bool = False) -> str:
    """The item named; with `may_be_new` not here yet, or `new`. IdentifierError, NotFound."""
    if text == NEW:
        if not may_be_new:
            raise LedgerError("only a step that brings an item into being makes a new code")
        return codes.uri_of(codes.new(), trust.host)
    if is_mistaken(text):
        raise IdentifierError("%s has a wrong length, check digit or escape", text)
    try:
        return resolve(reader, trust, text).item
    except NotFound:
        if not may_be_new:
            raise
    if ":" not in text:
        return codes.uri_of(codes.read(text), trust.host)
    item = canonical(text)
    assert item is not None
    return item


def of_code(reader: Reader, trust: Trust, typed: str, serial: str | None = None) -> Target:
    """The item, and the holder, that a trace code names; a label's serial is carried along."""
    code = codes.read(typed)
    if serial is not None:
        serial = codes.read_serial(serial)
    if (owner := reader.codes([code]).get(code)) is not None:
        return Target(owner[0], owner[1], serial)
    own = codes.uri_of(code, trust.host)
    if not reader.subject(own):
        raise NotFound("trace code %s is not one of this ledger", codes.shown(code))
    return Target(own, None, serial)
