"""GET /api/v1/proofs: a link's place in the log, under the newest checkpoint that is published."""

from apiflask import APIBlueprint
from flask import Response

from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.errors import StoreError

from .context import site
from .limiting import READING, limited
from .problems import ProblemError

blueprint = APIBlueprint("proofs", __name__, url_prefix="/api/v1", tag="Log")
_HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}


@blueprint.get("/proofs/<int:index>")
@limited("reading", READING)
def proof(index: int) -> Response:
    """A link's inclusion proof, a tlog-proof@v1, under the checkpoint that /log/checkpoint gives.

    Where the ledger has witnesses it is a cosigned one: what a receipt has not yet.
    """
    with site().ledger.reading() as reader:
        size, newest = reader.size(), reader.published()
        if index >= size:
            raise ProblemError(404, f"the ledger holds {size} links")
        if newest is None or index >= newest.size:
            raise ProblemError(404, f"link {index} is logged, and not yet witnessed: ask again")
        try:
            steps = proofs.inclusion(index, newest.size, reader.hashes())
        except LogError as error:
            raise StoreError(f"the log cannot be read: {error}") from error
    text = tlog_proof.encode(index, steps, newest.note)
    return Response(text, 200, _HEADERS, content_type="text/plain; charset=utf-8")
