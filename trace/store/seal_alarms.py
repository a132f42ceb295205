"""Alarms about rows whose seal fails, raised beside whatever has met them."""

import logging
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .errors import StoreError
from .witnessing import SEAL, WitnessBook

_log = logging.getLogger("suyuan.seals")


AGAIN = 60.0  # seconds, then a table is told again: its alarm may be resolved, or was not raised


class SealAlarms:
    """Raises one alarm for each table, in a thread: who reads waits for no writing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._again: dict[str, float] = {}
        self._threads: list[threading.Thread] = []

    def tell(self, table: str) -> None:
        """Take note of a row that fails. An alarm says so itself, wherever alarms are read."""
        with self._lock:
            now = time.monotonic()
            if table in ("alarm", "row_count") or now < self._again.get(table, now):
                return
            self._again[table] = now + AGAIN
            self._threads = [one for one in self._threads if one.is_alive()]
            thread = threading.Thread(target=self._raise, args=(table,))
            self._threads.append(thread)
            thread.start()

    def wait(self) -> None:
        """Wait until the alarms of all that was told are raised."""
        for thread in self._threads:
            thread.join()

    def _raise(self, table: str) -> None:
        reason = (
            f"table {table} has rows that were put there, or changed, by somebody else than this "
            "program: they are not used. `suyuan audit` names them, `suyuan reseal` ends it"
        )
        now = time.time_ns() // 1_000
        try:
            evidence = {"about": [table]}
            WitnessBook(self._engine).raise_alarm(now, SEAL, reason, evidence, stops=False)
        except (StoreError, SQLAlchemyError) as error:
            _log.error("%s; the alarm cannot be raised: %s", reason, error)
