"""Who may ask what: every route of the front-end with every role, and with none."""

import io
from urllib.parse import quote

import pytest
from signing_support import form_token
from support import PRODUCED, days_ago
from town_support import town
from werkzeug.routing import BuildError

from suyuan.web.routes import (
    ADMITTING,
    AUTHORITY,
    INSPECTOR,
    ITSELF_OR_INSPECTOR,
    OWN_DEVICE,
    SIGNED_IN,
    declared,
)

pytestmark = pytest.mark.slow
HEADERS = {"Origin": "http://localhost", "Accept-Language": "en"}
ROLES = ("stall", "farm", "market", "laboratory", "office", "elsewhere", "authority")

# Open to everybody, as the ledger is: consumers, verifiers, whoever follows the log. Listed by
# hand, so that no route is open because somebody declared it so; all else is as it declares.
OPEN = {
    "start.start", "start.find", "start.robots", "consumer.by_code", "consumer.by_label",
    "consumer.by_trade", "consumer.by_unit", "consumer.words", "complaining.ask",
    "complaining.take", "complaining.receipt", "scan.ask", "scan.take", "offline.service",
    "log.checkpoint", "log.tile", "health.alive", "health.ready", "static", "scripts.script",
    "openapi.spec", "signin.signin", "inviting.invite", "lineage_page.by_code",
    "recalls_page.index", "recalls_page.one", "acts.by_uri", "acts.by_code", "acts.list_by_uri",
    "acts.list_by_code", "attachments.attachment", "findings.findings", "heads.heads",
    "lineage.by_code", "lineage.by_uri", "lineage.holdings_by_code", "lineage.holdings_by_uri",
    "items.by_code", "items.by_uri", "items.evidence_by_code", "items.evidence_by_uri",
    "items.trust", "proofs.proof", "disclosures.of_link", "links.append", "recalls.recalls",
    "recalls.recall", "recalls.holds", "recalls.scope", "handover.overdue_in",
    "handover.overdue_of", "handover.arrivals", "handover.holdings", "handover.inbox",
    "session.challenge", "session.sign_in", "session.sign_out", "sign.opened", "sign.offered",
    "releases.release", "releases.page", "handover.draft", "recalls.draft", "batches.template",
    "signin.signout", "resolver.description", "consumers.reported",
    "consumers.read",
}  # fmt: skip
BY_TOKEN = {"metrics.metrics"}  # of the operator's; no role has it
UNDECLARED = {"static", "openapi.spec"}  # Flask's and APIFlask's own
SIGNING = {"session.challenge", "session.sign_in", "session.sign_out", "signin.signout"}
BY_ITEM = {"recalls_new_page.new", "hidden.hidden"}  # of what is one's to recall, or to read
INSPECTORS = {"office", "authority", "elsewhere"}
ADMITTERS = {"market", "office", "elsewhere", "authority"}


def behind(app, *guards):
    """The endpoints that declare one of these guards."""
    found = {name: declared(view) for name, view in app.view_functions.items()}
    return {name for name, one in found.items() if one is not None and one.guard in guards}


def of_inspectors(app):
    """Those for inspectors, of one party's affairs for that party too."""
    return behind(app, INSPECTOR, ITSELF_OR_INSPECTOR)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    found = town(tmp_path_factory.mktemp("roles"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def browsers(made):
    return {who: made.browser(who) for who in (None, *ROLES)}


def routes(app):
    """Every rule and method of the front-end."""
    return [
        (rule.endpoint, method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=str)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def values(made):
    """What stands in the paths, by name."""
    stall = made.people["stall"]
    return {
        "code": made.code("stall"),
        "who": stall.uri,
        "token": made.invite(),
        "keyid": stall.signer.public.keyid,
        "index": made.waiting,
        "number": 1,
        "name": "0" * 64,
        "sha256": "0" * 64,
        "digest": "0" * 16,
        "serial": "7K3QX9M2V8TDC",
        "rest": "09506000134352",
        "filename": "style.css",
        "issues": "1",
        "kind": "pdf",
    }


def queries(made):
    """What is asked besides, by endpoint."""
    lot, stall = quote(made.lots[0], safe=""), quote(made.people["stall"].uri, safe="")
    of_item = dict.fromkeys(
        (
            "acts.by_uri",
            "acts.list_by_uri",
            "chains.one",
            "chains.of_item",
            "chains.whole",
            "items.by_uri",
            "items.evidence_by_uri",
            "lineage.by_uri",
            "lineage.holdings_by_uri",
            "inspections.of_item",
            "inspect_chain.chain",
            "recalls.scope",
            "process.process",
        ),
        f"?item={lot}",
    )
    return of_item | {
        "inspections.listed": f"?party={stall}",
        "inspect_party.by_uri": f"?party={stall}",
        "people.person": f"?party={stall}",
        "events.recipients": "?q=a",
        "search.search": "?q=a",
    }


def bodies(made):
    """What is sent, by endpoint: a request that would be answered if one may make it."""
    lot, stall, market = made.lots[0], made.people["stall"].uri, made.people["market"].uri
    admitted = {"name": "新摊位", "roles": ["stall"], "division": "350203"}
    days = {"first_day": PRODUCED, "last_day": days_ago(-30)}
    batch = {"name": "上海青", "category": "蔬菜", "quantity": "1", "unit": "KGM"}
    return {
        "admission.admission": admitted,
        "admissions.admissions": {
            "roles": ["stall"],
            "division": "350203",
            "parties": [{"name": "新摊位"}],
        },
        "people_api.changed": admitted,
        "people_api.left": {},
        "people_api.registrar": {"party": market, "op": "appoint", "remit": ["350203"]},
        "mandates_api.given": {"to": market, "steps": ["receiving"], **days},
        "mandates_api.withdrawn": {"to": market},
        "sign.invited": {"party": stall},
        "sign.opened": {"code": "0" * 26},
        "handover.draft": {"party": stall, "all": True},
        "recalls.draft": {
            "op": "recall.acknowledge",
            "act": made.recall.rsplit("/", 1)[1],
            "actor": stall,
        },
        "recalls_mine.my_draft": {
            "op": "recall.acknowledge",
            "act": made.recall.rsplit("/", 1)[1],
        },
        "batches.draft": {"batches": [batch]},
        "products.draft": {"name": "上海青", "category": "蔬菜"},
        "labels.issue": {"lots": [{"item": lot, "count": 1}]},
        "labels.void": {"labels": ["7K3QX9M2V8TDC"], "item": lot},
        "events.drafted": {"step": "loss", "goods": [{"item": lot, "amount": "1", "unit": "KGM"}]},
        "reports.settled": {"note": "已处理"},
        "inspections.draft": {"item": lot, "outcomes": ["right"]},
        "heads.heads": [{"item": lot, "actor": stall}],
        "links.append": {},
    }


def ask(client, made, endpoint, method, rule, token=""):
    """One request; for uploads, of a small file; with the token that a form of one's own has."""
    known = values(made)
    arguments = {name: known[name] for name in rule.arguments}
    if "/acts" in rule.rule or "/recalls/<" in rule.rule or "/act/" in rule.rule:
        arguments["code"] = made.recall.rsplit("/", 1)[1]
    if endpoint == "divisions.division":
        arguments["code"] = "350203"
    if endpoint.startswith("inspect_party."):
        arguments = {n: made.people["stall"].uri.rsplit("/", 1)[1] for n in arguments}
    if endpoint == "log.tile":
        arguments["name"] = "0/000"
    try:
        _host, path = rule.build(arguments)
    except (BuildError, TypeError):  # pragma: no cover
        raise AssertionError(f"no path for {rule}") from None
    more = {}
    body = bodies(made).get(endpoint)
    if endpoint == "batches.table":
        more = {"data": {"file": (io.BytesIO("产品\n上海青\n".encode()), "t.csv")}}
    elif endpoint in {"attachments.attached", "inspections.scanned", "scan.take", "consumers.read"}:
        more = {"data": {"file": (io.BytesIO(b"%PDF-1.4"), "t.pdf")}}
    elif method == "POST" and path.startswith("/api/"):
        more = {"json": {} if body is None else body}
    elif method == "POST":
        more = {"data": {"csrf_token": token}}
    return client.open(
        path + queries(made).get(endpoint, ""), method=method, headers=HEADERS, **more
    )


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
        ("/inspect", of_inspectors(made.app)),
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
