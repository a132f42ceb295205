"""The statements that a database is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy


@contextmanager
def statements(given: Any) -> Iterator[list[tuple[str, Any]]]:
    """Those that a connection or an engine is given meanwhile, with their values."""
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        noted.append((text, values))

    sqlalchemy.event.listen(given, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        sqlalchemy.event.remove(given, "before_cursor_execute", note)
