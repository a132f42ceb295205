"""Divisions have names: a registrar types one, and everybody reads it."""

import re

from playwright.sync_api import expect

# A code in brackets, a URI, a word of the vocabulary, an instant of a record.
RAW = re.compile(r"[（(][0-9]{4,12}[）)]|https?://|urn:|\b[a-z]+_[a-z]+\b|\d{4}-\d\d-\d\dT")


def test_a_division_is_chosen_by_typing_its_name(walk):
    page = walk.open("/admit", "authority")
    field = page.get_by_label(walk.say("行政区划", "Division"))
    field.fill(walk.say("湖滨", "hubin"))
    name = walk.say("鹭岛市湖滨区", "Ludao, Hubin District")
    expect(page.locator(f'#division-names option[value="{name}"]')).to_be_attached()
    field.fill(name)
    page.get_by_label(walk.say("名称", "Name")).fill("湖滨便民店")
    page.locator("[name=role][value=stall]").check()
    page.locator("#go").click()
    expect(page.locator("#sign-what")).to_contain_text(name)
    walk.assert_sound(page)
    page.locator("#sign-no").click()
    field.fill("Atlantis")
    page.locator("#go").click()
    expect(page.locator("#division-wrong")).to_contain_text("Atlantis")
    expect(field).to_be_focused()


def test_a_desk_is_narrowed_to_a_division_by_its_name_alone(walk):
    name = walk.say("鹭岛市沧江区", "Ludao, Cangjiang District")
    page = walk.open("/inspect", "authority")
    field = page.get_by_label(walk.say("行政区划", "Division"))
    field.fill(name)
    field.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    page.locator(".tiles a").first.click()
    expect(page.locator("main")).to_contain_text(walk.say("沧江街道", "Cangjiang Subdistrict"))
    walk.assert_sound(page)
    for path in ("/people", "/inspect/search?kind=party", "/inspect", "/me"):
        text = walk.open(path, "authority").locator("main").inner_text()
        assert RAW.search(text) is None, (path, RAW.search(text))
