"""A ledger of private entries: no route tells who trades with whom to those it does not concern.

A walk over the URL map. A new route that tells another party's trade fails here.
"""

import re

import pytest
from support.ledger.world import event
from support.web.private_routes import ENDS, everything, names, of_officers, of_parties
from support.web.roles import ask, routes
from support.web.town import town

from suyuan.trace.format.identifiers import codes

pytestmark = pytest.mark.slow
EN = {"Accept-Language": "en"}
# The chains as they were signed that lead to the label in one's hand, here the stall's: to
# everybody. A sale in between that went to another stands in them.
LABEL = {"items.by_code", "items.evidence_by_code"}
# Who is registered, for those who admit parties or send goods: names, and nothing of their trade.
REGISTERED = {"people.people", "people_api.listed", "events.recipients"}
OUTSIDE = ("nobody", "stranger", "market", "stall")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The town, in which the farm also sells to a rival whom the stall knows nothing of."""
    found = town(tmp_path_factory.mktemp("private"))
    world, farm, stall = found.world, found.people["farm"], found.people["stall"]
    rival = found.people["rival"] = world.party("对手摊", division="350203")
    found.people["stranger"] = world.party("路人摊", division="350203")
    world.hand_over(farm, rival, found.lots[0], "7")
    world.hand_over(farm, stall, found.lots[0], "2")  # later, so that the stall's path has both
    world.do(farm, event("dispatch", found.lots[0], "3", sender=farm.uri, recipient=rival.uri))
    found.hide()
    yield found
    found.close()


@pytest.fixture(scope="module")
def browsers(made):
    who = {name: made.browser(name) for name in (*OUTSIDE[1:], "office", "authority", "farm")}
    return who | {"nobody": made.browser(None)}


def walk(made, client):
    """Every route that can be asked without ending the session, and its answer."""
    for endpoint, method, rule in routes(made.app):
        if endpoint not in ENDS and endpoint != "static":
            with ask(client, made, endpoint, method, rule) as answer:
                yield endpoint, method, rule, answer


def test_the_tables_name_routes_that_are_there(made):
    there = {endpoint for endpoint, _method, _rule in routes(made.app)}
    assert there >= LABEL | REGISTERED | ENDS
    assert len(of_officers(made.app)) == 20 and len(of_parties(made.app)) == 5


@pytest.mark.parametrize("who", OUTSIDE)
def test_nobody_else_is_told_who_trades_with_whom(made, browsers, who):
    rival, told = made.people["rival"], set()
    for endpoint, method, rule, answer in walk(made, browsers[who]):
        said = f"{who} {method} {rule} {answer.status_code} {answer.data[:200]!r}"
        assert answer.status_code < 500, said
        if endpoint in of_officers(made.app):
            assert answer.status_code in {401, 403}, said
        if endpoint in of_parties(made.app):  # the market records for the stall, under a mandate
            may = who in {"stall", "market"}
            assert (answer.status_code == 200) == may, said
        said = everything(answer.data)
        if (
            any(name.encode() in said for name in names(rival))
            and endpoint not in REGISTERED | LABEL
        ):
            told.add(f"{method} {rule}")
    assert told == set()


def test_the_page_of_a_label_names_none_but_those_on_the_way_to_it(made, browsers):
    page = browsers["nobody"].get(f"/t/{made.code('stall')}", headers=EN).text
    assert "<dt>To</dt><dd>stall</dd>" in page and "对手摊" not in page and "7 kg" in page
    path = f"/api/v1/items/{made.code('stall')}"
    assert made.people["rival"].uri.encode() in everything(browsers["nobody"].get(path).data)


@pytest.mark.parametrize("who", ["office", "authority"])
def test_officers_are_told(made, browsers, who):
    theirs = of_officers(made.app) | of_parties(made.app)
    for endpoint, method, rule, answer in walk(made, browsers[who]):
        said = f"{who} {method} {rule} {answer.status_code} {answer.data[:200]!r}"
        assert answer.status_code < 500, said
        if endpoint in theirs:  # 422: of what was asked, no more
            assert answer.status_code in {200, 422}, said


@pytest.mark.parametrize("who", [*OUTSIDE, "farm", "office"])
def test_no_page_links_to_an_act_that_is_not_for_who_reads_it(made, browsers, who):
    client, linked = browsers[who], set()
    for _endpoint, _method, _rule, answer in walk(made, client):
        if answer.mimetype == "text/html":
            linked |= set(re.findall(r'href="(/(?:act|recalls)/[0-9A-Z][^"?]*)', answer.text))
    for path in linked:
        assert client.get(path).status_code == 200, path
    assert bool(linked) == (who == "office")


def test_who_is_not_shown_the_page_of_an_act_reads_what_it_is_to_do(made, browsers):
    code = codes.shown(made.recall.rsplit("/", 1)[1])
    for language, parts in (
        ("en", ("Level I recall", "检出", "Acknowledge by", "Finish by", "since ")),
        ("zh", ("一级召回", "检出", "确认截止", "完成截止", "起")),
    ):
        text = browsers["stall"].get("/me/recalls", headers={"Accept-Language": language}).text
        (card,) = re.findall(rf'<section class="act[^>]*data-act="{code}".*?</section>', text, re.S)
        for part in (*parts, code, "市场监督管理局"):
            assert part in card, part
        assert "/act/" not in card
