"""Logs as others read them: served ones, and ones whose operator lies under the true key."""

import json
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.ledger.world import ORIGIN, World

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import chain as rules
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import FetchError
from suyuan.trace.format.link import parse, seal
from suyuan.trace.format.rules import Refused
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import checkpoint, merkle, tiles
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.tiles import Tile
from suyuan.trace.store.append import link_rows
from suyuan.trace.watch.misbehaviour import LogMisbehaved


def entries_of(ledger: Ledger) -> list[bytes]:
    """All entries of a ledger, in order."""
    with ledger.reading() as reader:
        return [link.entry for link in reader.links()]


class Log:
    """A log over any entries, signed by whoever holds its key; `changed` are answers of its own.

    It serves every tile of its tree, whatever its checkpoint says; `size` is what that covers.
    """

    def __init__(
        self,
        entries: Sequence[bytes],
        signer: LocalSigner,
        origin: str = ORIGIN,
        size: int | None = None,
        **changed: object,
    ) -> None:
        self.entries = list(entries)
        self.signer, self.origin = signer, origin
        self.size = len(self.entries) if size is None else size
        self.changed = {name.replace("__", "/"): value for name, value in changed.items()}
        self.paths: list[str] = []

    def leaves(self) -> list[bytes]:
        return [merkle.leaf_hash(entry) for entry in self.entries]

    def note(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        root = merkle.root(self.leaves()[:size])
        return checkpoint.sign(Checkpoint(self.origin, size, root), self.signer)

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        self.paths.append(path)
        content = self.changed.get(path)
        content = self.content(path) if content is None else content
        if isinstance(content, Exception):
            raise content
        if isinstance(content, int):
            return Fetched(content, "text/plain", b"")
        if max_bytes is not None and len(content) > max_bytes:
            raise FetchError("too long")
        return Fetched(200, "application/octet-stream", content)

    def content(self, path: str) -> bytes | int:
        if path == "checkpoint":
            return self.note().encode()
        try:
            tile = Tile.parse(path)
        except LogError:
            return 404
        start = tile.number * 256
        row = self.entries if tile.level < 0 else self.leaves()
        for _ in range(8 * max(tile.level, 0)):
            row = [merkle.node_hash(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)]
        part = row[start : start + tile.width]
        if len(part) < tile.width:
            return 404
        return tiles.encode_bundle(part) if tile.level < 0 else b"".join(part)


@contextmanager
def misbehaving(kind: str, match: str | None = None):
    """A block that must end in this kind of a log's misbehaviour; gives pytest's info on it."""
    with pytest.raises(LogMisbehaved, match=match) as caught:
        yield caught
    assert caught.value.misbehaviour.kind == kind


def client(log: object, trust: Trust) -> LogClient:
    """A client of anything that answers."""
    return LogClient(log, trust.log)


class OverFlask:
    """The web front-end of a ledger, asked without a network."""

    def __init__(self, flask) -> None:
        self.flask = flask
        self.paths: list[str] = []

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        self.paths.append(path)
        answer = self.flask.get(f"/log/{path}")
        return Fetched(answer.status_code, answer.mimetype, answer.data)


class QuietHandler(BaseHTTPRequestHandler):
    """One that says nothing of what it is asked."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[ThreadingHTTPServer]:
    """A server on loopback, over TLS with a context, that answers by this handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False)
    server.request_queue_size = 256  # many ask at once
    server.daemon_threads = True
    server.server_bind()
    server.server_activate()
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)


@contextmanager
def over_http(log):
    """The URL of a server on loopback that answers as `log.get` does; it may be swapped."""

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            raw = getattr(server.log, "raw", {}).get(self.path.removeprefix("/log/"))
            if raw is not None:
                self.close_connection = True
                with suppress(OSError):
                    raw(self.wfile)
                return
            try:
                answer = server.log.get(self.path.removeprefix("/log/"))
            except FetchError:
                answer = Fetched(503, "text/plain", b"")
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    with answering(Handler) as server:
        server.log = log
        yield f"http://127.0.0.1:{server.server_port}/log", server


def a_city(world: World, lots: int = 3) -> World:
    """A farm, a stall, lots coded and handed over."""
    farm, stall = world.party("青山农场", "producer"), world.party("王记菜摊")
    world.farm, world.stall = farm, stall
    for _ in range(lots):
        lot = world.coded_lot(farm)
        world.hand_over(farm, stall, lot)
    return world


def trust_file(folder, trust: Trust):
    """The path of a trust file."""
    path = folder / "trust.json"
    path.write_text(trust.to_json(), encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["v"] == 1
    return path


def resealed(entry: bytes, signer: LocalSigner, **changes) -> bytes:
    """The same link as another key, or other members, would have it."""
    payload = json.loads(parse(entry).envelope.payload)
    return seal(signer, payload | changes)


def chained(world: World, actor, entries, **draft) -> bytes:
    """The link that `actor` would sign behind these entries."""
    heads = {}
    for entry in entries:
        link = parse(entry)
        for ref in link.items:
            heads[ref.item, link.actor] = (ref.seq, link.hash)
    pen = world.ledger.pen(actor.uri, actor.signer)
    entry = pen.sign(Draft(**draft))
    payload = json.loads(parse(entry).envelope.payload)
    for item in payload["items"]:
        seq, digest = heads.get((item["item"], actor.uri), (-1, None))
        item |= {"seq": seq + 1, "prev": digest}
    return seal(actor.signer, payload)


class Swapped:
    """A server whose log may be another one the next moment."""

    def __init__(self, log: object) -> None:
        self.log = log

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        return self.log.get(path, max_bytes)


@contextmanager
def database(world: World, entries: Sequence[bytes], home: Path) -> Iterator[Ledger]:
    """A ledger of exactly these entries, in this order, under the true key.

    Its operator's own program refuses nothing, and gives a second link of a number no place in its
    chain, since the database has room for one.
    """
    decide, place = rules.decide, link_rows.link_items
    taken = set()

    def lenient(link, state, **more) -> None:
        with suppress(Refused):
            decide(link, state, **more)

    def first_only(accepted, numbers):
        rows = [row for row in place(accepted, numbers) if row[:2] not in taken]
        taken.update(row[:2] for row in rows)
        return rows

    ledger = Ledger.create(home, world.trust, lambda: world.log)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rules, "decide", lenient)
            patch.setattr(link_rows, "link_items", first_only)
            for entry in entries:
                ledger.append([entry])
        assert entries_of(ledger) == list(entries)
        with ledger.reading() as reader:
            signed = open_checkpoint(reader.checkpoint().note, world.trust.log)
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        assert (signed.size, signed.root) == (len(entries), merkle.root(leaves))
        yield ledger
    finally:
        ledger.close()
