"""Shared by browser tests of signing: a world served in this process, and its pages."""

import re
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from suyuan import web
from suyuan.keys import canonical, dsse
from suyuan.web.api.office.session import SIGN_IN_TYPE
from suyuan.web.app import scripts
from suyuan.web.factory import create_app

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
MODULES = Path(web.__file__).parent / "static" / "js"


@contextmanager
def serving(world, monkeypatch):
    """The URL of a world's pages, served on this machine as long as this lasts."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://localhost:{server.server_port}"
    monkeypatch.setenv("SUYUAN_BASE_URL", url)
    server.app = _whole(create_app(world.home, ledger=world.ledger))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _whole(app):
    """The app, its answers read and closed before they are sent, as the product's server does.

    Werkzeug's leaves a file open whose client went away in the middle.
    """

    def answer(environ, start_response):
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


@contextmanager
def modules(browser):
    """A page of a secure origin that can import the modules, without any server."""
    context = browser.new_context()

    def answer(route):
        name = urlsplit(route.request.url).path.removeprefix("/")
        if name in scripts.modules():
            route.fulfill(body=scripts.modules()[name], content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto("http://localhost/")
    yield page
    context.close()


# A browser that has no keys of the kind Ed25519.
NO_ED25519 = """
  const make = crypto.subtle.generateKey.bind(crypto.subtle);
  crypto.subtle.generateKey = (how, ...rest) => how.name === "Ed25519"
    ? Promise.reject(new DOMException("no such algorithm", "NotSupportedError"))
    : make(how, ...rest);"""


def until(page, condition):
    """Wait until a condition holds in a page; `wait_for_function` takes a promise for true."""
    end = time.monotonic() + 120
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


ORIGIN_HEADERS = {"Origin": "http://localhost", "Accept-Language": "en"}
CHINESE_HEADERS = {**ORIGIN_HEADERS, "Accept-Language": "zh"}


def signed_in(client, signer, **changed):
    """Sign a challenge with a key, parts of it changed; the answer."""
    challenge = client.post("/api/v1/session/challenge", headers=ORIGIN_HEADERS)
    payload = canonical.dumps({**challenge.json, **changed})
    return offered(client, dsse.seal(signer, SIGN_IN_TYPE, payload))


def offered(client, envelope):
    """Offer an envelope as the answer to a challenge."""
    body = {"envelope": envelope.encode().decode()}
    return client.post("/api/v1/session", json=body, headers=ORIGIN_HEADERS)


def form_token(client, path):
    """The token of the forms of a page."""
    text = client.get(path, headers={"Accept-Language": "en"}).text
    return re.search(r'name="csrf_token" value="([^"]+)"', text)[1]


def post(client, path, **body):
    """Post a body to the API from a page of the site."""
    return client.post(f"/api/v1/{path}", json=body, headers=ORIGIN_HEADERS)


def acting_for(client, giver):
    """Choose the party that the client records for; the answer."""
    data = {"csrf_token": form_token(client, "/me"), "party": giver}
    return client.post("/me/for", data=data, headers=ORIGIN_HEADERS)
