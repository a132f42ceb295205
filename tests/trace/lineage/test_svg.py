"""A lineage as a drawing: nothing overlaps, lines end at boxes, every item stands once."""

import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lineage.graphs import PALLET, WHEN_MICROS, lot_uri, network, view_of

from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.format.messages import as_message
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.labels.label_files import width
from suyuan.trace.lineage.drawing import drawing_layout as layouts
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import layering
from suyuan.trace.lineage.drawing.drawing_cards import cut, wrapped
from suyuan.trace.lineage.drawing.drawing_layout import NOTE_SIZE, Arrow, Node, arrange, place_notes
from suyuan.trace.lineage.drawing.drawing_svg import HEIGHT, WIDTH, sheets
from suyuan.trace.lineage.drawing.lineage_view import Mark, joined
from suyuan.trace.lineage.model import Edge, Graph, Lot, Making, Stay, Stock

pytestmark = pytest.mark.slow

NS = "{http://www.w3.org/2000/svg}"
KINDS = ("used", "made", "inside")


@st.composite
def graphs(draw, most=60):
    """Any directed graph: cycles, loops, several arrows between two nodes, parts apart."""
    count = draw(st.integers(0, most))
    sizes = st.sampled_from([(156.0, 56.0), (236.0, 40.0), (236.0, 130.0)])
    nodes = [Node(*draw(sizes)) for _ in range(count)]
    end = st.integers(0, max(0, count - 1))
    arrow = st.builds(Arrow, end, end, st.sampled_from(KINDS))
    return nodes, draw(st.lists(arrow, max_size=2 * count)) if count else []


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_boxes_keep_apart_and_lines_end_at_them(graph):
    nodes, arrows = graph
    found = arrange(nodes, arrows)
    _apart(found.boxes)
    for arrow, route in zip(arrows, found.routes, strict=True):
        if arrow.tail == arrow.head:
            assert route.points == ()
            continue
        first, last = (arrow.head, arrow.tail) if route.is_back else (arrow.tail, arrow.head)
        start, end = found.boxes[first], found.boxes[last]
        assert route.points[0] == pytest.approx(
            (start.x + start.width, start.y + start.height / 2), abs=0.2
        )
        assert route.points[-1] == pytest.approx((end.x, end.y + end.height / 2), abs=0.2)
        assert all(x <= to_x for (x, _), (to_x, _) in pairwise(route.points))
    assert all(box.x >= 0 and box.x + box.width <= found.width + 0.1 for box in found.boxes)
    assert all(-0.1 <= box.y <= found.height - box.height + 0.1 for box in found.boxes)
    # A line is level where it passes a column, through no box, and bends only between two of them.
    for route in found.routes:
        for (x, y), (to_x, to_y) in pairwise(route.points):
            for box in found.boxes:
                if x + 0.1 < box.x + box.width and box.x < to_x - 0.1:
                    assert y == to_y and not box.y < y < box.y + box.height


def _apart(boxes):
    ordered = sorted(boxes, key=lambda box: (box.column, box.y))
    for one, other in pairwise(ordered):
        if one.column == other.column:
            assert one.y + one.height < other.y
    columns = {}
    for box in boxes:
        left, right = columns.get(box.column, (box.x, box.x))
        columns[box.column] = (min(left, box.x), max(right, box.x + box.width))
    for at in columns:
        if at + 1 in columns:
            assert columns[at][1] < columns[at + 1][0]


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_without_its_backward_arrows_a_graph_has_no_cycle(graph):
    nodes, arrows = graph
    pairs = [(arrow.tail, arrow.head) for arrow in arrows]
    back = layering.backward(len(nodes), pairs)
    assert not back or any(tail >= head for tail, head in pairs)  # without a cycle, none is
    rest = [pair for at, pair in enumerate(pairs) if at not in back]
    column = layering.columns(len(nodes), rest)
    assert all(column[tail] < column[head] for tail, head in rest)
    assert {at for at, (tail, head) in enumerate(pairs) if tail == head} <= back


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25, unique=True),
    st.permutations(range(8)),
)
def test_crossings_are_counted(pairs, after):
    out = [[head for tail, head in pairs if tail == node] for node in range(8)]
    place = {node: at for at, node in enumerate(after)}
    expected = sum(
        (one[0] - other[0]) * (place[one[1]] - place[other[1]]) < 0
        for at, one in enumerate(pairs)
        for other in pairs[:at]
    )
    assert layering.crossings(range(8), after, out) == expected


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 10)), max_size=30))
def test_rising_values_rise_and_keep_the_mean(wanted):
    values, weights = [value for value, _ in wanted], [weight for _, weight in wanted]
    found = layering.rising(values, weights)
    assert all(one <= other + 1e-6 for one, other in pairwise(found))
    means = [sum(v * w for v, w in zip(some, weights, strict=True)) for some in (values, found)]
    assert means[0] == pytest.approx(means[1], abs=1e-2)


# The drawing.


def drawn(view, language="en"):
    return ET.fromstring(svg.render(svg.draw(view, language)))


def cards_of(root):
    """The groups of boxes: title, rectangle, texts."""
    return [group for group in root.iter(f"{NS}g") if group.find(f"{NS}title") is not None]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("seed", range(4))
def test_every_item_stands_once_and_its_text_fits(language, seed):
    view = network(70, seed, is_tangled=seed % 2 == 1, boxes=4)
    root = drawn(view, language)
    titles = [group.findtext(f"{NS}title") for group in cards_of(root)]
    items = [*view.graph.depth, *{stay.container for stay in view.graph.stays}]
    for item in items:
        assert sum(title.endswith(f" {item}") for title in titles) == 1
    assert len(titles) == len(items) + len(view.graph.makings)
    for group in cards_of(root):
        _text_fits(group)
    graph = view.graph  # and it is drawn the same in whatever order it comes
    turned = replace(
        graph, depth=dict(reversed(graph.depth.items())),
        makings=dict(reversed(graph.makings.items())), stays=tuple(reversed(graph.stays)),
    )  # fmt: skip
    assert svg.draw(replace(view, graph=turned), language) == svg.draw(view, language)


def _text_fits(group):
    rect = group.find(f"{NS}rect")
    left, top = float(rect.get("x")), float(rect.get("y"))
    right, below = left + float(rect.get("width")), top + float(rect.get("height"))
    for text in group.findall(f"{NS}text"):
        size, x = float(text.get("font-size")), float(text.get("x"))
        wide = width(text.text or "", size, text.get("font-weight") == "700")
        start = x - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
        assert left < start and start + wide < right, text.text
        assert top + size / 2 < float(text.get("y")) < below


def small(**more):
    """Pork into sausage, in a container."""
    pork, sausage = lot_uri(1), lot_uri(2)
    graph = Graph(
        roots=(sausage,), is_forward=False, size=12, depth={sausage: 0, pork: -1},
        makings={5: Making(5, "urn:suyuan:step:make", "urn:uscc:1", WHEN_MICROS)},
        edges=(Edge(pork, 5, False, Quantity(80_500_000, "kg")), Edge(sausage, 5, True, None)),
        stays=(Stay(sausage, PALLET, WHEN_MICROS, 7, None, None, Quantity(30_000_000, "kg")),),
        is_cut=False,
    )  # fmt: skip
    return view_of(graph, lots={pork: Lot(pork, 1, "猪肉", None, None, None)}, **more)


def texts(view, language="en"):
    return [text.text for text in drawn(view, language).iter(f"{NS}text")]


def test_a_box_says_what_it_is():
    view = small(names={"urn:uscc:1": "同安香肠厂"})
    assert {"猪肉", "asked for", "Made", "同安香肠厂", "80.5 kg", "Container"} <= set(texts(view))
    assert {"所查", "加工", "80.5 千克", "容器"} <= set(texts(view, "zh"))
    assert any("12 records" in text for text in texts(view))


def test_marks_are_symbol_word_and_colour():
    pork, sausage = lot_uri(1), lot_uri(2)
    view = small(
        marks={pork: Mark.RECALLED, sausage: Mark.CONTAINS_RECALLED,
                  PALLET: Mark.ON_HOLD},
        findings={pork: (ItemFinding("overdrawn", pork, 5, None, as_message("…"), (5,)),)},
    )  # fmt: skip
    found = {}
    for group in cards_of(drawn(view)):
        item = group.findtext(f"{NS}title").split()[-1]
        words = [text.text for text in group.findall(f"{NS}text")]
        found[item] = (words, group.find(f"{NS}rect").get("fill"), len(group.findall(f"{NS}path")))
    assert "RECALLED" in found[pork][0] and "doubts: 1" in found[pork][0]
    assert found[pork][2] == 2
    assert "CONTAINS RECALLED" in found[sausage][0]
    assert "ON HOLD" in found[PALLET][0]
    assert len({found[item][1] for item in (pork, sausage, PALLET)}) == 3


def test_who_has_it_is_told_in_few_lines():
    sausage = lot_uri(2)
    stock = tuple(
        Stock(sausage, f"urn:uscc:{at}", at == 1, at == 2, None, Quantity(at * 1_000_000, "kg"))
        for at in range(6)
    )
    found = texts(small(stock={sausage: stock}))
    assert "on its way to 1" in found and "2 (as reported)" in found
    assert "and 3 more places" in found


def test_two_ways_are_joined_and_what_was_cut_is_said():
    assert "All of it" in (whole := "\n".join(texts(small()))) and "there is more" not in whole
    back = replace(small().graph, depth={lot_uri(2): 0, lot_uri(1): 1})
    forward = replace(back, depth={lot_uri(2): 0, lot_uri(3): 1}, makings={}, edges=(), is_cut=True)
    found = joined(back, forward)
    assert found.depth == {lot_uri(1): -1, lot_uri(2): 0, lot_uri(3): 1}
    assert found.edges == back.edges and found.is_cut
    assert joined(back, None).depth == {lot_uri(2): 0, lot_uri(1): -1}
    cut_short = "\n".join(texts(replace(small(), graph=found)))
    assert "Not all of it: there is more" in cut_short


@given(st.text(max_size=80), st.text(max_size=30))
@settings(max_examples=80, deadline=None)
def test_strangers_words_break_no_drawing(name, actor):
    pork = lot_uri(1)
    view = replace(
        small(names={"urn:uscc:1": actor}), lots={pork: Lot(pork, 1, name, None, None, None)}
    )
    root = drawn(view)
    for group in cards_of(root):
        _text_fits(group)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", "".join(root.itertext()))


@given(st.text(alphabet="猪肉 abcWi.", max_size=60), st.integers(30, 300))
def test_text_is_cut_to_what_fits(text, space):
    assert width(cut(text, space, 11), 11, False) <= max(space, 11)
    lines = wrapped(text, space, 11)
    assert len(lines) <= 2
    assert all(width(line, 11, False) <= max(space, 11) for line in lines)


def test_an_arrow_to_nowhere_is_refused():
    with pytest.raises(ValueError, match="not there"):
        arrange([Node(1, 1)], [Arrow(0, 1)])


def test_a_cycle_is_drawn_as_one():
    one, other = lot_uri(1), lot_uri(2)
    graph = replace(
        small().graph,
        depth={one: 0, other: 1},
        makings={5: Making(5, None, "urn:uscc:1", 0), 6: Making(6, None, "urn:uscc:1", 0)},
        edges=tuple(
            Edge(item, making, out, None)
            for item, making, out in ((one, 5, False), (other, 5, True), (other, 6, False),
                                      (one, 6, True), (one, 5, True))
        ),
        stays=(),
    )  # fmt: skip
    assert 'stroke-dasharray="9 3 2 3"' in svg.draw(view_of(graph), "zh").elements


def test_too_much_is_refused_with_what_to_do(monkeypatch):
    view = network(30)
    monkeypatch.setattr(svg, "MOST", 20)
    with pytest.raises(svg.TooManyError, match="fewer steps"):
        svg.draw(view, "zh")
    monkeypatch.undo()
    monkeypatch.setattr(svg, "MOST_LINES", 3)
    with pytest.raises(svg.TooManyError, match="lines are too many"):
        svg.draw(view, "zh")
    monkeypatch.undo()
    monkeypatch.setattr(layouts, "MOST_LANES", 2)
    with pytest.raises(svg.TooManyError, match="too tangled"):
        svg.draw(network(60, 3, is_tangled=True), "zh")


@pytest.mark.parametrize("is_tangled", [False, True])
def test_the_largest_drawing_is_made_in_seconds(is_tangled):
    """Its work grows little more than with what is drawn, and ends whatever the graph."""
    started = time.thread_time()
    try:
        drawing = svg.draw(network(1_000, 1, is_tangled=is_tangled, boxes=20), "zh")
        sheets(drawing)
    except svg.TooManyError:
        assert is_tangled
    assert time.thread_time() - started < 20


@pytest.mark.parametrize("is_tangled", [False, True])
def test_hundreds_of_boxes_keep_apart_and_amounts_stand_on_nothing(is_tangled):
    view = network(300 if is_tangled else 90, 5, is_tangled=is_tangled, boxes=10)
    parts = svg._Parts(view, "zh")
    layout = arrange([Node(card.width, card.height) for card in parts.cards], parts.arrows)
    _apart(layout.boxes)
    placed = list(place_notes(parts.arrows, layout.routes, parts.notes, layout.boxes))
    taken = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in layout.boxes]
    for note in placed:
        wide = width(note.text, NOTE_SIZE, False)
        x = note.x - {"start": 0, "middle": wide / 2, "end": wide}[note.anchor]
        here = (x, note.y - 9, x + wide, note.y + 1)
        for other in taken:
            assert not (
                here[0] < other[2] and other[0] < here[2] and here[1] < other[3]
                and other[1] < here[3]
            )  # fmt: skip
        taken.append(here)
    assert is_tangled or len(placed) > 0.8 * sum(1 for text in parts.notes if text)


# On paper.


@pytest.mark.parametrize("count", [1, 2, 60, 200])
def test_sheets_show_every_box_whole(count):
    drawing = svg.draw(network(count, 3), "zh")
    found = sheets(drawing)
    assert count > 2 or len(found) == 1
    for sheet in found:
        assert sheet.width <= WIDTH * 1.2 + 1 and sheet.height <= HEIGHT * 1.2 + 1
    whole = [
        any(
            sheet.x <= f.x and f.x + f.width <= sheet.x + sheet.width
            and sheet.y <= f.y and f.y + f.height <= sheet.y + sheet.height
            for sheet in found
        )
        for f in drawing.frames
    ]  # fmt: skip
    assert whole[0]
    assert sum(whole) >= 0.97 * len(whole)
    for frame in drawing.frames:  # what is cut is on two sheets, and nothing is left out
        assert any(
            s.x <= frame.x <= s.x + s.width and s.y <= frame.y <= s.y + s.height for s in found
        )
