"""What this resolver of GS1 Digital Links can do: `/.well-known/gs1resolver`."""

import orjson
from flask import Blueprint, Response

from .context import site
from .linkset import CONTEXT, GS1, LANGUAGES

blueprint = Blueprint("resolver", __name__)


@blueprint.get("/.well-known/gs1resolver")
def description() -> Response:
    """The resolver description file of the GS1-Conformant resolver standard."""
    found = {
        "name": "Suyuan",
        "resolverRoot": site().base_url,
        "supportedPrimaryKeys": ["01", "00"],
        "supportedLinkType": [{"namespace": GS1, "prefix": "gs1:"}],
        "supportedContextValuesEnumerated": list(LANGUAGES),
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
    response = Response(orjson.dumps(found), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
