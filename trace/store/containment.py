"""Rows of stays in containers, as values."""

from sqlalchemy import ColumnElement, select

from ..lineage.model import Stay
from ..quantities import Quantity
from . import schema as t
from .subjects import Subjects


def stays(subjects: Subjects, condition: ColumnElement[bool]) -> list[Stay]:
    """The stays that fulfil a condition, in order of event time."""
    c = t.containment.c
    query = select(t.containment).where(condition)
    query = query.order_by(c.entered, c.entered_leaf, c.item, c.container, c.part)
    rows = subjects.reader.connection.execute(query).all()
    subjects.name({row.item for row in rows} | {row.container for row in rows})
    return [
        Stay(
            subjects[row.item],
            subjects[row.container],
            row.entered,
            row.entered_leaf,
            row.left,
            row.left_leaf,
            quantity(row.quantity, row.unit),
        )
        for row in rows
    ]


def quantity(micro: int | None, unit: str | None) -> Quantity | None:
    """The quantity that two columns hold."""
    return None if micro is None or unit is None else Quantity(micro, unit)
