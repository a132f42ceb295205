"""/inspect/counter: an inspector at a counter, with a phone, also without a network."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.counter import ALL, UNITS
from suyuan.trace.times import zone

from . import inspecting, words
from .context import site
from .signin import page, to_signin

blueprint = APIBlueprint("inspect_counter", __name__, enable_openapi=False)
PATH = "/inspect/counter"


@blueprint.get(PATH)
def at_counter() -> Response | Redirect:
    """The page: scan, see, photograph, sign."""
    who = inspecting.current()
    if who is None:
        return to_signin(PATH)
    response = page("inspect_counter.html", who=who, **_given())
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response


def _given() -> dict[str, Any]:
    now = site().ledger.now().astimezone(zone())
    return {
        "outcomes": [(name, str(words.OUTCOME_WORDS[name])) for name in ALL],
        "units": [(name, str(words.unit(name))) for name in UNITS],
        "now": int(now.timestamp() * 1000),
        "offset": int((now.utcoffset() or timedelta()).total_seconds()) // 60,
    }
