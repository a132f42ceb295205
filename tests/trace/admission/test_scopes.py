"""Lists of items under a hold or a recall, and who may speak for which."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys.validity import Party
from suyuan.trace.admission import scopes
from suyuan.trace.format import statements
from suyuan.trace.format.rules import Refused, Rule

ITEMS = ["https://id.gs1.org/01/06901234567892/10/L24", "urn:x:a", "urn:x:b"]
GOOD = scopes.members(ITEMS)


def refused(data, **changed):
    with pytest.raises(Refused) as found:
        scopes.read(data, GOOD | changed)
    assert found.value.rule is Rule.STATEMENT
    return found.value.why


def of(data):
    return {"list": scopes.hashlib.sha256(data).hexdigest()}


def test_what_is_rendered_is_read_back():
    assert scopes.read(scopes.render(ITEMS), GOOD) == sorted(ITEMS)
    assert scopes.render(reversed(ITEMS * 2)) == scopes.render(ITEMS)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"urn:x:b\nurn:x:a\n", "not sorted"),
        (b"urn:x:a\nurn:x:a\n", "an item twice"),
        (b"urn:x:a\nurn:x:b", "line feed"),
        (b"urn:x:a\r\nurn:x:b\r\n", "line 1"),
        (b"urn:x:a\n\nurn:x:b\n", "line 2"),
        (b"", "has 0 items"),
        (b"\n", "line 1"),
        ("urn:x:鱼\n".encode(), "not ASCII"),
        (b"\xff\n", "not ASCII"),
        (b"urn:epc:class:lgtin:6901234.056789.L24\n", "no item's canonical URI"),
        (b"https://id.gs1.org/417/6901234000009\n", "no item's canonical URI"),
        (b"urn:x:a\nurn:x:b\n", "has 2 items, the statement counts 3"),
        (b"urn:x:a\nurn:x:b\nurn:x:c\n", "another root"),
    ],
)
def test_a_list_of_another_form_is_refused(data, why):
    assert why in refused(data, **of(data))


def test_a_list_that_is_not_here_or_is_another_is_refused():
    assert "send it with the entry" in refused(None)
    assert "another file" in refused(b"urn:x:a\n")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_from_outside_are_refused_or_read(data):
    try:
        found = scopes.read(data, GOOD | of(data) | {"count": data.count(b"\n")})
    except Refused:
        return
    assert scopes.render(found) == data


def party(uri="urn:x:farm", gs1=()):
    return Party(uri, 1, 1, None, None, ("producer",), "350206", (), gs1, None)


@pytest.mark.parametrize(
    ("item", "prefixes", "coder", "is_own"),
    [
        (ITEMS[0], ("6901234",), None, True),
        (ITEMS[0], ("0690", "69012345"), None, True),
        (ITEMS[0], ("690123456789",), None, True),
        (ITEMS[0], ("6901235", "06901234"), None, False),
        (ITEMS[0], (), None, False),
        ("https://id.gs1.org/01/16901234567899/21/7", ("6901234",), None, True),
        ("https://id.gs1.org/00/069012340000000016", ("6901234",), None, False),
        ("https://trace.food.example/t/1Q4T9ZC2KM8W0RB3", (), "urn:x:farm", True),
        ("https://trace.food.example/t/1Q4T9ZC2KM8W0RB3", (), "urn:x:other", False),
        ("https://trace.food.example/t/1Q4T9ZC2KM8W0RB3", (), None, False),
    ],
)
def test_an_item_is_its_coders_and_its_prefixs(item, prefixes, coder, is_own):
    assert scopes.is_own(item, party(gs1=prefixes), coder) is is_own
    assert not scopes.is_own(item, None, coder)


def test_a_cleared_item_comes_back_by_an_extension():
    scope: dict[tuple[str, int], tuple[int, int | None]] = {}
    for op, leaf in (("order", 5), ("extend", 6), ("clear", 7), ("clear", 8)):
        scopes.apply(scope, op, ["urn:x:a"], 5, leaf)
    assert scope == {("urn:x:a", 5): (5, 7)}
    scopes.apply(scope, "extend", ["urn:x:a"], 5, 9)
    assert scope == {("urn:x:a", 5): (9, None)}
    scopes.apply(scope, "clear", ["urn:x:b"], 5, 10)
    assert scope["urn:x:b", 5] == (10, 10)


def test_an_act_about_nothing_is_no_statement():
    with pytest.raises(Refused) as found:
        statements.check({
            "type": "recall", "op": "order", "uri": "urn:x:act", "level": 1, "drill": False,
            "known": "2026-01-01T00:00:00Z", "reason": "检出", **scopes.members([]),
        })  # fmt: skip
    assert found.value.rule is Rule.MEMBERS
    assert "an act about no item is none" in found.value.why
