"""The pure functions of the library and of the second verifier agree on whatever they are given."""

import json

import pytest
import rfc8785
from conformance.reference import encoding, identifiers
from conformance.strategies import VALUES, examples
from conformance.vectors import making
from hypothesis import given
from hypothesis import strategies as st

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.format.identifiers import codes, items

pytestmark = pytest.mark.slow

PIECES = st.sampled_from([
    "https://", "http://", "HTTPS://", "ftp://", "id.gs1.org", "x", "/", "/01/", "06901234567892",
    "06901234567893", "/10/", "/21/", "/22/", "/00/", "069012340000000016", "/414/", "/254/",
    "/7040/", "/8003/", "/8018/", "/8019/", "?", "#", "%2F", "%", "%zz", "A", "b", ".",
    "..", "urn:",
    "urn:epc:id:sgtin:", "urn:epc:class:lgtin:", "urn:epc:id:sscc:", "urn:epc:idpat:",
    "urn:epc:id:sgln:", "6901234", "056789", "6901234.056789.", "0000000001", ".1", ":", " ",
    "批", "\u017f", "\u212a", "\x7f", "ü", "１", "\t", "\n", "\r", "\u2028", "x" * 250,
    making.CODED,
])  # fmt: skip


@examples(700)
@given(st.one_of(st.lists(PIECES, max_size=10).map("".join), st.text(max_size=30)))
def test_identifiers(text):
    if not any("\ud800" <= letter <= "\udfff" for letter in text):  # no payload has one
        assert items.canonical(text) == identifiers.canonical(text)


@examples(300)
@given(
    st.text(max_size=20), st.text(codes.ALPHABET + codes.ALPHABET.lower() + "ilo -U", max_size=20)
)
def test_codes(uri, typed):
    uri = uri.encode("utf-8", "replace").decode()
    assert codes.of_uri(uri, making.HOST) == identifiers.code_of_uri(uri, making.HOST)
    expected = identifiers.read_code(typed)
    try:
        assert codes.read(typed) == expected
    except codes.IdentifierError:
        assert expected is None


JSON_PIECES = st.sampled_from([
    "{", "}", "[", "]", ",", ":", '"', '"a"', '"b":', '"a":1', "1", "0", "-", "-0", ".", ".5", "e",
    "e+21", "E5", "9007199254740991", "9007199254740992", "1e400", "1.5", "1e-7", "true", "null",
    "NaN", "Infinity", "\\", "\\u0000", "\\ud83d", "\\ude00", "\\n", "\\u000a", "\\/", "\x7f", "é",
    "\U0001f600", "\ufb33", " ", "\n", "\0", "\ufeff", '"\U0001f600":1', '"\ufb33":1',
])  # fmt: skip


def _parsed(parse, data):
    try:
        return (parse(data),)
    except (CanonicalError, ValueError):
        return None


@examples(700)
@given(
    st.one_of(
        st.lists(JSON_PIECES, max_size=12).map("".join).map(str.encode),
        VALUES.map(lambda value: json.dumps(value, separators=(",", ":")).encode()),
        VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")),
        st.floats().map(repr).map(str.encode),
        st.binary(max_size=12),
    )
)
def test_json(data):
    assert _parsed(canonical.parse, data) == _parsed(encoding.read_json, data)


@examples(500)
@given(VALUES)
def test_what_has_a_form_is_read_back(value):
    try:
        data = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return
    assert _parsed(canonical.parse, data) == _parsed(encoding.read_json, data)
