"""Who may ask what: every route of the front-end with every role, and with none."""

import pytest
from support.web.roles import OPEN, ask, behind, routes
from support.web.signing import form_token

from suyuan.web.app.routes import (
    ADMITTING,
    AUTHORITY,
    INSPECTOR,
    ITSELF_OR_INSPECTOR,
    OFFICE,
    OWN_DEVICE,
    SIGNED_IN,
    declared,
)

pytestmark = pytest.mark.slow
ROLES = ("stall", "farm", "market", "laboratory", "office", "elsewhere", "authority")

BY_TOKEN = {"metrics.metrics"}  # of the operator's; no role has it
UNDECLARED = {"static", "openapi.spec"}  # Flask's and APIFlask's own
SIGNING = {"session.challenge", "session.sign_in", "session.sign_out", "signin.signout"}
# Of what is one's to recall, to read, or to report: of a laboratory's samples.
BY_ITEM = {"recalls_new_page.new", "hidden.hidden", "samples_page.report"}
INSPECTORS = {"office", "authority", "elsewhere"}
ADMITTERS = {"market", "office", "elsewhere", "authority"}


def of_inspectors(app):
    """Those for inspectors, of one party's affairs for that party too."""
    return behind(app, INSPECTOR, ITSELF_OR_INSPECTOR)


@pytest.fixture(scope="module")
def browsers(made):
    return {who: made.browser(who) for who in (None, *ROLES)}


def told(answer, rule, method):
    return f"{method} {rule} {answer.status_code} {answer.data[:300]!r}"


def is_sent_to_signin(answer):
    return answer.status_code == 303 and answer.location.startswith("/signin?")


def test_every_route_declares_itself_and_what_is_open_is_listed(made):
    """A new route fails here until somebody has decided."""
    views = made.app.view_functions
    assert {name for name, view in views.items() if declared(view) is None} == UNDECLARED
    is_open = {
        name
        for name, view in views.items()
        if (one := declared(view)) is None or not one.guard.asks_for_session
    }
    assert is_open == OPEN | BY_TOKEN
    for prefix, guarded in (
        ("/inspect", of_inspectors(made.app) | behind(made.app, OFFICE)),
        ("/people", behind(made.app, ADMITTING)),
        ("/admit", behind(made.app, ADMITTING)),
    ):
        pages = {one for one, _method, rule in routes(made.app) if rule.rule.startswith(prefix)}
        assert pages and pages <= guarded, prefix


def test_what_is_open_asks_nobody_to_sign_in(made, browsers):
    for endpoint, method, rule in routes(made.app):
        if endpoint in OPEN and endpoint != "signin.signout":
            with ask(browsers[None], made, endpoint, method, rule) as answer:
                assert answer.status_code not in {401, 500}, told(answer, rule, method)
                assert not is_sent_to_signin(answer), rule


def test_nobody_gets_what_asks_for_a_key(made, browsers):
    for endpoint, method, rule in routes(made.app):
        if endpoint not in OPEN:
            with ask(browsers[None], made, endpoint, method, rule) as answer:
                refused = {401, 403} if rule.rule.startswith("/api/") else {400, 401, 403}
                is_asked = is_sent_to_signin(answer) or answer.status_code in refused
                assert is_asked, told(answer, rule, method)
                if method == "GET" and rule.rule.startswith("/api/"):
                    assert answer.status_code == 401, rule


@pytest.mark.parametrize("who", ROLES)
def test_a_role_gets_what_is_its_own(made, browsers, who):
    token, app = form_token(browsers[who], "/me"), made.app
    inspecting, admitting = of_inspectors(app), behind(app, ADMITTING)
    own = {("stall", one) for one in behind(app, ITSELF_OR_INSPECTOR)}  # here the stall's
    authority, signed_in = behind(app, AUTHORITY), behind(app, SIGNED_IN, OWN_DEVICE)
    for endpoint, method, rule in routes(made.app):
        if endpoint in SIGNING:  # ends the session
            continue
        with ask(browsers[who], made, endpoint, method, rule, token) as answer:
            said = told(answer, rule, method)
            assert answer.status_code < 500 and answer.status_code != 401, said
            assert not is_sent_to_signin(answer), said
            may = (
                (endpoint not in inspecting or who in INSPECTORS or (who, endpoint) in own)
                and (endpoint not in admitting or who in ADMITTERS)
                and (endpoint not in authority or who == "authority")
            )
            if not may or endpoint in BY_TOKEN:
                assert answer.status_code == 403, said
            elif endpoint in (signed_in | OPEN) - BY_ITEM and method == "GET":
                assert answer.status_code != 403, said
