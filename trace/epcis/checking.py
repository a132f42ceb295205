"""Checking one object by its model and rules, and what pydantic finds put in our words."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from suyuan.trace.epcis.events import model_of
from suyuan.trace.epcis.prefixes import KNOWN_PREFIXES, in_force
from suyuan.trace.epcis.problems import LIMIT, Problem, in_path_order, pointer, shown
from suyuan.trace.epcis.reading import value_problems
from suyuan.trace.epcis.rules import rule_problems
from suyuan.trace.epcis.values import REFUSED

_TYPES: Mapping[str, str] = {
    "string_type": "text",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}
_EXAMPLES: Mapping[str, str] = {
    "@context": 'the context of EPCIS, "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"',
    "type": "the type of the event or document",
    "eventTime": "a date-time with its zone, like 2026-01-31T08:00:00+08:00",
    "creationDate": "a date-time with its zone, like 2026-01-31T08:00:00+08:00",
    "declarationTime": "a date-time with its zone, like 2026-01-31T08:00:00+08:00",
    "eventTimeZoneOffset": "the offset at the place of the event, like +08:00",
    "action": "ADD, OBSERVE or DELETE",
    "schemaVersion": '"2.0"',
}


def check_event(
    event: Mapping[str, Any], prefixes: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """What is wrong with one event by EPCIS 2.0 and CBV 2.0, in the order of paths; () if nothing.

    `prefixes` are those declared around it, besides the EPCIS context's own and `suyuan`, which
    are always known; its own `@context` adds to them. Paths begin at the event. Values that
    could not be signed (not JSON, more than 15 digits, too deep) are problems too. At most
    `LIMIT` problems are told. Raises nothing, whatever the value holds.
    """
    value = dict(event) if isinstance(event, Mapping) else event
    found = value_problems(value)
    if not found:
        around = {**(prefixes or {}), **KNOWN_PREFIXES}
        found = list(islice(event_problems(value, around), LIMIT + 1))
    return in_path_order(found)[:LIMIT]


def event_problems(event: Any, prefixes: Mapping[str, str], at: str = "") -> Iterator[Problem]:
    """As `check_event`, of a value that has been read as JSON, with paths that begin with `at`.

    `prefixes` are all those in force around the event, the known ones too.
    """
    if not isinstance(event, dict):
        yield Problem(at, f"{shown(event)} is not an event", "an object")
        return
    scope = in_force(event.get("@context"), prefixes)
    yield from model_problems(model_of(event.get("type")), event, scope, at)
    for problem in rule_problems(event):
        yield Problem(at + problem.path, problem.what, problem.fix)


def model_problems(
    model: type[BaseModel], value: Any, prefixes: Mapping[str, str], at: str = ""
) -> Iterator[Problem]:
    """What a model finds wrong with a value, with paths that begin with `at`."""
    try:
        model.model_validate(value, context=prefixes)
    except ValidationError as error:
        for line in error.errors(include_url=False):
            what, fix = _words(line)
            yield Problem(at + pointer(line["loc"]), what, fix)


def _words(line: Any) -> tuple[str, str]:
    kind, name = line["type"], str(line["loc"][-1]) if line["loc"] else ""
    context = line.get("ctx", {})
    if kind == REFUSED:
        return context["what"], context["fix"]
    if kind in _TYPES:
        return f"{shown(line['input'])} is not {_TYPES[kind]}", _TYPES[kind]
    if kind == "missing":
        return "it is missing", _EXAMPLES.get(name, "this member, which is required")
    if kind == "extra_forbidden":
        return f"{shown(name)} is no member of EPCIS here", "none, since extensions have no place"
    if kind == "literal_error":
        return f"{shown(line['input'])} is not allowed", str(context.get("expected"))
    if kind == "too_short":
        return "the list is empty", "at least one element"
    return str(line["msg"]), "what the EPCIS 2.0 JSON schema asks"
