"""Servers of ours, each in processes of its own, and requests to them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.ledger.world import World, free_port

from suyuan.keys import files
from suyuan.trace.ledger.ledger import LOG_KEY

JSON = {"Content-Type": "application/json"}
CLI = "suyuan.web.server.cli"


def until(is_so: Callable[[], object], seconds: float = 300.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether anybody does: granian's processes begin to each for itself."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def started(module: str, *arguments: object, **env: str) -> subprocess.Popen[str]:
    """A module of ours run as a program, leading a group of processes."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
        start_new_session=True,
    )


@contextmanager
def running(
    module: str, *arguments: object, port: int, group: bool = False, **env: str
) -> Iterator[list[str]]:
    """A program that runs in the block, from when it listens; afterwards its output.

    It must end cleanly, on SIGTERM or, where Ctrl-C is pressed, on a SIGINT to the whole group.
    """
    process, output = started(module, *arguments, **env), [""]
    try:
        until(lambda: listens(port) or process.poll() is not None)
        yield output
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT) if group else process.terminate()
        try:
            output[0] = process.communicate(timeout=120)[1]
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0 and "Traceback" not in output[0], output[0]


@contextmanager
def serving_ledger(
    world: World, *options: object, home: Path | None = None, group: bool = False, **env: str
) -> Iterator[tuple[int, list[str]]]:
    """`suyuan serve` over a world, whose log's key is put into its home: its port and output."""
    home, port = home or world.home, free_port()
    files.save(home / LOG_KEY, world.log, b"secret")
    command = ("serve", "--home", home, "--port", port, *options)
    env["SUYUAN_KEY_PASSPHRASE"] = "secret"
    with running(CLI, *command, port=port, group=group, **env) as output:
        yield port, output


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Whether `/readyz` answers 200 there."""
    try:
        return ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False
