"""The pages' own scripts: static modules, under a name that is the hash of all of them."""

from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort

from suyuan.trace.scripts import digests
from suyuan.trace.statements import release_of

from .routes import ANYBODY, Routes

routes = Routes("scripts")
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WORKER = "service.js"
_STATIC = Path(__file__).parent / "static"


def install(app: Flask) -> None:
    """Give templates `script_url`."""
    app.jinja_env.globals["script_url"] = script_url


def script_url(name: str) -> str:
    """The URL of a module; what it imports stands beside it, so it changes with all of them."""
    return f"/js/{release()}/{name}"


def file_url(name: str) -> str:
    """Where a file of the release is served: a module, or the service worker."""
    return f"/{WORKER}" if name == WORKER else script_url(name)


@routes.get("/js/<digest>/<name>", ANYBODY)
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
    """The release that these scripts are (section 4 of docs/format.md)."""
    return release_of(files().items())


@lru_cache(maxsize=1)
def files() -> dict[str, str]:
    """All that pages run, the service worker too: SHA-256 by name, in the order of names."""
    return digests({**_modules(), WORKER: (_STATIC / WORKER).read_bytes()})


@lru_cache(maxsize=1)
def _modules() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((_STATIC / "js").glob("*.js"))}
