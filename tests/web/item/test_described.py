"""What profiles bring to a label's page: the word of those who count, and no stranger's."""

import pytest
from support.goods.papers import picture
from support.ledger.world import days_ago, event
from support.web.client import client_of, english, page_of

from suyuan.trace.admission import acts

PRODUCT = "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3"


@pytest.fixture
def shop(small, farm):
    """A lot of a product that the farm states, at a stall; and the stall."""
    small.say(farm, acts.product(PRODUCT, "上海青", "蔬菜", "KGM"))
    lot, stall = small.new_lot(), small.party("和顺")
    said = {
        "suyuan:product": "上海青",
        "suyuan:productId": PRODUCT,
        "suyuan:productionDate": days_ago(1),
    }
    small.do(farm, event("code", lot, "100", extra={"ilmd": said}))
    small.hand_over(farm, stall, lot)
    return lot, stall


def shown(small, shop, language="en"):
    small.ledger.followers.catch_up()
    lot, stall = shop
    return client_of(small.ledger).get(f"{page_of(lot, stall.uri)}?lang={language}").text


def test_names_are_translated_else_in_pinyin_and_what_is_registered_stays(small, farm, shop):
    text = shown(small, shop)
    assert '<h2 class="product">Shang Hai Qing</h2>' in text and "He Shun (和顺)" in text
    small.say(farm, acts.profile(PRODUCT, names={"en": "Bok choy"}))
    small.say(shop[1], acts.profile(shop[1].uri, names={"en": "The Authority's Shop"}))
    text = shown(small, shop)
    assert '<h2 class="product">Bok choy</h2>' in text
    assert "The Authority&#39;s Shop (和顺)" in text
    chinese = shown(small, shop, "zh")
    assert '<h2 class="product">上海青</h2>' in chinese and "Bok choy" not in chinese


def test_what_a_stranger_states_of_a_product_or_a_party_shows_nowhere(small, shop):
    stranger, data = small.party("隔壁"), picture("PNG")
    sha256 = small.ledger.attachments.put(data)
    photo = {"sha256": sha256, "size": len(data), "type": "image/png"}
    for uri in (PRODUCT, shop[1].uri):
        said = acts.profile(uri, names={"en": "Rotten"}, photos=[photo], standard="Rotten 1")
        small.say(stranger, said)
    text = shown(small, shop)
    assert "Rotten" not in text and sha256 not in text


def test_a_photo_ingredients_and_licences_are_shown_with_who_states_them(small, farm, shop):
    data = picture("PNG")
    photo = {"sha256": small.ledger.attachments.put(data), "size": len(data), "type": "image/png"}
    gone = photo | {"sha256": "ab" * 32}
    ended = {"kind": "production", "number": "SC1", "expires": "2020-01-31"}
    small.say(farm, acts.profile(
        PRODUCT, photos=[photo, gone], ingredients={"zh": "上海青"}, allergens=["celery"],
        net={"value": "0.35", "unit": "kg"}, description={"en": "Cut <b>at dawn</b>"}))  # fmt: skip
    small.say(farm, acts.profile(farm.uri, licences=[ended]))
    text = shown(small, shop)
    for part in ("celery", "350 g", "SC1 · expired on 31 Jan 2020 · as it states itself",
                 "Cut &lt;b&gt;at dawn", photo["sha256"]):  # fmt: skip
        assert part in text, part
    assert gone["sha256"] not in text
    small.say(small.authority, acts.profile(farm.uri, licences=[ended | {"number": "SC2"}]))
    text = shown(small, shop)
    assert "SC2 · expired on 31 Jan 2020<" in text and "SC1" not in text


def test_a_profile_of_the_lot_itself_is_told_as_what_it_is(small, farm, shop):
    small.say(farm, acts.profile(shop[0], standard="x"))
    small.ledger.followers.catch_up()
    text = english(client_of(small.ledger), page_of(shop[0], farm.uri))
    assert "Describe a party, place or product further" in text
    assert "Labels issued" not in text
