"""What the OpenAPI document says of who may ask, how often, and of what is asked for."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask

from .limiting import LIMITED

SESSION, AUDITOR = "session", "auditor"
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
    "Links": "Appending signed links, and what the caller may see of their hidden fields",
    "Attachments": "Files that events name by their SHA-256",
    "Steps": "Drafts of process records, for their party to sign",
    "Items": "Histories and evidence of items, for everybody; the trust file",
    "Chains": "Where chains end, for who signs the next link",
    "Consumers": "Reports of problems, and photos of codes to be read: for everybody",
    "Log": "Inclusion proofs; checkpoints and tiles are at /log",
    "Hand-over": "What a party has, awaits, was asked and owes",
    "Products and batches": "A supplier's products, and its batches one by one or by a table",
    "Holds and recalls": "Holds and recalls: what they name, how far they are, drafts of them",
    "Findings": "What cannot be true, lacks something or came late",
    "Lineage": "What an item was made from, what was made from it, who has it",
    "Scripts": "The scripts of the pages, and who recorded them",
    "Signing in": "Sessions: a signature over a challenge, and no password",
    "Keys": "Invitations, enrolments and revocations, and the admission of one party",
    "Mandates": "Who may record for whom",
    "Parties": "Who is registered: for the authority, and for registrars in their remits",
    "Labels": "Labels of what one has: issued, printed again, voided",
    "Audits": "Audits of the whole ledger, done by a worker",
    "At the counter": "What an inspector sees and records at a holder's counter",
    "Inspection": "What lies in an inspector's remit: divisions, parties, chains",
}
_TOO_MANY: Mapping[str, Any] = {
    "description": "Too many requests from this address: wait as Retry-After says",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_INSPECTORS = "for inspectors: the authority, and offices by its own statement, in their remit"
_ADMITTING = "for the authority, and for registrars in their remit"
_INSPECTING = ("/audits", "/chain", "/chains", "/evidence", "/divisions/", "/reports", "/search")
_OF_COUNTERS = ("/inspections", "/counter")
_OF_ONESELF = ("/parties/{who}", "/parties/{who}/keys")
_ADMISSIONS = (
    "/parties",
    "/parties/draft",
    "/parties/admissions/draft",
    "/parties/{who}/change/draft",
    "/parties/{who}/leave/draft",
)
_ANYBODY = {("/reports", "post")}
# Signing in and out, and what the invited do, who have no key yet.
_WITHOUT = ("/session/challenge", "/invitations/open", "/invitations/key")
# Open to everybody, and answered with more to who is signed in, or, of private entries, at all.
_MORE = (
    "/links/{index}/disclosures",
    "/attachments/{name}",
    "/arrivals/{index}/draft",
    "/overdue",
)
# What follows from entries, which auditors read too.
_DERIVED = ("/acts", "/recalls", "/holds", "/findings", "/lineage", "/holdings", "/heads")
_OF_ITEMS = ("/lineage", "/holdings")
# What follows from all entries, in whatever ledger keeps these to inspectors and auditors.
_FOLLOWING = ("/acts", "/findings", "/recalls", "/holds", "/lineage", "/holdings", "/overdue")
_OF_PARTIES = ("/arrivals", "/holdings", "/inbox", "/overdue")
_PARAMETERS: Mapping[str, str] = {
    "token": "An invitation's id",
    "number": "The number of an audit, or of a report",
    "keyid": "A key's id: SHA-256 of its SubjectPublicKeyInfo, in hex",
    "sha256": "SHA-256 of the table's file, in hex",
    "issues": "Indexes of one's own `labels` statements, with commas between them",
    "kind": "What is looked for, or the kind of file",
    "start": "The number in its chain of the first link that is given",
    "limit": "How many at most",
    "days": "Of what was done late, of how many last days",
    "severity": "Those of this severity",
    "holder": "At whose counter, where what was scanned names nobody, or another",
}


def describe(spec: dict[str, Any], app: Flask) -> None:
    """Say of each operation who may ask it, of each tag what it is, of each parameter too."""
    limited = _limited(app)
    spec["info"]["description"] += (
        " Errors are problem details (RFC 9457). What is asked too often is answered 429 with "
        "Retry-After. Nothing here signs: drafts are signed by their party's own tool, and go to "
        "POST /api/v1/links."
    )
    spec["components"]["securitySchemes"] = dict(_SCHEMES)
    for tag in spec["tags"]:
        tag["description"] = _TAGS[tag["name"]]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            bare = path.removeprefix("/api/v1")
            if (path, method) in limited:
                operation["responses"].setdefault("429", _TOO_MANY)
            operation["security"] = _security(bare, method, operation)
            whom = None if (bare, method) in _ANYBODY else _whom(bare)
            if whom is not None:
                said = operation.get("description", "")
                operation["description"] = f"{said}\n\nIt is {whom}.".lstrip()
            for parameter in operation.get("parameters", ()):
                words = parameter["schema"].get("description") or _PARAMETERS.get(parameter["name"])
                if words is not None:
                    parameter.setdefault("description", words)


def _security(path: str, method: str, operation: Mapping[str, Any]) -> list[dict[str, list[str]]]:
    """Which credentials an operation takes, one of them; an empty one where none is needed."""
    is_of_items = path.startswith("/items/") and path.endswith(_OF_ITEMS)
    if is_of_items or path.startswith(_DERIVED):
        return [{}, {SESSION: []}, {AUDITOR: []}]
    is_of_party = path.startswith("/parties/") and path.endswith(_OF_PARTIES)
    if path in _MORE or is_of_party:
        return [{}, {SESSION: []}]
    if path == "/session" and method != "get":
        return [] if method == "post" else [{}, {SESSION: []}]
    is_asked = "401" in operation["responses"] and path not in _WITHOUT
    return [{SESSION: []}] if is_asked else []


def _limited(app: Flask) -> set[tuple[str, str]]:
    """Path and method of the operations that one address may ask only so often."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if LIMITED in vars(app.view_functions[rule.endpoint])
        for method in rule.methods or ()
    }


def _whom(path: str) -> str | None:
    """For whom an operation is, in words, where that is not everybody who is signed in."""
    if path in _OF_ONESELF:
        return f"{_INSPECTORS}; and for the party itself"
    if path in _ADMISSIONS:
        return _ADMITTING
    if path == "/registrars/draft":
        return "for the authority alone"
    is_counter = any(part in path for part in _OF_COUNTERS)
    is_desk = any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in _INSPECTING)
    return _INSPECTORS if is_counter or is_desk else None
