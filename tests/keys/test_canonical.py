import json
import struct

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.ledger.work import seconds

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError

FAST = settings(deadline=None, max_examples=150)

# Magnitudes at which one writer or another changes its form.
EDGES = [
    number
    for base in (1e-7, 1e-6, 1e-5, 1e-4, 1.0, 1e15, 1e16, 2.0**53, 1e17, 1e20, 1e21, 1e22)
    for number in (base, base * (1 - 2**-53), base * (1 + 2**-52), base + 0.5, -base)
]
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([*EDGES, 5e-324, -0.0])
INTEGERS = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER) | st.sampled_from(
    [canonical.MAX_INTEGER, -canonical.MAX_INTEGER, 0, -1]
)
TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0")
    | st.sampled_from(
        '"\\/\x01\x08\t\n\x0b\x0c\r\x1f\x7f\x80\u2028\ud7ff\ue000\uffff\U00010000😀u0'
    )
)


def spelt_as_big_integer(number: float) -> bool:
    return 2**53 <= abs(number) < 1e21


def json_values(floats):
    return st.recursive(
        st.none() | st.booleans() | INTEGERS | floats | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    )


VALUES = json_values(FLOATS.filter(lambda number: not spelt_as_big_integer(number)))


def full(data):
    """What the full path says: a value in a tuple, or None for refused."""
    try:
        return (canonical._parse_full(data),)
    except CanonicalError:
        return None


def agree(data):
    """The two paths never disagree, and what parses is its own form."""
    quick, slow = canonical._parse_quick(data), full(data)
    assert quick is None or repr(quick) == repr(slow)
    if slow is not None:
        assert canonical.dumps(slow[0]) == data
        assert repr(canonical.parse(data)) == repr(slow[0])
    else:
        with pytest.raises(CanonicalError):
            canonical.parse(data)


@FAST
@given(VALUES)
@example({"\ue000": 1, "\U00010000": 2, "\ud7ff": 3})
@example([-0.0, 5e-324, 1e-7, 1e21, 1e22, 2**53 - 1, 1 - 2**53])
@example("\\u0000")
def test_what_dumps_writes_parses_to_the_same_value(value):
    data = canonical.dumps(value)
    assert canonical.parse(data) == value
    agree(data)


@FAST
@given(VALUES)
@example({"\U00010000": 1, "\ue000": 2})
@example({"b": 1.0, "a": -0.0})
def test_every_other_spelling_is_refused(value):
    data = canonical.dumps(value)
    spellings = [
        json.dumps(value, **how).encode()
        for how in (
            {}, {"indent": 1}, {"separators": (",", ":")},
            {"separators": (",", ":"), "ensure_ascii": False},
            {"separators": (",", ":"), "ensure_ascii": False, "sort_keys": True},
        )
    ]  # fmt: skip
    around = data + b"\n", b" " + data, b"\xef\xbb\xbf" + data
    for other in (*spellings, orjson.dumps(value), *around):
        agree(other)
        if other != data:
            with pytest.raises(CanonicalError):
                canonical.parse(other)


@FAST
@given(json_values(FLOATS), st.data())
def test_any_bytes_and_any_change_of_a_byte_parse_alike_or_raise_canonical_error(value, data):
    text = bytearray(canonical.dumps(value))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at : at + data.draw(st.integers(0, 1))] = data.draw(
        st.binary(max_size=2) | st.sampled_from([b"e", b".", b"-", b"0", b"\\", b'"', b","])
    )
    agree(bytes(text))
    agree(data.draw(st.binary() | st.text('[]{}",:\\u0eE+-.1tfn \n').map(str.encode)))


@FAST
@given(
    json_values(FLOATS | st.sampled_from([float("inf"), float("nan")])) | st.text(st.characters())
)
def test_dumps_raises_canonical_error_only(value):
    try:
        canonical.dumps(value)
    except CanonicalError:
        assert any(part in json.dumps(value) for part in ("Infinity", "NaN", "\\ud"))


@pytest.mark.parametrize("number", EDGES)
def test_paths_agree_where_writers_change_their_form(number):
    for spelling in (canonical.dumps(number), orjson.dumps(number), repr(number).encode()):
        agree(spelling)
        agree(b"[" + spelling + b"]")
        agree(b'{"a":' + spelling + b"}")


# Of RFC 8785, appendix B, what is written and not read back as it is; tests/vectors have the rest.
NUMBERS = """
0000000000000000 0
8000000000000000 0
0000000000000001 5e-324
7fefffffffffffff 1.7976931348623157e+308
4340000000000000 9007199254740992
c340000000000000 -9007199254740992
4430000000000000 295147905179352830000
444b1ae4d6e2ef4e 999999999999999700000
444b1ae4d6e2ef4f 999999999999999900000
"""


@pytest.mark.parametrize("line", NUMBERS.split("\n")[1:-1])
def test_numbers_of_the_rfc(line):
    bits, spelling = line.split()
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical.dumps(number) == spelling.encode()
    if spelt_as_big_integer(number):
        with pytest.raises(CanonicalError, match="beyond"):
            canonical.parse(spelling.encode())
    else:
        assert canonical.parse(spelling.encode()) == number


def test_sample_of_the_rfc():
    value = json.loads(
        r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
             "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
             "literals": [null, true, false]}"""
    )
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    ).encode()
    assert canonical.dumps(value) == expected
    assert canonical.parse(expected) == value
    keys = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert list(canonical.parse(canonical.dumps(dict.fromkeys(reversed(keys), 0)))) == keys


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"), (b"\xff", "not UTF-8 at byte 0"),
        (b'{"a":1,"a":1}', "the key 'a' stands twice"),
        (rb'{"a":1,"\u0061":1}', "the key 'a' stands twice"), (b"9007199254740992", "beyond"),
        (b"1" + b"0" * 5000, "beyond"), (b"1" + b"0" * 5000 + b".5", "too large"),
        (b"1e400", "too large"), (b"NaN", "NaN is no JSON number"),
        (b"-Infinity", "-Infinity is no JSON number"), (rb'"\ud800"', "lone surrogate"),
        (rb'"\u0000"', "U\\+0000"), (b'{"b":1,"a":1}', "not its own"), (b"01", "not JSON"),
    ],
)  # fmt: skip
def test_why_it_is_refused(data, why):
    with pytest.raises(CanonicalError, match=why):
        canonical.parse(data)


@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_64_at_most(left, right):
    def nested(depth):
        inner = "" if left == "[" else "{}"
        depth -= bool(inner)
        return (left * depth + inner + right * depth).encode()

    for depth in (63, 64):
        assert canonical.depth(nested(depth)) == depth
        agree(nested(depth))
        canonical.parse(nested(depth))
    for depth in (65, 66, 1025):
        with pytest.raises(CanonicalError, match="64 deep"):
            canonical.parse(nested(depth))


def test_brackets_and_escapes_in_strings_do_not_count():
    value = ["\\u0000", "[" * 100, '"[' * 100, "\\[" * 100, {"{" * 70: "]"}]
    assert canonical.depth(canonical.dumps(value)) == 2
    assert canonical.parse(canonical.dumps(value)) == value


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000, b'{"a":' * 50_000, b'"' + b'\\"' * 30_000, b'"' * 60_001,
        b"{" + b",".join(b'"%05d":0' % n for n in range(6_000)) + b',"05999":0}',
    ],
    ids=["brackets", "objects", "escaped quotes", "quotes", "keys"],
)  # fmt: skip
def test_hostile_input_is_refused_at_once(data):
    def parse():
        with pytest.raises(CanonicalError):
            canonical.parse(data)

    assert seconds(parse) < 1


ENDLESS: list = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), {1: 2}, {"a": {1}}, float("nan"), "\ud800", b"x", ENDLESS]
)
def test_dumps_refuses_what_has_no_form(value):
    with pytest.raises(CanonicalError):
        canonical.dumps(value)
