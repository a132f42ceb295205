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
    return (_asked() or request.cookies.get(COOKIE)) == LARGE


def other_size() -> str:
    """The URL of this page in the other size."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != COOKIE]
    return f"?{urlencode([*others, (COOKIE, USUAL if is_large() else LARGE)])}"


def _asked() -> str | None:
    asked = request.args.get(COOKIE)
    return asked if asked in (LARGE, USUAL) else None


def _keep(response: Response) -> Response:
    asked = _asked()
    if response.mimetype != "text/html":
        return response
    response.vary.add("Cookie")
    if asked == LARGE:
        response.set_cookie(COOKIE, LARGE, max_age=_YEAR, httponly=True, samesite="Lax")
    elif asked == USUAL and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response
