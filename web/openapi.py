"""The OpenAPI 3.1 document: what APIFlask finds, and what only this program knows."""

from typing import Any

import orjson
from apiflask import APIFlask
from flask import Flask
from flask.json.provider import JSONProvider

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.evidence.bundle import MEDIA_TYPE

from . import (
    consumers_out,
    desk_out,
    inspect_out,
    labels_print,
    lineage_out,
    openapi_asking,
    people_out,
    process_out,
    recalls_out,
    supplier_out,
)

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
        try:
            return canonical.read(s if isinstance(s, bytes) else s.encode())
        except (CanonicalError, UnicodeEncodeError) as error:
            raise ValueError(str(error)) from None


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
    app.spec_processor(lambda spec: _complete(spec, app))


def _complete(spec: dict[str, Any] | str, app: Flask) -> dict[str, Any] | str:
    assert isinstance(spec, dict)
    spec["tags"] = [{"name": name} for name in dict.fromkeys(tag["name"] for tag in spec["tags"])]
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {}).update(_schemas())
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _problems(path, method, operation)
                _path_parameters(path, operation)
    _links(spec["paths"]["/api/v1/links"]["post"])
    lineage_out.describe(spec)
    recalls_out.describe(spec)
    labels_print.describe(spec)
    supplier_out.describe(spec)
    process_out.describe(spec)
    inspect_out.describe(spec)
    consumers_out.describe(spec)
    for path in ("/api/v1/items/{code}/evidence", "/api/v1/items/evidence"):
        spec["paths"][path]["get"]["responses"]["200"] = _evidence()
    desk_out.describe(spec)
    proof = spec["paths"]["/api/v1/proofs/{index}"]["get"]["responses"]["200"]
    lists = [spec["paths"][f"/api/v1/acts{path}/list"]["get"] for path in ("", "/{code}")]
    for answer in (proof, *(one["responses"]["200"] for one in lists)):
        answer["content"] = {"text/plain": {"schema": {"type": "string"}}}
    trust = spec["paths"]["/api/v1/trust"]["get"]
    trust["responses"]["200"]["content"] = {"application/json": {"schema": {"type": "object"}}}
    openapi_asking.describe(spec, app)
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
            "retry_after": {
                "type": "integer",
                "description": "For the rule pace: seconds after which to send the same again",
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


def _path_parameters(path: str, operation: dict[str, Any]) -> None:
    """What stands in a path, in words."""
    is_act = "/acts" in path or "/recalls" in path
    words = {
        "code": "The code in an act's URI" if is_act else "A trace code, of an item or a chain",
        "name": "A file's SHA-256 in hex",
        "who": "A party: its URI, USCC, GLN or code",
        "index": "A link's index in the log",
    }
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in words:
            parameter.setdefault("description", words[parameter["name"]])


def _links(operation: dict[str, Any]) -> None:
    one, problem = {"$ref": f"{_SCHEMAS}Receipt"}, {"$ref": f"{_SCHEMAS}Problem"}
    several = {"type": "array", "maxItems": 1000, "items": {"anyOf": [one, problem]}}
    entry = {"type": "object", "description": "A DSSE envelope in its one encoding"}
    enclosing = {
        "type": "object",
        "description": "An entry with what it names: files by their SHA-256, disclosures by digest",
        "required": ["entry"],
        "properties": {
            "entry": {"type": "string", "description": "The entry's text"},
            "attachments": {"type": "array", "items": {"type": "string", "format": "byte"}},
            "disclosures": {"type": "array", "maxItems": 100, "items": _handed()},
        },
        "additionalProperties": False,
    }
    element = {"anyOf": [{"type": "string"}, enclosing]}
    several_in = {"type": "array", "maxItems": 1000, "items": element}
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
        "content": {"application/json": {"schema": {"anyOf": [entry, enclosing, several_in]}}},
    }
    answers = operation["responses"]
    answers["200"] = _json("It was there already, or an array's answers", {"anyOf": [one, several]})
    answers["201"] = _json("A new link's receipt", one)


def _handed() -> dict[str, Any]:
    stored = {"type": "string", "description": "base64url of [salt, JSON Pointer, value]"}
    parties = {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "uri"}}
    audience = {"anyOf": [{"enum": ["own", "chain", "public"]}, parties]}
    with_audience = {
        "type": "object",
        "required": ["disclosure"],
        "properties": {"disclosure": stored, "audience": audience},
        "additionalProperties": False,
    }
    return {"anyOf": [stored, with_audience]}


def _problems(path: str, method: str, operation: dict[str, Any]) -> None:
    found = {"500": "Something went wrong", "503": "The ledger is busy or cannot be used"}
    if "/items" in path:
        found["404"] = "No code of this ledger"
    if "/acts" in path:
        found["404"] = "No such hold or recall, or no list at that index"
        found["403"] = "The entries of this ledger are not public"
    if path.endswith("/findings"):
        found["403"] = "The entries of this ledger are not public"
        found["404"] = "No item of this ledger"
    if "/recalls" in path or path.endswith("/holds"):
        found["403"] = "The entries of this ledger are not public"
    if "/recalls/" in path:
        found["404"] = "No such hold or recall, or no such item"
    if path.endswith("/recalls/draft"):
        found["409"] = "The recall cannot be closed: its quantities do not add up"
    if path.endswith("/disclosures"):
        found["404"] = "No such link"
    if path.endswith(("/lineage", "/holdings")):
        found["403"] = "The entries of this ledger are not public"
    if path.endswith("/erasure/draft"):
        found |= {
            "401": "Nobody is signed in",
            "403": "Not one's own to erase, or another site's request",
            "404": "No such link",
            "429": "Too many requests from this address: wait as Retry-After says",
        }
    if "/proofs" in path:
        found["404"] = "No such link, or none yet under a published checkpoint"
    if "/parties/" in path or "/arrivals/" in path:
        found["404"] = "No such party, or no such link"
    if "/parties/" in path or "/arrivals/" in path or path.endswith("/overdue"):
        found["403"] = "The entries of this ledger are not public"
    if path.endswith("/evidence"):
        found |= {
            "409": "The history is broken",
            "422": "A value is not as it should be, or the history is too long",
        }
    found |= _of_session(path, method) | process_out.problems(path, method)
    found |= inspect_out.problems(path, method)
    found |= desk_out.problems(path, method)
    found |= consumers_out.problems(path, method)
    found |= people_out.problems(path, method)
    found |= supplier_out.problems(path, method)
    if method == "post":
        found |= {"400": "The body is not as it should be", "413": "The body is too large"}
    if path.endswith("/links"):
        found |= {
            "403": "Rules key, signature, authority",
            "409": "Rule chain: sign again with `heads`; rule hold: it is on hold or recalled; "
            "rule stock: its actor has less, and wants such refused",
            "415": "Not application/json",
            "422": "Rules ledger, time, items, after, statement, coding",
            "429": "Rule pace: too many links about another's item; wait as Retry-After says",
        }
    elif operation.get("parameters") or operation.get("requestBody"):
        found.setdefault("422", "A value is not as it should be")
    for status, description in found.items():
        operation["responses"][status] = {
            "description": description,
            "content": {_PROBLEM_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
        }


def _of_session(path: str, method: str) -> dict[str, str]:
    """What signing in, and acting as one who has, may be answered."""
    if not any(part in path for part in ("/session", "/invitations", "/keys/", "/parties/draft")):
        return {}
    found = {"401": "Nobody is signed in, or the challenge was not met"}
    if method != "get":
        found["403"] = "Another site's request, a key that is not good, or not one's to do"
    if "/session" not in path and path != "/api/v1/parties/draft":
        found["404"] = "No such invitation or key, or it is over"
    if path.endswith("/challenge"):
        found["421"] = "Pages are served under another host"
    if path.endswith(("/key", "/draft")) and "/invitations" in path:
        found["409"] = "Another key was offered before, or none yet, or it is enrolled"
    if method == "post" and "{" not in path:
        found["429"] = "Too many requests from this address: wait as Retry-After says"
    return found


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
    scope = {
        "type": "object",
        "description": "That the list of a hold or a recall names an item",
        "required": ["index", "item", "position", "proof"],
        "properties": {
            "index": {"type": "integer", "minimum": 0, "description": "The statement's"},
            "item": {"type": "string"},
            "position": {"type": "integer", "minimum": 0, "description": "Its line, from 0"},
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
            "scopes": {"type": "array", "minItems": 1, "items": scope},
        },
        "additionalProperties": False,
    }
    description = "An evidence file, in its RFC 8785 form: `suyuan verify FILE` checks it anywhere"
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
