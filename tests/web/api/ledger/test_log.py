"""The log over HTTP: request, status, headers and body, as a table."""

import json

import pytest
from conformance.others_ledger import grown
from support.web.client import change, client_of, mini_ledger

from suyuan.trace.admission.trust import Trust
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tiles
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.log.tiles import Tile, TileReader

pytestmark = pytest.mark.slow

SIZE = 700  # two full tiles at level 0, and 188 hashes; two hashes at level 1


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger of 700 links: a farm that says of one lot what it says of it, over and over."""
    made = grown(tmp_path_factory.mktemp("grown") / "home", SIZE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(ledger):
    return client_of(ledger)


FOREVER = "public, max-age=31536000, immutable"
PROBLEM = "no-cache", "application/problem+json", None
TABLE = [
    # path, status, cache, type, bytes (None: any)
    ("checkpoint", 200, "no-store", "text/plain; charset=utf-8", None),
    ("tile/0/000", 200, FOREVER, "application/octet-stream", 8192),
    ("tile/0/001", 200, FOREVER, "application/octet-stream", 8192),
    ("tile/0/002.p/188", 200, FOREVER, "application/octet-stream", 188 * 32),
    ("tile/0/002.p/1", 200, FOREVER, "application/octet-stream", 32),
    ("tile/0/000.p/255", 200, FOREVER, "application/octet-stream", 255 * 32),
    ("tile/1/000.p/2", 200, FOREVER, "application/octet-stream", 64),
    ("tile/1/000.p/1", 200, FOREVER, "application/octet-stream", 32),
    ("tile/entries/000", 200, FOREVER, "application/octet-stream", None),
    ("tile/entries/002.p/188", 200, FOREVER, "application/octet-stream", None),
    ("tile/entries/001.p/3", 200, FOREVER, "application/octet-stream", None),
    *((path, 404, *PROBLEM) for path in (
        # what the log does not have yet, and other spellings
        "tile/0/002", "tile/0/002.p/189", "tile/0/003.p/1", "tile/1/000", "tile/1/000.p/3",
        "tile/2/000.p/1", "tile/7/000.p/1", "tile/entries/002", "tile/entries/003.p/1",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/0", "tile/00/000", "tile/0/x000/000",
        "tile/0/000/", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/",
        "tile/-1/000", "tile/8/000", "tile/data/000", "tile/entries/", "tile/", "tile//0/000",
        "tile/0/%D9%A1%D9%A1%D9%A1", "tile/0/000%0A", "tile/0/" + "x000/" * 3_000 + "000",
        "tile/" + "9" * 5_000 + "/000", "Checkpoint",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("path", "status", "cache", "kind", "length"), TABLE)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_answered(client, method, path, status, cache, kind, length):
    answer = client.open(f"/log/{path}", method=method)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == cache
    assert answer.content_type == kind
    if status == 200:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert length is None or int(answer.headers["Content-Length"]) == length
    if method == "HEAD":
        assert answer.data == b""
    elif length is not None:
        assert len(answer.data) == length


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/000"])
def test_it_is_only_read(client, path):
    for method in ("POST", "PUT", "DELETE"):
        assert client.open(f"/log/{path}", method=method).status_code == 405


def test_the_tiles_have_the_root_of_the_checkpoint(client, ledger):
    found = open_checkpoint(client.get("/log/checkpoint").text, ledger.trust.log)
    assert found.size == SIZE
    fetched = {tile: client.get(f"/log/{tile.name()}").data for tile in tiles.tiles(SIZE)}
    assert proofs.root(SIZE, TileReader(SIZE, fetched)) == found.root


def test_bundles_hold_the_entries_whose_hashes_the_tiles_hold(client):
    for number, width in ((0, 256), (1, 256), (2, 188), (2, 5)):
        bundle = client.get(f"/log/{Tile(-1, number, width).name()}").data
        hashes = client.get(f"/log/{Tile(0, number, width).name()}").data
        entries = tiles.decode_bundle(bundle, width)
        assert b"".join(leaf_hash(entry) for entry in entries) == hashes


def test_a_tile_that_was_not_kept_is_made_from_the_hashes(ledger):
    class Forgetful:
        def __init__(self, reader):
            self.size, self.hashes, self.links = reader.size, reader.hashes, reader.links

        def tile(self, level, number):
            return None

    with ledger.reading() as reader:
        for tile in (Tile(0, 0), Tile(0, 1), Tile(0, 1, 7)):
            assert tiles.content(tile, Forgetful(reader)) == tiles.content(tile, reader)


def test_private_entries_stay_here(tmp_path):
    made = mini_ledger(tmp_path / "home")
    trust = Trust.from_json(made.trust.to_json().replace('"public"', '"private"'))
    assert trust.entries == "private"
    ledger = Ledger(made.home, trust, made.database, lambda: pytest.fail("signs nothing"))
    client = client_of(ledger)
    answer = client.get("/log/tile/entries/000.p/1")
    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 403
    assert answer.headers["Cache-Control"] == "no-cache"
    assert client.get("/log/tile/entries/999").status_code == 403
    assert client.get("/log/tile/0/000.p/1").status_code == 200
    assert client.get("/log/checkpoint").status_code == 200
    ledger.close()


CHANGES = {
    "a link is gone": ("DELETE FROM link WHERE leaf = ?", 3),
    "an entry of no length that a bundle has": ("UPDATE link SET entry = ? WHERE leaf = 3",
                                                b"x" * 65_536),
    "a hash is too short": ("UPDATE link SET hash = ? WHERE leaf = 3", b"x"),
    "a hash is text": ("UPDATE link SET hash = ? WHERE leaf = 3", "x" * 32),
    "the size is a word": ("UPDATE log_state SET size = ?", "many"),
    "the size is too large": ("UPDATE log_state SET size = ?", 10**6),
    "the trust is no trust": ("UPDATE ledger SET trust = ?", json.dumps({"v": 2})),
    "the note is bytes": ("UPDATE checkpoint SET note = ?", b"\xff"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_database_is_no_traceback(tmp_path, name, caplog):
    ledger = mini_ledger(tmp_path / "home")
    client = client_of(ledger)
    change(ledger, *CHANGES[name])
    for path in ("checkpoint", "tile/0/000.p/9", "tile/entries/000.p/9", "tile/1/000.p/1"):
        answer = client.get(f"/log/{path}")
        assert answer.status_code in (200, 404, 503), (path, answer.text)
        assert answer.status_code == 200 or answer.content_type == "application/problem+json"
    assert "Traceback" not in caplog.text
    ledger.close()
