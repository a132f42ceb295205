"""A city that is watched, and a copy of its ledger that is read from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ledger.world import World
from support.watch.audits import PART
from support.watch.monitored import Scene
from support.watch.replica import a_city

from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch import audit, replica
from suyuan.trace.watch.auditing import links
from suyuan.trace.watch.replica import Replica


@pytest.fixture
def city(small: World) -> World:
    """A city in which lots were handed over."""
    return a_city(small)


@pytest.fixture
def made(tmp_path: Path, small: World) -> Iterator[Replica]:
    """A replica that has read nothing yet."""
    found = Replica(tmp_path / "replica", small.trust, Checkers(1))
    yield found
    found.close()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one bundle at most."""
    monkeypatch.setattr(replica, "_BATCH", 1)


@pytest.fixture
def scene(small: World, tmp_path: Path) -> Iterator[Scene]:
    """A log that is monitored; its monitors end with the test."""
    found = Scene(small, tmp_path)
    yield found
    for one in found.monitors:
        one.close()


@pytest.fixture
def small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 256 links, checked in this process unless a test is about processes."""
    monkeypatch.setattr(links, "PART", PART)
    monkeypatch.setattr(audit, "SMALL", 0)
    if "processes" not in request.keywords:
        monkeypatch.setattr(audit.os, "cpu_count", lambda: 1)
