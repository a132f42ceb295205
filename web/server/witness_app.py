"""The witness over HTTP: two routes of C2SP tlog-witness v1.1.0, and nothing else."""

import logging
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from suyuan.trace.log.tlog_witness import MAX_BODY
from suyuan.trace.watch.witness.witness import TEXT, Answer, Witness
from suyuan.web.app import headers

_KEY = "suyuan.witness"
_log = logging.getLogger("suyuan.witness")

blueprint = Blueprint("witness", __name__)


def create_app(witness: Witness, instance: Path) -> Flask:
    """The front-end of a witness; `instance` is a folder that Flask may know as its own."""
    app = Flask(
        "suyuan.web.witness",
        static_folder=None,
        root_path=str(Path(__file__).parents[1]),
        instance_path=str(instance.absolute()),
    )
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.extensions[_KEY] = witness
    app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OSError, _cut)
    app.register_error_handler(Exception, _unforeseen)
    app.after_request(headers.harden)
    return app


@blueprint.post("/add-checkpoint")
def add_checkpoint() -> Response:
    """Ask for a cosignature."""
    return _response(_witness().add_checkpoint(request.get_data(cache=False)))


@blueprint.get("/<digest>/checkpoint")
@blueprint.get("/checkpoint/<digest>")
def checkpoint(digest: str) -> Response:
    """The latest checkpoint cosigned, by the hex SHA-256 of the log's origin."""
    return _response(_witness().latest(digest))


def _witness() -> Witness:
    found = current_app.extensions[_KEY]
    assert isinstance(found, Witness)
    return found


def _response(answer: Answer) -> Response:
    found = Response(answer.body, answer.status, content_type=answer.content_type)
    found.headers["Cache-Control"] = "no-store"
    if answer.retry_after is not None:
        found.headers["Retry-After"] = str(answer.retry_after)
    return found


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    found = _response(Answer(status, TEXT, f"{error.name}\n".encode()))
    if status == 405 and getattr(error, "valid_methods", None):
        found.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return found


def _cut(error: OSError) -> Response:
    return _http(ClientDisconnected())


def _unforeseen(error: Exception) -> Response:
    _log.error("a request failed as it should not", exc_info=error)
    return _response(Answer(500, TEXT, b"Internal Server Error\n"))
