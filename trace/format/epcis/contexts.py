"""The events of a document as they are stored: in which order, and with which `@context`.

docs/format.md section 2: the document's prefix objects that the event uses, then its own; what
is always known is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import rfc8785

from .document import Document, Event
from .field_types import instant
from .prefixes import (
    EPCIS_PREFIXES,
    KNOWN_PREFIXES,
    entries,
    in_force,
    is_epcis_context,
    is_standard,
    namespace,
)


def in_order(document: Document) -> list[Event]:
    """The events by their `eventTime` as an instant, equal ones by their content.

    Content is the RFC 8785 form of the event as it is stored (`with_context`), compared as
    bytes, so the order is the same however the document was written. Equal events keep theirs.
    """
    ordered: list[Event] = []
    at = [(instant(event.value["eventTime"]), event) for event in document.events]
    at.sort(key=itemgetter(0))
    for _, pairs in groupby(at, key=itemgetter(0)):
        same = [event for _, event in pairs]
        if len(same) > 1:
            same.sort(key=lambda event: rfc8785.dumps(with_context(document, event)))
        ordered += same
    return ordered


def event_context(document: Document, event: Event) -> list[Any] | None:
    """What the stored event shall carry as its `@context`, None where nothing remains.

    First, for each object of the document's context that declares a prefix which the event uses
    in a name or in a CURIE, that object reduced to such prefixes (of a prefix declared several
    times, the last; none that the event's own context declares). Then the event's own entries.
    Left out of both: the EPCIS context's address, the prefixes that it defines, and `suyuan`,
    where they mean what it says. Other addresses in the event's own context are kept.
    """
    context = entries(event.value.get("@context"))
    scope = in_force(context, document.scope)
    own = [kept for entry in context for kept in _own(entry, scope)]
    used = _used(event.value, document) - {name for entry in context for name in _defined(entry)}
    inherited: list[Any] = []
    for entry in reversed(document.context):
        if used and isinstance(entry, Mapping):
            reduced = {name: meaning for name, meaning in entry.items() if name in used}
            used -= reduced.keys()
            if reduced:
                inherited.insert(0, reduced)
    return inherited + [entry for at, entry in enumerate(own) if entry not in own[at + 1 :]] or None


def with_context(document: Document, event: Event) -> dict[str, Any]:
    """The event's object as it is stored: with the `@context` of `event_context`, or without one.

    A new object whose members are the event's own, so not to be changed in depth.
    """
    context = event_context(document, event)
    alone = {name: value for name, value in event.value.items() if name != "@context"}
    return alone if context is None else {"@context": context, **alone}


def _defined(entry: Any) -> Iterable[str]:
    if isinstance(entry, Mapping):
        return entry
    return EPCIS_PREFIXES if is_epcis_context(entry) else ()


def _own(entry: Any, scope: Mapping[str, str]) -> Iterator[Any]:
    if isinstance(entry, Mapping):
        kept = {
            name: meaning
            for name, meaning in entry.items()
            if name not in KNOWN_PREFIXES or not is_standard(name, scope)
        }
        if kept:
            yield kept
    elif not is_epcis_context(entry):
        yield entry


def _used(value: Mapping[str, Any], document: Document) -> set[str]:
    """The document's prefixes that an event uses, and those that these are written with."""
    meanings = document.prefixes
    used: set[str] = set()
    todo = [prefix for text in _texts(value) if (prefix := _prefix(text)) in meanings]
    while todo:
        prefix = todo.pop()
        if prefix not in used:
            used.add(prefix)
            further = _prefix(meanings[prefix])
            if further in meanings:
                todo.append(further)
    return used


def _texts(event: Mapping[str, Any]) -> Iterator[str]:
    todo: list[Any] = [member for name, member in event.items() if name != "@context"]
    yield from event
    for entry in entries(event.get("@context")):
        if isinstance(entry, Mapping):
            yield from filter(None, map(namespace, entry.values()))
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, dict):
            yield from value
            todo.extend(value.values())


def _prefix(text: str) -> str:
    prefix, colon, rest = text.partition(":")
    return "" if not colon or rest.startswith("//") or " " in text else prefix
