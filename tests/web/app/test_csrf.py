"""What other sites' pages ask in somebody's name: every route that changes anything refuses it."""

import pytest
from support.web.client import client_of
from support.web.roles import OPEN, ask, routes
from support.web.signing import form_token

pytestmark = pytest.mark.slow
OURS = "http://localhost"
# What needs no origin, and why.
NO_ORIGIN = {
    "links.append": "an entry carries its party's own signature; no cookie is looked at",
    "heads.heads": "reads; it is a POST for the length of what is asked",
    "handover.draft": "reads: says what is to be signed, of what is public",
    "recalls.draft": "reads: says what is to be signed, of what is public",
    "consumers.read": "reads a photo, for anybody, and keeps nothing",
    "scan.take": "reads a photo, for anybody, and keeps nothing",
}
# Forms with no session behind them: there is nothing that a token could be bound to.
NO_TOKEN = {"complaining.take", "complaining.erased", "scan.take"}
ELSEWHERE = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Referer": "http://localhost/me"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": OURS, "Sec-Fetch-Site": "same-site"},
    {"Origin": OURS, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
]


class Sent:
    """A client whose requests have other headers than the ones given: a page elsewhere."""

    def __init__(self, client, headers):
        self._client, self._headers = client, {"Accept-Language": "en"} | headers

    def open(self, path, **more):
        return self._client.open(path, **(more | {"headers": self._headers}))


@pytest.fixture(autouse=True)
def _free(made, monkeypatch):
    """Without limits."""
    monkeypatch.setattr(made.app.extensions["suyuan.limits"], "hit", lambda *_: True)


@pytest.fixture
def stall(made):
    return made.browser("stall")


def changing(app):
    """Every route that may change something: all methods but GET."""
    return [one for one in routes(app) if one[1] != "GET"]


def length(made):
    """How many links the ledger has."""
    with made.world.ledger.reading() as reader:
        return reader.size()


def test_the_routes_that_need_no_origin_are_there(made):
    there = {endpoint for endpoint, _method, _rule in changing(made.app)}
    assert NO_ORIGIN.keys() | NO_TOKEN <= there
    assert len(there) > 35


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_no_page_elsewhere_acts_for_who_is_signed_in(made, stall, headers):
    token, wrong = form_token(stall, "/me"), []
    for endpoint, method, rule in changing(made.app):
        if endpoint in NO_ORIGIN:
            continue
        with ask(Sent(stall, headers), made, endpoint, method, rule, token) as answer:
            if answer.status_code != 403 or "comes from no page of this site" not in answer.text:
                wrong.append((method, str(rule), answer.status_code))
    assert wrong == []
    assert stall.get("/api/v1/session").status_code == 200  # nor is anybody signed out


def test_what_needs_no_origin_changes_nothing(made, stall):
    """They are answered as they are to anybody: no session is looked at, and nothing is kept."""
    nobody, headers = made.browser(None), {"Origin": "https://evil.example"}
    size, cookie = length(made), stall.get_cookie("suyuan").value
    for endpoint, method, rule in changing(made.app):
        if endpoint in NO_ORIGIN:
            answers = []
            for client in (stall, nobody):
                with ask(Sent(client, headers), made, endpoint, method, rule) as answer:
                    answers.append(answer.status_code)
                    assert "Set-Cookie" not in answer.headers
            assert answers[0] == answers[1] != 500, endpoint
    assert length(made) == size
    assert stall.get_cookie("suyuan").value == cookie


def test_every_form_needs_the_token_of_its_own_session(made, stall):
    others = form_token(made.browser("stall"), "/me")
    assert others != form_token(stall, "/me")
    forms = 0
    for endpoint, method, rule in changing(made.app):
        if rule.rule.startswith("/api/") or endpoint in NO_TOKEN:
            continue
        forms += 1
        for token in ("", "x", others):
            # As an inspector and a registrar too, whose forms a stall is refused anyway.
            for client in (stall, made.browser("authority")):
                with ask(Sent(client, {"Origin": OURS}), made, endpoint, method, rule, token) as no:
                    assert no.status_code in {400, 403}, (endpoint, token, no.status_code)
                assert client.get("/api/v1/session").status_code == 200
    assert forms >= 6


def test_by_https_the_page_beside_it_by_http_is_another_site(made, monkeypatch):
    """Whoever is on the way can write that one, whatever the browser makes of its cookies."""
    monkeypatch.setenv("SUYUAN_BASE_URL", "https://trace.food.example")
    client = client_of(made.world.ledger)
    path, base = "/api/v1/session/challenge", "http://trace.food.example"  # https ends at a proxy
    said = [
        client.post(path, headers={"Origin": origin}, base_url=base).status_code
        for origin in ("https://trace.food.example", "http://trace.food.example")
    ]
    assert said == [200, 403]


def test_no_answer_opens_the_api_to_other_sites_with_cookies(made, stall):
    """CORS is for what is public, and never with credentials."""
    for endpoint, method, rule in routes(made.app):
        if endpoint in {"session.challenge", "session.sign_in", "session.sign_out"}:
            continue
        with ask(
            Sent(stall, {"Origin": "https://evil.example"}), made, endpoint, method, rule
        ) as one:
            allowed = one.headers.get("Access-Control-Allow-Origin")
            assert allowed in {None, "*"}, rule
            assert "Access-Control-Allow-Credentials" not in one.headers
            if allowed == "*":
                assert endpoint in OPEN | {"resolver.description"}, rule
