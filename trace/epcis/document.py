"""EPCIS documents: bytes in, checked events and master data out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from suyuan.trace.epcis.checking import event_problems, model_problems
from suyuan.trace.epcis.envelope import EVENTS_AT, MASTER_AT, EpcisDocument, EpcisQueryDocument
from suyuan.trace.epcis.events import STANDARD_TYPES
from suyuan.trace.epcis.master import MasterItem, master_items
from suyuan.trace.epcis.parts import Open
from suyuan.trace.epcis.prefixes import KNOWN_PREFIXES, entries, in_force
from suyuan.trace.epcis.problems import LIMIT, EpcisError, Problem, pointer, shown
from suyuan.trace.epcis.reading import read_json

_KINDS: Mapping[str, type[Open]] = {
    "EPCISDocument": EpcisDocument,
    "EPCISQueryDocument": EpcisQueryDocument,
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
    listed = _at(root, EVENTS_AT[kind])
    events = [
        Event(f"{pointer(EVENTS_AT[kind])}/{position}", value)
        for position, value in enumerate(listed if isinstance(listed, list) else ())
    ]
    found = list(islice(_problems(kind, root, events, prefixes), LIMIT + 1))
    if found:
        raise EpcisError(found)
    return Document(
        context=tuple(entries(root["@context"])),
        events=tuple(events),
        master=tuple(master_items(_at(root, MASTER_AT[kind]) or (), prefixes)),
        creation_date=root.get("creationDate"),
    )


def _kind(root: Any) -> type[Open]:
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
    kind: type[Open], root: Any, events: list[Event], prefixes: Mapping[str, str]
) -> Iterator[Problem]:
    yield from model_problems(kind, root, prefixes)
    for event in events:
        yield from event_problems(event.value, prefixes, event.path)


def _at(root: Any, names: tuple[str, ...]) -> Any:
    value = root
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
