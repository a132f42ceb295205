"""The server: granian's processes, and the worker beside them."""

import gc
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

from suyuan.keys import verification
from suyuan.keys.settings import passphrase, setting
from suyuan.trace.cli.terminal import say
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import MAX_ENTRY
from suyuan.trace.ledger.home import home_folder, is_demo, open_ledger
from suyuan.trace.ledger.ledger import LOG_KEY, TRUST_FILE, Ledger, read_trust
from suyuan.trace.store.append.lock import Gate
from suyuan.web.app.limits import address_of, proxied
from suyuan.web.app.routes import declared
from suyuan.web.cache import cache, measured
from suyuan.web.factory import MAX_BODY, create_app

from . import logs, slow
from .rsgi import Environ, Rsgi, Together
from .whole import Limits, whole

THREADS = 16  # group commit needs requests that wait
CONNECTIONS = 4_096  # of each process: what they are worth is limited in whole.Limits
_ERRORS = {
    "formatter": "generic",
    "class": "logging.StreamHandler",
    "stream": "ext://sys.stderr",
}
_PORT = "_SUYUAN_PORT"  # of the server, for its processes
_ANSWERS = "_SUYUAN_ANSWERS"  # the folder of long answers, which outlives the processes
_PAUSE = 2.0  # seconds before a worker that ended by itself is started again
_PATIENCE = 10  # seconds that a process has to end
LONGEST = 1_000  # characters of a field of the head, of a request that the appending thread does


def serve(
    home: Path,
    host: str,
    port: int,
    workers: int,
    *,
    base_url: str | None = None,
    mirror: str | None = None,
) -> None:
    """Serve the ledger in `home` until interrupted.

    It is read at once; appending waits, 10 seconds at most, until the witnesses of its policy and
    the `mirror`, a published copy of the log, were asked whether links were lost here.
    Raises what opening it raises, a schema of another program included; LedgerError where the
    address cannot be listened on.
    """
    open_ledger(home).close()
    _ask_passphrase(home)
    require_free(host, port)
    logs.configure()
    os.environ["SUYUAN_HOME"] = str(home.absolute())
    if base_url is not None:
        os.environ["SUYUAN_BASE_URL"] = base_url
    if mirror is not None:
        os.environ["SUYUAN_MIRROR"] = mirror
    server = server_of("suyuan.web.server.serving:app_of_process", host, port, workers)
    # Each process listens once it has started: what connects before that is refused.
    server.on_startup(lambda: say("Serving %s on %s", home, shown(host, port)))
    # Nobody appends until the worker has asked around, if there is anyone to be asked.
    is_asked = mirror is not None or read_trust(home / TRUST_FILE).policy != "none"
    gate = Gate(home).close() if is_asked else None
    with (
        tempfile.TemporaryDirectory(prefix="suyuan-answers-") as answers,
        measured.folder(),
        _worker_beside(home, gate),
    ):
        os.environ[_ANSWERS] = answers
        server.serve()


def server_of(
    target: str, host: str, port: int, workers: int, connections: int = CONNECTIONS
) -> AbstractServer[Any]:
    """The server of an app of `intake`, whichever makes it in each process."""
    os.environ[_PORT] = str(port)
    _allow_connections(2 * connections + 512)  # each may be sent a file
    return Granian(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        backpressure=connections,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=32 << 10),
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig={"handlers": {"console": _ERRORS, "access": _ERRORS}},
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
    )


def app_of_process() -> Rsgi:
    """The app of one of granian's processes, which Ctrl-C reaches through the first one only.

    A process that has its interrupt and then the first one's end at once may wait for ever.
    """
    os.setpgrp()
    logs.configure()
    return intake(gated_app(), Path(os.environ[_ANSWERS]))


def intake(app: APIFlask, answers: Path | None = None) -> Rsgi:
    """An app that is asked by whole requests; long answers lie in a folder for some seconds."""
    slow.watch(int(os.environ[_PORT]))
    verification.quickest()  # a library that errs is named at the start
    # More by a little than the app takes, so that it is the app that refuses.
    limits, pages = Limits(MAX_BODY + 1024, threads=THREADS), cache.of(app)
    gc.collect()
    gc.freeze()  # what the app is made of stays: looking through it takes 80 ms of some request
    at_once = None if pages is None else proxied(pages.at_once)
    return whole(
        app.wsgi_app,
        limits,
        address=address_of(),
        at_once=at_once,
        together=_together(app),
        folder=answers,
    )


def _together(app: APIFlask) -> Together:
    """Short requests of routes that are declared so go to the thread that appends."""
    ledger: Ledger = app.extensions["suyuan"].ledger
    paths = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if (route := declared(app.view_functions[rule.endpoint])) and route.together
    }

    def together(environ: Environ, job: Callable[[], None]) -> bool:
        if environ["PATH_INFO"] not in paths or int(environ["CONTENT_LENGTH"]) > MAX_ENTRY:
            return False
        # A long Accept-Language takes its square to read.
        is_short = all(len(v) <= LONGEST for k, v in environ.items() if k.startswith("HTTP_"))
        return is_short and ledger.together(job)

    return together


def gated_app() -> APIFlask:
    """The app over the home, which waits at the gate before it appends."""
    ledger = open_ledger(home_folder())
    ledger.before_appending = Gate(ledger.home).wait
    return create_app(ledger.home, ledger=ledger)


def _allow_connections(count: int) -> None:
    """Let this process and its own have as many open files, as far as they may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def free_port(host: str, wanted: int) -> int:
    """`wanted`, or where that is taken some port that is free."""
    for port in (wanted, 0):
        with _socket(host) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LedgerError("nothing can listen on %s: give another address by --host", host)


def require_free(host: str, port: int) -> None:
    """LedgerError where the address cannot be listened on."""
    with _socket(host) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LedgerError(
                "cannot listen on %s: %s. Give another address by --host, another port by --port",
                shown(host, port),
                error.strerror or error,
            ) from None


def _socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return opened


def shown(host: str, port: int) -> str:
    """The address as a URL."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ask_passphrase(home: Path) -> None:
    """Ask once for the log key's passphrase, for all processes; without a terminal never."""
    key = home / LOG_KEY
    if is_demo(home) or not key.exists() or setting("KEY_PASSPHRASE") is not None:
        return
    if sys.stdin and sys.stdin.isatty():
        entered = passphrase(str(key))
        os.environ["SUYUAN_KEY_PASSPHRASE"] = os.fsdecode(entered)
    else:
        say("suyuan: without SUYUAN_KEY_PASSPHRASE nothing can be appended: serving to read only")


@contextmanager
def _worker_beside(home: Path, gate: int | None) -> Iterator[None]:
    """A worker as long as this lasts; started again should it end by itself.

    The first has the descriptor that keeps the gate closed, until it has looked around.
    """
    is_over = threading.Event()
    running = [_start_worker(home, gate)]
    if gate is not None:
        os.close(gate)  # before processes are forked that would inherit it

    def watch() -> None:
        while not is_over.is_set():
            running[0].wait()
            if is_over.wait(_PAUSE):
                return
            say("suyuan: the worker ended by itself and is started again")
            running[0] = _start_worker(home, None)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        is_over.set()
        _end(running[0])


def _start_worker(home: Path, gate: int | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "suyuan.web.server.cli", "worker", "--home", str(home)]
    command += ["--parent", str(os.getpid())]
    if gate is not None:
        command += ["--gate", str(gate)]
    # In a session of its own, so that Ctrl-C reaches it through us, whenever it comes.
    return subprocess.Popen(  # noqa: S603  our own
        command, start_new_session=True, pass_fds=() if gate is None else (gate,)
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
