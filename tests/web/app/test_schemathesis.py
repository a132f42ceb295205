"""The API held against its own OpenAPI by schemathesis: no server error, nothing untold."""

import itertools
import tempfile
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.ledger.world import World, event
from support.web.acting import order
from support.web.signing import ORIGIN_HEADERS, signed_in
from support.web.town import invited

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.web.app.openapi import PATH
from suyuan.web.factory import create_app

pytestmark = pytest.mark.slow
EXAMPLES = 30
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class Served:
    """A small ledger behind the API, and sessions of everybody who may ask."""

    def __init__(self, folder):
        self.world = world = World(folder / "home")
        farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
        office = world.party("思明区市场监管所", "office")
        world.say(world.authority, acts.appoint(office.uri, ["3502"]))
        self.actors = (stall, farm, office, world.authority)
        lots = [world.new_lot() for _ in range(2)]
        for lot in lots:
            world.code(farm, lot)
            sent = world.hand_over(farm, stall, lot)
        world.do(farm, event("dispatch", lots[0], "5", sender=farm.uri, recipient=stall.uri))
        act = order(world, world.authority, lots[1])
        world.ledger.followers.catch_up()
        self.app = create_app(world.home, ledger=world.ledger)
        self.known = {
            "code": [codes.of_chain(lots[0], stall.uri), lots[1].rsplit("/", 1)[1]],
            "act_code": [act.rsplit("/", 1)[1]],
            "division": ["3502", "350206"],
            "number": [""],
            "act": [act],
            "uri": [act],
            "who": [stall.uri, farm.uri.rsplit("/", 1)[1], office.uri],
            "party": [stall.uri, farm.uri, office.uri],
            "item": lots,
            "index": [sent.index, 0, sent.index + 1],
            "keyid": [stall.signer.public.keyid],
        }
        addresses = itertools.count()
        self.address = lambda: f"127.{(n := next(addresses)) >> 16 & 255}.{n >> 8 & 255}.{n & 255}"

    def sessions(self):
        """Cookies of nobody, and of fresh browsers in which each kind of party has signed in."""
        found = [{}]
        for actor in self.actors:
            client = self.app.test_client()
            client.environ_base["REMOTE_ADDR"] = self.address()
            assert signed_in(client, actor.signer).status_code == 200
            found.append({"suyuan": client.get_cookie("suyuan").value})
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = Served(tmp_path_factory.mktemp("api"))
    yield made
    made.world.ledger.close()


def operations():
    """`GET /path` of every operation, from the document of an app over an empty ledger."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "home")
        paths = create_app(world.home, ledger=world.ledger).spec["paths"]
        world.ledger.close()
    return sorted(
        f"{method.upper()} {path}"
        for path, found in paths.items()
        for method in found
        if method in {"get", "post", "put", "delete"}
    )


@pytest.mark.parametrize("name", operations())
def test_no_server_error_and_nothing_undocumented(served, name):
    method, path = name.split(" ", 1)
    schema = schemathesis.openapi.from_wsgi(PATH, served.app)
    operation = schema[path][method]
    cases = st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.NEGATIVE),
    )
    sessions, turns = served.sessions(), itertools.count()
    known = {**served.known, "token": [invited(served.world, served.actors[0].uri)]}
    if "/acts" in path or "/recalls" in path:
        known["code"] = known["act_code"]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def ask(case, data):
        for part in (case.path_parameters, case.query, case.body):
            for member in sorted(set(part) & set(known)) if isinstance(part, dict) else ():
                if data.draw(st.booleans()):
                    part[member] = data.draw(st.sampled_from(known[member]))
        answer = case.call(
            cookies=sessions[next(turns) % len(sessions)],
            headers={**ORIGIN_HEADERS, "Accept-Encoding": "identity"},
            environ_base={"REMOTE_ADDR": served.address()},
        )
        case.validate_response(answer, checks=CHECKS)

    ask()
