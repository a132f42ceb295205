"""The pages that are kept, as many as fit; the ones asked for longest ago go first."""

import marshal
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from sys import intern

from suyuan.trace.store.read.reread import Kept

from .cache_key import PageKey
from .cache_making import Making, Watched
from .cache_pieces import Pieces
from .counting import Look, Scannable

Headers = tuple[tuple[str, str], ...]
_OVERHEAD = 2_000  # bytes of an entry's own objects, about
MOST_TEXTS = 4_000  # of statements; they are shared by all pages


@dataclass(slots=True)
class Entry:
    """A page, and all that it was made from."""

    pieces: Pieces
    headers: Headers
    read: Kept
    kind: tuple[bool, ...]
    today: date
    scannable: Scannable | None
    look: Look | None
    watched: Sequence[Watched]
    size: int = 0


class Shelf:
    """Entries by what was asked for, up to so many bytes; safe from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[PageKey, Entry] = OrderedDict()
        self._texts: dict[str, str] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: PageKey) -> Entry | None:
        """The entry, if there is one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def drop(self, key: PageKey) -> None:
        """Forget an entry."""
        with self._lock:
            self._drop(key)

    def put(self, key: PageKey, making: Making, pieces: Pieces, headers: Headers) -> None:
        """Keep a page, if all is known that it was made from and it is not too large."""
        read, as_of, today = making.read, making.as_of, making.today
        if read is None or as_of is None or today is None or as_of.size == 1:
            return
        with self._lock:
            new = sum(len(query) for query, _ in read.statements if query not in self._texts)
            entry = Entry(
                pieces,
                tuple((intern(name), intern(value)) for name, value in headers),
                Kept([(self._texts.setdefault(q, q), v) for q, v in read.statements], read.digest),
                as_of.kind,
                today,
                making.scannable,
                making.look,
                list(making.watched.values()),
            )
            values = [values for _, values in read.statements]
            entry.size = (
                _OVERHEAD
                + pieces.size
                + new
                + 2 * len(marshal.dumps(values))
                + 150 * (len(values) + 2 * len(making.watched))
            )
            self._drop(key)
            if entry.size > self._most:
                return
            self._entries[key] = entry
            self.size += entry.size
            while self.size > self._most:
                self._drop(next(iter(self._entries)))
            if len(self._texts) > MOST_TEXTS:
                self._texts.clear()  # pages have theirs; those to come share new ones

    def _drop(self, key: PageKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size
