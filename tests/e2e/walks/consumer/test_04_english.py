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


# What is registered stands in parentheses behind what it is called in English.
REGISTERED = re.compile(r"\([^()]*[\u3400-\u9fff][^()]*(\([^()]*\)[^()]*)*\)")
AT_WORK = {
    "stall-greens": ("/me/holdings", "/me/purchase"),
    "farm": ("/me/register", "/me/products"),
    "authority": ("/inspect", "/inspect/queue"),
}


def test_who_works_with_it_reads_the_names_too(walk):
    for who, paths in AT_WORK.items():
        for path in paths:
            main = walk.open(path, who).locator("main")
            if walk.language == "en":
                left = HAN.findall(REGISTERED.sub("", main.inner_text()))
                assert not left, (path, "".join(left))
            else:
                expect(main).to_contain_text(HAN)
    code = walk.people.cast.label("stall-sausage", "sausage-1").split("/")[0]
    lineage = walk.open(f"/lineage/{code}", "authority")
    row = lineage.locator("tr.is-root th")
    # A lot as people know it: product, day, supplier, and the code of its labels.
    expect(row).to_contain_text(walk.say("广式腊肠", "Cantonese sausage (广式腊肠)"))
    expect(row).to_contain_text(walk.say("鹭岛古厝肉制品有限公司", "Gucuo Cured Meats"))
    expect(lineage.locator("#drawing")).to_contain_text(walk.say("年", "Gucuo Cured"))
    # What a test looked for is in words too.
    tests = walk.open(f"/t/{walk.people.cast.label('stall-sausage', 'sausage-1')}")
    expect(tests.locator("#tests")).to_contain_text(walk.say("亚硝酸盐", "Nitrite"))
