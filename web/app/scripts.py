"""The pages' own scripts: static modules, under a name that is the hash of all; what they say."""

import json
import re
from functools import lru_cache
from pathlib import Path
from posixpath import normpath

from flask import Flask, Response, abort

from suyuan.trace.format.statements import release_of
from suyuan.trace.format.vocabulary import for_scripts
from suyuan.trace.watch.script_releases import digests
from suyuan.web.text.texts import gettext, language

from .routes import ANYBODY, Routes

routes = Routes("scripts")
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WORKER = "service.js"
_VOCABULARY = "vocabulary.js"
_TEXT = re.compile(r'\b_\(("(?:[^"\\]|\\.)*")')
_IMPORT = re.compile(r'\b(?:from|import) "(\.[\w/.-]+\.js)";$', re.MULTILINE)
_STATIC = Path(__file__).parents[1] / "static"


def install(app: Flask) -> None:
    """Give templates `script_url` and `script_texts`."""
    app.jinja_env.globals.update(script_url=script_url, script_texts=script_texts)


def script_url(path: str, of_release: str | None = None) -> str:
    """The URL of a module; as what it imports, it changes with any module of the release."""
    return f"/js/{of_release or release()}/{path}"


def script_texts(path: str) -> dict[str, str]:
    """The texts of a module and of those that it imports, by their English, in the page's language;
    none in English, which scripts have themselves.
    """
    return {} if language() == "en" else {text: gettext(text) for text in named(path)}


@lru_cache(maxsize=64)
def named(path: str) -> tuple[str, ...]:
    """The English of each text that a module or one that it imports names."""
    sources, waiting, texts = modules(), [path], dict[str, None]()
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        source = sources[module].decode()
        texts |= dict.fromkeys(json.loads(text) for text in _TEXT.findall(source))
        waiting += [normpath(f"{module}/../{other}") for other in _IMPORT.findall(source)]
    return tuple(sorted(texts))


def file_url(name: str, of_release: str | None = None) -> str:
    """The URL of a file of a release, by its name in `files`: that says the whole path."""
    path = name.replace(".", "/", name.count(".") - 1)
    return f"/{WORKER}" if name == WORKER else script_url(path, of_release)


@routes.get("/js/<digest>/<path:name>", ANYBODY)
def script(digest: str, name: str) -> Response:
    """A module of this release, to be cached for a year; 404 for any other."""
    source = modules().get(name)
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
    """All that pages run, the service worker too: SHA-256 by name, in the order of names.

    A module's name is its path with dots for slashes, which a signed name has none of.
    """
    named_files = {path.replace("/", "."): source for path, source in modules().items()}
    return digests({**named_files, WORKER: (_STATIC / WORKER).read_bytes()})


@lru_cache(maxsize=1)
def modules() -> dict[str, bytes]:
    """The modules of pages, by their path below `static/js`; that of the vocabulary filled in."""
    folder = _STATIC / "js"
    paths = sorted(folder.rglob("*.js"))
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    data = json.dumps(for_scripts()).encode()
    return sources | {_VOCABULARY: sources[_VOCABULARY].replace(b"{}", data, 1)}
