"""Doubts and findings as one list, page by page: by leaf, rule and subject."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, tuple_

from suyuan.keys.validity import significant
from suyuan.trace.findings.rule import ItemFinding

from .. import schema as t
from .lineage_reader import finding_of, item_finding_of
from .reader import Reader

Key = tuple[int, str, str]  # leaf, rule, subject
_BLOCK = 500


def key_of(finding: ItemFinding) -> Key:
    """By what the list is sorted."""
    return finding.leaf, finding.rule, finding.subject


@dataclass(frozen=True, slots=True)
class _Wanted:
    rules: Collection[str] | None
    item: str | None
    party: str | None
    divisions: Sequence[str]
    after: Key | None
    leaves: Collection[int] | None


def reported(
    reader: Reader,
    *,
    rules: Collection[str] | None = None,
    item: str | None = None,
    party: str | None = None,
    divisions: Sequence[str] = (),
    after: Key | None = None,
    leaves: Collection[int] | None = None,
) -> Iterator[ItemFinding]:
    """What cannot be or should not, in order of leaf, rule and subject, after a key.

    Of these rules; about this item; of this party's doing, or of the parties registered in these
    divisions; that one of these `leaves` completes, where they are given. A finding counts as the
    doing of its link's actor, with that link as evidence.
    """
    wanted = _Wanted(rules, item, party, divisions, after, leaves)
    found = merge(_of_stories(reader, wanted), _findings(reader, wanted), key=key_of)
    return (one for one in found if leaves is None or one.leaf in leaves)


def _among(leaf: Any, wanted: _Wanted) -> list[ColumnElement[bool]]:
    """That strangers' links are not even read, where there are few to look for."""
    few = wanted.leaves is not None and len(wanted.leaves) <= _BLOCK
    return [leaf.in_(sorted(wanted.leaves or ()))] if few else []


def _of_stories(reader: Reader, wanted: _Wanted) -> Iterator[ItemFinding]:
    c = t.doubt.c
    query = select(t.doubt).where(*_among(c.leaf, wanted))
    if wanted.item is not None:
        number = reader.subject_numbers({wanted.item}).get(wanted.item)
        query = query.where(c.item == (-1 if number is None else number))
    if wanted.party is not None:
        query = query.where(c.actor == wanted.party)
    if wanted.divisions:
        query = (
            query.join(t.subject, t.subject.c.uri == c.actor)
            .join(t.party, t.party.c.subject == t.subject.c.id)
            .where(_within(wanted.divisions))
        )
    for row in _paged(reader, query, c, wanted):
        yield item_finding_of(row)


def _findings(reader: Reader, wanted: _Wanted) -> Iterator[ItemFinding]:
    c = t.finding.c
    query = select(t.finding).where(*_among(c.leaf, wanted))
    if wanted.item is not None:
        query = query.where(c.subject == wanted.item)
    is_in: dict[str | None, bool] = {}
    for row in _paged(reader, query, c, wanted):
        found = reader.source.at(row.leaf)
        actor = None if found is None else found[1]
        if wanted.party not in (None, actor):
            continue
        if actor not in is_in:
            is_in[actor] = not wanted.divisions or _is_in(reader, actor, wanted.divisions)
        if is_in[actor]:
            yield finding_of(row, actor)


def _paged(reader: Reader, query: Select[Any], c: Any, wanted: _Wanted) -> Iterator[Any]:
    """All rows in blocks, so that a reader who stops early has cost no more than he read."""
    after = wanted.after
    if wanted.rules is not None:
        query = query.where(c.rule.in_(sorted(wanted.rules)))
    while True:
        part = query if after is None else query.where(tuple_(c.leaf, c.rule, c.subject) > after)
        part = part.order_by(c.leaf, c.rule, c.subject).limit(_BLOCK)
        rows = reader.connection.execute(part).all()
        yield from rows
        if len(rows) < _BLOCK:
            return
        after = (rows[-1].leaf, rows[-1].rule, rows[-1].subject)


def _within(divisions: Sequence[str]) -> ColumnElement[bool]:
    column = t.party.c.division
    return or_(*(column.startswith(significant(one), autoescape=True) for one in divisions))


def _is_in(reader: Reader, party: str | None, divisions: Sequence[str]) -> bool:
    found = None if party is None else reader.party(party)
    return found is not None and any(found.division.startswith(significant(d)) for d in divisions)
