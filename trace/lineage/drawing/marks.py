"""What acts say of the items of a lineage: recalled, on hold, containing what is recalled."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..model import Edge, Stay
from .lineage_view import Mark


@dataclass(frozen=True, slots=True)
class Named:
    """An act in force as it bears on some items; `leaf` is its place in the ledger.

    `items` are those in its scope, `cleared` those found not to be concerned.
    """

    leaf: int
    is_recall: bool
    items: Collection[str]
    cleared: Collection[str]


def marks(acts: Iterable[Named], edges: Iterable[Edge], stays: Iterable[Stay]) -> dict[str, Mark]:
    """What these acts say of items, the gravest of each.

    What was made from a recalled item contains it, in however many makings; not beyond an item
    that was cleared. What is in a recalled or held container stands as the container does: of a
    recall also what has left it since.
    """
    made = _made(edges)
    inside: dict[str, list[Stay]] = {}
    for stay in stays:
        inside.setdefault(stay.container, []).append(stay)
    found: dict[str, Mark] = {}
    for act in acts:
        own = set(act.items) - set(act.cleared)
        own = _with_contents(own, inside, act)
        for item in own:
            _say(found, item, Mark.RECALLED if act.is_recall else Mark.ON_HOLD)
        if act.is_recall:
            for item in _after(own, made, act.cleared):
                _say(found, item, Mark.CONTAINS_RECALLED)
    return found


def _made(edges: Iterable[Edge]) -> dict[str, set[str]]:
    used: dict[int, set[str]] = {}
    outputs: dict[int, set[str]] = {}
    for edge in edges:
        (outputs if edge.is_output else used).setdefault(edge.making, set()).add(edge.item)
    found: dict[str, set[str]] = {}
    for making, items in used.items():
        for item in items:
            found.setdefault(item, set()).update(outputs.get(making, ()))
    return found


def _with_contents(own: set[str], inside: Mapping[str, list[Stay]], act: Named) -> set[str]:
    found, todo = set(own), sorted(own)
    while todo:
        for stay in inside.get(todo.pop(), ()):
            is_in = stay.left is None or (act.is_recall and (stay.left_leaf or 0) > act.leaf)
            if is_in and stay.item not in found and stay.item not in act.cleared:
                found.add(stay.item)
                todo.append(stay.item)
    return found


def _after(
    items: Iterable[str], made: Mapping[str, Collection[str]], cleared: Collection[str]
) -> set[str]:
    found: set[str] = set()
    todo = list(items)
    while todo:
        for item in made.get(todo.pop(), ()):
            if item not in found and item not in cleared:
                found.add(item)
                todo.append(item)
    return found


def _say(found: dict[str, Mark], item: str, mark: Mark) -> None:
    found[item] = min(found.get(item, mark), mark, key=list(Mark).index)
