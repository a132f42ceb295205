"""Evidence files as the front-end gives them: what a scan may see, with its proofs."""

from flask import Response, request

from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import EvidenceError
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import Content
from suyuan.web.app.targets import Target
from suyuan.web.context import Site
from suyuan.web.text.filters import bare_code

_PROOF = {"type": "array", "maxItems": 64, "items": {"type": "string", "format": "byte"}}
_ENTRY = {
    "type": "object",
    "required": ["index", "entry", "proof"],
    "properties": {
        "index": {"type": "integer", "minimum": 0},
        "entry": {"type": "string", "description": "The signed envelope"},
        "proof": _PROOF,
    },
    "additionalProperties": False,
}
_SCOPE = {
    "type": "object",
    "description": "That the list of a hold or a recall names an item",
    "required": ["index", "item", "position", "proof"],
    "properties": {
        "index": {"type": "integer", "minimum": 0, "description": "The statement's"},
        "item": {"type": "string"},
        "position": {"type": "integer", "minimum": 0, "description": "Its line, from 0"},
        "proof": _PROOF,
    },
    "additionalProperties": False,
}
_FILE = {
    "type": "object",
    "required": ["v", "item", "checkpoint", "entries"],
    "properties": {
        "v": {"const": 1},
        "item": {"type": "string", "description": "The item's URI"},
        "checkpoint": {"type": "string", "description": "A signed note, cosigned or not yet"},
        "entries": {"type": "array", "minItems": 1, "items": _ENTRY},
        "attachments": {"type": "object", "additionalProperties": {"type": "string"}},
        "disclosures": {"type": "array", "items": {"type": "string"}},
        "scopes": {"type": "array", "minItems": 1, "items": _SCOPE},
    },
    "additionalProperties": False,
}
CONTENT: Content = {bundle.MEDIA_TYPE: {"schema": _FILE}}
ANSWERS = {
    200: "An evidence file, in its RFC 8785 form: `suyuan verify FILE` checks it anywhere",
    409: "The history is broken",
    422: "A value is not as it should be, or the history is too long",
}


def answer(reader: Reader, site: Site, target: Target) -> Response:
    """The evidence file of a target: the path to its holder, or what is common to all holders.

    Raises ProblemError, 409 where the history is broken, so that nothing can be proved by it, and
    422 where it is too long for one file, 503 where the list of a hold or a recall is lost.
    """
    if target.is_index_wrong:
        raise ProblemError(409, "the index of codes names an item that this code is not of")
    history = target.history(reader, site.genesis)
    try:
        data = closure.bundle(reader, history, site.ledger.attachments.get).encode()
    except Tampered as error:
        raise ProblemError(409, error) from None
    except CannotDecide as error:
        raise ProblemError(503, error) from None
    except (LedgerError, EvidenceError) as error:
        raise ProblemError(422, error) from None
    response = Response(data, content_type=bundle.MEDIA_TYPE)
    # A code of 16 safe characters: never what was typed.
    name = f"{bare_code(target.item, target.actor)}{bundle.SUFFIX}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response
