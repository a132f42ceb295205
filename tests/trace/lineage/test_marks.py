"""What acts say of what was made of what they name."""

from dataclasses import replace

import pytest

from suyuan.trace.lineage.drawing.lineage_view import Named, marks
from suyuan.trace.lineage.model import Edge, Stay

pytestmark = pytest.mark.slow


def lineage(*makings):
    return [
        Edge(item, at, out, None)
        for at, (used, made) in enumerate(makings)
        for out, items in ((False, used), (True, made))
        for item in items
    ]


def test_what_is_made_of_recalled_food_contains_it_until_it_is_cleared():
    edges = lineage(("a", "b"), ("b", "c"), ("c", "d"), ("x", "d"))
    recall = Named(9, True, {"a"}, set())
    expected = {"a": "recalled", "b": "contains_recalled", "c": "contains_recalled",
                "d": "contains_recalled"}  # fmt: skip
    assert marks([recall], edges, []) == expected
    assert marks([replace(recall, cleared={"b"})], edges, []) == {"a": "recalled"}
    assert marks([replace(recall, cleared={"a"})], edges, []) == {}


def test_a_hold_is_told_of_itself_alone_and_a_recall_weighs_more():
    edges = lineage(("a", "b"))
    held = Named(3, False, {"a"}, set())
    assert marks([held], edges, []) == {"a": "on_hold"}
    assert marks([held, Named(4, True, {"a"}, set())], edges, [])["a"] == "recalled"


def test_what_is_in_a_recalled_container_is_recalled():
    inside = Stay("a", "box", 0, 1, None, None, None)
    left_before = Stay("b", "box", 0, 1, 5, 4, None)
    left_since = Stay("c", "box", 0, 1, 5, 12, None)
    stays = [inside, left_before, left_since]
    assert set(marks([Named(9, True, {"box"}, set())], [], stays)) == {"box", "a", "c"}
    assert set(marks([Named(9, False, {"box"}, set())], [], stays)) == {"box", "a"}


def test_cyclic_lineage_ends():
    edges = lineage(("a", "b"), ("b", "a"))
    assert marks([Named(1, True, {"a"}, set())], edges, []) == {
        "a": "recalled",
        "b": "contains_recalled",
    }
