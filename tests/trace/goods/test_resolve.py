"""From what a person has in hand to the item that it names."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.world import HOST, Actor, World, event

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.resolve import NotFound, Target, resolve

LOT = "https://id.gs1.org/01/06901234567892/10/L-1"
UNIT = "https://id.gs1.org/00/006141411234567890"
SERIAL = "0123456789ABC"


def named(world: World, text: str) -> Target:
    with world.ledger.reading() as reader:
        return resolve(reader, world.trust, text)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ledger to which nothing is added."""
    made = World(tmp_path_factory.mktemp("still") / "home")
    yield made
    made.ledger.close()


def code_of(lot: str) -> str:
    return codes.of_uri(lot, HOST)


def mistyped(code: str) -> list[str]:
    shown = codes.shown(code)
    return [
        code, code.lower(), shown, shown.lower(), f"  {shown}\n", shown.replace("-", " "),
        code.replace("1", "l").replace("0", "o"), code.replace("1", "I"),
    ]  # fmt: skip


def test_a_code_is_found_however_it_is_typed(world: World, lot: str) -> None:
    for typed in mistyped(code_of(lot)):
        assert named(world, typed) == Target(lot)


def test_a_scanned_label_is_found_on_any_host_in_upper_case_too(world, farm, lot):
    world.ledger.followers.catch_up()
    chain = codes.of_chain(lot, farm.uri)
    for start in (f"https://{HOST}", "http://192.168.1.5:8080", "https://other.example"):
        label = f"{start}/t/{chain}/{SERIAL}"
        for text in (label, label.upper(), label.lower(), label + "?utm=1#x", label + "/"):
            assert named(world, text) == Target(lot, farm.uri, SERIAL)
    assert named(world, f"https://{HOST}/t/{chain}") == Target(lot, farm.uri)
    assert named(world, chain) == Target(lot, farm.uri)
    assert named(world, f"HTTPS://{HOST.upper()}/T/{code_of(lot)}") == Target(lot)


@pytest.mark.parametrize(
    "text",
    [
        LOT,
        "HTTPS://shop.example/a/b/01/06901234567892/10/L%2d1?x=1",
        "http://shop.example/01/06901234567892/22/V/10/L-1",
        "urn:epc:class:lgtin:6901234.056789.L-1",
        codes.of_uri(LOT, HOST),
    ],
)
def test_every_spelling_of_a_lot_is_that_lot(world: World, farm: Actor, text: str) -> None:
    world.code(farm, LOT)
    world.ledger.followers.catch_up()
    assert named(world, text) == Target(LOT)


def test_a_units_urn_is_its_uri(world: World, farm: Actor) -> None:
    world.do(farm, event("count", UNIT))
    assert named(world, "urn:epc:id:sscc:0614141.0123456789") == Target(UNIT)


@pytest.mark.parametrize(
    "uri",
    [
        "https://other.example/t/" + codes.from_bits(7),
        f"https://{HOST}/t/lot-1",
        f"http://{HOST}/t/" + codes.from_bits(7),
        "urn:gdst:example.org:product:lot:x",
    ],
)
def test_an_items_own_uri_names_it_although_it_looks_like_a_label(world, farm, uri):
    world.do(farm, event("count", uri, "1"))
    assert named(world, uri) == Target(uri)


def test_nobody_takes_a_label_over_by_an_item_of_its_code(world, farm, lot):
    world.ledger.followers.catch_up()
    chain = codes.of_chain(lot, farm.uri)
    thief = world.party("黑心摊")
    world.code(thief, f"https://{HOST}/t/{chain}")
    for _ in range(2):
        assert named(world, chain) == Target(lot, farm.uri)
        assert named(world, f"https://{HOST}/t/{chain}/{SERIAL}").actor == farm.uri
        world.ledger.followers.catch_up()


@pytest.mark.parametrize(
    "text",
    [
        codes.from_bits(12345),
        f"https://{HOST}/t/{codes.from_bits(12345)}",
        "https://id.gs1.org/01/06901234567892/10/none",
        "urn:x:none",
        "https://shop.example/about",
        "http://[",
    ],
)
def test_what_is_not_in_this_ledger_is_not_found(still: World, text: str) -> None:
    with pytest.raises(NotFound):
        named(still, text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", codes.from_bits(7)[:-1] + "*", "0000-0000-0000-0001", "链链链链链链链链",
        f"https://{HOST}/t/abc", f"https://{HOST}/t/{codes.from_bits(7)}/short",
        "https://id.gs1.org/01/06901234567892", "https://id.gs1.org/414/6901234567892",
        "urn:epc:id:sgln:6901234.00001.0", "http://[::1/t/x", "https://a℀b/t/x",
        ":", "x:", "http:", "://", "\0:", "\ud800:x", "https://x/t/\ud800", "x:" + "a" * 600,
    ],
)  # fmt: skip
def test_what_is_malformed_says_so(still: World, text: str) -> None:
    with pytest.raises(IdentifierError):
        named(still, text)


PIECES = st.sampled_from(
    ["http", "https", "://", "/", "t/", "T/", ":", "?", "#", "%", "[", "]", "@", "01/", "10/",
     "06901234567892", codes.from_bits(7), SERIAL, HOST, "urn:epc:id:sscc:", "\n", "\0", "℀"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join),
)


@settings(deadline=None)
@given(TEXTS)
def test_hostile_text_raises_nothing_else(still: World, text: str) -> None:
    with suppress(IdentifierError, NotFound):
        named(still, text)
