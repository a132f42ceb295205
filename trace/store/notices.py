"""What is read so that those who hold something can be told: what lies in touched containers."""

from sqlalchemy import select

from . import schema as t
from .read import Reader
from .source import chunks


def inside(reader: Reader, containers: set[str]) -> set[str]:
    """All that is or ever was in these containers, and in those that were in them."""
    level = sorted(reader.subject_numbers(containers).values())
    seen, found = set(level), set[int]()
    while level:
        below = set[int]()
        for part in chunks(level):
            query = select(t.containment.c.item).where(t.containment.c.container.in_(part))
            below |= set(reader.connection.execute(query).scalars())
        found |= below
        level = sorted(below - seen)  # what contains itself is walked once
        seen |= below
    return {
        uri
        for part in chunks(sorted(found))
        for uri in reader.connection.execute(
            select(t.subject.c.uri).where(t.subject.c.id.in_(part))
        ).scalars()
    }
