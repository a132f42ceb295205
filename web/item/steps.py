"""The steps of a time line: one view for each record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, text_in
from suyuan.trace.format.messages import Message
from suyuan.trace.format.private.digests import Field, with_fields
from suyuan.trace.format.statements import PRIVATE
from suyuan.trace.format.steps import INSPECTED
from suyuan.trace.inspection.counter import RESULT
from suyuan.trace.lineage.joins import Start
from suyuan.trace.lineage.path import Begun
from suyuan.web.text import shown, words
from suyuan.web.text.files_shown import File, Look, files
from suyuan.web.text.filters import item_path
from suyuan.web.text.languages import keep_language
from suyuan.web.text.names import Names
from suyuan.web.text.record import Record
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from . import examined

MAX_NAMED = 12
MAX_PLACES = 3
LONGEST_BETWEEN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Named:
    """An item in a step: its name, amount, and the page of its own history."""

    text: str
    amount: str | None
    href: str | None


Items = tuple[str, list[Named], int]  # their label, the first of them, how many more


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know of a record, and its exact reason in English where there is one."""

    tone: str
    text: str
    why: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A record in the time line of an item, with what its page says of it in words."""

    record: Record
    title: str
    when: str | None
    when_there: str | None
    party: str
    recorded_by: str | None
    rows: list[tuple[str, str]]
    lists: list[Items]
    files: list[File]
    notes: list[Note]
    places: list[str]


@dataclass(frozen=True, slots=True)
class StepViews:
    """The steps of one history's records.

    `titles` are what its items are called; `begun` by item and actor where a chain begins;
    `findings` by index. By link hash `erased` says when hidden fields of a record were last erased,
    and `public` has those hidden fields that everyone may read. Of recipients only those among
    `recipients` are named, all where it is None. `look` says of a file by its SHA-256 whether it is
    here.
    """

    names: Names
    titles: Mapping[str, str]
    begun: Mapping[tuple[str, str], Begun]
    findings: Mapping[int, list[tuple[str, Message]]]
    hides_holders: bool
    erased: Mapping[str, datetime | None]
    look: Look
    public: Mapping[str, Sequence[Field]]
    recipients: frozenset[str] | None

    def step(self, record: Record, item: str) -> Step:
        """The step that a record is in the time line of an item."""
        checked, link, key = record.checked, record.link, record.checked.key
        fields = self.public.get(checked.hash, ())
        if fields and record.event is not None:
            record = replace(record, event=with_fields(record.event, fields)[0])
        event = record.event
        when, there = (None, None) if event is None else shown.event_time(event)
        if when is None and link is not None:
            when = shown.moment(datetime.fromisoformat(link.signed_at))
        return Step(
            record=record,
            title=str(_title(record)),
            when=when,
            when_there=there,
            party=self.names.of(record.actor) if link is not None else "",
            recorded_by=self.names.of(key.party)
            if checked.is_mandated and key is not None
            else None,
            rows=list(self._rows(record, item)),
            lists=[] if event is None else list(self._lists(event, record.actor, item)),
            files=files(event, self.look),
            notes=list(dict.fromkeys(self._notes(record, item))),
            places=_places(record, item),
        )

    def _rows(self, record: Record, item: str) -> Iterator[tuple[str, str]]:
        event, link = record.event, record.link
        if link is not None and link.statement is not None and link.statement["type"] == "labels":
            yield _("Number of labels"), str(link.statement["count"])
        if event is None:
            return
        amounts = [text for part in _parts(event, item) if (text := shown.amount(part))]
        if amounts:
            yield _("Quantity"), " + ".join(amounts)
        for text in shown.second_measures(event, item):
            yield _("Also measured"), text
        place = self.names.place(event, record.actor)
        if place is not None:
            yield _("Place"), place
        if not self.hides_holders:
            sender = self.names.ends(event, "sourceList", "source")
            recipient = self.names.ends(event, "destinationList", "destination")
            if sender is not None and sender != self.names.of(record.actor):
                yield _("From"), sender
            if recipient is not None and self._may_name(event):
                yield _("To"), recipient
        supplier = event.get("suyuan:supplier")
        if isinstance(supplier, dict):
            name, *others = (text_in(supplier, part) for part in ("name", "uscc", "address"))
            parts = [name and self.names.in_words(name, None), *others]
            text = " · ".join(part for part in parts if part)
            yield _("Supplier"), shown.cut(text) or _("confidential")
        is_inspection = examined.is_inspection(event)
        for member, label in words.FIELDS.items():
            if member == RESULT and (text := examined.result_words(event)) is not None:
                yield str(label), text
            elif isinstance(event.get(member), str | int | float):
                yield str(label), shown.cut(str(event[member]))
        if is_inspection and not self.hides_holders:
            yield _("At the counter of"), self.names.of(event[INSPECTED])

    def _may_name(self, event: Object) -> bool:
        """Whether the recipient of a dispatch may be named."""
        named = {part.get("destination") for part in event.get("destinationList", ())}
        return self.recipients is None or not named.isdisjoint(self.recipients)

    def _lists(
        self, event: Object, actor: str, item: str
    ) -> Iterator[tuple[str, list[Named], int]]:
        kind = event.get("type")
        inputs = self._named(event, "inputEPCList", "inputQuantityList", actor)
        outputs = self._named(event, "outputEPCList", "outputQuantityList", actor)
        if kind == "TransformationEvent":
            is_output = any(output[0] == item for output in outputs)
            yield _cut(_("Made from") if is_output else _("Used"), inputs)
            others = [output for output in outputs if output[0] != item]
            if others:
                yield _cut(_("Also made") if is_output else _("Into"), others)
        parent = event.get("parentID")
        if isinstance(parent, str) and (unit := canonical(parent)) is not None:
            children = self._named(event, "childEPCs", "childQuantityList", actor)
            is_out = event.get("action") == "DELETE"
            if unit == item:
                yield _cut(_("Taken out") if is_out else _("Contents"), children)
            else:
                label = _("Taken out of") if is_out else _("Container")
                yield _cut(label, [(unit, self._item(unit, None, actor))])

    def _named(
        self, event: Object, epcs: str, quantities: str, actor: str
    ) -> list[tuple[str, Named]]:
        items: list[tuple[str, Named]] = []
        for name in event.get(epcs, ()):
            if (uri := canonical(name)) is not None:
                items.append((uri, self._item(uri, None, actor)))
        for part in event.get(quantities, ()):
            if (uri := canonical(part["epcClass"])) is not None:
                items.append((uri, self._item(uri, shown.amount(part), actor)))
        return items

    def _item(self, uri: str, amount: str | None, actor: str) -> Named:
        name = self.titles.get(uri) or self.names.item(uri)
        href = keep_language(item_path(uri, actor)) if uri in self.titles else None
        return Named(name, amount, href)

    def _beginning(self, begun: Begun, actor: str) -> Note:
        name = self.names.of(actor)
        if begun.start is Start.PURCHASE:
            text = _("%(who)s bought it outside of this ledger and entered that here.", who=name)
            return Note("info", text)
        text = _("It begins here: %(who)s records no source or delivery before it.", who=name)
        return Note("warn", text)

    def _notes(self, record: Record, item: str) -> Iterator[Note]:
        checked, link = record.checked, record.link
        if checked.is_lost_key:
            yield Note("warn", _("Signed with a key that was reported lost."))
        if link is not None and checked.recorded is not None:
            between = abs(checked.recorded - datetime.fromisoformat(link.signed_at))
            if between > LONGEST_BETWEEN:
                yield Note("info", _("Over a day lies between signing and recording."))
        if record.is_unreadable:
            yield Note("warn", _("Its content is in a file that cannot be read here."))
        if link is not None and link.is_received:
            name = self.names.of(link.actor)
            yield Note("info", _("Reported by %(who)s from documents.", who=name))
        begun = None if link is None else self.begun.get((item, link.actor))
        if link is not None and begun is not None and _is_begun(begun, record.index, link):
            yield self._beginning(begun, link.actor)
        if link is not None and PRIVATE in (record.event or link.statement or {}):
            href = keep_language(f"/hidden/{record.index}")
            yield Note("info", _("Some of its fields are confidential."), href=href)
        if checked.hash in self.erased:
            when = self.erased[checked.hash]
            text = shown.moment(when) if when is not None else ""
            yield Note("info", _("Confidential fields of it were erased on %(when)s.", when=text))
        if link is not None and any(ref.ledger is not None for ref in link.after):
            text = _("It follows a record of another ledger, which was not looked at.")
            yield Note("info", text)
        for rule, message in self.findings.get(record.index, ()):
            text = _("Found: %(what)s", what=words.finding(rule))
            yield Note("warn", text, shown.cut(translated(message)))


def _is_begun(begun: Begun, index: int, link: Link) -> bool:
    """Whether a chain begins with this link: its first on goods, else its very first."""
    if begun.index is not None:
        return begun.index == index
    return any(ref.item == begun.item and ref.seq == 0 for ref in link.items)


def _title(record: Record) -> Any:
    if record.link is None:
        return _("A record that cannot be read")
    if record.is_declaration:
        return _("Correction of an earlier record")
    return words.step_words(record.link, record.event)


def _parts(event: Object, item: str) -> Iterator[Object]:
    """The quantity elements of an item, in whichever list it is."""
    for member in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for part in event.get(member, ()):
            if canonical(part["epcClass"]) == item:
                yield part


def _cut(label: str, items: list[tuple[str, Named]]) -> Items:
    named = [part for _uri, part in items]
    return label, named[:MAX_NAMED], max(0, len(named) - MAX_NAMED)


def _places(record: Record, item: str) -> list[str]:
    """Where the link says that it stands: item, actor and number, the page's item first."""
    if record.link is None:
        return []
    refs = sorted(record.link.items, key=lambda ref: ref.item != item)
    return [f"{ref.item} · {record.actor} · {ref.seq}" for ref in refs[:MAX_PLACES]]
