"""Bytes to JSON: what is refused before EPCIS is looked at, and where it says the fault is."""

import pytest

from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.epcis.json_reading import (
    LIMIT,
    MAX_DEPTH,
    EpcisError,
    Problem,
    read_json,
    shown,
    value_problems,
)


def problems(data):
    with pytest.raises(EpcisError) as caught:
        read_json(data)
    return [(problem.path, problem.reason) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "path", "what"),
    [
        (b"", "", "empty"), (b" \n", "", "empty"), (b"\xef\xbb\xbf", "", "empty"),
        (b"<epcis:EPCISDocument/>", "", "only the JSON form"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "", "only the JSON form"),
        (b'{"a":\xff}', "", "byte 0xff at offset 5"), ('{"a":1}'.encode("utf-16"), "", "not UTF-8"),
        (b'{"a":1,}', "", "line 1, column 8"), (b'{"a":1} x', "", "not JSON"),
        (b'{"a": // no\n 1}', "", "line 1, column 7"), (b'"a\nb"', "", "control character"),
        (b'{"a":[1,{"a":1,"b":2,"a":3}]}', "/a/1/a", "twice"), (b'{"a":[NaN]}', "/a/0", "NaN"),
        (b'{"a":[1,-Infinity]}', "/a/1", "Infinity"),
        (b'{"q":1234567890.123456}', "/q", "16 digits"),
        (b'{"q":1.000000000000000}', "/q", "16 digits"),
        (b'{"q":-1234567890123456}', "/q", "16 digits"),
        (b'{"q":' + b"9" * 5000 + b"}", "/q", "5000 digits"),
        (b'{"q":1e400}', "/q", "out of range"), (b'{"q":1e16}', "/q", "out of range"),
        (b'{"q":1e-400}', "/q", "out of range"), (b'{"a/b~":["\\u0000"]}', "/a~1b~0/0", "U+0000"),
        (b'{"a":"\\ud800"}', "/a", "half a character"), (b'{"\\ud800":1}', "", "name"),
        (b"[" * 100_000, "", "too deep"),
    ],
)  # fmt: skip
def test_refused_with_the_place_of_the_fault(data, path, what):
    found = problems(data)
    assert len(found) == 1
    assert found[0][0] == path
    assert what.lower() in found[0][1].lower()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}), (b'{"q":123456789.123456}', {"q": 123456789.123456}),
        (b'{"q":0.000123456789012345}', {"q": 0.000123456789012345}),
        (b'{"q":-0.5e-3}', {"q": -0.0005}), (b'{"q":9876.0}', {"q": 9876.0}),
        (b'{"q":0e999}', {"q": 0.0}), (b'["\\ud83d\\udc1f", "\xe6\xba\xaf"]', ["🐟", "溯"]),
        (b'{"":{"":null}}', {"": {"": None}}),
    ],
)  # fmt: skip
def test_read_as_written(data, value):
    assert read_json(data) == value


def test_depth_is_counted_from_the_document():
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    found = problems(b'{"a":' * MAX_DEPTH + b"[]" + b"}" * MAX_DEPTH)
    assert found == [("/a" * MAX_DEPTH, "objects and lists stand too deep within each other")]


def test_every_fault_is_told_up_to_the_limit():
    assert [path for path, _ in problems(b'[NaN,{"b":NaN},1,1e999]')] == ["/0", "/1/b", "/3"]
    with pytest.raises(EpcisError) as caught:
        read_json(b"[" + b",".join([b"NaN"] * 500) + b"]")
    assert len(caught.value.problems) == LIMIT
    assert caught.value.cut
    assert "more than 100 problems" in str(caught.value)


def test_values_made_here_are_held_to_the_same():
    assert value_problems({"a": [1, 2.5, 10**15 - 1, "x", None, True, 5000.0]}) == []
    bad = {"a": 0.1 + 0.2, "b": 10**16, "c": (1,), "d": float("nan"), "e": "\ud800", "f": {1: 2}}
    assert sorted(problem.path for problem in value_problems(bad)) == [
        "/a", "/b", "/c", "/d", "/e", "/f",
    ]  # fmt: skip


def test_an_error_reads_as_a_sentence_and_orders_positions_as_numbers():
    error = EpcisError([Problem(f"/a/{at}", "w", "f") for at in (10, 2)] + [Problem("", "w", "f")])
    assert [problem.path for problem in error.problems] == ["", "/a/2", "/a/10"]
    assert str(error) == (
        "This cannot be read as EPCIS 2.0, 3 problems: "
        "the document: w (f); /a/2: w (f); /a/10: w (f)."
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 100, '"' + "x" * 60 + '…"'), ("溯源", '"溯源"'), ("\ud800", '"\\ud800"'),
        (None, "null"),
        (True, "true"), (1.5, "1.5"), (10**3000, "a number of many digits"),
        ([1, 2], "a list of 2"), ({"a": 1}, "an object of 1 members"),
    ],
)  # fmt: skip
def test_values_are_shown_short_and_encodable(value, text):
    assert shown(value) == text
    shown(value).encode()


@pytest.mark.parametrize(
    ("data", "path", "what"),
    [
        (b"[]", "", "a list of 0"),
        (b"{}", "/type", "missing"),
        (b'{"type":"EPCISMasterDataDocument"}', "/type", "no kind"),
        (b'{"type":["EPCISDocument"]}', "/type", "no kind"),
        (b'{"type":"ObjectEvent"}', "/type", "one event without a document"),
    ],
)
def test_what_is_no_document_is_named(data, path, what):
    with pytest.raises(EpcisError) as caught:
        parse_document(data)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert what in problem.reason
