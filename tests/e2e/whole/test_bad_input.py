"""Bad input on a form keeps what was typed, and says beside the field what would be right.

One walk over the main forms, in each language, on a phone. What is said must be in the page's
language; the field that is wrong is marked, and has the focus where a script says so.
"""

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect
from support.goods.papers import PDF
from support.ledger.world import AUTHORITY, HOST, days_ago, event
from support.web.acting import order
from support.web.signing import PHONE
from support.web.stall import other_device

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes

FIRST = "the first that there is"
CHINESE = re.compile(r"[一-鿿]")
INVALID = '[aria-invalid="true"]'
LOCALES = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True)
class Bad:
    """A form filled in wrongly: what is typed, what is pressed, which field is wrong and why.

    `keeps` are the fields that keep what was typed; `said` is a part of the English words.
    """

    path: str
    typed: dict[str, str]
    press: str
    wrong: str
    said: str
    where: str = ""  # the place that says it; beside the field where none is given
    first: tuple[str, ...] = field(default=())  # ticked before
    cleared: str = ""  # a tick that is taken away before
    chosen: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()  # further fields that are wrong, each with its own words
    file: str = ""  # a file control, in which a paper is chosen
    focus: str = ""  # the first that is wrong, where that is one of a group, which is not marked


FORMS = (
    Bad("/admit", {"#division": "35020", "#name": "新摊位"}, "#go", "#roles input", "at least one"),
    Bad(
        "/admit", {"#division": "35020", "#name": "新摊位"}, "#go", "#division", "digits",
        first=("[name=role][value=stall]",),
    ),
    Bad("/admit", {"#name": " ", "#division": "35020", "#number": "9135X"}, "#go", "#name", "name",
        also=("#roles", "#division", "#number")),
    Bad("/admit/several", {}, "#go", "#file", "Choose"),
    Bad("/me/mandates", {"#to": "没有这一家"}, "#go", "#to", "no", first=("[name=step]",)),
    Bad("/me/mandates", {"#to": "没有这一家", "#last_day": "2020-01-01", "#first_day": ""}, "#go",
        "#to", "no", cleared="[name=step]:checked", also=("#steps", "#first_day", "#last_day")),
    Bad("/me/products", {"#name": "上海青", "#category": ""}, "#go", "#category", "category"),
    Bad("/me/products", {"#name": "青菜", "#category": "蔬菜", "#shelf_life": "三天"}, "#go",
        "#shelf_life", "days"),
    Bad("/me/register", {"#name": "上海青", "#quantity": "一筐"}, "#go", "#quantity", "number"),
    Bad(
        "/me/process", {"#substance": "啶虫脒", "#dose": "2 g", "#withdrawal": "三"}, "#go",
        "#withdrawal", "day", chosen={"#step": "pesticide", "#goods .choice": FIRST},
    ),
    Bad(
        "/me/process", {"#goods .quantity": "三十", "#to": "没有这一家", "#certificate": "检 7"},
        "#go", "#to", "list", chosen={"#step": "dispatch"},
        also=("#goods .choice", "#goods .quantity"),
    ),
    Bad(
        "/me/process", {"#goods .quantity": "30 kg", "#note": "送 17"}, "#go", "#to_name", "needed",
        chosen={"#step": "dispatch"}, first=("#outside",),
        also=("#goods .choice", "#goods .quantity"),
    ),
    Bad(
        "/me/process", {"#made .quantity": "0", "#shelf_life": "三天", "#certificate": "检 7"},
        "#go", "#shelf_life", "days", chosen={"#step": "slaughter", "#goods .choice": FIRST},
        also=("#goods .quantity", "#made .product", "#made .quantity"),
    ),
    Bad("/me/labels", {".count": "0"}, "#issue", ".count", "1", where=".of-count .field-wrong",
        first=(".pick input",)),
    Bad("/me/labels", {"#spoiled": "xx"}, "#void-it", "#spoiled", "serial", where="#void-wrong"),
    Bad("/recalls/new", {"#item": "0000"}, "form [type=submit], form button", "#item",
        "Nothing that you may find", where=".field-wrong"),
    Bad(
        "/recalls/new/{lot}", {"#known": "", "#reason": ""}, "#go", "#begin input", "item",
        where="[data-of=items]", first=("[name=kind][value=recall]",),
        cleared="[name=item]:checked", also=("#level", "#known", "#reason"), focus="#begin input",
    ),
    Bad("/inspect", {"#division": "35020"}, ".choose-division button", "#division", "digits"),
    Bad("/inspect/counter", {"#code": "0000"}, "#find button", "#code", "no code"),
    Bad("/invitations", {"#party": "9999"}, ".box button", "#party", "number"),
    Bad("/", {"#code": "ABCD-EFGH-JKMN-PQRS"}, ".box button", "#code", "16 letters", where="#why"),
)  # fmt: skip
# A part of a code is looked for by who is signed in, and wrong from anybody else.
PART = Bad("/", {"#code": "ABCD-1"}, ".box button", "#code", "16 letters", where="#why")
# What the authority says of a party that has no key yet.
ABOUT = (
    Bad("", {"#name": "", "#division": "350206"}, "#change-go", "#name", "name"),
    Bad("", {"#name": "新名字"}, "#change-go", "#roles input", "role",
        cleared="[name=role]:checked"),
    Bad("", {"#name": " ", "#division": "35020", "#part_of": "9999", "#places": "https://湖里",
             "#gs1": "69012345678901"}, "#change-go", "#name", "name",
        cleared="#roles [name=role]:checked",
        also=("#roles", "#division", "#part_of", "#places", "#gs1")),
    Bad("", {"#name": "新名字", "#division": "35020"}, "#change-go", "#division", "digits"),
    Bad("", {"#name": "新名字", "#part_of": "9999"}, "#change-go", "#part_of", "number"),
    Bad("", {"#places": "https://湖里"}, "#change-go", "#places", "URIs"),
    Bad("", {"#gs1": "690"}, "#change-go", "#gs1", "digits"),
    Bad("", {"#remit": "350206\n35020"}, "#appoint", "#remit", "digits"),
    Bad("", {"#remit": ""}, "#appoint", "#remit", "digits"),
    Bad("", {"#reason": "搬走\u200b了"}, "#leave-go", "#reason", "line"),
    Bad("", {"#to": "青山农场"}, "#go", "#paper", "paper", first=("[name=step]",)),
    Bad("", {"#to": "没有这一家"}, "#go", "#to", "name", first=("[name=step]",), file="#paper"),
    Bad("", {"#to": "", "#first_day": "", "#last_day": ""}, "#go", "#to", "name",
        cleared="#steps [name=step]:checked",
        also=("#steps", "#first_day", "#last_day", "#paper")),
    Bad("", {"#to": "青山农场", "#last_day": "2020-01-01"}, "#go", "#last_day", "day",
        first=("[name=step]",), file="#paper"),
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bad_input_is_kept_and_said_beside_its_field(market, language):
    uri = market.admit("样样都行", "producer", "stall", "office", division="350200")
    market.world.say(market.world.authority, acts.appoint(uri, ["350200"]))
    page = market.newcomer(uri, locale=LOCALES[language])
    lot = market.world.new_lot()
    market.world.code(market.farm, lot, "500")
    market.world.hand_over(market.farm, other_device(market, page, uri), lot)
    market.world.ledger.followers.catch_up()
    code = codes.of_uri(lot, HOST)
    for bad in FORMS:
        page.goto(f"{market.url}{bad.path.format(lot=code)}?lang={language}")
        said_and_kept(page, bad, language)
    stranger = market.browse(locale=LOCALES[language])
    stranger.goto(f"{market.url}{PART.path}?lang={language}")
    said_and_kept(stranger, PART, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bad_input_about_a_party_is_kept_and_said_beside_its_field(market, language):
    world, farm = market.world, market.farm
    uri = market.admit("没有手机的摊位")
    page = market.newcomer(AUTHORITY, locale=LOCALES[language])
    for bad in ABOUT:
        page.goto(f"{market.url}/people/party?who={uri}&lang={language}")
        said_and_kept(page, bad, language)
    # A key that another has revoked meanwhile is said beside the key.
    page.goto(f"{market.url}/people/party?who={farm.uri}&lang={language}")
    revoke = page.locator("[data-revoke]")
    expect(revoke).to_have_count(1)
    keyid = revoke.get_attribute("data-revoke")
    world.say(world.authority, acts.revoke(farm.uri, keyid))
    revoke.click()
    said = page.locator(f"#key-{keyid}-wrong")
    expect(said).to_contain_text(CHINESE if language == "zh" else "not good any more")
    expect(page.locator("#sign")).to_be_hidden()
    # And one that is no registrar any more beside the button that would dismiss it.
    world.say(world.authority, acts.appoint(uri, ["350206"]))
    page.goto(f"{market.url}/people/party?who={uri}&lang={language}")
    expect(page.locator("#dismiss")).to_be_enabled()
    world.say(world.authority, acts.dismiss(uri))
    page.locator("#dismiss").click()
    said = page.locator("#dismiss-wrong")
    expect(said).to_contain_text(CHINESE if language == "zh" else "no registrar any more")
    expect(page.locator("#said")).to_have_text("")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_one_made_of_recalled_goods_is_cleared_where_one_is_told(market, language):
    """Where acts are not public their maker's own page has the form, and says what it lacks."""
    world = market.world
    lot, dish = world.new_lot(), world.new_lot()
    uri, page = market.stall("小吃店", locale=LOCALES[language])
    device = other_device(market, page, uri)
    world.code(market.farm, lot)
    world.hand_over(market.farm, device, lot)
    made = event("make", dish, "1", inputs=[steps.Portion(lot, None, None)],
                 extra=steps.coding("凉拌菜", days_ago(1), 1, "350206"))  # fmt: skip
    world.do(device, made)
    order(world, world.authority, lot)
    world.ledger.followers.catch_up()
    object.__setattr__(world.ledger.trust, "entries", "private")
    page.goto(f"{market.url}/me/recalls?lang={language}")
    form = page.locator("[data-op='recall.clear']")
    form.locator("button").click()
    for name in ("items", "reason"):
        said = form.locator(f"[data-of={name}]")
        expect(said).to_contain_text(CHINESE if language == "zh" else re.compile("[a-z]{3}"))
    expect(form.locator("[name=item]")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    form.get_by_role("checkbox").check()
    form.locator("[name=reason]").fill("已另购原料")
    form.locator("button").click()
    page.locator("#sign-yes").click()
    expect(form).to_have_count(0)


def said_and_kept(page, bad, language):
    """A form filled in wrongly says what is wrong beside each field, and keeps what was typed."""
    _fill(page, bad)
    page.locator(bad.press).first.click()
    says = CHINESE if language == "zh" else re.compile(bad.said, re.I)
    expect(page.locator(bad.where or f"{_id(bad.wrong)}-wrong").first).to_contain_text(says)
    if "input" not in bad.wrong:  # of a group none is wrong more than another
        expect(page.locator(bad.wrong).first).to_have_attribute("aria-invalid", "true")
    marked = "input" not in bad.wrong
    for name in bad.also:
        wrong = page.locator(name).first
        if not wrong.evaluate("one => one.matches('fieldset')"):
            expect(wrong).to_have_attribute("aria-invalid", "true")
            marked += 1
        beside = wrong.get_attribute("aria-describedby").split()
        said = page.locator(next(f"#{one}" for one in reversed(beside) if "hint" not in one))
        expect(said).to_contain_text(CHINESE if language == "zh" else re.compile("[a-z]{3}"))
    if bad.also:
        expect(page.locator(INVALID)).to_have_count(marked)
        expect(page.locator(bad.focus or INVALID).first).to_be_focused()
    for name, text in bad.typed.items():
        expect(page.locator(name).first).to_have_value(text)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], bad


def _fill(page, bad):
    for name, value in bad.chosen.items():
        chosen = {"index": 1} if value == FIRST else {"value": value}
        page.locator(name).select_option(**chosen)
    for name in bad.first:
        page.locator(name).first.check()
    while bad.cleared and page.locator(bad.cleared).count():
        page.locator(bad.cleared).first.click()
    for name, text in bad.typed.items():
        page.locator(name).first.fill(text)
    if bad.file:
        paper = {"name": "p.pdf", "mimeType": "application/pdf", "buffer": PDF}
        page.locator(bad.file).set_input_files(paper)


def _id(wrong):
    return wrong.split()[0]
