"""The linkset of what a code names (RFC 9264), in the form of GS1-Conformant Resolvers."""

from typing import Any

import orjson
from flask import Response, request

from suyuan.trace.format.identifiers import codes, gs1
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.targets import Target
from suyuan.web.cache.cache_key import LINKSET, form
from suyuan.web.context import Site

GS1 = "https://ref.gs1.org/voc/"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
TYPES = ("defaultLink", "pip", "traceability", "certificationInfo")
LANGUAGES = ("zh", "en")
_TITLES = {
    "zh": {"page": "追溯过程", "evidence": "证据文件", "history": "追溯过程（数据）"},
    "en": {"page": "Its history", "evidence": "Evidence file", "history": "Its history as data"},
}


def wanted() -> str | None:
    """The linkType that the present request asks for; None where it asks for no links."""
    asked = request.args.get("linkType")
    if asked is None and form(request.accept_mimetypes) == LINKSET:
        return "all"
    return asked


def answer(site: Site, target: Target, asked: str) -> Response:
    """The linkset of a target, or where one of its links leads; 404 for a type that it lacks."""
    path = f"{site.base_url}{target.path}"
    if asked in ("all", "linkset"):
        found = {"linkset": [_links(site, target, path)]}
        response = Response(orjson.dumps(found), content_type=LINKSET)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Link"] = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
        return response
    name = asked.removeprefix("gs1:").removeprefix(GS1)
    links = _links(site, target, path).get(f"{GS1}{name}") if name in TYPES else None
    if not links:
        raise ProblemError(404, f"there is no link of the type {asked[:60]}: see ?linkType=all")
    languages = [value[:2].lower() for value in request.accept_languages.values()]
    named = [one for one in links if one["type"] == "text/html"] or links
    best = [one for lang in languages for one in named if lang in one.get("hreflang", ())]
    response = Response(status=307)
    response.headers["Location"] = (best or named)[0]["href"]
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def header(target: Target) -> str:
    """What a page says of its linkset (RFC 8288)."""
    return f'<{target.path}?linkType=all>; rel="linkset"; type="{LINKSET}"'


def _links(site: Site, target: Target, path: str) -> dict[str, Any]:
    code = target.code
    if code is None:
        code = (
            codes.of_uri(target.item, site.host)
            if target.actor is None
            else codes.of_chain(target.item, target.actor)
        )
    api = f"{site.base_url}/api/v1/items/{code}"
    pages = [
        {"href": f"{path}?lang={lang}", "type": "text/html", "hreflang": [lang],
         "title": _TITLES[lang]["page"]}
        for lang in LANGUAGES
    ]  # fmt: skip
    history = {"href": api, "type": "application/json", "title": _TITLES["en"]["history"]}
    evidence = {
        "href": f"{api}/evidence",
        "type": "application/json",
        "title": _TITLES["en"]["evidence"],
    }
    return {
        "anchor": _anchor(target, path),
        "itemDescription": _TITLES["en"]["page"],
        f"{GS1}defaultLink": pages[:1],
        f"{GS1}pip": pages,
        f"{GS1}traceability": [*pages, history],
        f"{GS1}certificationInfo": [evidence],
    }


def _anchor(target: Target, path: str) -> str:
    """What the links are of: the item itself where GS1 names it, else its page here."""
    if target.actor is None and gs1.is_canonical(target.item):
        return target.item
    return path
