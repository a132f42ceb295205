"""The service worker by which the last pages seen open without a network."""

from pathlib import Path

from flask import Blueprint, Response

from .scripts import with_scripts

blueprint = Blueprint("offline", __name__)
_SOURCE = Path(__file__).parent / "static" / "service.js"


@blueprint.get("/service.js")
def service() -> Response:
    """The worker: at the root, since it may answer only for what lies below it."""
    response = Response(_SOURCE.read_bytes(), content_type="text/javascript; charset=utf-8")
    return with_scripts(response)  # what it fetches is held to the policy of its own answer
