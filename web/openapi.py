"""The OpenAPI 3.1 document: what APIFlask finds, and what only this program knows."""

from typing import Any

import orjson
from apiflask import APIFlask
from flask.json.provider import JSONProvider

from suyuan.trace.evidence.bundle import MEDIA_TYPE

PATH = "/api/v1/openapi.json"
_SCHEMAS = "#/components/schemas/"
_PROBLEM_TYPE = "application/problem+json"


class Json(JSONProvider):
    """orjson: quick, and an error of one family for whatever comes from outside."""

    def dumps(self, obj: Any, **_more: Any) -> str:
        """The JSON text of a value."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_more: Any) -> Any:
        """The value of a JSON text; ValueError for anything else, however deep."""
        return orjson.loads(s)


def install(app: APIFlask) -> None:
    """Serve the document."""
    app.json = Json(app)
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        DESCRIPTION="A food traceability ledger that everyone can check.",
    )
    app.spec_processor(_complete)


def _complete(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    assert isinstance(spec, dict)
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas())
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _problems(path, method, operation)
    _links(spec["paths"]["/api/v1/links"]["post"])
    for path in ("/api/v1/items/{code}/evidence", "/api/v1/items/evidence"):
        spec["paths"][path]["get"]["responses"]["200"] = _evidence()
    proof = spec["paths"]["/api/v1/proofs/{index}"]["get"]["responses"]["200"]
    proof["content"] = {"text/plain": {"schema": {"type": "string"}}}
    trust = spec["paths"]["/api/v1/trust"]["get"]
    trust["responses"]["200"]["content"] = {"application/json": {"schema": {"type": "object"}}}
    return spec


def _schemas() -> dict[str, Any]:
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    head = {
        "type": ["object", "null"],
        "required": ["seq", "hash"],
        "properties": {"seq": {"type": "integer", "minimum": 0}, "hash": digest},
    }
    problem = {
        "type": "object",
        "description": "Problem details (RFC 9457)",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "rule": {"type": "string", "description": "The first rule that the link breaks"},
            "heads": {
                "type": "object",
                "description": "For the rule chain: the present head of each chain, by subject",
                "additionalProperties": head,
            },
            "index": {"type": "integer", "description": "Which element of an array"},
            "problems": {"type": "array", "items": {"$ref": f"{_SCHEMAS}Problem"}},
        },
    }
    receipt = {
        "type": "object",
        "description": "The link is durable and under a signed checkpoint",
        "required": ["hash", "index", "proof"],
        "properties": {
            "hash": digest,
            "index": {"type": "integer", "minimum": 0},
            "proof": {
                "type": "string",
                "description": "A tlog-proof@v1: inclusion under a signed checkpoint",
            },
        },
    }
    return {"Problem": problem, "Receipt": receipt}


def _links(operation: dict[str, Any]) -> None:
    one, problem = {"$ref": f"{_SCHEMAS}Receipt"}, {"$ref": f"{_SCHEMAS}Problem"}
    several = {"type": "array", "maxItems": 1000, "items": {"anyOf": [one, problem]}}
    entry = {"type": "object", "description": "A DSSE envelope in its one encoding"}
    strings = {"type": "array", "maxItems": 1000, "items": {"type": "string"}}
    operation["parameters"] = [
        {
            "name": "atomic",
            "in": "query",
            "required": False,
            "description": "Of an array: all or none",
            "schema": {"type": "boolean", "default": False},
        }
    ]
    operation["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [entry, strings]}}},
    }
    answers = operation["responses"]
    answers["200"] = _json("It was there already, or an array's answers", {"anyOf": [one, several]})
    answers["201"] = _json("A new link's receipt", one)


def _problems(path: str, method: str, operation: dict[str, Any]) -> None:
    found = {"500": "Something went wrong", "503": "The ledger is busy or cannot be used"}
    if "/items" in path:
        found["404"] = "No code of this ledger"
    if "/proofs" in path:
        found["404"] = "No such link, or none yet under a published checkpoint"
    if path.endswith("/evidence"):
        found |= {
            "409": "The history is broken",
            "422": "A value is not as it should be, or the history is too long",
        }
    if method == "post":
        found |= {"400": "The body is not as it should be", "413": "The body is too large"}
    if path.endswith("/links"):
        found |= {
            "403": "Rules key, signature, authority",
            "409": "Rule chain: sign again with `heads`",
            "415": "Not application/json",
            "422": "Rules ledger, time, items, after, statement, coding",
        }
    elif operation.get("parameters") or operation.get("requestBody"):
        found.setdefault("422", "A value is not as it should be")
    for status, description in found.items():
        operation["responses"][status] = {
            "description": description,
            "content": {_PROBLEM_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
        }


def _evidence() -> dict[str, Any]:
    hashes = {"type": "array", "maxItems": 64, "items": {"type": "string", "format": "byte"}}
    entry = {
        "type": "object",
        "required": ["index", "entry", "proof"],
        "properties": {
            "index": {"type": "integer", "minimum": 0},
            "entry": {"type": "string", "description": "The signed envelope"},
            "proof": hashes,
        },
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "required": ["v", "item", "checkpoint", "entries"],
        "properties": {
            "v": {"const": 1},
            "item": {"type": "string", "description": "The item's URI"},
            "checkpoint": {"type": "string", "description": "A signed note, cosigned or not yet"},
            "entries": {"type": "array", "minItems": 1, "items": entry},
            "attachments": {"type": "object", "additionalProperties": {"type": "string"}},
            "disclosures": {"type": "array", "items": {"type": "string"}},
        },
        "additionalProperties": False,
    }
    description = "An evidence file, in its RFC 8785 form: `suyuan verify FILE` checks it anywhere"
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
