"""EPCIS documents: bytes in, checked events and master data out; and events out as a document.

Sources: EPCIS 2.0 section 9.5; for master data the JSON schema's `vocabulary` and the master data
attributes of CBV 2.0.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, Literal, cast

import rfc8785

from .cbv import MASTER_KINDS, MASTER_NAMES
from .events import event_problems, model_problems
from .field_types import instant
from .json_reading import LIMIT, EpcisError, Problem, read_json, shown
from .models import STANDARD_TYPES, EpcisDocument, EpcisQueryDocument, Open
from .prefixes import (
    EPCIS_PREFIXES,
    KNOWN_PREFIXES,
    OWN_PREFIX,
    entries,
    in_force,
    is_epcis_context,
    is_standard,
    namespace,
)

CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
MasterKind = Literal["party", "place", "product", "other"]
_MASTER_NAMESPACES = ("urn:epcglobal:cbv:mda#", "urn:epcglobal:cbv:mda:")
_RESULTS = "/epcisBody/queryResults/resultsBody"
_MASTER = "/epcisHeader/epcisMasterData/vocabularyList"
# By the kind of document: its model, and where its events and its master data stand.
_KINDS: Mapping[str, tuple[type[Open], str, str]] = {
    "EPCISDocument": (EpcisDocument, "/epcisBody/eventList", _MASTER),
    "EPCISQueryDocument": (
        EpcisQueryDocument,
        f"{_RESULTS}/eventList",
        f"{_RESULTS}/vocabularyList",
    ),
}


@dataclass(frozen=True)
class Event:
    """One event of a document.

    `path` is its JSON Pointer in the document; `value` its JSON object with its own spelling of
    everything, its own `@context` included if it had one.
    """

    path: str
    value: dict[str, Any]


@dataclass(frozen=True)
class MasterItem:
    """The master data of one party, place or product in a document.

    `attributes` are keyed by the attribute's id as written; one that stands several times has
    the list of its values, one without a value None.
    """

    kind: MasterKind
    uri: str
    name: str | None
    attributes: dict[str, object]


@dataclass(frozen=True)
class Document:
    """A document that has passed every check.

    `context` holds the entries of its `@context` in order, addresses and objects; `events` and
    `master` are in the document's order.
    """

    context: tuple[Any, ...]
    events: tuple[Event, ...]
    master: tuple[MasterItem, ...]
    creation_date: str | None

    @cached_property
    def scope(self) -> Mapping[str, str]:
        """The prefixes in force around the document's events, the known ones too."""
        return in_force(self.context)

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes that the document declares, without those always known."""
        return {name: uri for name, uri in self.scope.items() if KNOWN_PREFIXES.get(name) != uri}


def parse_document(data: bytes) -> Document:
    """An EPCISDocument or EPCISQueryDocument in JSON/JSON-LD, checked by EPCIS 2.0 and CBV 2.0.

    Refuses all that GS1's JSON schema refuses, and more: words outside CBV, names without a
    declared namespace, numbers that would lose digits. Raises EpcisError, and nothing else, with
    every problem up to `LIMIT`.
    """
    root = read_json(data)
    model, at, master_at = _kind(root)
    prefixes = in_force(root.get("@context"))
    listed = _at(root, at)
    listed = listed if isinstance(listed, list) else ()
    events = tuple(Event(f"{at}/{position}", value) for position, value in enumerate(listed))
    own = (event_problems(event.value, prefixes, event.path) for event in events)
    problems = chain(model_problems(model, root, prefixes), chain.from_iterable(own))
    if first := list(islice(problems, LIMIT + 1)):
        raise EpcisError(first)
    return Document(
        context=tuple(entries(root["@context"])),
        events=events,
        master=tuple(master_items(_at(root, master_at) or (), prefixes)),
        creation_date=root.get("creationDate"),
    )


def _kind(root: Any) -> tuple[type[Open], str, str]:
    if not isinstance(root, dict):
        raise EpcisError([Problem("", f"it is {shown(root)}", "an object, an EPCISDocument")])
    name = root.get("type")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is not None:
        return kind
    fix = '"EPCISDocument" or "EPCISQueryDocument"'
    if isinstance(name, str) and name in STANDARD_TYPES:
        problem = Problem("/type", "it is one event without a document", f"it in a document, {fix}")
    elif "type" in root:
        problem = Problem("/type", f"{shown(name)} is no kind of EPCIS document", fix)
    else:
        problem = Problem("/type", "it is missing", fix)
    raise EpcisError([problem])


def _at(root: Any, path: str) -> Any:
    value = root
    for name in path.split("/")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# Master data.


def master_items(
    vocabularies: Iterable[Mapping[str, Any]], prefixes: Mapping[str, str]
) -> Iterator[MasterItem]:
    """The items of a checked `vocabularyList`, in its order, under the document's prefixes."""
    starts = [*_MASTER_NAMESPACES, *(["cbvmda:"] if is_standard("cbvmda", prefixes) else [])]
    for vocabulary in vocabularies:
        last = re.split("[:/#]", vocabulary["type"])[-1].lower()
        kind = cast(MasterKind, MASTER_KINDS.get(last, "other"))
        for element in vocabulary.get("vocabularyElementList", ()):
            attributes = _attributes(element.get("attributes", ()))
            yield MasterItem(kind, element["id"], _name(attributes, starts), attributes)


def _attributes(listed: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    values: dict[str, list[object]] = {}
    for attribute in listed:
        values.setdefault(attribute["id"], []).append(attribute.get("attribute"))
    return {uri: held[0] if len(held) == 1 else held for uri, held in values.items()}


def _name(attributes: Mapping[str, object], starts: Iterable[str]) -> str | None:
    by_local: dict[str, str] = {}
    for uri, value in attributes.items():
        text = _text(value)
        start = next((start for start in starts if uri.startswith(start)), None)
        if text is not None and start is not None:
            by_local.setdefault(uri.removeprefix(start), text)
    return next((by_local[local] for local in MASTER_NAMES if local in by_local), None)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return next((text for text in map(_text, value) if text is not None), None)
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) and value.strip() else None


# Events as they are stored (docs/format.md section 2): in which order, and with which `@context`:
# the document's prefix objects that the event uses, then its own; what is always known is left out.


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
    """The `@context` of the stored event; None where nothing remains of it.

    First, for each object of the document's context that declares a prefix which the event uses
    in a name or in a CURIE, that object reduced to such prefixes (of a prefix declared several
    times, the last; none that the event's own context declares). Then the event's own entries.
    Left out of both: the EPCIS context's address, the prefixes that it defines, and `suyuan`,
    where they mean what it says. Other addresses in the event's own context are kept.
    """
    context = entries(event.value.get("@context"))
    scope = in_force(context, document.scope)
    own = [part for entry in context for part in _own(entry, scope)]
    used = _used(event.value, document)
    for entry in context:
        used.difference_update(EPCIS_PREFIXES if is_epcis_context(entry) else ())
        used.difference_update(entry if isinstance(entry, Mapping) else ())
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


def _own(entry: Any, scope: Mapping[str, str]) -> Iterator[Any]:
    if isinstance(entry, Mapping):
        terms = {
            name: meaning
            for name, meaning in entry.items()
            if name not in KNOWN_PREFIXES or not is_standard(name, scope)
        }
        if terms:
            yield terms
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


# Writing.


def document(
    events: Iterable[Mapping[str, Any]],
    created: datetime,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An EPCISDocument (EPCIS 2.0 section 9.5) of these events in their order, unchanged.

    An event with an `@context` of its own keeps it. `more` are members of the document under our
    own prefix.
    """
    return {
        "@context": [CONTEXT, OWN_PREFIX],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **(more or {}),
        "epcisBody": {"eventList": list(events)},
    }
