"""The front-end under granian, over a ledger whose log key the benchmarks know; what it is beside.

In the same processes: a bare Flask that says hello, and a view that reads a link as the API does
and verifies its one signature. Who asks for "x-reread" has every stored byte read again, also where
nothing has changed; never both kinds at once. The pages of BENCH_PATHS are made before it serves.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask, request

from suyuan.keys import dsse
from suyuan.keys.signer import LocalSigner
from suyuan.keys.verification import reference
from suyuan.trace.format.link import PAYLOAD_TYPE
from suyuan.trace.ledger.ledger import Ledger
from suyuan.web.factory import create_app
from suyuan.web.server.rsgi import Rsgi
from suyuan.web.server.serving import intake, server_of

HEADERS = {"Accept-Language": "zh-CN", "Accept-Encoding": "gzip"}


def hello() -> Flask:
    app = Flask("hello")

    @app.get("/hello")
    def say() -> str:
        return "hello"

    return app


def app_of_process() -> Rsgi:
    home = Path(os.environ["BENCH_HOME"])
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32))
    pages, bare = create_app(home, ledger=ledger), hello()
    if spki := os.environ.get("BENCH_KEY"):
        key = bytes.fromhex(spki)[-32:]

        @pages.post("/bench/verify")
        def verify() -> str:
            envelope = dsse.decode(request.stream.read(), PAYLOAD_TYPE)
            message = dsse.pae(PAYLOAD_TYPE, envelope.payload)
            assert reference(key, message, envelope.signature)
            return "ok"

    if paths := os.environ.get("BENCH_PATHS"):
        compared(pages, bare, Path(paths).read_text().split())
    return intake(pages)


def compared(pages: Flask, bare: Flask, paths: list[str]) -> None:
    """Make the pages, and have what is asked for answered by one or the other app."""
    cache, client, made = pages.extensions.get("suyuan.pages"), pages.test_client(), pages.wsgi_app

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        app = bare.wsgi_app if environ["PATH_INFO"] == "/hello" else made
        return app(environ, start_response)

    if cache is not None:
        for path in paths:
            assert client.get(path, headers=HEADERS).status_code == 200
        print(
            f"  kept {len(cache.pages):,} pages in {cache.pages.currsize / 1e6:.1f} MB", flush=True
        )
        at_once = cache.at_once

        def choose_at_once(environ: dict[str, Any], start: Any) -> Iterable[bytes] | None:
            cache.again.skips = "HTTP_X_REREAD" not in environ
            return at_once(environ, start)

        cache.at_once = choose_at_once
    pages.wsgi_app = choose


if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    server_of("bench.server:app_of_process", "127.0.0.1", port, workers).serve()
