"""Witnesses of a ledger under test, each a real one behind a real socket, or a hostile server."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from support.ledger.world import Actor, World, event
from support.watch.replica import QuietHandler, answering
from werkzeug.serving import WSGIRequestHandler, make_server

from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.log import checkpoint, merkle, proofs, tlog_witness
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.log.policy import Policy, WitnessLine
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.errors import Stopped
from suyuan.trace.watch.quorum import set_policy
from suyuan.trace.watch.witness.witness import Keeper, LogToWitness, Witness
from suyuan.trace.watch.witnessing import Round, Witnessing
from suyuan.web.server.witness_serving import create_app

Act = Callable[[BaseHTTPRequestHandler, bytes], None]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@dataclass
class Seat:
    """One witness: its name and key, where it is, and how it is taken away."""

    name: str
    signer: LocalSigner
    url: str
    keeper: Keeper | None = None
    requests: list[bytes] = field(default_factory=list)
    delay: float = 0.0  # seconds before each answer, unless it is let go sooner
    let_go: threading.Event = field(default_factory=threading.Event)
    hides: bool = False  # answers 404 to those who read, as witnesses may
    is_silent: bool = False

    @property
    def line(self) -> WitnessLine:
        return WitnessLine(self.name, CosignerKey.of(self.name, self.signer.public), self.url)


class Village:
    """Servers on loopback, all ended at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open = contextlib.ExitStack()
        self._is_over = False

    def witness(self, name: str, world: World, *, clock=time.time, delay: float = 0.0) -> Seat:
        """Our own witness, which knows the world's log."""
        folder = self.folder / name.replace("/", "-")
        signer = LocalSigner.new()
        keeper = Keeper(folder)
        keeper.begin(world.trust.origin)
        logs = {world.trust.origin: LogToWitness((world.trust.log,))}
        app = create_app(Witness(name, signer, logs, keeper, clock), folder / "instance")
        seat = Seat(name, signer, "", keeper, delay=delay)

        def slowly(environ, start):
            seat.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}".encode())
            seat.let_go.wait(seat.delay)
            is_hidden = seat.hides and environ["REQUEST_METHOD"] == "GET"
            if self._is_over or seat.is_silent or is_hidden:
                start("503 Service Unavailable" if seat.is_silent else "404 Not Found", [])
                return [b""]
            return app.wsgi_app(environ, start)

        server = make_server("127.0.0.1", 0, slowly, threaded=True, request_handler=_Quiet)
        server.daemon_threads = True
        seat.url = f"http://127.0.0.1:{server.port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self._open.callback(thread.join, 60)
        self._open.callback(server.server_close)
        self._open.callback(server.shutdown)
        self._open.callback(seat.let_go.set)
        return seat

    def enemy(self, name: str, act: Act) -> Seat:
        """A server that does to each request whatever `act` does."""
        seat = Seat(name, LocalSigner.new(), "")

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seat.requests.append(body)
                with contextlib.suppress(OSError):
                    act(self, body)

            do_GET = do_POST

        server = self._open.enter_context(answering(Handler))
        seat.url = f"http://127.0.0.1:{server.server_port}"
        return seat

    def dead(self, name: str) -> Seat:
        """One that nothing listens for."""
        return Seat(name, LocalSigner.new(), "http://127.0.0.1:9")

    def close(self) -> None:
        self._is_over = True
        self._open.close()


@contextlib.contextmanager
def village(folder: Path) -> Iterator[Village]:
    made = Village(folder)
    try:
        yield made
    finally:
        made.close()


def ask_of(world: World, seats: list[Seat], quorum: int) -> Policy:
    """Set the world's policy: `quorum` of these."""
    policy = Policy.of(world.trust.log, [seat.line for seat in seats], quorum)
    trust = set_policy(world.home, world.ledger.database, policy.text(), [])
    world.trust = world.ledger.trust = trust
    return policy


def three(around: Village, world: World, quorum: int | None = None) -> list[Seat]:
    """Three witnesses that know the world's log, and of which so many are asked for, if any."""
    seats = [around.witness(f"witness.example/w{n}", world) for n in (1, 2, 3)]
    if quorum is not None:
        ask_of(world, seats, quorum)
    return seats


def book(world: World) -> WitnessBook:
    """The witnesses' tables of the world's ledger."""
    return WitnessBook(world.ledger.database.engine)


def one_round(world: World, **more: float) -> Round:
    """Ask the world's witnesses once; the round."""
    asking = Witnessing(world.ledger, **more)
    try:
        return asking.round()
    finally:
        asking.close()


def answer(status: int, body: bytes = b"", **headers: str) -> Act:
    """A hostile witness with always the same answer."""

    def act(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


class Others:
    """A tree that begins as the world's and goes on otherwise, signed by the world's own key."""

    def __init__(self, world: World, more: int, keep: int | None = None) -> None:
        with world.ledger.reading() as reader:
            leaves = [bytes.fromhex(link.hash) for link in reader.links()]
        self.leaves = leaves[:keep] + [merkle.leaf_hash(b"%d" % n) for n in range(more)]
        self.world = world

    def read(self, wanted):
        return [
            merkle.root(self.leaves[number << level : (number + 1) << level])
            for level, number in wanted
        ]

    def note(self, size: int | None = None) -> str:
        """The checkpoint at a size, the whole tree's by default."""
        leaves = self.leaves[:size]
        made = Checkpoint(self.world.trust.origin, len(leaves), merkle.root(leaves))
        return checkpoint.sign(made, self.world.log)

    def tell(self, seat: Seat, old: int = 0) -> None:
        """Have a witness cosign it, which cosigned size `old` last."""
        proof = proofs.consistency(old, len(self.leaves), self)
        with Fetcher(seat.url) as fetcher:
            body = tlog_witness.encode_request(old, proof, self.note())
            answer = fetcher.post("add-checkpoint", body)
        assert answer.status == 200, answer
        seat.requests.clear()


def claiming(around: Village, world: World, count: int) -> list[Seat]:
    """Three witnesses, of which so many name a larger size and show nothing."""
    seats = three(around, world, 2)
    for seat in seats[:count]:
        Others(world, 7).tell(seat)
        seat.hides = True
    return seats


def is_stopped(world: World, actor: Actor) -> bool:
    """Whether the world's ledger signs nothing more of this party."""
    draft = Draft(event=event("code", world.new_lot(), "1"))
    try:
        world.ledger.append([actor.pen.sign(draft)])
    except Stopped:
        actor.pen.forget()
        return True
    return False
