"""What the members of an event ask of each other (EPCIS 2.0 sections 7.3 and 7.4).

These read the event's own JSON object, beside the models that check each member by itself, so
they look only at members of the right type.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from suyuan.trace.epcis import cbv
from suyuan.trace.epcis.prefixes import expanded, in_force
from suyuan.trace.epcis.problems import Problem, shown

_Event = Mapping[str, Any]


def rule_problems(event: _Event) -> Iterator[Problem]:
    """What is wrong between the members of an event, with paths from the event on."""
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
    if event.get("action") != "DELETE" and not _filled(event, "childEPCs", "childQuantityList"):
        yield Problem("", "the event has no children", "childEPCs or childQuantityList")


def _aggregation(event: _Event) -> Iterator[Problem]:
    yield from _children(event)
    if "parentID" not in event and event.get("action") in ("ADD", "DELETE"):
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
    "AggregationEvent": _aggregation,
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
