"""Other people's clients verify a ledger of many links that the real server serves.

With SUYUAN_LONG=1 of 70,000, whose tiles stand on three levels. The short ledger of every day has
full and partial tiles and bundles on its lowest level and a partial one above it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from conformance.others_ledger import grown
from conformance.others_programs import python_with, run
from support.ledger.lengths import length
from support.ledger.world import free_port, is_ci
from support.web.client import change

from suyuan.keys import base64
from suyuan.trace.log import tiles
from suyuan.trace.log.tiles import Tile

pytestmark = pytest.mark.slow
SIZE = length(2_100, 70_000)
WHOLE = SIZE // 256 * 256  # the links in full tiles
PLACES = {0, 1, 255, 256, 257, 1_234, 12_345, 65_535, 65_536, WHOLE - 1, WHOLE, SIZE - 1}
LEAVES = sorted(place for place in PLACES if place < SIZE)
OTHERS = Path(__file__).parent / "others"
GO_PACKAGES = Path("/usr/share/gocode/src")
NEEDED = ("golang.org/x/mod/sumdb/tlog", "github.com/transparency-dev/merkle/proof")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The ledger behind `suyuan serve`, what its clients are told, and what they must find."""
    folder = tmp_path_factory.mktemp("large")
    ledger = grown(folder / "home", SIZE, array=SIZE // 70)
    with ledger.reading() as reader:
        notes = [one.note for one in reader.checkpoints()]
        root = base64.encode(reader.log_state().root)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "suyuan.web.server.cli", "serve", "--home", str(folder / "home"),
    ]  # fmt: skip
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"{url}/healthz", process)
        asked = {
            "url": f"{url}/log", "key": str(ledger.trust.log), "leaves": LEAVES,
            "earlier": [notes[0], *notes[1:-1:10], notes[-2], notes[-1]],
        }  # fmt: skip
        yield SimpleNamespace(asked=asked, root=root, ledger=ledger, url=url)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=120)
        ledger.close()
    assert "Traceback" not in (folder / "log.txt").read_text()


def wait_for(url, process):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")


@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    """The Go program, built from Debian's packages: quickly rather than to be quick."""
    if shutil.which("go") is None or not all((GO_PACKAGES / one).is_dir() for one in NEEDED):
        why = "no Go here, or not Debian's packages of x/mod and transparency-dev's merkle"
        (pytest.fail if is_ci() else pytest.skip)(why)
    program = tmp_path_factory.mktemp("go") / "tlog"
    settings = {
        "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "CGO_ENABLED": "0",
    }  # fmt: skip
    done = subprocess.run(
        ["go", "build", "-gcflags=all=-N -l", "-o", str(program), str(OTHERS / "tlog.go")],
        env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return program


def tiles_of(size):
    """How many tiles there are on each level, partial ones too."""
    while size:
        yield -(-size // 256)
        size //= 256


CLIENTS = {
    "aics": lambda request: [python_with("aics-tlog"), OTHERS / "aics.py"],
    "scales": lambda request: [python_with("tlog-scales"), OTHERS / "scales.py"],
    "go": lambda request: [request.getfixturevalue("go_program")],
}


@pytest.mark.parametrize("client", CLIENTS)
def test_all_of_it_verifies(served, client, request):
    found = run(CLIENTS[client](request), served.asked)
    assert isinstance(found, dict), found
    assert (found["size"], found["root"]) == (SIZE, served.root)
    assert found["inclusions"] == len(LEAVES)
    assert found["consistency"] == len(served.asked["earlier"]) >= 8
    bundles, *above = tiles_of(SIZE)
    assert found["tiles"] == bundles + sum(above)
    assert found.get("entries", SIZE) == SIZE and found.get("bundles", bundles) == bundles


@pytest.mark.parametrize("client", CLIENTS)
def test_a_checkpoint_of_another_history_does_not(served, client, request, tmp_path):
    """So that a client which says yes to everything is seen."""
    other = grown(tmp_path / "other", 1_500)
    with other.reading() as reader:
        note = reader.checkpoint().note
    other.close()
    found = run(CLIENTS[client](request), served.asked | {"earlier": [note]})
    assert isinstance(found, str) and found


def test_one_wrong_byte_in_a_tile_is_found_by_others_too(served, tmp_path):
    ledger = grown(tmp_path / "home", 600)
    change(ledger, "UPDATE tile SET hashes = zeroblob(8192) WHERE id = ?", 1)
    bundles = [Tile(-1, 0), Tile(-1, 1), Tile(-1, 2, 88)]
    folder = tmp_path / "log"
    with ledger.reading() as reader:
        for tile in [*tiles.tiles(600), *bundles]:
            path = folder / tile.name()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tiles.content(tile, reader))
        (folder / "checkpoint").write_text(reader.checkpoint().note)
    asked = served.asked | {"url": folder.as_uri(), "leaves": [0], "earlier": []}
    found = run([python_with("aics-tlog"), OTHERS / "aics.py"], asked)
    assert isinstance(found, str) and "TileVerificationError" in found
    ledger.close()
