"""The pages' own scripts: static modules, under a name that is the hash of all of them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort

blueprint = Blueprint("scripts", __name__)
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FOLDER = Path(__file__).parent / "static" / "js"


def install(app: Flask) -> None:
    """Give templates `script_url`."""
    app.jinja_env.globals["script_url"] = script_url


def script_url(name: str) -> str:
    """The URL of a module; what it imports stands beside it, so it changes with all of them."""
    return f"/js/{release()}/{name}"


@blueprint.get("/js/<digest>/<name>")
def script(digest: str, name: str) -> Response:
    """A module, to be kept for a year; there is none but those of this release."""
    source = _modules().get(name)
    if digest != release() or source is None:
        abort(404)
    response = Response(source, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def with_scripts(response: Response) -> Response:
    """Let a page run this site's own modules, and nothing else."""
    response.headers["Content-Security-Policy"] = POLICY
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@lru_cache(maxsize=1)
def release() -> str:
    """The first 16 hex digits of SHA-256 over `<name> <SHA-256>` lines of all modules, by name."""
    lines = [
        f"{name} {hashlib.sha256(source).hexdigest()}\n" for name, source in _modules().items()
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _modules() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(_FOLDER.glob("*.js"))}
