"""Bad input on a form keeps what was typed, and says beside the field what would be right.

One walk over the main forms, in each language, on a phone. What is said must be in the page's
language; the field that is wrong is marked, and has the focus where a script says so.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
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
    first: tuple[str, ...] = field(default=())  # clicked before
    chosen: dict[str, str] = field(default_factory=dict)


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


class Town(Market):
    """A market with one who may do all, so that one browser opens every form."""

    def person(self, locale):
        world = self.world
        uri = codes.uri_of(codes.new(), HOST, "party")
        roles = ["producer", "stall", "office"]
        world.say(
            world.authority,
            acts.admit(uri, "样样都行", roles, "350200"),
            acts.appoint(uri, ["350200"]),
        )
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
        return uri, page


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
    uri, page = town.person({"en": "en", "zh": "zh-CN"}[language])
    lot = town.world.new_lot()
    town.world.code(town.farm, lot, "500")
    town.world.hand_over(town.farm, other_device(town, page, uri), lot)
    town.world.ledger.followers.catch_up()
    for bad in FORMS:
        page.goto(f"{town.url}{bad.path}?lang={language}")
        _fill(page, bad)
        page.locator(bad.press).first.click()
        said = page.locator(bad.where or f"{_id(bad.wrong)}-wrong").first
        expect(said).to_contain_text(CHINESE if language == "zh" else re.compile(bad.said, re.I))
        if "input" not in bad.wrong:  # of a group none is wrong more than another
            expect(page.locator(bad.wrong).first).to_have_attribute("aria-invalid", "true")
        for name, text in bad.typed.items():
            expect(page.locator(name).first).to_have_value(text)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], bad.path


def _fill(page, bad):
    for name, value in bad.chosen.items():
        chosen = {"index": 1} if value == FIRST else {"value": value}
        page.locator(name).select_option(**chosen)
    for name in bad.first:
        page.locator(name).first.check()
    for name, text in bad.typed.items():
        page.locator(name).first.fill(text)


def _id(wrong):
    return wrong.split()[0]
