"""This machine's clock, held against what does not jump with it.

Commit times never go back: one commit under a clock that is years ahead dates all that follow. So
before an append the clock is compared with the time since boot, which nobody sets and which goes on
while a laptop sleeps; with the newest checkpoint; and, at a start, with the witnesses (alarms.py).
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from suyuan.trace.format.times import micros

from ..beside.witness_rows import Alarm, WitnessBook
from ..database import Database
from ..errors import Stopped
from ..files import durable

KIND = "clock"
JUMP = timedelta(hours=1)
_MICROS = JUMP // timedelta(microseconds=1)
_ABOUT = "this machine's clock"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the clock is ahead of the time since this boot, in microseconds."""

    boot: str
    offset: int

    def is_far_from(self, other: "Reading") -> bool:
        """Whether the clock jumped between the two; False for two boots."""
        return self.boot == other.boot and abs(self.offset - other.offset) > _MICROS


def wall() -> int:
    """The system's clock, in microseconds."""
    return time.time_ns() // 1000


def since_boot() -> int:
    """The time since boot, sleep counted, in microseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def read() -> Reading:
    """How the clock stands now."""
    return Reading(_boot(), wall() - since_boot())


class Watch:
    """The clock as it stood when this home was first written to since the machine was started."""

    def __init__(self, home: Path) -> None:
        self._path = home / "clock"
        self._before: Reading | None = None
        self._is_compared = False

    def require(self, database: Database, at: datetime) -> None:
        """Raise Stopped, and an alarm, where the clock cannot be right and nobody said it is.

        `at` is the ledger's time.
        """
        now = read()
        if self._is_compared and self._before is not None and not now.is_far_from(self._before):
            return
        before = self._before or self._saved(now)
        if before is not None and now.is_far_from(before):
            away = now.offset - before.offset
            where = "forwards" if away > 0 else "back"
            fault = f"jumped {where} by {_span(away)} against the time since boot"
            _refuse(database, at, fault, now, None)
            before = None
        newest = None if self._is_compared else _newest(database)
        behind = 0 if newest is None else newest - micros(at)
        if behind > _MICROS:
            fault = f"is {_span(behind)} behind the newest checkpoint, which it dated itself"
            _refuse(database, at, fault, now, newest)
        if before is None:
            self._keep(now)
        self._before, self._is_compared = before or now, True

    def _saved(self, now: Reading) -> Reading | None:
        """The reading saved at this boot; None where there is none."""
        try:
            document = json.loads(self._path.read_bytes())
            reading = Reading(str(document["boot"]), int(document["offset"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return reading if reading.boot == now.boot else None

    def _keep(self, now: Reading) -> None:
        text = json.dumps({"boot": now.boot, "offset": now.offset})
        try:
            durable.replace(self._path, text.encode())
        except OSError:
            return  # this process knows it


def is_said_right(alarms: Iterable[Alarm], now: Reading, newest: int | None = None) -> bool:
    """Whether an operator has resolved an alarm while the clock stood as it stands now.

    `newest` is the time of the newest checkpoint that it is behind.
    """
    return any(
        a.kind == KIND and a.resolution is not None and _is_of(a.resolution, now, newest)
        for a in alarms
    )


def as_it_stands(database: Database, at: datetime) -> dict[str, Any]:
    """What the resolution of an alarm keeps, by which it is known to be of this clock."""
    now, newest = read(), _newest(database)
    is_behind = newest is not None and newest - micros(at) > _MICROS
    return {"boot": now.boot, "offset": now.offset, "newest": newest if is_behind else None}


def _is_of(resolution: Mapping[str, Any], now: Reading, newest: int | None) -> bool:
    if newest is not None and resolution.get("newest") == newest:
        return True
    offset = resolution.get("offset")
    if resolution.get("boot") != now.boot or not isinstance(offset, int):
        return False
    return not now.is_far_from(Reading(now.boot, offset))


def _refuse(database: Database, at: datetime, fault: str, now: Reading, newest: int | None) -> None:
    book = WitnessBook(database.engine)
    if is_said_right(book.alarms(), now, newest):
        return
    reason = f"the clock of this machine {fault}"
    evidence = {"about": [_ABOUT], "offset": now.offset, "newest": newest}
    book.raise_alarm(micros(at), KIND, reason, evidence, stops=True)
    raise Stopped(
        "the log has stopped signing: %s. Set it right; then its operator says that "
        "it is by `suyuan alarms resolve`",
        reason,
    )


def _newest(database: Database) -> int | None:
    with database.reading() as reader:
        checkpoint = reader.checkpoint()
    return None if checkpoint is None else checkpoint.committed


def _span(away: int) -> str:
    days, hours = divmod(round(abs(away) / _MICROS), 24)
    return f"{days} days and {hours} hours"


@cache
def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""
