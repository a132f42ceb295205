"""GS1's JSON schema of EPCIS 2.0 as a judge, and the real documents that it is asked about."""

import copy
import json
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from support.ledger.world import SHARED

FORMATS = FormatChecker(formats=())
Node = dict[str, Any]

_HEX = "%[0-9A-Fa-f]{2}"
_UNRESERVED = r"[A-Za-z0-9._~-]"
_SUB = r"[!$&'()*+,;=]"
_PCHAR = f"(?:{_UNRESERVED}|{_HEX}|{_SUB}|[:@])"


@FORMATS.checks("uri")
def is_uri(value: object) -> bool:
    """RFC 3986 appendix B to take it apart, section 3 for its parts."""
    return not isinstance(value, str) or _is_uri(value)


@lru_cache(maxsize=4096)
def _is_uri(value: str) -> bool:
    parts = re.fullmatch(r"(?s)([^:/?#]+):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", value)
    if parts is None or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", parts[1]):
        return False
    rest = [part for part in (parts[4], parts[5]) if part is not None]
    return (
        _is_authority(parts[2])
        and re.fullmatch(f"(?:{_PCHAR}|/)*", parts[3]) is not None
        and not (parts[2] is None and parts[3].startswith("//"))
        and all(re.fullmatch(f"(?:{_PCHAR}|[/?])*", part) for part in rest)
    )


def _is_authority(text: str | None) -> bool:
    if text is None:
        return True
    user, at, rest = text.rpartition("@")
    if at and not re.fullmatch(f"(?:{_UNRESERVED}|{_HEX}|{_SUB}|:)*", user):
        return False
    host = re.fullmatch(r"(\[.*\]|[^:]*)(?::[0-9]*)?", rest)
    if host is None:
        return False
    if not host[1].startswith("["):
        return re.fullmatch(f"(?:{_UNRESERVED}|{_HEX}|{_SUB})*", host[1]) is not None
    try:
        return "%" not in host[1] and bool(IPv6Address(host[1][1:-1]))
    except AddressValueError:
        return re.fullmatch(rf"\[v[0-9A-Fa-f]+\.(?:{_UNRESERVED}|{_SUB}|:)+\]", host[1]) is not None


@FORMATS.checks("date-time")
def is_date_time(value: object) -> bool:
    """RFC 3339 section 5.6: letters of either case, a second 60, zones to 23:59, from year 0."""
    if not isinstance(value, str):
        return True
    match = re.fullmatch(
        r"(?a)(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))",
        value,
    )
    if match is None:
        return False
    year, month, day, hour, minute, second, *away = map(int, (part or 0 for part in match.groups()))
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return max(hour, away[0]) < 24 and max(minute, away[1]) < 60 and second <= 60


def read_schema() -> Node:
    """The schema, its patterns as ECMA 262 has them: `$` is the end, `\\d` is ASCII."""
    schema = json.loads((SHARED / "gs1-epcis/EPCIS-JSON-Schema.json").read_text())
    todo = [schema]
    for part in todo:
        if isinstance(part, dict):
            if isinstance(pattern := part.get("pattern"), str):
                part["pattern"] = "(?a)" + re.sub(r"\$$", r"\\Z", pattern)
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return schema


def validator(
    *amendments: Callable[[Node], None], formats: FormatChecker | None = FORMATS
) -> Draft7Validator:
    """The schema with these amendments as a judge; without formats they say nothing."""
    schema = read_schema()
    for amend in amendments:
        amend(schema["definitions"])
    return Draft7Validator(_inlined(schema, schema["definitions"]), format_checker=formats)


def _inlined(node: Any, definitions: Node) -> Any:
    """The schema without references, of which none leads back to itself: far quicker so."""
    if isinstance(node, list):
        return [_inlined(part, definitions) for part in node]
    if not isinstance(node, dict):
        return node
    parts = resolved(definitions, node).items()
    return {name: _inlined(part, definitions) for name, part in parts if name != "definitions"}


def documents() -> list[Node]:
    """Every JSON document there is, none with more than four events."""
    nodes = []
    folders = ("gs1-epcis/examples", "openepcis/documents", "openepcis/query", "openepcis/invalid",
               "opentraceability", "hash-vectors")  # fmt: skip
    for path in sorted(path for folder in folders for path in (SHARED / folder).glob("*.json*")):
        try:
            whole = json.loads(path.read_bytes().decode("utf-8-sig"))
        except ValueError:
            continue
        events = events_of(whole)
        parts = [events[at : at + 4] for at in range(0, len(events), 4)]
        for part in parts:
            events[:] = part
            nodes.append(copy.deepcopy(whole))
    return nodes


def document_of(*events: Node, **members: Any) -> bytes:
    """A minimal EPCIS document of these events."""
    value = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-31T08:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    return json.dumps(value | members).encode()


def events_of(document: Node) -> list[Any]:
    """The list of a document's events itself."""
    body = document["epcisBody"]
    events: list[Any] = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    return events


def resolved(definitions: Node, node: Node) -> Node:
    """The node that a `$ref` of the schema names."""
    while "$ref" in node:
        node = definitions[node["$ref"].rpartition("/")[2].replace("%40", "@")]
    return node


def merged(definitions: Node, node: Node) -> Node:
    """The members that a node of the schema names, each with its own node."""
    node = resolved(definitions, node)
    members = dict(node.get("properties", {}))
    for part in node.get("allOf", ()):
        members |= merged(definitions, part)
    return members
