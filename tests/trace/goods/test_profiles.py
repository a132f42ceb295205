"""What counts of the profiles that parties state of themselves, of others and of products."""

import pytest
from sqlalchemy import update
from sqlalchemy.event import listen
from support.ledger.world import World
from support.watch.audits import audit

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import EVERYBODY, Remit
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import PREFIX_URN
from suyuan.trace.goods.profiles import Profile, Profiles
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing

GTIN = "https://id.gs1.org/01/06901234567892"


def licence(number: str, expires: str, kind: str = "business") -> dict:
    return {"kind": kind, "number": number, "expires": expires}


def names(english: str) -> dict:
    return {"names": {"en": english}}


def profile(world: World, uri: str, speaker: str | None = None) -> Profile:
    with world.caught_up() as reader:
        return Profiles(reader, world.trust.genesis).of(uri, speaker)


def numbers(found: Profile) -> list[tuple[str, bool]]:
    return [(one.number, one.is_own) for one in found.licences]


def test_a_party_speaks_for_itself_and_no_stranger_for_it(world):
    shop, stranger = world.party("和顺"), world.party("隔壁")
    world.say(stranger, acts.profile(shop.uri, **names("Rotten fish"), standard="x"))
    assert profile(world, shop.uri).members == {}
    world.say(shop, acts.profile(shop.uri, **names("Heshun")))
    world.say(stranger, acts.profile(shop.uri, **names("Rotten fish")))
    found = profile(world, shop.uri)
    assert (found.text("names", "en_GB"), found.text("names", "fr")) == ("Heshun", None)
    world.say(shop, acts.profile(shop.uri))  # a statement replaces the last one, whole
    assert profile(world, shop.uri).members == {}


def test_those_over_a_party_fill_in_and_come_first_for_licences(world):
    market, shop = world.registrar("350206"), world.party("和顺")
    elsewhere = world.registrar("350212", name="外区市场")
    world.say(shop, acts.profile(shop.uri, licences=[
        licence("OWN-1", "2027-01-01"), licence("OWN-2", "2027-02-01", "organic")]))  # fmt: skip
    assert numbers(profile(world, shop.uri)) == [("OWN-1", True), ("OWN-2", True)]
    for registrar, number in ((market, "JY1"), (elsewhere, "FALSE")):
        said = acts.profile(shop.uri, **names("The market's word"),
                            licences=[licence(number, "2028-01-01")])  # fmt: skip
        world.say(registrar, said)
    found = profile(world, shop.uri)
    assert numbers(found) == [("JY1", False), ("OWN-2", True)]
    assert found.text("names", "en") == "The market's word"
    world.say(shop, acts.profile(shop.uri, **names("Heshun")))
    assert profile(world, shop.uri).text("names", "en") == "Heshun"
    world.say(world.authority, acts.profile(shop.uri, licences=[licence("JY2", "2029-01-01")]))
    assert numbers(profile(world, shop.uri)) == [("JY2", False)]
    world.say(world.authority, acts.dismiss(market.uri))
    assert numbers(profile(world, shop.uri)) == [("JY2", False)]


def test_no_registrar_vouches_for_another_or_for_the_authority(world):
    market, other = world.registrar("00"), world.registrar("00", name="另一市场")
    for uri in (other.uri, world.authority.uri):
        world.say(market, acts.profile(uri, **names("Taken")))
        assert profile(world, uri).members == {}


def test_what_strangers_sign_about_a_party_is_not_read(world):
    shop, asked = world.party("和顺"), []
    world.say(world.party("隔壁"), acts.profile(shop.uri, **names("Rotten fish")))
    with world.caught_up() as reader:
        connection = reader.connection
        listen(connection, "before_cursor_execute", lambda _c, _u, *text: asked.append(text[:2]))
        Profiles(reader, world.trust.genesis).of(shop.uri)
        if connection.dialect.name == "sqlite":
            plans = [
                row[3]
                for text, values in asked.copy()
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            ]
            chains = [step for step in plans if "chain" in step]
            assert chains and all("subject=? AND actor=?" in step for step in chains)


def test_an_office_states_the_certificate_of_its_officer(world):
    office = world.party("湖里市监所", "office")
    officer = world.party("执法员", "office", part_of=office.uri)
    said = {"kind": "enforcement", "number": "13020001"}
    world.say(office, acts.profile(officer.uri, licences=[said]))
    (found,) = profile(world, officer.uri).licences
    assert (found.number, found.by, found.expires) == ("13020001", office.uri, None)


def test_of_a_product_the_owner_counts_else_the_coder_of_the_lot(world):
    brand, stranger = world.party("青山农场", "producer"), world.party("抢注的摊")
    for who, text in ((brand, "Greens"), (stranger, "Fake")):
        world.say(who, acts.profile(GTIN, **names(text)))
    asked = (None, brand.uri, stranger.uri)
    english = lambda: [profile(world, GTIN, one).text("names", "en") for one in asked]  # noqa: E731
    assert english() == [None, "Greens", "Fake"]
    world.say(world.authority, acts.assign(f"{PREFIX_URN}6901234", brand.uri))
    assert english() == ["Greens"] * 3


def test_licences_that_end_before_a_day(world):
    market, shop, other = world.registrar("350206"), world.party("和顺"), world.party("别摊")
    far = world.party("外区", division="350212")
    world.say(shop, acts.profile(shop.uri, licences=[licence("OLD", "2026-12-01")]))
    world.say(market, acts.profile(shop.uri, licences=[licence("JY1", "2028-06-30")]))
    world.say(market, acts.profile(other.uri, licences=[
        licence("JY2", "2028-01-31"), licence("SC9", "2030-01-01", "production")]))  # fmt: skip
    world.say(far, acts.profile(far.uri, licences=[licence("FAR", "2027-01-01")]))
    world.say(far, acts.profile(other.uri, licences=[licence("STRANGE", "2026-01-01")]))
    with world.caught_up() as reader:
        profiles = Profiles(reader, world.trust.genesis)
        ending = lambda day, remit: [one.number for one in profiles.expiring(day, remit)]  # noqa: E731
        assert ending("2028-06-30", Remit(("350206",))) == ["JY2"]
        assert ending("2028-07-01", Remit(("350206",))) == ["JY2", "JY1"]
        assert ending("2028-07-01", EVERYBODY) == ["FAR", "JY2", "JY1"]
        assert ending("2027-01-01", EVERYBODY) == []  # its day is the last on which it holds


def test_what_is_personal_never_stands_in_clear(world):
    shop = world.party("和顺")
    with pytest.raises(Refused, match="personal"):
        world.say(shop, acts.profile(shop.uri, phone="13900000000"))


def test_a_row_that_the_database_has_changed_shows_nothing_and_is_found(world):
    shop, stranger = world.party("和顺"), world.party("隔壁")
    world.say(shop, acts.profile(shop.uri, **names("Heshun")))
    (receipt,) = world.say(stranger, acts.profile(shop.uri, **names("Rotten fish")))
    world.ledger.followers.catch_up()
    own = (t.profile.c.uri == shop.uri) & (t.profile.c.actor == shop.uri)
    with writing(world.ledger.database.engine) as connection:
        connection.execute(update(t.profile).where(own).values(leaf=receipt.index))
    assert profile(world, shop.uri).members == {}
    assert [one.rule for one in audit(world.ledger).findings] == ["projection"]
