"""What the processes of a server count: requests, how long they took, and kept pages.

Prometheus' own form for several processes: each writes files of its own in one folder, which
PROMETHEUS_MULTIPROC_DIR names, and whichever is asked adds up all of them.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measured:
    """The counters of this process; Prometheus' client looks for the folder as they are made."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "suyuan_http_requests",
            "Requests answered, by endpoint and status",
            ("method", "endpoint", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "suyuan_http_request_seconds",
            "Seconds that answers took to make, by endpoint",
            ("endpoint",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self.pages = Counter(
            "suyuan_page_cache_requests",
            "Consumer pages answered ahead of Flask (hit), or made for the cache (miss)",
            ("outcome",),
            registry=registry,
        )

    def text(self) -> bytes:
        """What all processes have counted, as Prometheus reads it."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if FOLDER not in os.environ:
            return generate_latest(self.registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        return generate_latest(every)


measured = lru_cache(maxsize=1)(Measured)  # the counters of this process, made once


@contextmanager
def folder() -> Iterator[None]:
    """A folder for what the processes of this server count, as long as this lasts."""
    if FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="suyuan-metrics-") as made:
        os.environ[FOLDER] = made
        try:
            yield
        finally:
            del os.environ[FOLDER]
