from dataclasses import replace

import pytest

from suyuan.keys import validity
from suyuan.keys.validity import Key, Mandate, Party

FARM, MARKET, STALL = "urn:uscc:farm", "urn:uscc:market", "urn:uscc:stall"


def party(uri, admitted=1, left=None):
    return Party(uri, admitted, admitted, left, None, (), "350206", (), (), None)


def key(keyid, of, enrolled=2, revoked=None, compromised_since=None):
    return Key(keyid, of, "Ed25519", b"", "file", enrolled, MARKET, revoked, compromised_since)


def mandate(giver, to, given=5, withdrawn=None, steps=("shipping", "receiving")):
    return Mandate(
        giver, to, steps, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", given, withdrawn
    )


class Ledger:
    """A Book of a few rows."""

    def __init__(self, parties=(), keys=(), mandates=()):
        self._parties, self._keys, self._mandates = parties, keys, mandates

    def party(self, uri):
        return next((p for p in self._parties if p.uri == uri), None)

    def key(self, keyid):
        return next((k for k in self._keys if k.keyid == keyid), None)

    def keys_of(self, party):
        return [k for k in self._keys if k.party == party]

    def mandates(self, giver):
        return [m for m in self._mandates if m.giver == giver]


def why(book, index=10, actor=FARM, keyid="f", step="shipping", signed_at="2026-11-24T00:00:00Z",
        is_statement=False):  # fmt: skip
    reason = validity.why_invalid(
        book, actor, keyid, index, step=step, signed_at=signed_at, is_statement=is_statement
    )
    return None if reason is None else str(reason)


@pytest.mark.parametrize(
    ("admitted", "left", "earlier", "index", "expected"),
    [
        (1, None, (), 1, False), (1, None, (), 2, True), (1, 7, (), 7, True), (1, 7, (), 8, False),
        (9, None, (), 2, False),
        # One that came back keeps its earlier span.
        *((7, 9, ((1, 4),), index, index in (2, 3, 4, 8, 9)) for index in range(1, 11)),
    ],
)  # fmt: skip
def test_is_admitted_from_the_index_after_until_it_left(admitted, left, earlier, index, expected):
    book = Ledger([replace(party(FARM, admitted, left), earlier=earlier)])
    assert validity.is_admitted(book, FARM, index) is expected
    assert not validity.is_admitted(book, STALL, index)


def test_key_is_good_from_the_index_after_until_revoked_and_lost_from_an_index_on():
    for enrolled, revoked, index, expected in (
        (3, None, 3, False), (3, None, 4, True), (3, 6, 6, True), (3, 6, 7, False),
    ):  # fmt: skip
        assert key("f", FARM, enrolled, revoked).valid_at(index) is expected
    for since, index, lost in ((None, 5, False), (5, 4, False), (5, 5, True), (0, 0, True)):
        assert key("f", FARM, compromised_since=since).reported_lost_at(index) is lost


def test_own_key_needs_no_mandate_and_signs_any_step():
    book = Ledger([party(FARM)], [key("f", FARM)])
    assert why(book) is None
    assert why(book, step=None, signed_at="1999-01-01T00:00:00Z") is None
    assert why(book, index=3) is None


@pytest.mark.parametrize(
    ("parties", "keys", "index", "reason"),
    [
        ([], [key("f", FARM)], 10, "not admitted"),
        ([party(FARM, 10)], [key("f", FARM)], 10, "not admitted"),
        ([party(FARM, 1, left=9)], [key("f", FARM)], 10, "not admitted"),
        ([party(FARM)], [], 10, "not enrolled"),
        ([party(FARM)], [key("f", FARM, revoked=9)], 10, "revoked"),
        ([party(FARM), party(MARKET)], [key("f", MARKET)], 10, "given no mandate"),
    ],
)
def test_why_not(parties, keys, index, reason):
    assert reason in why(Ledger(parties, keys), index)


def by_mandate(**how):
    given = mandate(FARM, MARKET, **how)
    return Ledger([party(FARM), party(MARKET)], [key("m", MARKET)], [given])


@pytest.mark.parametrize(
    ("how", "asked", "good"),
    [
        ({}, {}, True), ({}, {"step": "receiving"}, True), ({}, {"step": "selling"}, False),
        ({}, {"step": None}, False), ({"steps": ()}, {}, False), ({}, {"index": 5}, False),
        ({}, {"index": 6}, True), ({"withdrawn": 8}, {"index": 8}, True),
        ({"withdrawn": 8}, {"index": 9}, False), ({}, {"signed_at": "2026-10-31T23:59:59Z"}, False),
        ({}, {"signed_at": "2026-11-01T00:00:00Z"}, True),
        ({}, {"signed_at": "2026-11-30T23:59:59Z"}, True),
        ({}, {"signed_at": "2026-12-01T00:00:00Z"}, False),
    ],
)  # fmt: skip
def test_key_of_another_party_under_a_mandate(how, asked, good):
    reason = why(by_mandate(**how), **{"keyid": "m", **asked})
    assert (reason is None) is good
    assert good or "does not cover this" in reason


def test_a_mandate_is_the_actors_to_the_keys_party():
    parties = [party(FARM), party(MARKET), party(STALL)]
    keys = [key("f", FARM), key("m", MARKET), key("s", STALL)]
    book = Ledger(parties, keys, [mandate(FARM, MARKET), mandate(MARKET, STALL)])
    assert why(book, keyid="m") is None
    assert "no mandate" in why(book, actor=MARKET, keyid="f")  # not the other way
    assert "no mandate" in why(book, keyid="s")  # nor handed on


def test_one_of_several_mandates_is_enough_but_none_is_patched_together():
    book = by_mandate(steps=("shipping",))
    book._mandates.append(mandate(FARM, MARKET, given=20, steps=("selling",)))
    assert why(book, keyid="m", index=30) is None
    assert why(book, keyid="m", index=30, step="selling") is None
    assert "does not cover" in why(book, keyid="m", index=10, step="selling")
    book._keys[0] = key("m", MARKET, revoked=7)
    assert "revoked" in why(book, keyid="m")


def test_good_keys_are_sorted_and_good_at_that_index():
    keys = [
        key("z", FARM), key("b", FARM, enrolled=9), key("c", FARM, revoked=4),
        key("a", FARM, revoked=10), key("m", MARKET),
    ]  # fmt: skip
    book = Ledger((), keys)
    assert validity.valid_keys(book, FARM, 9) == ["a", "z"]
    assert validity.valid_keys(book, FARM, 10) == ["a", "b", "z"]
    assert validity.valid_keys(book, FARM, 11) == ["b", "z"]
    assert validity.valid_keys(book, STALL, 9) == []


@pytest.mark.parametrize(
    ("division", "digits"),
    [
        ("35", "35"), ("3502", "3502"), ("3500", "35"), ("350200", "3502"), ("350000", "35"),
        ("350206", "350206"), ("350206000", "350206"), ("350206000000", "350206"),
        ("350206001000", "350206001"), ("350206001010", "350206001010"),
        ("350206100000", "350206100"), ("350200001", "350200001"), ("350000000001", "350000000001"),
        ("350200000000", "3502"), ("10", "10"), ("3510", "3510"), ("00", ""), ("000000", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_trailing_levels_that_are_all_zero_are_removed(division, digits):
    assert validity.significant(division) == digits


SHOP, STORE = "https://id.gs1.org/414/6901234000009", "https://trace.food.example/place/X"


@pytest.mark.parametrize(
    ("remit", "division", "places", "covered"),
    [
        (["350200"], "350206", [], True), (["350200"], "350200", [], True),
        (["350200"], "3502", [], True), (["350206000000"], "350206001010", [], True),
        (["350206"], "350200", [], False), (["350206"], "350211", [], False),
        (["350206001"], "350206", [], False), (["00"], "110000", [], True),
        ([], "350206", [], False), (["110000", "35"], "350206", [], True),
        ([SHOP], "350206", [], False), ([SHOP], "350206", [SHOP], True),
        ([SHOP], "350206", [SHOP, STORE], False), ([SHOP, STORE], "350206", [SHOP, STORE], True),
        (["11", SHOP], "350206", [STORE], False), (["35"], "350206", [STORE], True),
        ([SHOP], SHOP, [], False),
    ],
)  # fmt: skip
def test_in_remit(remit, division, places, covered):
    assert validity.in_remit(iter(remit), division, places) is covered
