"""/scan: for those who hold a code and no app that scans it: camera, photo, or typing."""

import re

from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.identifiers import gs1
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.recording import pictures
from suyuan.trace.recording.pictures import PictureError
from suyuan.web.app import targets, uploads
from suyuan.web.app.limits import Limit
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import gettext as _

from ..start import LONGEST

routes = Routes("scan")
MOST = Limit("scan", "30/minute")


@routes.get("/scan", ANYBODY)
def ask() -> Response:
    """The ways to read a code."""
    return _page()


@routes.post("/scan", ANYBODY, limit=MOST, from_anywhere=True)
def take() -> Response | Redirect:
    """On to the page of the code in a photo; back where there is none in it."""
    data = uploads.photo()
    if data is None:
        return _page(_("Choose or take a photo of the code first."))
    try:
        found = pictures.codes(data)
    except PictureError:
        return _page(
            _("The photo must be a JPEG, PNG or WebP of at most 7 MB and 12 million pixels.")
        )
    if not found:
        return _page(
            _("No code was found in the photo. Go closer, hold still, and mind shadows and glare.")
        )
    return redirect(keep_language(path_of(found[0])), 303)


def path_of(text: str) -> str:
    """The page of a code's text, never of another site: a bare GTIN's is the product's."""
    text = text.strip()[:LONGEST]
    if re.fullmatch("[0-9]{8}|[0-9]{12,14}", text, re.ASCII):
        try:
            return f"/01/{gs1.gtin14(text)}"
        except IdentifierError:
            pass
    return targets.typed_path(text)


def _page(wrong: str | None = None) -> Response:
    status = 200 if wrong is None else 422
    text = render_template("scan.html", wrong=wrong)
    response = with_scripts(Response(text, status))
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    response.vary.add("Accept-Language")
    return response
