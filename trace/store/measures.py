"""Numbers about a store, for those who watch over it; at a cost that follows what waits."""

from sqlalchemy import func, select

from . import schema_beside as t
from .read import Reader


def waiting(reader: Reader) -> dict[str, int]:
    """How many jobs of each kind are not done."""
    query = select(t.job.c.kind, func.count()).where(t.job.c.done.is_(None)).group_by(t.job.c.kind)
    return {kind: int(count) for kind, count in reader.connection.execute(query)}
