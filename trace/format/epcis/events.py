"""Checking one event: each member by its model, and what members ask of each other.

The rules between members are those of EPCIS 2.0 sections 7.3 and 7.4. They read the event's own
JSON object, beside the models, so they look only at members of the right type. pydantic's errors
are put in our words.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from . import cbv
from .field_types import REFUSED
from .json_reading import LIMIT, Problem, in_path_order, pointer, shown, value_problems
from .models import model_of
from .prefixes import KNOWN_PREFIXES, expanded, in_force

_Event = Mapping[str, Any]
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
    """The problems of one event by EPCIS 2.0 and CBV 2.0, in the order of paths.

    `prefixes` are those declared around it, besides the EPCIS context's own and `suyuan`, which
    are always known; its own `@context` adds to them. Paths begin at the event. Values that
    could not be signed (not JSON, more than 15 digits, too deep) are problems too. At most
    `LIMIT` problems are returned. Raises nothing, whatever the value holds.
    """
    value = dict(event) if isinstance(event, Mapping) else event
    problems = value_problems(value)
    if not problems:
        around = {**(prefixes or {}), **KNOWN_PREFIXES}
        problems = list(islice(event_problems(value, around), LIMIT + 1))
    return in_path_order(problems)[:LIMIT]


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
        yield Problem(at + problem.path, problem.reason, problem.fix)


def model_problems(
    model: type[BaseModel], value: Any, prefixes: Mapping[str, str], at: str = ""
) -> Iterator[Problem]:
    """The problems of a value by a model, with paths that begin with `at`."""
    try:
        model.model_validate(value, context=prefixes)
    except ValidationError as error:
        for line in error.errors(include_url=False):
            reason, fix = _words(line)
            yield Problem(at + pointer(line["loc"]), reason, fix)


def _words(line: Any) -> tuple[str, str]:
    kind, name = line["type"], str(line["loc"][-1]) if line["loc"] else ""
    context = line.get("ctx", {})
    if kind == REFUSED:
        return context["reason"], context["fix"]
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


# The rules.


def rule_problems(event: _Event) -> Iterator[Problem]:
    """The problems between the members of an event, with paths from the event on."""
    event_type = event.get("type")
    rule = _RULES.get(event_type) if isinstance(event_type, str) else None
    if rule is not None:
        yield from rule(event)
    yield from _units(event)


def _filled(event: _Event, *names: str) -> bool:
    """Whether one of these lists has an element; one of a wrong type is reported elsewhere."""
    return any(name in event and event[name] != [] for name in names)


def _object(event: _Event) -> Iterator[Problem]:
    action = event.get("action")
    observed = _filled(event, "sensorElementList") and ("readPoint" in event or "epcList" in event)
    if not _filled(event, "epcList", "quantityList") and not observed:
        yield Problem(
            "",
            "an ObjectEvent says of no object what happened",
            "epcList or quantityList with an element, or sensorElementList and readPoint",
        )
    if "ilmd" in event and action != "ADD":
        yield Problem("/ilmd", f"ilmd stands in an event whose action is {shown(action)}", "ADD")


def _children(event: _Event) -> Iterator[Problem]:
    action = event.get("action")
    if action != "DELETE" and not _filled(event, "childEPCs", "childQuantityList"):
        yield Problem("", "the event has no children", "childEPCs or childQuantityList")
    # The model of an association asks for its parent.
    is_aggregation = event["type"] == "AggregationEvent"
    if is_aggregation and "parentID" not in event and action in ("ADD", "DELETE"):
        yield Problem("/parentID", "it is missing", "the container, unless the action is OBSERVE")


def _transaction(event: _Event) -> Iterator[Problem]:
    if event.get("action") == "DELETE" or "epcList" in event or _filled(event, "quantityList"):
        return
    yield Problem("", "a TransactionEvent names no object", "epcList or quantityList")


def _transformation(event: _Event) -> Iterator[Problem]:
    inputs = _filled(event, "inputEPCList", "inputQuantityList")
    outputs = _filled(event, "outputEPCList", "outputQuantityList")
    if inputs and outputs:
        return
    if "transformationID" not in event:
        yield Problem(
            "",
            "a TransformationEvent without transformationID lacks inputs or outputs",
            "both inputs and outputs, or a transformationID that joins it to others",
        )
    elif not inputs and not outputs:
        yield Problem("", "a TransformationEvent has neither inputs nor outputs", "one of them")


_RULES: Mapping[str, Callable[[_Event], Iterator[Problem]]] = {
    "ObjectEvent": _object,
    "AggregationEvent": _children,
    "AssociationEvent": _children,
    "TransactionEvent": _transaction,
    "TransformationEvent": _transformation,
}


def unlisted_measurements(event: _Event) -> list[str]:
    """The measurement types of a checked event, standing alone, that are as GS1's and not listed.

    They are kept; imports report them.
    """
    prefixes = in_force(event.get("@context"))
    kinds = {kind for _, report in _reports(event) if isinstance(kind := report.get("type"), str)}
    return sorted(
        kind
        for kind in kinds
        if cbv.MEASUREMENT_TYPE.word(kind) is None
        and (":" not in kind or cbv.MEASUREMENT_TYPE.holds(expanded(kind, prefixes)))
    )


def _units(event: _Event) -> Iterator[Problem]:
    for path, report in _reports(event):
        kind, unit = report.get("type"), report.get("uom")
        if not isinstance(kind, str) or not isinstance(unit, str):
            continue
        measured = cbv.MEASUREMENT_TYPE.word(kind)
        if measured is not None and not cbv.unit_fits(measured, unit):
            yield Problem(
                f"{path}/uom",
                f"{shown(unit)} is no unit of {measured}",
                "one of " + ", ".join(sorted(cbv.UNITS[measured])),
            )


def _reports(event: _Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for at, element in _objects(event.get("sensorElementList")):
        for number, report in _objects(element.get("sensorReport")):
            yield f"/sensorElementList/{at}/sensorReport/{number}", report


def _objects(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for at, element in enumerate(value if isinstance(value, list) else ()):
        if isinstance(element, dict):
            yield at, element
