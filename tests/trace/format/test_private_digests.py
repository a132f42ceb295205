"""Hiding fields: digests among decoys, disclosures that show them, and whatever does not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.world import HOST, event

from suyuan.keys import base64, canonical
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.private import pointers
from suyuan.trace.format.private.audience import (
    CHAIN,
    OWN,
    PUBLIC,
    Audience,
    default_audience,
    hidden_by_default,
)
from suyuan.trace.format.private.digests import (
    Field,
    committed,
    digest,
    disclosure,
    hide,
    leave_out,
    read,
    require,
    with_fields,
)
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.format.statements import is_private
from suyuan.trace.store.files.disclosure_keys import KEY, seal, unseal

FARM = "urn:uscc:913502006120000127"
LOT = codes.uri_of("0000000000000000", HOST)
SIGNER = LocalSigner.from_seed(b"F" * 32)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def linked(body, kind="event"):
    """A link that says this; only its form counts here."""
    pen = Pen("trace.food.example/log", FARM, SIGNER, lambda pairs: dict.fromkeys(pairs))
    return parse(pen.sign(Draft(**{kind: body})))


def pointer_of(*names):
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


@settings(max_examples=40)
@given(st.dictionaries(NAMES.map("suyuan:{}".format), VALUES, min_size=1, max_size=20), st.data())
def test_any_fields_are_hidden_and_shown_again(fields, data):
    whole = event("count", LOT, "1", extra=fields)
    chosen = data.draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    body, stored = leave_out(whole, [pointer_of(name) for name in chosen])
    assert not set(chosen) & set(body)
    if not chosen:
        assert body == whole
        return
    link = linked(body)
    assert is_private(link.event["suyuan:private"])
    assert set(map(digest, stored)) <= set(committed(link)) and len(stored) == len(chosen)
    assert [require(one, link) for one in stored] == [read(one) for one in stored]
    back, homeless = with_fields(link.event, [read(one) for one in stored])
    del back["suyuan:private"]
    assert (back, homeless) == (whole, [])


@given(VALUES, VALUES, NAMES)
def test_another_salt_name_or_value_shows_nothing(value, other, name):
    pointer = pointer_of("suyuan:price")
    private, (stored,) = hide({pointer: value})
    link = linked(event("count", LOT, "1") | {"suyuan:private": private})
    salt, _, _ = json.loads(base64.decode_url(stored))
    assert require(stored, link) == Field(pointer, value)
    raw = base64.decode_url(salt)
    forged = [disclosure(pointer, value, bytes([raw[0] ^ 1]) + raw[1:])]
    forged.append(disclosure(pointer_of("suyuan:price", name), value, raw))
    if canonical.dumps([other]) != canonical.dumps([value]):
        forged.append(disclosure(pointer, other, raw))
    forged += [stored + "A", stored[:-1], "", stored + "="]
    for one in forged:
        with pytest.raises(PrivateError):
            require(one, link)


@given(st.binary(max_size=60))
def test_what_is_no_disclosure_is_none(data):
    for text in (data.decode("latin-1"), base64.encode_url(data)):
        found = read(text)
        assert found is None or isinstance(found, Field)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17])
def test_decoys_fill_up_and_cannot_be_told_apart(count):
    fields = {f"/suyuan:f{number}": number for number in range(count)}
    private, stored = hide(fields)
    digests = private["_sd"]
    assert len(digests) % 8 == 0 and len(digests) - count < 8
    # The real ones have no place of their own among them, as they would if they came first.
    assert digests == sorted(set(digests)) and all(len(one) == 43 for one in digests)
    assert set(map(digest, stored)) <= set(digests)
    again, more = hide(fields)
    assert not set(again["_sd"]) & set(digests)
    salts = {json.loads(base64.decode_url(one))[0] for one in stored + more}
    assert len(salts) == 2 * count and all(len(base64.decode_url(salt)) == 16 for salt in salts)


def test_the_digest_is_rfc_9901s():
    """Section 4.2.3 has this disclosure and its digest, over the stored string."""
    stored = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest(stored) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def test_a_salt_that_could_be_guessed_and_one_that_is_too_long_are_refused():
    for stored, why in (
        (disclosure("/suyuan:price", "3", bytes(8)), "128 bits"),
        (disclosure("/suyuan:note", "长" * 8_000, bytes(16)), "at most 16,384"),
    ):
        body = event("count", LOT, "1") | {"suyuan:private": {"_sd": [digest(stored)]}}
        with pytest.raises(PrivateError, match=why):
            require(stored, linked(body))


@pytest.mark.parametrize(
    "pointer",
    [
        "", "suyuan:price", "/epcList", "/type", "/eventTime", "/bizStep", "/a~", "/a~2b",
        "/quantityList/0/quantity", "/destinationList/0/destination", "/suyuan:private",
        "/suyuan:private/_sd", "/" + "x" * 600,
    ],
)  # fmt: skip
def test_what_the_rules_read_is_neither_hidden_nor_put_back(pointer):
    body = event("dispatch", LOT, "1", sender=FARM, recipient=FARM)
    with pytest.raises(PrivateError):
        leave_out(body, [pointer])
    assert pointers.put(body, pointer, "urn:x:y") is None
    private, (stored,) = hide({pointer: "urn:x:y"})
    with pytest.raises(PrivateError):
        require(stored, linked(body | {"suyuan:private": private}))


@pytest.mark.parametrize(
    "pointer",
    ["/suyuan:list/2/x", "/suyuan:list/-", "/suyuan:list/01/x", "/suyuan:list/0", "/suyuan:text/x",
     "/suyuan:there", "/suyuan:list/-1/x", "/suyuan:list/٠/x"],
)  # fmt: skip
def test_a_field_without_a_place_is_not_put_back(pointer):
    body = event(
        "count", LOT, "1", extra={"suyuan:list": [{}], "suyuan:text": "x", "suyuan:there": 1}
    )
    before = canonical.dumps(body)
    assert with_fields(body, [Field(pointer, 7)]) == (body, [Field(pointer, 7)])
    assert canonical.dumps(body) == before


def test_two_values_for_one_place_show_the_first_and_tell_the_second():
    body = event("count", LOT, "1")
    one, two = Field("/suyuan:price", "3"), Field("/suyuan:price", "4")
    back, homeless = with_fields(body, [one, two])
    assert back["suyuan:price"] == "3" and homeless == [two]
    assert "suyuan:price" not in body


def test_a_statement_hides_its_name_and_reason_only():
    said = acts.leave(FARM, "张三病了")
    body, (stored,) = leave_out(said, ["/reason"])
    assert "reason" not in body and require(stored, linked(body, "statement")).value == "张三病了"
    with pytest.raises(PrivateError, match="cannot be hidden in it, only reason"):
        leave_out(said, ["/party"])
    with pytest.raises(PrivateError, match="confidential fields already"):
        leave_out({**body, "reason": "x"}, ["/reason"])


def test_names_of_persons_prices_and_free_text_are_hidden_by_default():
    shop = "urn:uscc:92350200MA31GHEX0K"
    body = event(
        "dispatch", LOT, "1", sender=FARM, recipient=shop,
        extra={
            "suyuan:price": "12345.67", "suyuan:reason": "open", "suyuan:note": "小心轻放",
            "suyuan:quantities": [{"item": LOT, "suyuan:driver": "李四"}],
            "suyuan:supplier": {"name": "张三", "address": "后村", "uscc": None},
        },
    )  # fmt: skip
    found = hidden_by_default(body)
    assert found == {
        "/suyuan:price": Audience.of(FARM, shop), "/suyuan:note": CHAIN,
        "/suyuan:quantities/0/suyuan:driver": OWN, "/suyuan:supplier/name": OWN,
        "/suyuan:supplier/address": OWN,
    }  # fmt: skip
    left, stored = leave_out(body, found)
    text = canonical.dumps(left).decode()
    assert not any(word in text for word in ("12345.67", "小心", "李四", "张三", "后村"))
    fields = [read(one) for one in stored]
    assert {one.pointer: default_audience(one.pointer, body) for one in fields} == found
    firm = event("receive", LOT, "1", extra={"suyuan:supplier": {"name": "X", "uscc": "Y"}})
    assert hidden_by_default(firm) == {}


def test_audiences_are_read_as_written_and_a_changed_one_is_the_narrowest():
    for value, found in (
        ("own", OWN), ("chain", CHAIN), ("public", PUBLIC), ([], OWN),
        ([FARM], Audience.of(FARM)),
    ):  # fmt: skip
        assert Audience.read(value) == found
        assert Audience.loads(found.dumps()) == found
    for text in ("", "[", "[" * 9999, '"nobody"', "null", "\0"):
        assert Audience.loads(text) == OWN


@pytest.mark.parametrize(
    "value",
    ["named", "", "everyone", None, 7, {}, ["no uri"], [7], [f"{FARM}{n}" for n in range(51)]],
)
def test_what_is_no_audience_is_refused(value):
    with pytest.raises(PrivateError):
        Audience.read(value)


def test_without_its_key_or_its_place_a_sealed_disclosure_is_nothing():
    key, secret = bytes(range(KEY)), "WyJ…".encode()
    data = seal(key, secret, "digest party")
    assert unseal(key, data, "digest party") == secret
    assert unseal(bytes(KEY), data, "digest party") is None
    assert unseal(key, data, "digest other") is None
    for changed in (data[:-1], data[1:], b"", bytes(len(data))):
        assert unseal(key, changed, "digest party") is None
