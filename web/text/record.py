"""One link of a history with its event, wherever that is kept, and what was corrected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.format.identifiers.items import canonical as canonical_item
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import Link, check_event_form
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.history import History
from suyuan.trace.goods.verify_link import Checked

Attachment = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Record:
    """A link as a page tells it.

    `withdrawn_by` is the link that declares its event wrong, `corrected_by` those that are right
    instead; `corrects` is the wrong one; `declares` for a declaration the one it is about.
    """

    checked: Checked
    event: Object | None
    is_unreadable: bool
    withdrawn_by: int | None = None
    corrected_by: tuple[int, ...] = ()
    corrects: int | None = None
    declares: int | None = None

    @property
    def index(self) -> int:
        """Its place in the ledger."""
        return self.checked.index

    @property
    def link(self) -> Link | None:
        """The link, where its bytes can be read."""
        return self.checked.link

    @property
    def actor(self) -> str:
        """Whose record it is; empty where it cannot be read."""
        return "" if self.link is None else self.link.actor

    @property
    def is_good(self) -> bool:
        """Whether it verified."""
        return self.checked.is_good

    @property
    def is_withdrawn(self) -> bool:
        """Whether its event does not stand: declared wrong, or such a declaration itself."""
        return self.withdrawn_by is not None or self.is_declaration

    @property
    def is_declaration(self) -> bool:
        """Whether it declares an event wrong."""
        return self.event is not None and "errorDeclaration" in self.event

    @property
    def outputs(self) -> set[str]:
        """The items that its transformation makes."""
        return self._made("output")

    @property
    def inputs(self) -> set[str]:
        """The items that its transformation uses."""
        return self._made("input")

    def _made(self, part: str) -> set[str]:
        event = self.event or {}
        names = [*event.get(f"{part}EPCList", ())]
        names += [element["epcClass"] for element in event.get(f"{part}QuantityList", ())]
        return {item for name in names if (item := canonical_item(name)) is not None}


def records(history: History, attachment: Attachment) -> dict[int, Record]:
    """The records of a history by index, with the corrections among them."""
    by_index = {index: _record(history.links[index], attachment) for index in sorted(history.links)}
    by_event: dict[tuple[str, str], list[int]] = {}
    for index, record in by_index.items():
        event_id = (record.event or {}).get("eventID")
        if isinstance(event_id, str):
            by_event.setdefault((record.actor, event_id), []).append(index)
    for index, record in list(by_index.items()):
        if record.is_declaration:
            _declare(by_index, index, record, by_event)
    return by_index


def _declare(
    records: dict[int, Record],
    index: int,
    record: Record,
    by_event: Mapping[tuple[str, str], list[int]],
) -> None:
    """Join a declaration with the wrong event and the right ones; its own actor's only."""
    event = record.event or {}
    declaration = event["errorDeclaration"]
    named = declaration.get("correctiveEventIDs") if isinstance(declaration, dict) else None
    right = [
        at
        for name in (named if isinstance(named, list) else ())
        if isinstance(name, str)
        for at in by_event.get((record.actor, name), ())
        if not records[at].is_declaration
    ]
    same = by_event.get((record.actor, str(event.get("eventID"))), ())
    for wrong in same:
        if records[wrong].is_declaration:
            continue
        records[wrong] = replace(records[wrong], withdrawn_by=index, corrected_by=tuple(right))
        records[index] = replace(records[index], declares=wrong)
        for at in right:
            records[at] = replace(records[at], corrects=wrong)


def _record(checked: Checked, attachment: Attachment) -> Record:
    link = checked.link
    if link is None or link.event_ref is None:
        return Record(checked, None if link is None else link.event, False)
    event = _referred(link, attachment)
    return Record(checked, event, event is None)


def _referred(link: Link, attachment: Attachment) -> Object | None:
    """The event that a link gives by reference, where the attachment is here and fits it."""
    ref = link.event_ref or {}
    data = attachment(str(ref.get("sha256")))
    if data is None or len(data) != ref.get("size"):
        return None
    try:
        event = canonical.parse(data)
        check_event_form(event)
    except (CanonicalError, Refused):
        return None
    assert isinstance(event, dict)
    named = set(item_set(event)) or {link.actor}
    return event if all(ref.item in named for ref in link.items) else None
