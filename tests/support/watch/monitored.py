"""A ledger, the server that others see, and monitors of it."""

import json
from datetime import UTC, datetime

from support.ledger.world import World, event
from support.watch.replica import Log, Swapped, a_city, chained, entries_of

from suyuan.trace.format.errors import FetchError
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.monitor import Monitor

NOW = datetime.now(UTC)


class Down:
    """A server that nobody reaches."""

    def get(self, path, max_bytes=None):
        raise FetchError(f"GET /log/{path}: nobody answers")


class Scene:
    """A ledger, the server that others see, and a monitor of it."""

    def __init__(self, world: World, place) -> None:
        self.world = a_city(world)
        self.place = place
        self.entries = entries_of(world.ledger)
        self.server = Swapped(self.log())
        self.monitors = []

    def log(self, entries=None, **more) -> Log:
        return Log(self.entries if entries is None else entries, self.world.log, **more)

    def grown(self, count=2) -> Log:
        for _ in range(count):
            self.world.code(self.world.farm, self.world.new_lot())
        self.entries = entries_of(self.world.ledger)
        return self.log()

    def rewritten(self, at=3) -> Log:
        """Another history under the true key, one that breaks no rule: the newest are gone."""
        entries = self.entries[:-at]
        for _ in range(at + 2):
            coded = event("code", self.world.new_lot(), "7")
            entries.append(chained(self.world, self.world.farm, entries, event=coded))
        return self.log(entries)

    def monitor(self, trust=None, **more) -> Monitor:
        monitor = Monitor(
            self.server, trust or self.world.trust, self.place / "monitor", clock=lambda: NOW,
            checkers=Checkers(1), **more,
        )  # fmt: skip
        self.monitors.append(monitor)
        return monitor

    def evidence(self):
        folder = self.place / "monitor" / "evidence"
        return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
