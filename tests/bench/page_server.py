"""The front-end under granian, and in the same processes a bare Flask that says hello.

Who asks for "x-reread" has every stored byte read again, also where nothing has changed; never both
kinds at once. Each process makes all pages of BENCH_PATHS before it serves.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from suyuan.keys.signer import LocalSigner
from suyuan.trace.ledger.ledger import Ledger
from suyuan.web.factory import create_app
from suyuan.web.server.serving import intake, server_of
from suyuan.web.server.whole import Rsgi

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
    pages = create_app(home, ledger=ledger)
    cache = pages.extensions.get("suyuan.pages")
    if cache is not None:
        client = pages.test_client()
        for path in Path(os.environ["BENCH_PATHS"]).read_text().split():
            assert client.get(path, headers=HEADERS).status_code == 200
        print(f"  kept {len(cache.shelf):,} pages in {cache.shelf.size / 1e6:.1f} MB", flush=True)
    bare = hello()

    made, at_once = pages.wsgi_app, None if cache is None else cache.at_once

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/hello":
            return bare.wsgi_app(environ, start_response)
        return made(environ, start_response)

    def choose_at_once(environ: dict[str, Any], start_response: Any) -> Iterable[bytes] | None:
        cache.again.skips = "HTTP_X_REREAD" not in environ
        return at_once(environ, start_response)

    pages.wsgi_app = choose
    if cache is not None:
        cache.at_once = choose_at_once
    return intake(pages)


def main() -> None:
    server_of(
        "bench.page_server:app_of_process", "127.0.0.1", int(sys.argv[1]), int(sys.argv[2])
    ).serve()


if __name__ == "__main__":
    main()
