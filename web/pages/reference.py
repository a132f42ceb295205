"""/docs and /api/v1/: the API as a person reads it, made of its own OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from flask import Response, current_app, render_template, request

from suyuan.web.app import openapi
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SCHEMAS, Routes, text
from suyuan.web.context import site

routes = Routes("reference", tag="Beginning", prefix="", limit=READING)
Json = Mapping[str, Any]
_PROBLEM = "Problem"
_HTML = "text/html"
_PATHS = {"docs": "/docs", "openapi": openapi.PATH, "trust": "/api/v1/trust",
          "session": "/api/v1/session", "links": "/api/v1/links",
          "feed": "/api/v1/me/feed", "checkpoint": "/log/checkpoint"}  # fmt: skip
_MEMBERS = ("name", "ledger", "version", *_PATHS)
_INDEX: Json = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": [*_MEMBERS],
            "properties": {name: {"type": "string"} for name in _MEMBERS},
        }
    }
}
_PROGRAM = Path(__file__).parents[1] / "templates" / "reference" / "program.txt"


@dataclass(frozen=True, slots=True)
class Group:
    """The operations under one tag: method, path, and what the OpenAPI document says of each."""

    name: str
    description: str
    operations: tuple[tuple[str, str, Json], ...]

    @property
    def slug(self) -> str:
        """Its name in the path of its page."""
        return re.sub("[^a-z]+", "-", self.name.lower()).strip("-")


@routes.get("/docs", ANYBODY, documented=False)
def docs() -> Response:
    """What there is for programs: how to begin, and all operations, a line each."""
    program = _PROGRAM.read_text("utf-8")
    return Response(render_template("reference/docs.html", groups=_groups(), program=program))


@routes.get("/api/v1/", ANYBODY, content={200: {**_INDEX, **text(_HTML)}})
def index() -> Response:
    """Where things are, for programs; for people the page of the API."""
    if request.accept_mimetypes.best_match(["application/json", _HTML]) == _HTML:
        response = docs()
    else:
        urls = {name: site().base_url + path for name, path in _PATHS.items()}
        body = {"name": "Suyuan", "ledger": site().ledger.trust.origin, "version": "1", **urls}
        response = Response(orjson.dumps(body), content_type="application/json")
    response.vary.add("Accept")
    return response


@routes.get("/docs/<slug>", ANYBODY, documented=False)
def group(slug: str) -> Response:
    """The operations of one part of the API, with all that they take and answer."""
    known = next((one for one in _groups() if one.slug == slug), None)
    if known is None:
        raise ProblemError(404, "the API has no such part: /docs lists them")
    schemas = openapi.document(current_app)["components"]["schemas"]
    names = dict.fromkeys(name for *_, spec in known.operations for name in _names(spec, schemas))
    forms = {name: schemas[name] for name in sorted(names)}
    page = render_template("reference/docs_group.html", group=known, forms=forms, pretty=_pretty)
    return Response(page)


def _groups() -> list[Group]:
    document = openapi.document(current_app)
    by_tag: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            by_tag.setdefault(spec["tags"][0], []).append((method.upper(), path, spec))
    return [
        Group(tag["name"], tag["description"], tuple(by_tag.get(tag["name"], ())))
        for tag in document["tags"]
    ]


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _names(part: object, schemas: Json, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of the forms that a part of the document leads to, each form's own included."""
    for name in _references(part):
        if name not in known and name != _PROBLEM:
            known |= {name}
            yield name
            yield from _names(schemas[name], schemas, known)


def _references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if "$ref" in part:
            yield str(part["$ref"]).removeprefix(SCHEMAS)
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
