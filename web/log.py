"""The log as witnesses and verifiers read it: its newest checkpoint."""

from flask import Blueprint, Response

from .context import site
from .problems import ProblemError

blueprint = Blueprint("log", __name__)


@blueprint.get("/log/checkpoint")
def checkpoint() -> Response:
    """The newest checkpoint, a C2SP signed note."""
    with site().ledger.reading() as reader:
        found = reader.checkpoint()
    if found is None:
        raise ProblemError(404, "the ledger holds no link yet, so there is no checkpoint")
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(found.note, 200, headers, content_type="text/plain; charset=utf-8")
