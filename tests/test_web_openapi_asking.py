"""The OpenAPI document says of each operation what it is, who may ask it, and what is limited."""

import re

import pytest
from test_web_roles import ADMITTING, AUTHORITY, INSPECTING, OF_ONESELF, OPEN, SIGNED_IN
from web_support import client_of


@pytest.fixture
def made(small):
    app = client_of(small.ledger).application
    spec = app.test_client().get("/api/v1/openapi.json").json
    endpoints = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods & {"GET", "POST", "DELETE"}:
            endpoints[path, method.lower()] = rule.endpoint
    return app, spec, endpoints


def operations(made):
    _app, spec, endpoints = made
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield endpoints[path, method], operation, f"{method} {path}"


def test_each_operation_has_a_summary_of_its_own_and_a_tag_that_is_explained(made):
    tags = {tag["name"] for tag in made[1]["tags"] if tag["description"]}
    for _endpoint, operation, name in operations(made):
        assert operation["summary"] and set(operation["tags"]) <= tags, name
        assert not operation["summary"].startswith("The same"), name
        for parameter in operation["parameters"]:
            assert parameter.get("description"), (name, parameter["name"])


def test_each_says_who_may_ask_as_every_role_finds_it(made):
    schemes = set(made[1]["components"]["securitySchemes"])
    for endpoint, operation, name in operations(made):
        asked = operation["security"]
        assert {scheme for one in asked for scheme in one} <= schemes, name
        is_open = not asked or {} in asked
        assert is_open == (endpoint in OPEN), name
        said = operation.get("description", "")
        assert ("for inspectors" in said) == (endpoint in INSPECTING), name
        assert ("for the party itself" in said) == (endpoint in OF_ONESELF), name
        assert ("for registrars" in said) == (endpoint in ADMITTING), name
        assert ("for the authority alone" in said) == (endpoint in AUTHORITY), name
        if endpoint in SIGNED_IN | ADMITTING | AUTHORITY | INSPECTING:
            assert "401" in operation["responses"], name


def test_429_is_said_of_what_is_limited_and_of_nothing_else(made):
    app, found, told = made[0], {"post /api/v1/links"}, set()  # by the rule `pace`
    for endpoint, operation, name in operations(made):
        view = app.view_functions[endpoint]
        while view is not None:
            if view.__code__.co_name == "limited_view":
                found.add(name)
            view = getattr(view, "__wrapped__", None)
        if "429" in operation["responses"]:
            told.add(name)
    assert (sorted(found - told), sorted(told - found)) == ([], [])
