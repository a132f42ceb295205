"""The OpenAPI 3.1 document: of models by APIFlask, of all else by what routes declare."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson
from apiflask import APIFlask
from flask import Flask
from flask.json.provider import JSONProvider

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError

from .routes import AUDITOR, SCHEMAS, SESSION, Route, declared

PATH = "/api/v1/openapi.json"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
_DESCRIPTION = (
    "A food traceability ledger that everyone can check. Errors are problem details (RFC 9457). "
    "What is asked too often is answered 429 with Retry-After. Nothing here signs: drafts are "
    "signed by their party's own tool, and go to POST /api/v1/links."
)
_SCHEMES: Mapping[str, Any] = {
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-suyuan",
        "description": "The cookie of POST /api/v1/session; `suyuan` where pages are served from "
        "this machine or over plain http. What changes something names this site as its Origin.",
    },
    AUDITOR: {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `suyuan auditors add`, for a ledger whose entries are private",
    },
}
_TAGS: Mapping[str, str] = {
    "Beginning": "Where the parts of the API are",
    "Log": "Inclusion proofs; checkpoints and tiles are at /log",
    "Consumers": "Reports of problems, and photos of codes to be read: for everybody",
    "Links": "Appending signed links, and what the caller may see of their hidden fields",
    "Chains": "The heads of chains, for the next link",
    "Attachments": "Files that events name by their SHA-256",
    "Steps": "Drafts of process records, for their party to sign",
    "Items": "Histories and evidence of items, for everybody; the trust file",
    "Hand-over": "What a party has, awaits, was asked and owes",
    "Feed": "What concerns one, as it comes: to be asked for, or posted to one's own program",
    "Products and batches": "A supplier's products, and its batches one by one or by a table",
    "Holds and recalls": "Holds and recalls: what they name, how far they are, drafts of them",
    "Findings": "What cannot be true, lacks something or came late",
    "Lineage": "What an item was made from, what was made from it, who has it",
    "Scripts": "The scripts of the pages, and who recorded them",
    "Signing in": "Sessions: a signature over a challenge, and no password",
    "Documents": "An office's documents: drawn up, signed, sealed, served; what a holder is told",
    "Sampling": "A laboratory's report of a sample, hidden until it is published",
    "Draws": "Whom an office inspects, drawn so that anybody can recompute it",
    "Cases": "What an office follows from stage to stage: samples, orders to correct, complaints",
    "Keys": "Invitations, enrolments and revocations, and the admission of one party",
    "Mandates": "Who may record for whom",
    "Parties": "Who is registered: for the authority, and for registrars in their remits",
    "Labels": "Labels of what one has: issued, printed again, voided",
    "Audits": "Audits of the whole ledger, done by a worker",
    "At the counter": "What an inspector sees and records at a holder's counter",
    "Inspection": "What lies in an inspector's remit: divisions, parties, chains",
}
# What stands in a path under a name, unless its route says something else.
_PARAMETERS: Mapping[str, str] = {
    "code": "A trace code, of an item or a chain",
    "who": "A party: its URI, USCC, GLN or code",
    "index": "A link's index in the log",
    "name": "A file's SHA-256 in hex",
    "token": "An invitation's id",
    "number": "The number of an audit, or of a report",
    "keyid": "A key's id: SHA-256 of its SubjectPublicKeyInfo, in hex",
    "sha256": "SHA-256 of the table's file, in hex",
    "issues": "Indexes of one's own `labels` statements, with commas between them",
    "kind": "The kind of file",
}


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
        DESCRIPTION=_DESCRIPTION,
        SECURITY_SCHEMES=dict(_SCHEMES),
    )
    app.spec_processor(lambda spec: _complete(spec, app))


def document(app: Flask) -> Mapping[str, Any]:
    """The document, made at the first request for it."""
    made: Mapping[str, Any] = cast(Any, app)._get_spec("json")
    return made


def declarations(app: Flask) -> Iterator[tuple[str, str, Route]]:
    """Path as OpenAPI writes it, method in small letters, and what their route declares."""
    for rule in app.url_map.iter_rules():
        route = declared(app.view_functions[rule.endpoint])
        if route is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield path, method.lower(), route


def _complete(spec: dict[str, Any] | str, app: Flask) -> dict[str, Any] | str:
    assert isinstance(spec, dict)
    spec["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    spec["components"].setdefault("schemas", {}).update(_schemas())
    for path, method, route in declarations(app):
        if operation := spec["paths"].get(path, {}).get(method):
            _describe(operation, method, route)
    return spec


def _describe(operation: dict[str, Any], method: str, route: Route) -> None:
    """Say of an operation what its route declares, and APIFlask does not see."""
    operation["security"] = [{} if not name else {name: []} for name in route.guard.credentials]
    if route.guard.restriction is not None:
        text = operation.get("description", "")
        operation["description"] = f"{text}\n\nIt is {route.guard.restriction}.".lstrip()
    for parameter in operation["parameters"]:
        name = parameter["name"]
        if parameter["in"] == "path":
            parameter.setdefault("description", route.parameters.get(name) or _PARAMETERS[name])
        elif words := parameter["schema"].get("description"):
            parameter.setdefault("description", words)
    if route.media is not None:
        operation["requestBody"] = {"required": True, "content": route.media}
    responses = operation["responses"]
    for status, content in route.content.items():
        before = responses.setdefault(str(status), {"description": "Successful response"})
        has_model = route.output is not None and status == route.status
        before["content"] = {**before["content"], **content} if has_model else content
    success = responses[str(route.status)]
    for status, words in _statuses(operation, method, route).items():
        content = success.get("content", {}) if status < 300 else _PROBLEM
        responses.setdefault(str(status), {"content": content})["description"] = words


def _statuses(operation: dict[str, Any], method: str, route: Route) -> dict[int, str]:
    """What a route answers besides its success, in words; and words of that, where it has any."""
    statuses = {500: "Something went wrong", 503: "The ledger is busy or cannot be used"}
    if method == "post":
        statuses |= {400: "The body is not as it should be", 413: "The body is too large"}
    if operation["parameters"] or operation.get("requestBody"):
        statuses[422] = "A value is not as it should be"
    if route.limit is not None:
        statuses[429] = "Too many requests from this address: wait as Retry-After says"
    if route.guard.asks_for_session:
        statuses[401] = "Nobody is signed in"
    refused = [route.guard.refused, route.answers.get(403)]
    if method != "get" and not route.from_anywhere:
        refused.append("Another site's request")
    statuses |= route.answers
    if words := "; or ".join(filter(None, refused)):
        statuses[403] = words
    return statuses


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
            "problems": {"type": "array", "items": {"$ref": f"{SCHEMAS}Problem"}},
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
