import base64
import contextlib
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suyuan.keys import dsse
from suyuan.keys.dsse import Envelope
from suyuan.keys.errors import EncodingError
from suyuan.keys.signer import LocalSigner

FAST = settings(deadline=None, max_examples=150)
TYPE = "application/vnd.suyuan.link+json"
SIGNER = LocalSigner.from_seed(bytes(range(32)))
SEALED = dsse.seal(SIGNER, TYPE, b'{"v":1}')
# The same, written out: base64 of the payload, the key's id, the signature.
VALID = (
    '{"payload":"eyJ2IjoxfQ==","payloadType":"application/vnd.suyuan.link+json","signatures":'
    '[{"keyid":"'
    + SIGNER.public.keyid
    + '","sig":"'
    + base64.b64encode(SIGNER.sign(dsse.pae(TYPE, b'{"v":1}'))).decode()
    + '"}]}'
).encode()


def test_pae_of_the_dsse_specification():
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("é", "é".encode()) == b"DSSEv1 2 \xc3\xa9 2 \xc3\xa9"
    assert dsse.pae("", b"") == b"DSSEv1 0  0 "


def test_seal_encodes_as_the_format_says():
    assert SEALED.encode() == VALID
    assert SEALED.verify(SIGNER.public)
    assert dsse.decode(VALID, TYPE) == SEALED


def test_verify_holds_to_key_payload_and_type():
    other = LocalSigner.from_seed(bytes(32))
    assert not SEALED.verify(other.public)
    assert not Envelope(TYPE, b"{}", SEALED.keyid, SEALED.signature).verify(SIGNER.public)
    assert not Envelope(TYPE + "x", SEALED.payload, SEALED.keyid, SEALED.signature).verify(
        SIGNER.public
    )
    # The keyid names another key, whatever the signature says.
    assert not Envelope(TYPE, SEALED.payload, other.public.keyid, SEALED.signature).verify(
        SIGNER.public
    )


@FAST
@given(st.binary(max_size=60), st.binary(max_size=70), st.integers(0, 2**256 - 1))
def test_round_trip(payload, signature, number):
    envelope = Envelope(TYPE, payload, f"{number:064x}", signature)
    assert dsse.decode(envelope.encode(), TYPE) == envelope
    assert json.loads(envelope.encode())["payloadType"] == TYPE


@settings(deadline=None, max_examples=400)
@given(st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_every_changed_byte_is_refused_or_means_something_else(at, byte):
    changed = VALID[:at] + bytes([byte]) + VALID[at + 1 :]
    try:
        found = dsse.decode(changed, TYPE)
    except EncodingError:
        return
    assert found.encode() == changed
    assert (found == SEALED) == (changed == VALID)


@pytest.mark.parametrize("at", range(len(VALID) + 1))
def test_every_inserted_or_missing_byte_is_refused(at):
    for changed in (VALID[:at] + b" " + VALID[at:], VALID[:at] + VALID[at + 1 :]):
        if changed != VALID:
            with pytest.raises(EncodingError):
                dsse.decode(changed, TYPE)


PARTS = json.loads(VALID)
SIGNATURE = PARTS["signatures"][0]


@pytest.mark.parametrize(
    "data",
    [
        b"", json.dumps(PARTS).encode(), json.dumps(PARTS, indent=1).encode(), VALID + b"\n",
        b"\xef\xbb\xbf" + VALID, VALID.replace(b"link+json", b"possession+json"),
        VALID.replace(b"application/", b"application\\/"), VALID.replace(b"eyJ2", b"\\u0065yJ2"),
        VALID.replace(b"fQ==", b"fR=="), VALID.replace(b"fQ==", b"fQ"),
        VALID.replace(b"fQ==", b"fQ=="[:3]), VALID.replace(b"eyJ2IjoxfQ==", b"eyJ2Ijox-_=="),
        VALID.replace(SIGNER.public.keyid.encode(), SIGNER.public.keyid.upper().encode()),
        VALID.replace(SIGNER.public.keyid.encode(), SIGNER.public.keyid[:-1].encode()),
        json.dumps(dict(reversed(PARTS.items())), separators=(",", ":")).encode(),
        json.dumps({**PARTS, "signatures": []}, separators=(",", ":")).encode(),
        json.dumps({**PARTS, "signatures": [SIGNATURE] * 2}, separators=(",", ":")).encode(),
        json.dumps({**PARTS, "more": 1}, separators=(",", ":")).encode(),
        VALID.replace(b'{"payload":', b'{"payload":"","payload":'),
        VALID.replace(b'"sig":', b'"sig":"","sig":'),
    ],
)  # fmt: skip
def test_other_spellings_are_refused(data):
    assert data != VALID
    with pytest.raises(EncodingError):
        dsse.decode(data, TYPE)


@FAST
@given(st.binary() | st.text().map(str.encode), st.integers(0, len(VALID)))
def test_any_bytes_decode_or_raise_encoding_error(data, at):
    for candidate in (data, VALID[:at] + data, VALID[:at] + data + VALID[at:]):
        with contextlib.suppress(EncodingError):
            assert dsse.decode(candidate, TYPE).encode() == candidate


@FAST
@given(st.text('",:[]{}\\ sigkeyd0', max_size=60), st.booleans())
@example('x","signatures":[{"keyid":"' + "0" * 64 + '","sig":"AAAA"}]}', True)
@example('x","payloadType":"' + TYPE, True)
@example('0","sig":"AAAA"}]}', False)
def test_nothing_is_smuggled_by_an_unescaped_type_or_keyid(text, in_type):
    """Quotes in either make bytes that decode to nothing, or to just what was put in."""
    kind, keyid = (text, SEALED.keyid) if in_type else (TYPE, text)
    envelope = Envelope(kind, b"p", keyid, b"s")
    for expected in (TYPE, kind, "x"):
        with contextlib.suppress(EncodingError):
            assert dsse.decode(envelope.encode(), expected) == envelope
