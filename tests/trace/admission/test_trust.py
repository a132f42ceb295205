import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust, TrustError

# The trust file of the format's small ledger.
TEXT = """{"v": 1,
 "log": "trace.food.example/log+f17472db+AU/QmczUfXiT3+nsJEFOyw2bVCAjKq0w2RxGW+M8vmXE",
 "host": "trace.food.example",
 "authority": {"party": "urn:uscc:11350200004138163G",
  "spki": "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="},
 "policy": "none",
 "auditing": [],
 "entries": "public"}"""
FOUND = json.loads(TEXT)


def with_member(value, *path):
    found = json.loads(TEXT)
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return json.dumps(found)


def without(name):
    return json.dumps({key: value for key, value in FOUND.items() if key != name})


def test_trust_file_of_the_small_ledger():
    trust = Trust.from_json(TEXT)
    authority = LocalSigner.from_seed(bytes(range(32))).public
    log = LocalSigner.from_seed(bytes(range(160, 192))).public
    assert trust == Trust(
        VerifierKey("trace.food.example/log", log),
        "trace.food.example",
        "urn:uscc:11350200004138163G",
        authority,
    )
    assert trust.origin == "trace.food.example/log"
    assert trust.genesis.origin == trust.origin
    assert trust.genesis.root_keyid == authority.keyid
    assert json.loads(trust.to_json()) == FOUND


@pytest.mark.parametrize("alg", ["Ed25519", "ECDSA-P256"])
def test_round_trip(alg):
    trust = Trust(
        VerifierKey("log.example/账本", LocalSigner.from_seed(bytes(32)).public),
        "log.example",
        "urn:x:authority",
        LocalSigner.new(alg).public,
        "log …\nquorum q\n",
        ("witness.example/审计",),
        "private",
    )
    assert Trust.from_json(trust.to_json()) == trust
    assert trust.to_json().endswith("}\n")
    assert "账本" in trust.to_json()


LOG, SPKI = FOUND["log"], FOUND["authority"]["spki"]
WRONG_VALUES = {
    "more": [1], "v": [2, "1", True, 1.0], "log": ["", LOG + "x", LOG.replace("trace", "\ud800")],
    "host": ["", None], "authority": ["urn:x"], "authority/party": ["no uri", "urn:批"],
    "authority/spki": ["AAAA", "\ud800", SPKI.replace("=", "")], "authority/more": [1],
    "policy": ["", None], "auditing": ["witness", [1]], "entries": ["secret", ["public"]],
}  # fmt: skip
WRONG = [
    *(without(name) for name in FOUND),
    *(
        with_member(value, *path.split("/"))
        for path in WRONG_VALUES
        for value in WRONG_VALUES[path]
    ),
    *("", "null", "[]", TEXT[:-1], "1" * 5000, "[" * 100_000, "\ufeff" + TEXT),
]


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_wrong_trust_files_are_refused(text):
    with pytest.raises(TrustError, match=r"not a trust file: ."):
        Trust.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([*FOUND, "authority/party", "authority/spki"]), JSON, st.text())
def test_any_text_is_a_trust_file_or_raises_trust_error(member, value, text):
    for candidate in (with_member(value, *member.split("/")), text):
        with contextlib.suppress(TrustError):
            Trust.from_json(candidate)
