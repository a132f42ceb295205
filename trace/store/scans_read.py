"""The counts of one label, read from SQLite past everything that takes time."""

import sqlite3
import threading
from pathlib import Path

from ..copies import Day, Scans

_LABEL = 'SELECT "count", first, last FROM scanned_label WHERE code = ? AND serial = ?'
_DAYS = 'SELECT day, "count", hours FROM scanned_day WHERE code = ? AND serial = ? ORDER BY day'


class ScanReader:
    """One connection to `scans.db`, opened again where the file is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def of(self, code: str, serial: str) -> Scans | None:
        """What is known of a label; None where it was never scanned.

        sqlite3.Error or OSError where that cannot be read.
        """
        with self._lock:
            try:
                db = self._open()
                db.execute("BEGIN")
                row = db.execute(_LABEL, (code, serial)).fetchone()
                days = () if row is None else db.execute(_DAYS, (code, serial)).fetchall()
                db.execute("ROLLBACK")
            except (sqlite3.Error, OSError):
                self._close()
                raise
        if row is None:
            return None
        count, first, last = row
        return Scans(count, first, last, tuple(Day(*one) for one in days))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Connection:
        stat = self._path.stat()
        file = stat.st_dev, stat.st_ino
        if self._opened is None or file != self._file:
            self._close()
            self._opened = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=2
            )
            self._file = file
        return self._opened

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
