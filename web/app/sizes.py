"""Large print (长者模式): asked for in the URL, remembered in a cookie that says nothing else."""

from urllib.parse import urlencode

from flask import Flask, Response, request

COOKIE = "print"
LARGE, USUAL = "large", "usual"
_YEAR = 31_536_000


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


def _chosen() -> str | None:
    size = request.args.get(COOKIE)
    return size if size in (LARGE, USUAL) else None


def _keep(response: Response) -> Response:
    size = _chosen()
    if response.mimetype != "text/html":
        return response
    response.vary.add("Cookie")
    if size == LARGE:
        response.set_cookie(COOKIE, LARGE, max_age=_YEAR, httponly=True, samesite="Lax")
    elif size == USUAL and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response
