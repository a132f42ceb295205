"""A demo served by the real server, and a real browser."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.ledger.world import free_port
from support.web.served import CLI, is_ready, until
from support.web.signing import modules
from support.web.stall import open_market

from suyuan.trace.cli.demo.city import showcase

_FLAGS = [
    f"--{flag}"
    for flag in (
        "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
    )
]  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000  # ms in which a page does what it will do, whatever else runs here
# Pages that wait for somebody else ask again each second or two: here that would be most of a day.
_SOONER = """
  const later = window.setTimeout.bind(window);
  window.setTimeout = (call, ms, ...more) =>
    later(call, ms === 1000 || ms === 2000 ? 200 : ms, ...more);
"""


@dataclass(frozen=True)
class Served:
    """Where the demo is, and what it printed."""

    port: int
    home: Path
    process: subprocess.Popen
    printed: Path

    @property
    def url(self) -> str:
        """Where its pages begin."""
        return f"http://127.0.0.1:{self.port}"

    def label(self, number: int = 0) -> str:
        """The URL of one of the labels to try."""
        label = showcase(self.home)[number]
        return f"{self.url}/t/{label.code}/{label.serial}"


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """`suyuan demo` as people start it, ended as people end it; behind a proxy, as it may be."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    printed, errors = folder / "out.txt", folder / "err.txt"
    command = [sys.executable, "-m", CLI, "demo", "--home", str(folder / "city")]
    with printed.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=out,
            stderr=err,
            start_new_session=True,
            env=os.environ | {"SUYUAN_PROXIES": "1"},
        )
    try:
        until(lambda: process.poll() is not None or is_ready(port))
        yield Served(port, folder / "city", process, printed)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        code = process.wait(timeout=120)
    assert code == 0, errors.read_text()
    assert "Traceback" not in errors.read_text()


@pytest.fixture(scope="session")
def playwright():
    """Playwright, once for all browsers of this process."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright):
    """Chromium of the system, in the build without windows where there is one.

    It opens a profile in a quarter of the time. Without any these tests are skipped, in CI they
    fail.
    """
    with _launched(playwright, "chromium-headless-shell", *_NAMES) as found:
        yield found


@pytest.fixture
def market(tmp_path, browser):
    """A market of a new ledger, served while the test runs."""
    with open_market(tmp_path / "home", browser) as found:
        yield found


@pytest.fixture(scope="module")
def page(browser):
    """A page that can import the modules, without any server."""
    with modules(browser) as found:
        yield found


@pytest.fixture
def whole_browser(playwright):
    """Chromium as people have it."""
    with _launched(playwright, *_NAMES) as found:
        yield found


@contextmanager
def _launched(playwright, *names):
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI needs one")
        pytest.skip("no Chromium is installed")
    found = playwright.chromium.launch(executable_path=path, args=_FLAGS)
    new_context = found.new_context

    def impatient(**more):
        context = new_context(**more)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_SOONER)
        return context

    found.new_context = impatient
    try:
        yield found
    finally:
        found.close()
