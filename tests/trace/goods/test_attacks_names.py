"""What a stranger tries by stating what a product or a place is before its owner does."""

from decimal import Decimal

import pytest
from sqlalchemy import update
from support.ledger.world import World, days_ago, event
from support.watch.audits import audit

from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.admission.ownership import Owner, counting, is_owned_by_another, owner_of
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.format.statements import PREFIX_URN
from suyuan.trace.recording.supplies import products_of
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.web.text.names import Names

GTIN = "https://id.gs1.org/01/06901234567892"
LOT, OTHER = f"{GTIN}/10/L1", f"{GTIN}/10/L2"
PREFIX = f"{PREFIX_URN}6901234"
GLN = "https://id.gs1.org/414/6901234000009"


def product(name: str, **members) -> dict:
    found = {"type": "product", "uri": GTIN, "name": name, "category": "vegetables", "unit": "KGM"}
    return found | members


def coded(world: World, who, lot: str, boxes: str | None = None) -> None:
    """A lot whose coding names its product by its number only."""
    extra = {"ilmd": {"suyuan:productId": GTIN, "suyuan:productionDate": days_ago(1)}}
    said = event("code", lot, boxes or "100", extra=extra)
    if boxes:
        said["quantityList"][0]["uom"] = "XBX"
    world.do(who, said)


@pytest.fixture
def stranger(world):
    return world.party("抢注的摊")


@pytest.fixture
def brand(world, stranger):
    """The brand, which joins after a stranger has stated its product; both code lots of it."""
    world.say(stranger, product("假货", category="pork", conversions={"XBX": "1"}))
    found = world.party("青山农场", "producer")
    world.say(found, product("上海青", conversions={"XBX": "20"}))
    coded(world, found, LOT, "5")
    coded(world, stranger, OTHER)
    world.ledger.followers.catch_up()
    return found


def name(world: World, lot: str | None) -> str | None:
    """What readers are told the product of a lot is called; of the product where there is none."""
    with world.caught_up() as reader:
        coder = None if lot is None else Lineage(reader).lots([lot])[lot].coder
        return reader.name(GTIN, coder)


def story(world: World, lot: str):
    with world.caught_up() as reader:
        return Lineage(reader).story(lot)


def test_a_gtin_named_before_its_owner_joined(world, brand, stranger):
    """A lot's product is what its coder says; nobody's word counts for all."""
    assert (name(world, LOT), name(world, OTHER), name(world, None)) == ("上海青", "假货", None)
    with world.ledger.reading() as reader:  # each finds its own among its products
        assert [one.name for one in products_of(reader, brand.uri)] == ["上海青"]
        assert [one.name for one in products_of(reader, stranger.uri)] == ["假货"]


def test_conversions_and_category_that_a_stranger_stated_first(world, brand):
    assert story(world, LOT).product.category == "vegetables"
    with world.ledger.reading() as reader:
        (held,) = Lineage(reader).stock_of(brand.uri)
    assert (held.item, held.quantity.value) == (LOT, Decimal(100))  # 5 boxes of 20 kg


def test_the_owners_word_counts_for_everyone_from_its_assignment(world, brand, stranger):
    world.say(world.authority, acts.assign(PREFIX, brand.uri))
    assert [name(world, lot) for lot in (LOT, OTHER, None)] == ["上海青"] * 3
    world.do(stranger, event("count", OTHER, "7"))
    assert story(world, OTHER).product.name == "上海青"
    world.say(stranger, product("又来"))
    with world.caught_up() as reader:
        rows = [(rule, subject) for rule, _, subject, _ in reader.findings() if rule == "name"]
    assert rows == [("name", GTIN)]
    assert [name(world, lot) for lot in (LOT, OTHER, None)] == ["上海青"] * 3


def test_a_transfer_and_a_dispute_are_later_words_of_the_authority(world, brand, stranger):
    for said, expected in (
        (acts.assign(PREFIX, stranger.uri), ["假货"] * 3),
        (acts.assign(f"{PREFIX}5", brand.uri), ["上海青"] * 3),  # the longest match
        (acts.dispute(f"{PREFIX}56", "两家都称为己有"), ["上海青", "假货", None]),
        (acts.disown(f"{PREFIX}56"), ["上海青"] * 3),
        (acts.assign(GTIN, stranger.uri), ["假货"] * 3),
        (acts.disown(GTIN, "转让"), ["上海青"] * 3),
    ):
        world.say(world.authority, said)
        assert [name(world, lot) for lot in (LOT, OTHER, None)] == expected, said


def test_nobody_but_the_authority_says_whose_it_is(world, brand, stranger):
    appoint = {"type": "registrar", "op": "appoint", "party": stranger.uri, "remit": ["00"]}
    world.say(world.authority, appoint)  # a registrar neither
    for who in (brand, stranger):
        with pytest.raises(Refused) as refused:
            world.say(who, acts.assign(PREFIX, who.uri))
        assert (refused.value.rule, refused.value.status) == (Rule.AUTHORITY, 403)


def test_a_registrar_registers_anothers_prefix_for_its_friend(world, brand, stranger):
    changed = acts.admit(
        stranger.uri, "抢注的摊", ["stall"], "350206", gs1=["6901234"], op="change"
    )
    world.say(world.authority, changed)
    assert (name(world, LOT), name(world, None)) == ("上海青", None)
    world.say(world.authority, acts.assign(PREFIX, brand.uri))
    coded(world, stranger, f"{GTIN}/10/L3")  # as the registration lists it
    with world.caught_up() as reader:
        findings = Lineage(reader).findings_of([f"{GTIN}/10/L3"])[f"{GTIN}/10/L3"]
    assert [brand.uri in str(one.message) for one in findings if one.rule == "prefix"] == [True]


def test_a_place_named_before_its_owner(world, brand, stranger):
    place = {"type": "place", "uri": GLN, "party": stranger.uri, "name": "假基地",
             "division": "110000"}  # fmt: skip
    world.say(stranger, place)
    world.say(brand, place | {"party": brand.uri, "name": "青山基地"})
    world.say(world.authority, acts.assign(PREFIX, brand.uri))
    with world.caught_up() as reader:
        assert reader.name(GLN) == reader.name(GLN, stranger.uri) == "青山基地"


def test_a_page_shows_no_owner_whom_only_the_database_names(world, brand, stranger):
    """Who can write to the database makes a rival the owner: pages verify the statement."""
    world.say(world.authority, acts.assign(PREFIX, brand.uri))
    with world.caught_up() as reader:
        assert Names(reader, world.trust.genesis).product(OTHER) == "Shang Hai Qing (上海青)"
    with writing(world.ledger.database.engine) as connection:
        connection.execute(update(t.name).where(t.name.c.uri == PREFIX).values(actor=stranger.uri))
    with world.ledger.reading() as reader:
        names = Names(reader, world.trust.genesis)
        assert names.product(OTHER) is None and names.forged == {GTIN}


@pytest.mark.slow
def test_the_audit_makes_the_same_names(world, brand, stranger):
    for said in (acts.assign(PREFIX, brand.uri), acts.dispute(GTIN, "x"), acts.disown(GTIN)):
        world.say(world.authority, said)
    world.say(stranger, product("又来"))
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []


# Whose it is, by itself.

FARM, RIVAL = "urn:uscc:91350212MA2XN7T503", "x:rival"


def registered(uri: str, *prefixes: str) -> Party:
    return Party(uri, 1, 1, None, "x", ("producer",), "35", (), prefixes, None)


@pytest.mark.parametrize(
    ("uri", "said", "owner"),
    [
        (LOT, {PREFIX: FARM}, FARM),
        (GTIN, {PREFIX: FARM, f"{PREFIX}56": RIVAL}, RIVAL),
        (LOT, {GTIN: FARM, f"{PREFIX}56789": RIVAL}, FARM),
        (GLN, {PREFIX: FARM}, FARM),
        ("https://id.gs1.org/00/069012340000000013", {PREFIX: FARM}, FARM),
        ("https://id.gs1.org/01/16901234567899/21/7", {PREFIX: FARM}, FARM),
        ("https://id.gs1.org/01/00000069012341", {f"{PREFIX_URN}0000069": RIVAL}, None),
        ("https://trace.food.example/t/1Q4T9ZC2KM8W0RB3", {PREFIX: FARM}, None),
        ("https://id.gs1.org/01/6901234567892", {PREFIX: FARM}, None),  # no GTIN: too short
        (GTIN, {f"{PREFIX_URN}690123": RIVAL}, None),  # too short to be a company's
    ],
)
def test_the_narrowest_word_decides(uri, said, owner):
    found = owner_of(uri, lambda one: {"op": "assign", "party": said[one]} if one in said else None)
    assert (None if found is None else found.party) == owner


def test_neither_the_readers_own_word_nor_the_first_counts():
    stated = [("first", 1), ("coder", 2), ("reader", 3), ("coder", 4)]
    assert counting(stated, None, "coder") == 4
    assert counting(stated, None, None) is None
    assert counting(stated, Owner(PREFIX, "first"), "coder") == 1
    assert counting(stated, Owner(PREFIX, "silent"), "coder") == 4
    assert counting(stated, Owner(PREFIX, None), "coder") == 4


def test_what_is_coded_under_anothers_prefix():
    mine, theirs = Owner(PREFIX, FARM), Owner(PREFIX, RIVAL)
    disputed, both = Owner(PREFIX, None), [registered(FARM, "6901234"), registered(RIVAL, "690")]
    assert is_owned_by_another(LOT, FARM, theirs)
    assert not is_owned_by_another(LOT, FARM, mine, [registered(RIVAL, "6901234567")])
    assert not is_owned_by_another(LOT, "x:shop", mine, firm=FARM)
    assert not is_owned_by_another(LOT, RIVAL, disputed, both)
    assert is_owned_by_another(LOT, RIVAL, None, both)  # 690 is too short to be a company's
    assert not is_owned_by_another(LOT, FARM, None, both)
    assert not is_owned_by_another(LOT, RIVAL, None)
    assert not is_owned_by_another("https://trace.food.example/t/X", RIVAL, None, both)
