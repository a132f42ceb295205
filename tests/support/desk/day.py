"""The people of an office's day in the demo city, each at its page: what several stories have."""

from collections import Counter

from playwright.sync_api import expect

from . import steps

ONCE = [("phone", "zh"), ("desk", "en")]  # a long story is not told four times


class Day:
    """The people of one day, each at its page."""

    def __init__(self, walk):
        self.walk, self.at = walk, {}
        self.mark = f"{walk.size}-{walk.language}"

    def uri(self, who):
        return self.walk.people.cast.parties[who].uri

    def go(self, who, path):
        """Somebody's page at a path."""
        if who is not None and who in self.at:
            self.at[who].close()
        self.at[who] = self.walk.open(path, who)
        return self.at[who]

    def delivers(self, name, kilos, of="20"):
        """The farm registers so many kilograms, and sends of them to a stall; the code there."""
        code = steps.register(self.go("farm", "/me/register"), name, kilos)
        bare = code.replace("-", "")
        steps.dispatch(self.go("farm", f"/me/process?step=dispatch&item={bare}"), of, "A15")
        steps.receive(self.go("stall-a15", "/me/arrivals"), name)
        stall = self.go("stall-a15", "/me/holdings")
        lot = steps.shown(stall, stall.locator("#lots li"), name)
        return lot.locator(".mono").inner_text()

    def takes_sample(self, page, sheet):
        """At a lot's counter, without a network: a sheet is filled in and signed, then sent."""
        expect(page.locator("#sheet")).to_be_visible()
        page.context.set_offline(True)
        steps.fill_sheet(page, sheet, self.uri("inspector-chen"))
        steps.sign_sheet(page, sheet)
        page.context.set_offline(False)
        steps.send(page, 2, sheet)
        page.errors.clear()  # what could not be reached meanwhile

    def finds(self, who, kind, name):
        """A case of a kind in the list, by what is written there; its page."""
        page = self.go(who, f"/cases?kind={kind}")
        steps.shown(page, page.locator("table tr"), name).locator("th a").click()
        return page

    def figures(self, who):
        """What is open by kind, and where it stands, as the page of divisions has it."""
        page = self.go(who, "/inspect")
        page.locator("main a[href*='/inspect/levels']").click()
        rows = page.locator("section:has(#kinds) table.bars tr")
        texts = [row.locator("th, td.much").all_inner_texts() for row in rows.all()]
        return Counter({words: int(count.replace(",", "")) for words, count in texts})
