"""The front-end under granian, over a ledger whose log key the benchmark knows.

Besides the API a view that reads the same body and verifies one signature, to compare with.
"""

import os
import sys
from pathlib import Path

from apiflask import APIFlask
from flask import request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from suyuan.keys.signer import LocalSigner
from suyuan.trace.ledger import Ledger
from suyuan.trace.link import PAYLOAD_TYPE
from suyuan.web.app import create_app
from suyuan.web.serving import THREADS


def app_of_process() -> APIFlask:
    home = Path(os.environ["BENCH_HOME"])
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32))
    app = create_app(home, ledger=ledger)
    from suyuan.keys import dsse

    key = LocalSigner.from_seed(bytes.fromhex(os.environ["BENCH_SEED"])).public

    @app.post("/bench/verify")
    def verify() -> str:
        envelope = dsse.decode(request.stream.read(), PAYLOAD_TYPE)
        assert key.verify(dsse.pae(PAYLOAD_TYPE, envelope.payload), envelope.signature)
        return "ok"

    return app


def main() -> None:
    Granian(
        "bench.server:app_of_process",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=int(sys.argv[2]),
        blocking_threads=int(os.environ.get("BENCH_THREADS", THREADS)),
        backpressure=THREADS * 4,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
