"""Each kind of person comes in by the door that the pages show."""

import re

from playwright.sync_api import expect

DOORS = {
    "stall-greens": "/me/arrivals",
    "farm": "/me/register",
    "market": "/people",
    "authority": "/inspect",
}


def test_everybody_comes_in(walk):
    page = walk.open("/")
    expect(page.locator("h1")).to_be_visible()
    for who, path in DOORS.items():
        page = walk.open(path, who)
        expect(page).to_have_url(re.compile(re.escape(path)))
        expect(page.locator("h1")).to_be_visible()
        assert page.errors == []
