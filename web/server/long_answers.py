"""Long answers as files, where they take no memory while their clients read them."""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_OPENED = 10.0  # seconds in which granian has opened a file that it is given


class LongAnswers:
    """Each is there until granian has surely opened it, and no descriptor is held for it.

    Where they are more than `most` bytes, the oldest were opened since. One that was not after all
    is answered 404: its name is no other file's, as its descriptor would be. What is in the
    `folder` when a process ends is left to whoever made it.
    """

    def __init__(self, most: int, folder: Path | None) -> None:
        self._most = most
        self._folder = folder
        self._sizes: dict[Path, int] = {}
        self._lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None

    def put(self, body: bytes) -> Path:
        """A file of these bytes, for a while."""
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        with open(descriptor, "wb") as file:
            file.write(body)
        path = Path(name)
        with self._lock:
            self._sizes[path] = len(body)
            old = list(self._too_many())
        for outdated in old:
            outdated.unlink()
        return path

    def let_go(self, path: Path) -> None:
        """Take it off the disk in a while."""
        if self.loop is not None:
            self.soon(self.loop.call_later, _OPENED, self._end, path)

    def soon(self, call: Callable[..., Any], *given: object) -> None:
        """Have the loop call this."""
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the server has ended
                self.loop.call_soon_threadsafe(call, *given)

    def _too_many(self) -> Iterator[Path]:
        total = sum(self._sizes.values())
        while total > self._most and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            total -= self._sizes.pop(oldest)
            yield oldest

    def _end(self, path: Path) -> None:
        with self._lock:
            is_there = self._sizes.pop(path, None) is not None
        if is_there:
            path.unlink(missing_ok=True)
