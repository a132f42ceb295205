"""EPCIS documents: bytes in, checked events and master data out; and events out as a document.

Sources: EPCIS 2.0 section 9.5; for master data the JSON schema's `vocabulary` and the master data
attributes of CBV 2.0.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Literal, cast

from .cbv import MASTER_KINDS, MASTER_NAMES
from .events import event_problems, model_problems
from .json_reading import LIMIT, EpcisError, Problem, pointer, read_json, shown
from .models import STANDARD_TYPES, EpcisDocument, EpcisQueryDocument, Open
from .prefixes import KNOWN_PREFIXES, OWN_PREFIX, entries, in_force, is_standard

MEDIA_TYPE = "application/ld+json"
CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
MasterKind = Literal["party", "place", "product", "other"]
_MASTER_NAMESPACES = ("urn:epcglobal:cbv:mda#", "urn:epcglobal:cbv:mda:")
_RESULTS = ("epcisBody", "queryResults", "resultsBody")


@dataclass(frozen=True)
class _Kind:
    """A kind of document: its model, and where its events and its master data stand."""

    model: type[Open]
    events: tuple[str, ...]
    master: tuple[str, ...]


_KINDS: Mapping[str, _Kind] = {
    "EPCISDocument": _Kind(
        EpcisDocument,
        ("epcisBody", "eventList"),
        ("epcisHeader", "epcisMasterData", "vocabularyList"),
    ),
    "EPCISQueryDocument": _Kind(
        EpcisQueryDocument, (*_RESULTS, "eventList"), (*_RESULTS, "vocabularyList")
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
    """What a document says of one party, place or product.

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
        """The prefixes that the document declares, without what is always known."""
        return {name: uri for name, uri in self.scope.items() if KNOWN_PREFIXES.get(name) != uri}


def parse_document(data: bytes) -> Document:
    """An EPCISDocument or EPCISQueryDocument in JSON/JSON-LD, checked by EPCIS 2.0 and CBV 2.0.

    Refuses all that GS1's JSON schema refuses, and more: words outside CBV, names without a
    declared namespace, numbers that would lose digits. Raises EpcisError, and nothing else, with
    every problem up to `LIMIT`.
    """
    root = read_json(data)
    kind = _kind(root)
    prefixes = in_force(root.get("@context"))
    listed = _at(root, kind.events)
    events = [
        Event(f"{pointer(kind.events)}/{position}", value)
        for position, value in enumerate(listed if isinstance(listed, list) else ())
    ]
    found = list(islice(_problems(kind.model, root, events, prefixes), LIMIT + 1))
    if found:
        raise EpcisError(found)
    return Document(
        context=tuple(entries(root["@context"])),
        events=tuple(events),
        master=tuple(master_items(_at(root, kind.master) or (), prefixes)),
        creation_date=root.get("creationDate"),
    )


def _kind(root: Any) -> _Kind:
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


def _problems(
    model: type[Open], root: Any, events: list[Event], prefixes: Mapping[str, str]
) -> Iterator[Problem]:
    yield from model_problems(model, root, prefixes)
    for event in events:
        yield from event_problems(event.value, prefixes, event.path)


def _at(root: Any, names: tuple[str, ...]) -> Any:
    value = root
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# Master data.


def master_items(
    vocabularies: Iterable[Mapping[str, Any]], prefixes: Mapping[str, str]
) -> Iterator[MasterItem]:
    """The items of a checked `vocabularyList`, in its order, under the document's prefixes."""
    starts = [*_MASTER_NAMESPACES, *(["cbvmda:"] if is_standard("cbvmda", prefixes) else [])]
    for vocabulary in vocabularies:
        kind = _master_kind(vocabulary["type"])
        for element in vocabulary.get("vocabularyElementList", ()):
            attributes = _attributes(element.get("attributes", ()))
            yield MasterItem(kind, element["id"], _name(attributes, starts), attributes)


def _master_kind(vocabulary_type: str) -> MasterKind:
    last = vocabulary_type.replace("/", ":").replace("#", ":").rpartition(":")[2]
    return cast(MasterKind, MASTER_KINDS.get(last.lower(), "other"))


def _attributes(listed: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    values: dict[str, list[object]] = {}
    for attribute in listed:
        values.setdefault(attribute["id"], []).append(attribute.get("attribute"))
    return {uri: held[0] if len(held) == 1 else held for uri, held in values.items()}


def _name(attributes: Mapping[str, object], starts: Iterable[str]) -> str | None:
    by_local: dict[str, str] = {}
    for uri, value in attributes.items():
        text = _text(value)
        if text is not None:
            by_local.setdefault(_local(uri, starts), text)
    return next((by_local[local] for local in MASTER_NAMES if local in by_local), None)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return next((text for text in map(_text, value) if text is not None), None)
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) and value.strip() else None


def _local(uri: str, starts: Iterable[str]) -> str:
    """The name of a CBV master data attribute, "" where it is somebody else's attribute."""
    for start in starts:
        if uri.startswith(start):
            return uri[len(start) :]
    return ""


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
