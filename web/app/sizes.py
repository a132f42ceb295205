"""Large print (长者模式) and the unit of weights: asked for in the URL, each kept in a cookie."""

from urllib.parse import urlencode

from flask import Flask, Response, request

from suyuan.web.text import units

COOKIE = "print"
LARGE, USUAL = "large", "usual"
_YEAR = 31_536_000
_VALUES = {COOKIE: (USUAL, LARGE), units.COOKIE: tuple(units.PREFERRED)}  # the default first


def install(app: Flask) -> None:
    """Set up what templates need, and keep the choice where it is made."""
    app.after_request(_keep)
    app.jinja_env.globals.update(is_large=is_large, other_size=other_size)


def is_large() -> bool:
    """Whether the present page is in large print."""
    return (_chosen() or request.cookies.get(COOKIE)) == LARGE


def other_size() -> str:
    """The URL of this page in the other size."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != COOKIE]
    return f"?{urlencode([*others, (COOKIE, USUAL if is_large() else LARGE)])}"


def _chosen(name: str = COOKIE) -> str | None:
    value = request.args.get(name)
    return value if value in _VALUES[name] else None


def _keep(response: Response) -> Response:
    if response.mimetype != "text/html":
        return response
    response.vary.add("Cookie")
    for name, values in _VALUES.items():
        chosen = _chosen(name)
        if chosen is not None and chosen != values[0]:
            response.set_cookie(name, chosen, max_age=_YEAR, httponly=True, samesite="Lax")
        elif chosen is not None and name in request.cookies:
            response.delete_cookie(name, httponly=True, samesite="Lax")
    return response
