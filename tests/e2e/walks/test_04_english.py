"""Who does not read Chinese reads the label's page: products, people, places, steps and results."""

import re

from playwright.sync_api import expect

HAN = re.compile("[\u4e00-\u9fff]")


def test_the_first_screen_is_in_the_readers_language(walk):
    cast = walk.people.cast
    page = walk.open(f"/t/{cast.label('stall-sausage', 'sausage-1')}")
    expect(page.locator(".product")).to_have_text(walk.say("广式腊肠", "Cantonese sausage"))
    what = page.locator(".what")
    expect(what).to_contain_text(walk.say("古厝腊味", "Gucuo Sausages, stall D03"))
    expect(what).to_contain_text(walk.say("鹭岛古厝肉制品有限公司", "Gucuo Cured Meats"))
    expect(page.locator(".result").first).to_have_text(walk.say("合格", "Passed"))
    way = page.locator(".journey")
    # What is registered stands beside what a party calls itself in another language.
    expect(way).to_contain_text(
        walk.say("鹭岛古厝肉制品有限公司", "Gucuo Cured Meats (鹭岛古厝肉制品有限公司)")
    )
    if walk.language == "en":
        for name in [page.locator(".product"), *way.locator("b").all()]:
            assert not HAN.match(name.inner_text()), name.inner_text()
    walk.assert_sound(page)


def test_a_name_that_nobody_translated_is_in_pinyin(walk):
    cast = walk.people.cast
    page = walk.open(f"/t/{cast.label('stall-a15', 'bunches-1')}")
    expect(page.locator(".what")).to_contain_text(
        walk.say("湖心市场A15摊·阿香蔬菜", "Hu Xin Shi Chang A15 Tan · A Xiang Shu Cai")
    )
