"""The start page: what this is, and a box to type a code."""

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from . import targets
from .context import site
from .languages import keep_language
from .limiting import READING, limited

blueprint = Blueprint("start", __name__)
LONGEST = 2_000


@blueprint.get("/")
def start() -> Response:
    """What this is, and a box to type a code."""
    with site().ledger.reading() as reader:
        size = reader.size()
    response = Response(render_template("start.html", size=size))
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/find")
@limited("reading", READING)
def find() -> Redirect:
    """The page of what was typed or pasted into the box."""
    typed = request.args.get("code", "").strip()[:LONGEST]
    path = targets.typed_path(typed) if typed else "/"
    return redirect(keep_language(path), 303)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Codes are for those who hold the food, not for search engines."""
    text = "User-agent: *\nAllow: /$\nDisallow: /\n"
    return Response(text, content_type="text/plain; charset=utf-8")
