"""Where our checker and GS1's JSON schema part: the rows of two tables in docs/format.md.

A row amends the schema so that it says what we say; where a schema cannot say it, `words` match
what our problem then says. `judge` holds our checker to the schema so amended, both ways.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft7Validator
from support.goods.epcis import Node, merged, validator

from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.epcis.json_reading import EpcisError, Problem

URI = {"$ref": "#/definitions/vocab-uri"}
CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
WHEN = {"eventTime": "2026-01-31T08:00:00Z", "eventTimeZoneOffset": "+08:00"}
EVENT: dict[str, Any] = {
    "@context": CONTEXT, "type": "ObjectEvent", **WHEN, "action": "ADD", "epcList": ["urn:a:b"],
}  # fmt: skip
PACKING = {
    "@context": CONTEXT, "type": "AggregationEvent", **WHEN, "action": "ADD",
    "parentID": "urn:a:c", "childEPCs": ["urn:a:b"],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
    "creationDate": "2026-01-31T08:00:00Z", "epcisBody": {"eventList": []},
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row: its first cell, what makes the schema say so, and documents that show it."""

    cell: str
    examples: tuple[dict[str, Any], ...]
    amend: Callable[[Node], None] | None = None
    words: str = "(?!)"


def document(*events: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A document of these events."""
    return {**DOCUMENT, "epcisBody": {"eventList": list(events)}, **members}


def changed(event: dict[str, Any] = EVENT, **members: Any) -> dict[str, Any]:
    """A document of one event with these members, None taking one away."""
    whole = {**event, **members}
    return document({name: value for name, value in whole.items() if value is not None})


def sensing(**report: Any) -> dict[str, Any]:
    """A document of one event with one sensor report."""
    return changed(sensorElementList=[{"sensorReport": [{"type": "Temperature", **report}]}])


def _names_everywhere(definitions: Node) -> None:
    places = [definitions[name] for name in ("readPoint", "bizLocation", "attribute")]
    places += [definitions[name] for name in ("vocabularyElement", "vocabulary")]
    places.append(definitions["epcisHeader"]["properties"]["epcisMasterData"])
    places.append(definitions["epcisDocument"]["properties"]["epcisBody"])
    for place in places:
        place["propertyNames"] = {"anyOf": [{"enum": list(place["properties"])}, URI]}


def _own_types(definitions: Node) -> None:
    standard = [name for name in definitions if re.fullmatch("[A-Z][a-z]+Event", name)]
    members: Node = {}
    for name in standard:  # of two forms of a list, the stricter
        members = {**merged(definitions, definitions[name]), **members}
    members["epcList"] = {"$ref": "#/definitions/epcList"}
    members["bizTransactionList"] = {**members["bizTransactionList"], "minItems": 0}
    members["type"] = URI
    names = {"anyOf": [{"enum": list(members)}, URI]}
    definitions["Extended-Event"]["allOf"].append({"properties": members, "propertyNames": names})


def _objects(definitions: Node) -> None:
    something = definitions["ObjectEvent"]["allOf"][2]["anyOf"]
    something[0] = {
        "required": ["epcList"],
        "anyOf": [
            {"properties": {"epcList": {"minItems": 1}}},
            {
                "properties": {"sensorElementList": {"minItems": 1}},
                "required": ["sensorElementList"],
            },
        ],
    }


def _parents(definitions: Node) -> None:
    observed = {"properties": {"action": {"enum": ["OBSERVE"]}}}
    definitions["AggregationEvent"]["allOf"].append(
        {"anyOf": [{"required": ["parentID"]}, observed]}
    )


def _units(definitions: Node) -> None:
    definitions["sensorReport"]["properties"]["uom"] = {"$ref": "#/definitions/uom"}


def _times(definitions: Node) -> None:
    zone = r"(Z|[+-](0[0-9]|1[0-3]):[0-9]{2}|[+-]14:00)"
    definitions["time"]["pattern"] = rf"\A(?!0000)[0-9-]+T[0-9:]{{6}}(?!60)[0-9.]+{zone}\Z"


def _versions(definitions: Node) -> None:
    definitions["version"]["pattern"] = r"(?a)\A2(\.\d+)*\Z"


def _contexts(definitions: Node) -> None:
    meaning = {"type": ["string", "object", "null"]}
    names = {"type": "object", "patternProperties": {"^[^@]|^$": meaning}}
    context = definitions["@context"]["anyOf"]
    context[1] = context[2]["items"]["anyOf"][1] = names


def _dispositions(definitions: Node) -> None:
    for name in ("AggregationEvent", "AssociationEvent", "TransactionEvent"):
        event = definitions[name]["allOf"][1]
        event["properties"]["persistentDisposition"] = {
            "$ref": "#/definitions/persistentDisposition"
        }
        event["propertyNames"]["anyOf"][1]["enum"].append("persistentDisposition")


def _measurements(definitions: Node) -> None:
    word = {"type": "string", "pattern": r"\A[A-Za-z][A-Za-z0-9_-]*\Z"}
    definitions["measurementType"]["anyOf"].append(word)


REFUSED = [
    Row(
        "a prefix that nothing declares, in a name, an event type or a word",
        (changed(**{"nowhere:a": 1}), changed(bizStep="nowhere:a"), changed(type="nowhere:A")),
        words=r"the prefix .* is not declared",
    ),
    Row(
        "a name without a namespace, also where the schema lists no names",
        (
            changed(readPoint={"id": "geo:0,0", "name": "Pier"}),
            document(epcisBody={"eventList": [], "note": 1}),
        ),
        _names_everywhere,
    ),
    Row(
        "a word in GS1's namespaces that CBV lacks, or has in another spelling",
        (
            changed(bizStep="cbv:BizStep-harvest"),
            changed(bizStep="c:BizStep-shipping", **{"@context": {"c": "https://ref.gs1.org/cbv/"}}),
            sensing(exception="gs1:HOT"),
        ),
        words=r".* is in GS1's namespace and no |.* is not how JSON writes a ",
    ),
    Row(
        "`cbv:` or `gs1:` before a word where it means something else, and `suyuan` that does",
        (
            changed(bizStep="cbv:BizStep-shipping", **{"@context": {"cbv": "https://x.example/"}}),
            changed(**{"@context": {"suyuan": "https://x.example/"}}),
        ),
        words=r"the prefix (cbv|gs1|suyuan)\b.* means something else here",
    ),
    Row(
        "a member of EPCIS in another form than its own, in an event of somebody's own type",
        (
            changed(type="https://x.example/Weighing", epcList="urn:a:b"),
            changed(type="https://x.example/Weighing", weight=1),
        ),
        _own_types,
    ),
    Row(
        "an event type in the namespace of EPCIS",
        (changed(type="epcis:ObjectEvent"),),
        words=r".* is in the namespace of EPCIS",
    ),
    Row(
        "an ObjectEvent whose `epcList` is empty, without a quantity or a sensor",
        (changed(epcList=[]),),
        _objects,
    ),
    Row(
        "an AggregationEvent ADD or DELETE without `parentID`",
        (changed(PACKING, parentID=None),),
        _parents,
    ),
    Row(
        "a sensor's `uom` that is no unit code",
        (sensing(uom="°C"),),
        _units,
    ),
    Row(
        "a sensor's `uom` that measures something else",
        (sensing(uom="KGM"),),
        words=r".* is no unit of ",
    ),
    Row(
        "a time with `t` or `z`, second 60, year 0 or a zone beyond 14:00",
        tuple(
            changed(eventTime=time)
            for time in ("2026-01-31t08:00:00z", "2026-01-31T23:59:60Z",
                         "0000-01-31T08:00:00Z", "2026-01-31T08:00:00+14:30")
        ),
        _times,
    ),
    Row("a `schemaVersion` other than 2", (document(schemaVersion="1.2"),), _versions),
    Row(
        "a context that defines a name as neither text, object nor null",
        (document(**{"@context": [CONTEXT, {"a": ["urn:a:"]}]}),),
        _contexts,
    ),
    Row(
        "over 64 contexts, or over 1,000 names in them",
        (document(**{"@context": {f"p{at}": "urn:x:" for at in range(1001)}}),),
        words=r"there are \d+ contexts|the contexts? defines? \d+ names",
    ),
    Row(
        "an event that stands alone",
        (EVENT,),
        words="it is one event without a document|.* is no kind of EPCIS document",
    ),
    Row(
        "a number of over 15 digits, out of range, U+0000, or over 60 levels",
        (
            changed(**{"suyuan:a": 0.12345678901234567}),
            changed(**{"suyuan:a": 2**53}),
            changed(**{"suyuan:a": "\0"}),
            changed(**{"suyuan:a": json.loads("[" * 60 + "]" * 60)}),
        ),
        words=r"the number .* (has \d+ digits|is out of range)|.* holds U\+0000 or half a "
        r"character|the name .* is not text that can be kept|objects and lists stand too deep",
    ),
]  # fmt: skip

ACCEPTED = [
    Row(
        "`persistentDisposition` in an event of any type",
        (changed(PACKING, persistentDisposition={"set": ["completeness_inferred"]}),),
        _dispositions,
    ),
    Row(
        "a measurement type that CBV does not list, as a bare word",
        (sensing(type="EffectiveDoseRate"),),
        _measurements,
    ),
]


def amended() -> Draft7Validator:
    """GS1's schema amended by all rows, as our checker decides."""
    return validator(*(row.amend for row in REFUSED + ACCEPTED if row.amend is not None))


def judge(schema: Draft7Validator, value: Any, problems: tuple[Problem, ...]) -> str | None:
    """How our problems differ from the amended schema's; None where they agree."""
    refusal = next(schema.iter_errors(value), None)
    if refusal is not None:
        where = list(refusal.absolute_path)
        return None if problems else f"accepted, though {where}: {refusal.message[:300]}"
    words = "|".join(f"(?:{row.words})" for row in REFUSED)
    unlisted = [problem for problem in problems if not re.match(f"(?s){words}", problem.reason)]
    return f"refused without a reason: {unlisted[0]}" if unlisted else None


def problems(value: Any) -> tuple[Problem, ...]:
    """The problems of a document by our checker."""
    try:
        parse_document(json.dumps(value).encode())
    except EpcisError as error:
        return error.problems
    return ()
