"""The front-end under granian, over a ledger whose log key the benchmark knows.

Besides the API a view that reads the same body and verifies one signature, to compare with.
"""

import os
import sys
from pathlib import Path

from flask import request

from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.link import PAYLOAD_TYPE
from suyuan.trace.ledger.ledger import Ledger
from suyuan.web.factory import create_app
from suyuan.web.server.serving import intake, server_of
from suyuan.web.server.whole import Rsgi


def app_of_process() -> Rsgi:
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

    return intake(app)


def main() -> None:
    server_of(
        "bench.server:app_of_process", "127.0.0.1", int(sys.argv[1]), int(sys.argv[2])
    ).serve()


if __name__ == "__main__":
    main()
