"""Bad input on a form keeps what was typed, and says beside the field what would be right.

One walk over the main forms, in each language, on a phone. What is said must be in the page's
language; the field that is wrong is marked, and has the focus where a script says so.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from papers_support import PDF
from playwright.sync_api import expect
from signing_support import PHONE, serving
from stall_support import Market, other_device, watched
from support import AUTHORITY, HOST, World

from suyuan.trace import acts
from suyuan.trace.identifiers import codes
from suyuan.trace.inviting import enrolment, new, token_of
from suyuan.trace.pen import Draft
from suyuan.trace.store.invitations import InvitationBook, invitation

pytestmark = pytest.mark.slow
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


FORMS = (
    Bad("/admit", {"#division": "35020", "#name": "新摊位"}, "#go", "#roles input", "at least one"),
    Bad(
        "/admit", {"#division": "35020", "#name": "新摊位"}, "#go", "#division", "digits",
        first=("[name=role][value=stall]",),
    ),
    Bad("/admit/several", {"#rows": "\n", "#division": "350206"}, "#go", "#rows", "line"),
    Bad("/me/mandates", {"#to": "没有这一家"}, "#go", "#to", "no", first=("[name=step]",)),
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
    Bad("/recalls/new", {"#item": "0000"}, "form [type=submit], form button", "#item", "code",
        where=".field-wrong"),
    Bad("/inspect", {"#division": "35020"}, ".choose-division button", "#division", "digits"),
    Bad("/inspect/counter", {"#code": "0000"}, "#find button", "#code", "no code"),
    Bad("/invitations", {"#party": "9999"}, ".box button", "#party", "number"),
    Bad("/", {"#code": "ABCD-1"}, ".box button", "#code", "16 letters", where="#why"),
)  # fmt: skip
# What the authority says of a party that has no key yet.
ABOUT = (
    Bad("", {"#name": "", "#division": "350206"}, "#change-go", "#name", "name"),
    Bad("", {"#name": "新名字"}, "#change-go", "#roles input", "role",
        cleared="[name=role]:checked"),
    Bad("", {"#name": "新名字", "#division": "35020"}, "#change-go", "#division", "digits"),
    Bad("", {"#name": "新名字", "#part_of": "9999"}, "#change-go", "#part_of", "number"),
    Bad("", {"#places": "湖里市场"}, "#change-go", "#places", "URIs"),
    Bad("", {"#gs1": "690"}, "#change-go", "#gs1", "digits"),
    Bad("", {"#remit": "350206\n35020"}, "#appoint", "#remit", "digits"),
    Bad("", {"#remit": ""}, "#appoint", "#remit", "digits"),
    Bad("", {"#reason": "搬走\u200b了"}, "#leave-go", "#reason", "line"),
    Bad("", {"#to": "青山农场"}, "#go", "#paper", "paper", first=("[name=step]",)),
    Bad("", {"#to": "没有这一家"}, "#go", "#to", "name", first=("[name=step]",), file="#paper"),
    Bad("", {"#to": "青山农场", "#last_day": "2020-01-01"}, "#go", "#last_day", "day",
        first=("[name=step]",), file="#paper"),
)  # fmt: skip


class Town(Market):
    """A market with one who may do all, so that one browser opens every form."""

    def person(self, locale):
        uri = codes.uri_of(codes.new(), HOST, "party")
        roles = ["producer", "stall", "office"]
        self.world.say(
            self.world.authority,
            acts.admit(uri, "样样都行", roles, "350200"),
            acts.appoint(uri, ["350200"]),
        )
        return uri, self.enrolled(uri, locale)

    def enrolled(self, uri, locale):
        """A page of a party that has made a key in a browser of its own."""
        world = self.world
        context = self.browser.new_context(viewport=PHONE, locale=locale)
        self.contexts.append(context)
        page = watched(context)
        code, one = new(uri, AUTHORITY, world.ledger.now(), timedelta(days=1))
        InvitationBook(world.ledger.database.engine).add(one)
        page.goto(f"{self.url}/invite#{codes.shown(code)}")
        page.locator("#make").click()
        page.locator("#offered").wait_for()
        with world.ledger.reading() as reader:
            offered = invitation(reader, token_of(code))
            statement = enrolment(reader, world.trust.genesis, AUTHORITY, offered)
        world.ledger.write(world.authority.pen, [Draft(statement=statement)])
        page.wait_for_url("**/me")
        return page


@pytest.fixture
def town(tmp_path, browser, monkeypatch):
    world = World(tmp_path / "home")
    with serving(world, monkeypatch) as url:
        found = Town(world, url, browser)
        yield found
        for context in found.contexts:
            context.close()
    world.ledger.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bad_input_is_kept_and_said_beside_its_field(town, language):
    uri, page = town.person(LOCALES[language])
    lot = town.world.new_lot()
    town.world.code(town.farm, lot, "500")
    town.world.hand_over(town.farm, other_device(town, page, uri), lot)
    town.world.ledger.followers.catch_up()
    for bad in FORMS:
        page.goto(f"{town.url}{bad.path}?lang={language}")
        said_and_kept(page, bad, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bad_input_about_a_party_is_kept_and_said_beside_its_field(town, language):
    world = town.world
    uri = codes.uri_of(codes.new(), HOST, "party")
    world.say(world.authority, acts.admit(uri, "没有手机的摊位", ["stall"], "350206"))
    page = town.enrolled(AUTHORITY, LOCALES[language])
    for bad in ABOUT:
        page.goto(f"{town.url}/people/party?who={uri}&lang={language}")
        said_and_kept(page, bad, language)
    # A key that another has revoked meanwhile is said beside the key.
    page.goto(f"{town.url}/people/party?who={town.farm.uri}&lang={language}")
    revoke = page.locator("[data-revoke]")
    expect(revoke).to_have_count(1)
    keyid = revoke.get_attribute("data-revoke")
    world.say(world.authority, acts.revoke(town.farm.uri, keyid))
    revoke.click()
    said = page.locator(f"#key-{keyid}-wrong")
    expect(said).to_contain_text(CHINESE if language == "zh" else "not good any more")
    expect(page.locator("#sign")).to_be_hidden()


def said_and_kept(page, bad, language):
    """A form filled in wrongly says what is wrong beside each field, and keeps what was typed."""
    _fill(page, bad)
    page.locator(bad.press).first.click()
    says = CHINESE if language == "zh" else re.compile(bad.said, re.I)
    expect(page.locator(bad.where or f"{_id(bad.wrong)}-wrong").first).to_contain_text(says)
    if "input" not in bad.wrong:  # of a group none is wrong more than another
        expect(page.locator(bad.wrong).first).to_have_attribute("aria-invalid", "true")
    for name in bad.also:
        wrong = page.locator(name).first
        expect(wrong).to_have_attribute("aria-invalid", "true")
        beside = page.locator(f"#{wrong.get_attribute('aria-describedby').split()[-1]}")
        expect(beside).to_contain_text(CHINESE if language == "zh" else re.compile("[a-z]{3}"))
    if bad.also:
        expect(page.locator(f"#process {INVALID}")).to_have_count(1 + len(bad.also))
        expect(page.locator(f"#process {INVALID}").first).to_be_focused()
    for name, text in bad.typed.items():
        expect(page.locator(name).first).to_have_value(text)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], bad


def _fill(page, bad):
    for name, value in bad.chosen.items():
        chosen = {"index": 1} if value == FIRST else {"value": value}
        page.locator(name).select_option(**chosen)
    for name in bad.first:
        page.locator(name).first.check()
    if bad.cleared:
        page.locator(bad.cleared).click()
    for name, text in bad.typed.items():
        page.locator(name).first.fill(text)
    if bad.file:
        paper = {"name": "p.pdf", "mimeType": "application/pdf", "buffer": PDF}
        page.locator(bad.file).set_input_files(paper)


def _id(wrong):
    return wrong.split()[0]
