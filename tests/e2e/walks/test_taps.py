"""What a day's tasks cost, by the table of docs/pages.md: taps, fields, and seconds of a script."""

import re
import time
from pathlib import Path

import pytest
from e2e.walks.conftest import Walk
from e2e.walks.trader.test_11_purchase import slip
from playwright.sync_api import expect
from support.web.walking import Goods

from suyuan.trace.format.identifiers import codes

DOCS = Path(__file__).parents[3] / "docs"
TASKS = {}


class Hand:
    """Whoever does a task on a phone: each tap and each field that is filled in is counted."""

    def __init__(self, page):
        self.page, self.taps, self.fields = page, 0, 0

    def tap(self, selector, within=None):
        self.taps += 1
        (within or self.page).locator(selector).first.click()

    def fill(self, selector, text, within=None):
        self.fields += 1
        (within or self.page).locator(selector).first.fill(text)

    def choose(self, selector, **option):
        self.fields += 1
        self.page.locator(selector).first.select_option(**option)

    def sign(self):
        """One stroke of a finger where somebody of the shop signs."""
        self.taps += 1
        pad = self.page.locator("#pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        self.page.mouse.move(box["x"] + 20, box["y"] + 20)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 120, box["y"] + 50)
        self.page.mouse.up()

    def sees(self, selector):
        expect(self.page.locator(selector).first).to_be_visible()

    def undoes(self):
        """What waits is dropped, uncounted: no walk of the same person's finds it later."""
        self.page.locator("#waiting .undo").first.click()
        expect(self.page.locator("#waiting li")).to_have_count(0)


def task(name, who, path):
    """A task that somebody begins on a page; what is given is what must be there before."""

    def kept(work):
        TASKS[name] = who, path, work
        return work

    return kept


@task("register a batch", "farm", "/me/register")
def register(hand, goods):
    yield
    hand.fill("#quantity", "38")
    hand.tap("#go")
    hand.tap("#sign-yes")
    hand.sees("#registered li")


@task("the same as yesterday", "farm", "/me/register")
def again(hand, goods):
    yield
    hand.tap("#again-go")
    hand.tap("#sign-yes")
    hand.sees("#registered li")


@task("dispatch all of a lot", "farm", "/me/process?step=dispatch")
def dispatch(hand, goods):
    goods.lot(kilos="20")
    yield
    hand.choose("#goods .choice", index=1)
    hand.tap("#goods .all")
    hand.tap("[data-to]")
    hand.tap("#go")
    hand.tap("#sign-yes")
    hand.sees("#done")


@task("a purchase, with the slip's photo", "stall-meat", "/me/purchase")
def purchase(hand, goods):
    yield
    hand.fill("#product", "巴浪鱼")
    hand.fill("#quantity", "30")
    hand.fill("#supplier", "老林")
    hand.taps += 1  # the camera's
    hand.page.locator("#slip").set_input_files(slip())
    hand.sees("#slip-state:has-text('✓')")
    hand.tap("#go")
    hand.tap("#sign-yes")
    hand.sees("#recorded .to-labels")


def sent(goods, who):
    """A slip of one line that waits for somebody."""
    ends = {"sender": goods.uri("farm"), "recipient": goods.uri(who)}
    goods.do("farm", "dispatch", goods.lot(), kilos="30", **ends)


@task("receive as sent", "stall-a21", "/me/arrivals")
def receive(hand, goods):
    sent(goods, "stall-a21")
    yield
    hand.tap("[data-slip] .sign-it")
    hand.sees("#waiting li")


@task("refuse one line", "stall-greens", "/me/arrivals")
def refuse(hand, goods):
    sent(goods, "stall-greens")
    yield
    hand.tap("[data-slip] .other")
    hand.tap("form.odd [value=refuse]")
    hand.choose("form.odd .of-reason .choice", index=1)
    hand.tap("form.odd .button")
    hand.tap("[data-slip] .sign-it")
    hand.sees("#waiting li")
    hand.undoes()


@task("sell", "stall-a18", "/me/holdings")
def sell(hand, goods):
    goods.hand("farm", "stall-a18", goods.lot())
    yield
    hand.tap("#lots .sell")
    hand.fill("#lots form .number", "1.5")
    hand.tap("#lots form .button")
    hand.sees("#waiting li")


@task("mix two lots into a basin", "stall-a18", "/me/holdings")
def mix(hand, goods):
    for _ in range(2):
        goods.hand("farm", "stall-a18", goods.lot())
    yield
    picks = hand.page.locator("#lots .choose-it input:visible")
    for number in range(2):
        hand.taps += 1
        picks.nth(number).check()
    hand.tap(".mix-it")
    hand.sees("#waiting li")


@task("labels for a lot", "stall-meat", "/me/holdings")
def label(hand, goods):
    goods.hand("farm", "stall-meat", goods.lot())
    yield
    hand.tap("#lots .labels")
    hand.tap("#issue")
    hand.tap("#sign-yes")
    hand.sees("#file")


@task("correct a sale", "farm", "/me/records?step=sell")
def correct(hand, goods):
    lot = goods.lot(name="更正菜")
    goods.do("farm", "sell", lot, kilos="9")
    yield
    hand.tap(".records tbody a")
    hand.fill(".quantity", "8")
    hand.tap("#go")
    hand.tap("#sign-yes")
    hand.page.wait_for_url(re.compile(r"/me/records/\d+"))


@task("answer a recall: all of it is kept back", "stall-a15", "/me/recalls")
def answer(hand, goods):
    lot = goods.lot(name="召回菜")
    goods.hand("farm", "stall-a15", lot)
    goods.recall("authority", lot)
    goods.ledger.followers.catch_up()
    yield
    act = hand.page.locator(".act", has_text="召回菜").first
    hand.tap("form.report .all", act)
    hand.tap("form.report .actions .button", act)
    hand.tap("#sign-yes")
    hand.sees(".act:has-text('召回菜') .is-done")


@task("admit 200 shops by a table, and print their invitations", "market", "/admit/several")
def admit(hand, goods):
    mark = codes.new()[:6]
    rows = (
        f"{mark} {at} 号摊,摊位,,JY{mark}{at},2029-06-30,王某,1380000{at:04},湖心路 {at} 号"
        for at in range(200)
    )
    text = "\n".join(("名称,角色,信用代码,许可证号,有效期至,负责人,电话,地址", *rows))
    yield
    hand.taps += 1  # the file's
    file = {"name": "shops.csv", "mimeType": "text/csv", "buffer": text.encode()}
    hand.page.locator("#file").set_input_files(file)
    hand.tap("#sign-all:has-text('200')")
    hand.tap("#invite button")
    expect(hand.page.locator(".card")).to_have_count(200)


@task("inspect a shop, and it signs", "inspector-lin", "/inspect/search?q=湖心市场C08摊&kind=party")
def inspect(hand, goods):
    yield
    hand.tap("main a:has-text('C08')")
    hand.tap("a:has-text('检查该经营者')")
    hand.choose(".inspectors select >> nth=-1", index=1)
    hand.tap("[data-check=licence][value=pass]")
    hand.tap("[data-check=storage][value=fail]")
    hand.fill("#note", "冷柜偏热")
    hand.sign()
    hand.tap("#review")
    hand.tap("#sign-yes")
    hand.sees("#waiting li")
    hand.undoes()


def table(name):
    """The rows of a page of docs: what the task is called, its taps and its fields."""
    text = (DOCS / name).read_text()
    return re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \| [0-9.]+ \|$", text, re.M)


def test_both_pages_say_the_same_of_all_tasks():
    english, chinese = table("pages.md"), table("pages.zh-CN.md")
    assert [row[0] for row in english] == list(TASKS)
    assert [row[1:] for row in english] == [row[1:] for row in chinese]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_costs_what_the_table_says(people, name):
    who, path, work = TASKS[name]
    walk, hand = Walk(people, "phone", "zh", []), Hand(None)
    steps = work(hand, Goods(people))
    next(steps)  # what is there before
    hand.page = walk.open(path, who)
    began = time.perf_counter()
    next(steps, None)
    print(f"| {name} | {hand.taps} | {hand.fields} | {time.perf_counter() - began:.1f} |")
    assert hand.page.errors == []
    hand.page.close()
    assert (name, str(hand.taps), str(hand.fields)) in table("pages.md")
