"""Whether the process lives and keeps up with the ledger; and `/metrics` for Prometheus."""

import hmac
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.beside.jobs import waiting
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.problems import ProblemError, problem, respond
from suyuan.web.app.routes import ANYBODY, Guard, Routes
from suyuan.web.cache import cache, counting
from suyuan.web.cache.measured import measured
from suyuan.web.context import site

MAX_BEHIND = timedelta(seconds=5)
routes = Routes("health")
metering = Routes("metrics")
TYPE = "text/plain; version=0.0.4; charset=utf-8"
_KEY = "suyuan.metrics_token"
_LEAST = 16
Gauge = tuple[str, str, str, Mapping[str, float]]  # name, help, a label or none, values by it


@routes.get("/healthz", ANYBODY)
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@routes.get("/readyz", ANYBODY)
def ready() -> Response:
    """The ledger can be read, no follower is over 5 seconds behind, and no alarm is unresolved."""
    with site().ledger.reading() as reader:
        behind = lateness(reader, site().ledger.followers.cursors())
    alarms = [
        {"id": alarm.id, "kind": alarm.kind, "stops": alarm.stops, "reason": alarm.reason}
        for alarm in WitnessBook(site().ledger.database.engine).alarms(unresolved=True)
    ]
    wrong: list[str] = []
    more: dict[str, Any] = {}
    if alarms:
        wrong.append("there are unresolved alarms: see `suyuan alarms list`")
        more["alarms"] = alarms
    if any(late > MAX_BEHIND for late in behind.values()):
        wrong.append("followers are over 5 seconds behind")
        more["behind"] = {name: round(late.total_seconds(), 3) for name, late in behind.items()}
    if wrong:
        return respond(problem(503, "; ".join(wrong), **more))
    return jsonify(status="ready")


def lateness(reader: Reader, cursors: Mapping[str, int]) -> dict[str, timedelta]:
    """For each follower that is behind, how long ago the first link it lacks was committed."""
    late, size, now = {}, reader.size(), site().ledger.now()
    for name, cursor in cursors.items():
        covering = reader.checkpoint(cursor + 1) if cursor < size else None
        if covering is not None:
            late[name] = now - from_micros(covering.committed)
    return late


def install(app: Flask) -> None:
    """Count what is asked for; LedgerError for a SUYUAN_METRICS_TOKEN that can be guessed."""
    token = setting("METRICS_TOKEN")
    if token is not None and len(token) < _LEAST:
        raise LedgerError("SUYUAN_METRICS_TOKEN is too short: give %s characters or more", _LEAST)
    app.extensions[_KEY] = token
    app.before_request(_begin)
    app.after_request(_count)


def _admit() -> None:
    token: str | None = current_app.extensions[_KEY]
    # No address is enough: behind a proxy on this machine everybody comes from here.
    if token is None:
        raise ProblemError(403, "metrics are for who has the SUYUAN_METRICS_TOKEN, and none is set")
    credentials = request.headers.get("Authorization", "")
    if not hmac.compare_digest(credentials.encode(), f"Bearer {token}".encode()):
        raise ProblemError(403, "metrics are for who has the token, sent as Bearer")


_OPERATOR = Guard(check=_admit)  # by a token, which no role has


@metering.get("/metrics", _OPERATOR)
def metrics() -> Response:
    """Numbers for Prometheus, for who has the token."""
    lines = [line for gauge in _gauges() for line in _lines(gauge)]
    return Response(measured().text() + "".join(lines).encode(), content_type=TYPE)


def _begin() -> None:
    g.began = time.perf_counter()


def _count(response: Response) -> Response:
    metrics, endpoint = measured(), request.endpoint or "none"
    method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
    metrics.requests.labels(method, endpoint, str(response.status_code)).inc()
    if "began" in g:
        metrics.seconds.labels(endpoint).observe(time.perf_counter() - g.began)
    return response


def _gauges() -> Iterator[Gauge]:
    """The gauges that are read from the ledger now, the same in every process."""
    ledger = site().ledger
    names = ledger.followers.cursors()
    with ledger.reading() as reader:
        size, newest, witnessed = reader.size(), reader.checkpoint(), reader.newest_kept()
        cursors, jobs = dict.fromkeys(names, 0) | reader.cursors(), waiting(reader)
        late = lateness(reader, cursors)
    yield "suyuan_links", "Links in the ledger", "", {"": size}
    covered = 0 if newest is None else newest.size
    yield "suyuan_checkpoint_lag_links", "Links that no checkpoint covers", "", {"": size - covered}
    if newest is not None:
        at = newest.committed / 1e6
        yield "suyuan_checkpoint_time_seconds", "When the newest was signed", "", {"": at}
    if ledger.trust.policy != "none":
        lag = size - (0 if witnessed is None else witnessed.size)
        yield "suyuan_witness_lag_links", "Links that are not witnessed yet", "", {"": lag}
    behind = {name: max(0, size - cursor) for name, cursor in cursors.items()}
    yield "suyuan_follower_lag_links", "Links that a follower has not taken in", "follower", behind
    seconds = {n: max(0.0, late[n].total_seconds()) if n in late else 0.0 for n in cursors}
    since_when = "Since when it lacks the first of them"
    yield "suyuan_follower_lag_seconds", since_when, "follower", seconds
    yield "suyuan_jobs_waiting", "Jobs that are not done", "kind", jobs
    unwritten, since = counting.counter().waiting()
    yield "suyuan_scans_waiting", "Labels with scans not written, here", "", {"": unwritten}
    lag_of_scans = 0.0 if since is None else max(0.0, time.monotonic() - since)
    yield "suyuan_scans_lag_seconds", "How long they have waited, here", "", {"": lag_of_scans}
    if (page_cache := cache.of(current_app)) is not None:
        pages = page_cache.pages
        yield "suyuan_page_cache_bytes", "Memory of kept pages, here", "", {"": pages.currsize}
        yield "suyuan_page_cache_pages", "Kept pages, here", "", {"": len(pages)}


def _lines(gauge: Gauge) -> Iterator[str]:
    name, words, label, values = gauge
    yield f"# HELP {name} {words}\n# TYPE {name} gauge\n"
    for text, value in sorted(values.items()):
        yield f'{name}{{{label}="{_escaped(text)}"}} {value}\n' if label else f"{name} {value}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
