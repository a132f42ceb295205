"""Alarms about rows whose seal fails, raised beside whatever has met them."""

import logging
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .errors import StoreError
from .witnessing import SEAL, WitnessBook

_log = logging.getLogger("suyuan.seals")


class SealAlarms:
    """Raises one alarm for each table, in a thread: who reads waits for no writing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._raised: set[str] = set()
        self._threads: list[threading.Thread] = []

    def tell(self, table: str) -> None:
        """Take note of a row that fails. An alarm says so itself, wherever alarms are read."""
        with self._lock:
            if table in self._raised or table in ("alarm", "row_count"):
                return
            self._raised.add(table)
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
            with self._lock:
                self._raised.discard(table)
