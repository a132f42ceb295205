"""The link: one signed record, parsed from its one valid encoding (docs/format.md section 2)."""

import hashlib
from collections.abc import Mapping

import orjson

from suyuan.keys import canonical, dsse
from suyuan.keys.dsse import Envelope
from suyuan.keys.errors import CanonicalError, EncodingError
from suyuan.keys.records import record
from suyuan.keys.signer import Signer

from . import statements
from .identifiers.items import EPC_LISTS, QUANTITY_LISTS, item_set
from .members import (
    DIGEST,
    SECOND,
    TEXT,
    URI,
    WHOLE,
    WORDS,
    Member,
    Object,
    digest_or_null,
    mapping,
    one_of,
    optional,
    require,
    second,
    text,
    texts,
    uri,
    words,
)
from .messages import Message, msg
from .rules import Refused, Rule

PAYLOAD_TYPE = "application/vnd.suyuan.link+json"
MAX_ENTRY = 65535
MAX_REF_ITEMS = 150

_BODIES = ("event", "event_ref", "statement")
_LIST = Member(lambda value: isinstance(value, list), "a list")
_PAYLOAD: Mapping[str, Member] = {
    "v": Member(lambda value: type(value) is int and value == 1, "1"),
    "ledger": WORDS,
    "actor": URI,
    "signed_at": SECOND,
    "items": Member(lambda value: isinstance(value, list) and value != [], "a list, not empty"),
    "after": _LIST,
    **dict.fromkeys(("document", *_BODIES), Member(mapping, "an object", optional=True)),
}
_ITEM: Mapping[str, Member] = {
    "item": TEXT,
    "seq": WHOLE,
    "prev": Member(digest_or_null, "a link hash or null"),
}
_AFTER: Mapping[str, Member] = {"index": WHOLE, "hash": DIGEST, "ledger": optional(WORDS)}
_FILE: Mapping[str, Member] = {"sha256": DIGEST, "size": WHOLE, "type": WORDS}
_DOCUMENT: Mapping[str, Member] = {
    **_FILE,
    "as": Member(one_of("own", "received"), "own or received"),
}


_NONE: Object = {}
# The members of a link with an event, as their RFC 8785 form orders them.
_USUAL = frozenset(
    tuple(sorted({"v", "ledger", "actor", "signed_at", "items", "after", "event", *more}))
    for more in ((), ("document",))
)


@record
class ItemRef:
    """The place of a link in one of its actor's chains."""

    item: str
    seq: int
    prev: str | None


@record
class AfterRef:
    """A link of another actor, or of another ledger, that a link follows from."""

    index: int
    hash: str
    ledger: str | None = None


@record
class Link:
    """A link whose bytes and form are valid; what it means is for the chain's rules."""

    entry: bytes
    hash: str
    envelope: Envelope
    ledger: str
    actor: str
    signed_at: str
    items: tuple[ItemRef, ...]
    after: tuple[AfterRef, ...]
    document: Object | None
    event: Object | None
    event_ref: Object | None
    statement: Object | None

    @property
    def keyid(self) -> str:
        """The id of the key that signed it."""
        return self.envelope.keyid

    @property
    def is_received(self) -> bool:
        """Whether it reports a document's content, and claims no coding, receipt or stock."""
        return self.document is not None and self.document["as"] == "received"


def link_hash(entry: bytes) -> str:
    """SHA-256(0x00 || entry) in hex: the RFC 6962 leaf hash."""
    return hashlib.sha256(b"\0" + entry).hexdigest()


def parse(entry: bytes, *, newer: bool = False) -> Link:
    """The link that `entry` encodes.

    With `newer`, a statement of a type that is not known here is taken as it is: its chain and
    signature can be checked, its meaning cannot. Raises Refused, its rule one of size, encoding,
    payload, members, in this order.
    """
    if len(entry) > MAX_ENTRY:
        raise Refused(
            Rule.SIZE,
            msg(
                "the entry has %s bytes, %s are allowed: make several links, or give a "
                "large event by event_ref",
                f"{len(entry):,}",
                f"{MAX_ENTRY:,}",
            ),
        )
    try:
        envelope = dsse.decode(entry, PAYLOAD_TYPE)
    except EncodingError as error:
        raise Refused(Rule.ENCODING, error) from None
    try:
        payload = canonical.parse(envelope.payload)
    except CanonicalError as error:
        raise Refused(Rule.PAYLOAD, msg("the payload is %s", error)) from None
    return _from_payload(entry, envelope, payload, newer=newer)


def readable(entry: bytes | None) -> Link | None:
    """The link in an entry; None where there is no entry, or it encodes no link."""
    try:
        return None if entry is None else parse(entry)
    except Refused:
        return None


def accepted(entry: bytes, digest: str) -> Link:
    """The link of an entry that `parse` has accepted, with the hash that it gave, unchecked.

    Only for an entry that a worker process has checked.
    """
    envelope = dsse.accepted(entry, PAYLOAD_TYPE)
    members = orjson.loads(envelope.payload)
    members["items"] = [ItemRef(ref["item"], ref["seq"], ref["prev"]) for ref in members["items"]]
    members["after"] = [AfterRef(**ref) for ref in members["after"]]
    return _link(entry, digest, envelope, members)


def _link(entry: bytes, digest: str, envelope: Envelope, members: Object) -> Link:
    return Link(
        entry=entry,
        hash=digest,
        envelope=envelope,
        ledger=members["ledger"],
        actor=members["actor"],
        signed_at=members["signed_at"],
        items=tuple(members["items"]),
        after=tuple(members["after"]),
        document=members.get("document"),
        event=members.get("event"),
        event_ref=members.get("event_ref"),
        statement=members.get("statement"),
    )


def _from_payload(entry: bytes, envelope: Envelope, payload: object, *, newer: bool) -> Link:
    members = payload if _is_usual(payload) else require(payload, _PAYLOAD, "payload")
    assert isinstance(members, dict)
    bodies = [name for name in _BODIES if name in members]
    if len(bodies) != 1:
        raise Refused(
            Rule.MEMBERS,
            msg("payload must have exactly one of %s, not %s", ", ".join(_BODIES), bodies),
        )
    if "document" in members:
        require(members["document"], _DOCUMENT, "/document")
    event, event_ref, statement = (members.get(name) for name in _BODIES)
    if event is not None:
        check_event_form(event)
    elif event_ref is not None:
        require(event_ref, _FILE, "/event_ref")
    elif not (newer and statements.is_newer(statement)):
        statements.check(statement)
    members["items"] = [_item(n, part) for n, part in enumerate(members["items"])]
    members["after"] = [
        AfterRef(**require(part, _AFTER, f"/after/{n}")) for n, part in enumerate(members["after"])
    ]
    return _link(entry, link_hash(entry), envelope, members)


def _is_usual(payload: object) -> bool:
    """Whether `require` certainly accepts it; False where `require` has to look."""
    return (
        type(payload) is dict
        and tuple(payload) in _USUAL
        and type(payload["v"]) is int
        and payload["v"] == 1
        and type(payload["after"]) is list
        and type(payload["items"]) is list
        and payload["items"] != []
        and type(payload.get("event", _NONE)) is dict
        and type(payload.get("document", _NONE)) is dict
        and words(payload["ledger"])
        and uri(payload["actor"])
        and second(payload["signed_at"])
    )


def _item(number: int, part: object) -> ItemRef:
    if type(part) is dict and tuple(part) == ("item", "prev", "seq"):
        item, prev, seq = part["item"], part["prev"], part["seq"]
        if type(item) is str and type(seq) is int and seq >= 0 and digest_or_null(prev):
            return ItemRef(item, seq, prev)
    return ItemRef(**require(part, _ITEM, f"/items/{number}"))


def check_event_form(event: object, where: str = "/event") -> None:
    """Raise Refused(members) unless `event` is what the ledger asks of an event.

    An object with `type`, `eventTime`, `eventTimeZoneOffset` (strings) and item lists of the
    right types; all else of EPCIS is our tools' to check, before signing.
    """
    if not isinstance(event, dict):
        raise Refused(Rule.MEMBERS, msg("%s must be an object", where))
    for name in ("type", "eventTime", "eventTimeZoneOffset"):
        if not text(event.get(name)):
            raise Refused(Rule.MEMBERS, msg("%s/%s must be a string", where, name))
    if "parentID" in event and not text(event["parentID"]):
        raise Refused(Rule.MEMBERS, msg("%s/parentID must be a string", where))
    for name in EPC_LISTS:
        if name in event and not texts(event[name]):
            raise Refused(Rule.MEMBERS, msg("%s/%s must be a list of strings", where, name))
    for name in QUANTITY_LISTS:
        if name not in event:
            continue
        listed = event[name]
        if not isinstance(listed, list) or not all(
            isinstance(part, dict) and text(part.get("epcClass")) for part in listed
        ):
            raise Refused(
                Rule.MEMBERS, msg("%s/%s must be a list of objects with epcClass", where, name)
            )


def body_fault(link: Link, data: bytes) -> Message | str | None:
    """Why `data` is not the event that `event_ref` of this link names; None where it is."""
    assert link.event_ref is not None
    if len(data) != link.event_ref["size"]:
        return msg("it has %s bytes, the link says %s", len(data), link.event_ref["size"])
    if hashlib.sha256(data).hexdigest() != link.event_ref["sha256"]:
        return msg("its SHA-256 is another than the link says")
    try:
        event = canonical.parse(data)
        check_event_form(event, "event")
    except CanonicalError as error:
        return msg("it is %s", error)
    except Refused as refused:
        return refused.why
    assert isinstance(event, dict)
    items, listed = item_set(event), [ref.item for ref in link.items]
    starts = range(0, len(items), MAX_REF_ITEMS)
    if listed in ([items[at : at + MAX_REF_ITEMS] for at in starts] or [[link.actor]]):
        return None
    return msg("the link's items are no run of %s of the event's items", MAX_REF_ITEMS)


def seal(signer: Signer, payload: Object) -> bytes:
    """The entry in which `signer` signs `payload`.

    Raises CanonicalError where the payload has no RFC 8785 form.
    """
    return dsse.seal(signer, PAYLOAD_TYPE, canonical.dumps(payload)).encode()
