"""The evidence file's bytes: one form, exact members, and one family of errors for all else."""

import hashlib
import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.work import pace

from suyuan.keys import canonical
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import Bundle, Entry, EvidenceError, NewerVersion, parse

ITEM = "https://trace.food.example/t/1Q4T9ZC2KM8W0RB3"
SMALL = Bundle(
    ITEM, "a note\n", (Entry(0, b'{"a":"b"}', ()), Entry(7, b"x", (b"\1" * 32, b"\2" * 32))),
    {hashlib.sha256(b"body").hexdigest(): b"body"}, ("WyJhIl0", "WyJiIl0"),
)  # fmt: skip
DATA = SMALL.encode()


def changed(**members: object) -> bytes:
    """The small file with members replaced; `...` takes one away."""
    value = json.loads(DATA) | members
    return canonical.dumps({name: part for name, part in value.items() if part is not ...})


def test_what_is_written_is_read_back():
    assert parse(DATA) == SMALL
    assert parse(changed(attachments=..., disclosures=...)) == Bundle(
        ITEM, SMALL.checkpoint, SMALL.entries
    )


def test_it_is_the_documented_object():
    assert json.loads(DATA) == {
        "v": 1,
        "item": ITEM,
        "checkpoint": "a note\n",
        "entries": [
            {"index": 0, "entry": '{"a":"b"}', "proof": []},
            {
                "index": 7,
                "entry": "x",
                "proof": [
                    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
                    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
                ],
            },
        ],
        "attachments": {
            "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5": "Ym9keQ=="
        },
        "disclosures": ["WyJhIl0", "WyJiIl0"],
    }


ENTRY = {"index": 0, "entry": "x", "proof": []}
HASH = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
REFUSED = {
    "no version": changed(v=...), "version 0": changed(v=0), "version true": changed(v=True),
    "no item": changed(item=...), "item no URI": changed(item="lot 7"),
    "item not ASCII": changed(item="https://x.example/批"),
    "no checkpoint": changed(checkpoint=...),
    "checkpoint an object": changed(checkpoint={}), "no entries": changed(entries=...),
    "entries empty": changed(entries=[]), "entries an object": changed(entries={}),
    "another member": changed(heads={}), "entry a string": changed(entries=["x"]),
    "entry with more": changed(entries=[ENTRY | {"hash": "0" * 64}]),
    "entry without proof": changed(entries=[{"index": 0, "entry": "x"}]),
    "index negative": changed(entries=[ENTRY | {"index": -1}]),
    "index true": changed(entries=[ENTRY | {"index": True}]),
    "index a fraction": changed(entries=[ENTRY | {"index": 0.5}]),
    "index a string": changed(entries=[ENTRY | {"index": "0"}]),
    "index twice": changed(entries=[ENTRY, ENTRY]),
    "index descending": changed(entries=[ENTRY | {"index": 2}, ENTRY]),
    "entry bytes an object": changed(entries=[ENTRY | {"entry": {}}]),
    "proof a string": changed(entries=[ENTRY | {"proof": HASH}]),
    "proof of a number": changed(entries=[ENTRY | {"proof": [1]}]),
    "proof hash short": changed(entries=[ENTRY | {"proof": ["AQE="]}]),
    "proof unused bits": changed(entries=[ENTRY | {"proof": [HASH[:-2] + "F="]}]),
    "proof too long": changed(entries=[ENTRY | {"proof": [HASH] * 65}]),
    "attachments empty": changed(attachments={}),
    "attachments a list": changed(attachments=["Ym9keQ=="]),
    "attachment not base64": changed(attachments={"0" * 64: "*"}),
    "attachment of another digest": changed(attachments={"0" * 64: "Ym9keQ=="}),
    "disclosures empty": changed(disclosures=[]),
    "disclosures unsorted": changed(disclosures=["b", "a"]),
    "disclosure twice": changed(disclosures=["a", "a"]),
    "disclosure a number": changed(disclosures=[1]), "a list": b"[]", "null": b"null",
    "nothing": b"", "a line end behind": DATA + b"\n",
    "spaces": json.dumps(json.loads(DATA)).encode(),
    "another order": json.dumps(
        dict(reversed(json.loads(DATA).items())), separators=(",", ":")
    ).encode(),
    "a duplicate": DATA.replace(b'"v":1}', b'"v":1,"v":1}'),
    "not UTF-8": DATA.replace(b"a note", b"\xff note"),
    "a number of its own": DATA.replace(b'"v":1', b'"v":1.0'),
}  # fmt: skip


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_all_else_is_refused(data):
    with pytest.raises(EvidenceError):
        parse(data)


def test_another_version_is_undecided_rather_than_broken():
    with pytest.raises(NewerVersion):
        parse(changed(v=3, more={}))


def test_bounds_hold(monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BYTES", len(DATA) - 1)
    with pytest.raises(EvidenceError):
        parse(DATA)
    with pytest.raises(EvidenceError):
        SMALL.encode()
    monkeypatch.setattr(bundle, "MAX_BYTES", len(DATA))
    assert parse(DATA) == SMALL
    monkeypatch.setattr(bundle, "MAX_ENTRIES", 1)
    with pytest.raises(EvidenceError):
        parse(DATA)


BOMBS = {
    "deep": b"[" * 2_000_000, "deep and closed": b"[" * 500_000 + b"]" * 500_000,
    "deep objects": b'{"a":' * 500_000, "digits": b'{"v":' + b"9" * 10_000_000 + b"}",
    "a long fraction": b'{"v":1.' + b"3" * 10_000_000 + b"}",
    "a large exponent": b'{"v":1e999999999}', "a string without end": b'{"v":"' + b"x" * 10_000_000,
    "escapes": b'{"v":"' + b"\\u0041" * 1_000_000 + b'"}', "quotes": b'"' * 3_000_001,
    "many members": b"{" + b",".join(b'"%d":1' % n for n in range(300_000)) + b"}",
    "many entries": b'{"entries":[' + b",".join([b"1"] * 2_000_000) + b"]}",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_what_is_made_to_hurt_is_refused_soon(data):
    begun, slower = time.thread_time(), pace()
    with pytest.raises(EvidenceError):
        parse(data)
    assert time.thread_time() - begun < 20 * slower


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@given(
    st.binary(max_size=300)
    | st.builds(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"), JSON)
)
def test_garbage_raises_the_one_family(data):
    with pytest.raises(EvidenceError):
        parse(data)


NAMES = ["v", "item", "checkpoint", "entries", "attachments", "disclosures", "heads", "index"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.just(1)))
def test_wrong_members_raise_the_one_family(members):
    value = json.loads(DATA) | members
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with suppress(EvidenceError):
        parse(data.encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read_back_as_it_is(at, byte):
    data = DATA[:at] + bytes([byte]) + DATA[at + 1 :]
    try:
        found = parse(data)
    except EvidenceError:
        return
    assert found.encode() == data
