"""Which numbers of the national platform were taken, each with the receipt of its report.

A file by the number's hash holds the receipt: it is there before the report is, so that whoever is
cut off in between gives the report that same receipt, and no number has two.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.files import durable
from suyuan.trace.store.files.report_secrets import hash_of

from ..complaints import Complaint, Complaints, new_number


class PlatformNumbers:
    """The numbers in a home; any number of processes may use them at once."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "reports-12315"
        self._book = Complaints(home)

    @contextmanager
    def reserved(self, source: str, day: date) -> Iterator[str | None]:
        """The receipt number for who keeps the report within; None where it is kept by now.

        One that was deleted is not taken again.
        """
        path = self._folder / hashlib.sha256(source.encode()).hexdigest()
        try:
            durable.make_private(self._folder)
            lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerError("the report cannot be kept: %s", error.strerror) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            number = path.read_text("ascii") if path.exists() else None
            if number is None:
                number = new_number(day)
                durable.replace(path, number.encode())
            is_kept = self._book.find(number) is not None
            yield None if is_kept or hash_of(number) in self._book.erased() else number
        except OSError as error:
            raise LedgerError("the report cannot be kept: %s", error.strerror) from None
        finally:
            os.close(lock)

    def reports(self, most: int) -> list[Complaint]:
        """The newest reports that came from the platform, by the day in their number."""
        try:
            paths = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
            numbers = sorted((path.read_text("ascii") for path in paths), reverse=True)
        except OSError:
            return []
        found = map(self._book.find, numbers[:most])
        return [report for report in found if report is not None]
