"""What a route declares: enforced in one order, and said by the OpenAPI document."""

import pytest
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.trace.recall.recall_forms import ScopeStockJson
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.openapi import declarations
from suyuan.web.app.routes import ANYBODY, INSPECTOR, SIGNED_IN, Routes, declared, schema_model

EVIL = {"Origin": "https://evil.example"}


def test_anothers_page_is_refused_before_it_counts(client, monkeypatch):
    monkeypatch.setattr(client.application.extensions["suyuan.limits"], "hit", lambda *_: False)
    path = "/api/v1/labels/draft"
    assert client.post(path, headers=EVIL, json={}).status_code == 403
    assert client.post(path, headers=ORIGIN_HEADERS, json={}).status_code == 429


def test_who_is_not_let_in_is_told_so_before_what_is_wrong_with_what_they_sent(client, small):
    bad = {"headers": ORIGIN_HEADERS, "json": {"item": 1}}
    assert client.post("/api/v1/inspections/draft", **bad).status_code == 401
    assert signed_in(client, small.party("和顺").signer).status_code == 200
    assert client.post("/api/v1/inspections/draft", **bad).status_code == 403
    assert client.post("/api/v1/labels/draft", **bad).status_code == 422


def test_whoever_is_to_sign_in_for_a_page_comes_back_to_it(client):
    for path, back in (
        ("/me/labels", "%2Fme%2Flabels"),
        ("/inspect/party?party=urn:x:y", "%2Finspect%2Fsearch"),
        ("/recalls/new/7K3QX9M2V8TDC4NB", "%2Frecalls%2Fnew%2F7K3QX9M2V8TDC4NB"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/signin?next={back}"), path


def test_the_head_of_what_is_read_is_answered_as_it_is(client):
    assert client.head("/api/v1/labels", headers=EVIL).status_code == 401
    assert client.head("/api/v1/batches/template").status_code == 200


def test_a_view_keeps_what_it_declared():
    routes = Routes("tried")
    limit = Limit("tried", "1/minute")

    @routes.get("/tried", INSPECTOR, limit=limit, aliases=("/tried/too",))
    def view():
        """A page."""

    found = declared(view)
    assert (found.guard, found.limit, found.aliases) == (INSPECTOR, limit, ("/tried/too",))
    assert found.guard.asks_for_session and SIGNED_IN.asks_for_session
    assert not ANYBODY.asks_for_session
    with pytest.raises(TypeError):
        routes.get("/wrong", ANYBODY, limited=limit)(lambda: None)


def test_what_the_routes_of_a_resource_share_holds_unless_one_says_otherwise():
    limit, answers = Limit("tried", "1/minute"), {404: "No such thing"}
    routes = Routes("tried", limit=limit, answers=answers)
    found = [
        declared(routes.get(f"/tried/{number}", ANYBODY, **more)(lambda: None))
        for number, more in enumerate(({}, {"limit": None, "answers": {}}))
    ]
    assert [(one.limit, one.answers) for one in found] == [(limit, answers), (None, {})]


def test_a_view_is_given_a_reader_of_its_own_and_who_is_signed_in(client, small):
    routes = Routes("tried")

    @routes.get("/tried/<number>", SIGNED_IN)
    def view(someone: SignedIn, found: Reader, number: str) -> str:
        """A page."""
        return f"{someone.uri} {found.size()} {number}"

    client.application.register_blueprint(routes.blueprint)
    assert client.get("/tried/7").status_code == 303
    party = small.party("和顺")
    assert signed_in(client, party.signer).status_code == 200
    with small.ledger.reading() as reader:
        assert client.get("/tried/7").text == f"{party.uri} {reader.size()} 7"


@pytest.fixture
def made(client):
    app, spec = client.application, client.get("/api/v1/openapi.json").json
    return spec, {(path, method): found for path, method, found in declarations(app)}


def operations(made):
    spec, found = made
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield found[path, method], operation, f"{method} {path}"


def test_each_operation_has_a_summary_of_its_own_and_a_tag_that_is_explained(made):
    tags = {tag["name"] for tag in made[0]["tags"] if tag["description"]}
    for _found, operation, name in operations(made):
        assert operation["summary"] and set(operation["tags"]) <= tags, name
        assert not operation["summary"].startswith("The same"), name
        for parameter in operation["parameters"]:
            assert parameter.get("description"), (name, parameter["name"])


def test_each_says_who_may_ask_as_every_role_finds_it(made):
    schemes = set(made[0]["components"]["securitySchemes"])
    for found, operation, name in operations(made):
        credentials = operation["security"]
        assert {scheme for one in credentials for scheme in one} <= schemes, name
        assert (not credentials or {} in credentials) == (not found.guard.asks_for_session), name
        if found.guard.restriction is not None:
            assert f"It is {found.guard.restriction}." in operation["description"], name
        assert ("401" in operation["responses"]) >= found.guard.asks_for_session, name
        assert ("403" in operation["responses"]) >= (found.guard.refused is not None), name


def test_what_is_for_some_says_for_whom(made):
    told = {}
    for _found, operation, name in operations(made):
        words = operation.get("description", "").rpartition("It is for ")[2]
        if words != operation.get("description", ""):
            told.setdefault(words.partition(":")[0].rstrip("."), set()).add(name)
    assert {words: len(names) for words, names in told.items()} == {
        "inspectors": 32,
        "an office by the authority's own statement, and for the authority": 2,
        "the authority, and for registrars in their remit": 5,
        "the authority alone": 1,
    }
    assert told["the authority alone"] == {"post /api/v1/registrars/draft"}
    assert told["an office by the authority's own statement, and for the authority"] == {
        "post /api/v1/inspectors/draft",
        "post /api/v1/inspectors/end/draft",
    }


def test_429_is_said_of_what_is_limited_and_of_nothing_else(made):
    for found, operation, name in operations(made):
        is_limited = found.limit is not None or name == "post /api/v1/links"  # by the rule `pace`
        assert ("429" in operation["responses"]) == is_limited, name


def test_a_form_writes_the_members_that_its_schema_has():
    members = dict.fromkeys(("holder", "sender", "container", "quantity"))
    written = ScopeStockJson.write(in_transit=True, is_reported=False, **members)
    schema = schema_model(ScopeStockJson).model_json_schema()
    assert set(written) == set(schema["properties"]) == set(schema["required"])
    assert "from" in written and schema["additionalProperties"] is False
    with pytest.raises(TypeError, match="ScopeStockJson has no scent"):
        ScopeStockJson.write(scent="", **members)
    with pytest.raises(AttributeError):
        ScopeStockJson.write(None, **members)
