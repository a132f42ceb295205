"""The witness over HTTP: two routes of C2SP tlog-witness v1.1.0, and nothing else.

Served by granian, one process with several threads.
"""

import logging
import os
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from suyuan.keys.errors import KeyFileError
from suyuan.keys.settings import passphrase
from suyuan.trace.cli.terminal import say
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.log.tlog_witness import MAX_BODY
from suyuan.trace.watch.witness.auditing_witness import Auditor
from suyuan.trace.watch.witness.folder import KEY, Folder
from suyuan.trace.watch.witness.witness import TEXT, Answer, Audit, Witness
from suyuan.web.app import headers

from .logs import configure
from .rsgi import Rsgi
from .serving import require_free, server_of, shown
from .whole import Limits, whole

FOLDER = "SUYUAN_WITNESS_FOLDER"
THREADS = 16
_KEY = "suyuan.witness"
_log = logging.getLogger("suyuan.witness")

blueprint = Blueprint("witness", __name__)


def serve(path: Path, host: str, port: int) -> None:
    """Serve the witness in a folder until interrupted.

    Raises CannotDecide where there is no witness, its key does not open or a log cannot be audited;
    LedgerError where its files are damaged or the address cannot be listened on. The passphrase is
    asked for once.
    """
    folder = Folder.open(path)
    try:
        secret = passphrase(str(path / KEY))
        signer = folder.signer(secret)
    except KeyFileError as error:
        raise CannotDecide(error) from None
    folder.open_witness(signer, audit_of(folder))
    require_free(host, port)
    os.environ[FOLDER] = str(path.absolute())
    os.environ.pop("SUYUAN_KEY_PASSPHRASE_FILE", None)
    os.environ["SUYUAN_KEY_PASSPHRASE"] = os.fsdecode(secret)
    target = "suyuan.web.server.witness_serving:app_of_process"
    server = server_of(target, host, port, 1, connections=THREADS * 16)
    server.on_startup(lambda: say("%s witnesses on %s", folder.key.name, shown(host, port)))
    server.serve()


def app_of_process() -> Rsgi:
    """The app of granian's process."""
    os.setpgrp()
    configure()
    folder = Folder.open(Path(os.environ[FOLDER]))
    witness = folder.open_witness(folder.signer(passphrase(KEY)), audit_of(folder))
    app = create_app(witness, folder.path / "instance")
    limits = Limits(MAX_BODY + 1, grace=10.0, seconds=10.0, threads=THREADS)
    return whole(app.wsgi_app, limits)


def audit_of(folder: Folder) -> Audit | None:
    """How those logs are audited that are to be; None where none is."""
    logs = folder.logs()
    if all(log.audit is None for log in logs.values()):
        return None
    return Auditor(folder.path, logs)


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
    app.register_error_handler(OSError, lambda _: _http(ClientDisconnected()))
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
    witness = current_app.extensions[_KEY]
    assert isinstance(witness, Witness)
    return witness


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers["Cache-Control"] = "no-store"
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    response = _response(Answer(status, TEXT, f"{error.name}\n".encode()))
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _unforeseen(error: Exception) -> Response:
    _log.error("a request failed as it should not", exc_info=error)
    return _response(Answer(500, TEXT, b"Internal Server Error\n"))
