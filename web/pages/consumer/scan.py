"""/scan: for those who hold a code and no app that scans it: camera, photo, or typing."""

from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.recording import pictures
from suyuan.trace.recording.pictures import PictureError
from suyuan.web.app import targets, uploads
from suyuan.web.app.limits import SCANNING
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.text.languages import keep_language
from suyuan.web.text.texts import gettext as _

routes = Routes("scan")


@routes.get("/scan", ANYBODY)
def ask() -> Response:
    """The ways to read a code."""
    return _page()


@routes.post("/scan", ANYBODY, limit=SCANNING, from_anywhere=True)
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
    return redirect(keep_language(targets.code_path(found[0])), 303)


def _page(wrong: str | None = None) -> Response:
    status = 200 if wrong is None else 422
    text = render_template("consumer/scan.html", wrong=wrong)
    response = with_scripts(Response(text, status))
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response
