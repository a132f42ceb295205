"""/inspect/counter: an inspector at a counter, with a phone, also without a network."""

from datetime import timedelta
from typing import Any

from flask import Response

from suyuan.trace.format.times import zone
from suyuan.trace.inspection.counter import ALL, UNITS
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import words

from ..office.signin import page

routes = Routes("inspect_counter")
PATH = "/inspect/counter"


@routes.get(PATH, INSPECTOR)
def at_counter() -> Response:
    """The page: scan, see, photograph, sign."""
    response = page("inspector/inspect_counter.html", **_given())
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
