"""1: the first screen of a label answers, and the rest is folded."""

from suyuan.trace.cli.demo.city import showcase

IN_SIGHT = ".answer h1, .product, .what dt, .what .ask a"


def test_every_label_of_the_demo_answers_on_its_first_screen(walk):
    for label in showcase(walk.people.served.home):
        page = walk.open(f"/t/{label.code}/{label.serial}")
        least = page.locator(IN_SIGHT).evaluate_all(
            "all => Math.max(...all.map((one) => one.getBoundingClientRect().bottom))"
        )
        screen = page.viewport_size["height"]
        assert least <= screen, (label, least)
        facts = page.locator(".what").inner_text()
        wanted = [("生产者", "Maker"), ("保质期至", "Best before"), ("检验", "Test")]
        wanted += [("拨打 12315", "Call 12315"), ("反映问题", "Report a problem")]
        for words in wanted:
            assert walk.say(*words) in facts, label
        assert any(walk.say(*words) in facts for words in
                   [("还剩", "left"), ("今天到期", "last day"), ("已过期", "expired")])  # fmt: skip
        # The serial, scans, hashes, times of logging and amounts are a tap away.
        seen = page.locator("main").inner_text()
        for part in (label.serial, walk.say("千克", " kg"), walk.say("登记时间", "Logged"), "…</"):
            assert part not in seen, (label, part)
        whole = page.evaluate("document.documentElement.scrollHeight")
        assert whole <= 4 * 740, (label, whole)
    page.get_by_role("heading", name=walk.say("全部记录", "All that is recorded")).click()
    assert page.locator(".timeline .step").first.is_visible()
    walk.assert_sound(page)


def test_the_way_is_places_with_districts_and_days(walk):
    label = showcase(walk.people.served.home)[0]
    page = walk.open(f"/t/{label.code}/{label.serial}")
    stations = page.locator(".journey li")
    assert stations.count() == 5
    for text in stations.all_inner_texts():
        assert walk.say("鹭岛市", "Ludao") in text and "202" in text
