import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError

FAST = settings(deadline=None, max_examples=200)
NEAR = st.text("AQgw+/-_=\n éZ9", max_size=12)


@FAST
@given(st.binary(max_size=80))
def test_round_trip(data):
    assert base64.decode(base64.encode(data)) == data
    assert base64.decode_url(base64.encode_url(data)) == data


@FAST
@given(NEAR | st.text(max_size=12))
def test_text_is_the_one_spelling_or_refused(text):
    for decode, encode in ((base64.decode, base64.encode), (base64.decode_url, base64.encode_url)):
        try:
            data = decode(text)
        except EncodingError:
            continue
        assert encode(data) == text


@pytest.mark.parametrize(
    ("decode", "spellings"),
    [
        (base64.decode, ["QQ", "QQ=", "QR==", "QUJ=", "QQ==\n", "Q Q==", "QQ===", "====",
                         "QQ==QQ==", "-_-_", "é"]),
        (base64.decode_url, ["QQ==", "QR", "A", "+/+/", "-_-/", "QQ\n", "QU J", "é", "\ud800"]),
    ],
)  # fmt: skip
def test_other_spellings_are_refused(decode, spellings):
    for text in spellings:
        with pytest.raises(EncodingError):
            decode(text)


def test_known_answers():
    assert base64.encode(b"\xfb\xff\xbe\x00") == "+/++AA=="
    assert base64.encode_url(b"\xfb\xff\xbe\x00") == "-_--AA"
    assert re.fullmatch(r"[\w-]{43}", base64.encode_url(bytes(range(32))))
