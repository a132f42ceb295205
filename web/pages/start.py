"""The start page, and what programs ask of a site first: robots, service worker, resolver."""

from pathlib import Path

import orjson
from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets
from suyuan.web.app.access import session
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ANYBODY, VIEWER, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.app.targets import NotOurs
from suyuan.web.context import site
from suyuan.web.text.languages import keep_language

from .consumer.consumer import CONTEXT, GS1, LANGUAGES, not_ours

routes = Routes("start")
offline = Routes("offline")
resolver = Routes("resolver")
_WORKER = Path(__file__).parents[1] / "static" / "service.js"


@routes.get("/", ANYBODY)
def start(reader: Reader) -> Response:
    """What this is, and a box to type a code."""
    return Response(render_template("start.html", size=reader.size()))


@routes.get("/find", VIEWER, limit=READING)
def find() -> Response | Redirect:
    """The page of what was typed, pasted or scanned; of another system's code that it is that.

    A part of a code, or a number, is looked for among what who is signed in may see; a stranger
    learns nothing by it.
    """
    typed, user = request.args.get("code", "").strip()[: targets.LONGEST], session.current()
    if user is not None and typed and not targets.is_whole(typed):
        is_inspector = set(user.party.roles).intersection(roles_of("inspects"))
        path = "/inspect/search" if is_inspector else "/me/find"
        return redirect(keep_language(path, q=typed), 303)
    found = targets.own_path(typed) if typed else "/"
    if found is None:
        return not_ours(NotOurs(typed, foreign=targets.foreign(typed)))
    return redirect(keep_language(found), 303)


@routes.get("/robots.txt", ANYBODY)
def robots() -> Response:
    """Codes are for those who hold the food, not for search engines."""
    text = "User-agent: *\nAllow: /$\nDisallow: /\n"
    return Response(text, content_type="text/plain; charset=utf-8")


@offline.get("/service.js", ANYBODY)
def service() -> Response:
    """The worker by which the last pages seen open without a network.

    It is at the root, since it may answer only for what lies below it.
    """
    response = Response(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    return with_scripts(response)  # what it fetches is held to the policy of its own answer


@offline.get("/offline", ANYBODY)
def offline_page() -> Response:
    """What the worker shows without a network for a page that is not on the device."""
    return with_scripts(Response(render_template("offline.html")))


@resolver.get("/.well-known/gs1resolver", ANYBODY)
def description() -> Response:
    """The resolver description file of the GS1-Conformant resolver standard."""
    resolver_file = {
        "name": "Suyuan",
        "resolverRoot": site().base_url,
        "supportedPrimaryKeys": ["01", "00"],
        "supportedLinkType": [{"namespace": GS1, "prefix": "gs1:"}],
        "supportedContextValuesEnumerated": list(LANGUAGES),
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
    response = Response(orjson.dumps(resolver_file), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
