"""Subjects by number and by URI, each looked up once over one reader."""

from collections.abc import Iterable

from sqlalchemy import select

from . import schema as t
from .read import Reader
from .source import chunks


class Subjects:
    """URIs of subject numbers and numbers of URIs, remembered while the reader lives."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._uris: dict[int, str] = {}

    def __getitem__(self, number: int) -> str:
        """The URI of a number that was looked up before."""
        return self._uris[number]

    def number(self, uri: str) -> int:
        """The number of a URI; -1 where it does not stand in the ledger."""
        return next(iter(self.numbers([uri])), -1)

    def numbers(self, uris: Iterable[str]) -> list[int]:
        """The numbers of those of these URIs that stand in the ledger, each once, in order."""
        wanted = list(uris)
        found = self.reader.subject_numbers(set(wanted))
        self._uris |= {number: uri for uri, number in found.items()}
        return [found[uri] for uri in dict.fromkeys(wanted) if uri in found]

    def name(self, numbers: Iterable[int]) -> None:
        """Look up the URIs of these numbers."""
        unknown = sorted({number for number in numbers if number not in self._uris})
        for part in chunks(unknown):
            query = select(t.subject.c.id, t.subject.c.uri).where(t.subject.c.id.in_(part))
            rows = self.reader.connection.execute(query)
            self._uris.update((row.id, row.uri) for row in rows)
