"""One verdict on each made history: page, API, file, command line and the second verifier agree.

The phone is asked in tests/e2e/consumer/test_verdicts_table.py.
"""

import json
from dataclasses import replace

import pytest
from conformance.reference.verdicts import judge as by_reference
from support.goods.verdicts_market import COLOURS, Market, by_python, file_of, shown
from support.goods.verdicts_rows import ROWS
from support.ledger.world import World
from support.lineage.story import suyuan
from support.web.client import client_of, english, page_of

from suyuan.trace.admission import acts
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods import history
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.status import judge
from suyuan.trace.store.files import serials

pytestmark = pytest.mark.slow

HEADINGS = {
    "recalled": "Recalled",
    "contains_recalled": "Contains something recalled",
    "on_hold": "Sale stopped",
    "test_failed": "A test of it failed|Reported as unfit by those who had it",
    "unsourced": "It begins here: no confirmed supplier|Reported by the importer, not confirmed",
    "contradicted": "The records contradict each other",
    "label": "This label was",
    "expired": "Past its shelf life",
    "undecided": "Unfinished: not all is recorded yet",
    "verified": "Verified",
}
SERIALS = "0123456789ABC", "1123456789ABC", "2123456789ABC"


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("market") / "home")
    yield Market(world)
    world.ledger.close()


@pytest.fixture(scope="module")
def told(market):
    """Each row's item, holder and evidence file."""
    found = {row.name: row.build(market) for row in ROWS}
    market.world.ledger.followers.catch_up()
    return {name: (*one, file_of(market.world, *one)) for name, one in found.items()}


@pytest.fixture(scope="module")
def client(market, told):
    return client_of(market.world.ledger)


def on_page(row):
    """The colour of a row's page."""
    return row.colour if row.on_page == row.states else "amber"


ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@ROW
def test_page_and_api_say_what_the_table_says(row, told, client):
    item, holder, _ = told[row.name]
    colour, heading = shown(english(client, page_of(item, holder.uri)))
    assert colour == on_page(row), heading
    assert any(heading.startswith(one) for one in HEADINGS[row.on_page[0]].split("|")), heading
    found = client.get(f"/api/v1/items/{codes.of_chain(item, holder.uri)}").json
    assert (tuple(found["states"]), COLOURS[found["colour"]]) == (row.on_page, on_page(row))
    assert found["verdict"] == row.on_page[0]


@ROW
def test_the_file_says_what_the_table_says(row, told, market):
    _, holder, data = told[row.name]
    trust = market.world.trust
    assert by_python(data, trust, holder.uri) == (row.states, row.colour)
    code = 3 if "undecided" in row.states else 0
    plain = json.loads(trust.to_json())
    assert by_reference(data, plain, holder.uri) == (code, row.states, row.colour)
    assert by_reference(data, plain)[1:] == by_python(data, trust, None)


@ROW
def test_the_whole_history_and_its_file_say_one_thing(row, told, market):
    """Whoever holds it: `suyuan verify ITEM` and `suyuan export --all`."""
    item, _, _ = told[row.name]
    world = market.world
    with world.ledger.reading() as reader:
        found = history.whole(reader, world.trust.genesis, item)
        made = judge(reader, world.trust.genesis, found, today=china_day(world.ledger.now()))
        file = closure.bundle(reader, found, world.ledger.attachments.get).encode()
    states = tuple(str(state) for state in made.verdict.states)
    if row.on_page == row.states:
        assert (states, COLOURS[made.verdict.tone]) == by_python(file, world.trust, None)
    else:  # by findings, which no file shows
        assert (states, COLOURS[made.verdict.tone]) == (row.on_page, "amber")
    reference = by_reference(file, json.loads(world.trust.to_json()))
    assert reference[1] == by_python(file, world.trust, None)[0]


@ROW
def test_the_file_of_all_judges_a_holder_by_its_own_way(row, told, market):
    """What others did with it after the way had left them is in that file too."""
    item, holder, _ = told[row.name]
    world = market.world
    with world.ledger.reading() as reader:
        found = history.whole(reader, world.trust.genesis, item)
        file = closure.bundle(reader, found, world.ledger.attachments.get).encode()
    assert by_python(file, world.trust, holder.uri) == (row.states, row.colour)
    trust = json.loads(world.trust.to_json())
    assert by_reference(file, trust, holder=holder.uri)[1] == row.states


@ROW
def test_the_command_line_ends_as_the_table_says(row, told, market, tmp_path):
    _, holder, data = told[row.name]
    file = tmp_path / "goods.suyuan"
    file.write_bytes(data)
    asked = "verify", file, "--holder", holder.uri, "--json", "--home", market.world.home
    found = suyuan(*asked)
    assert found.code == (3 if "undecided" in row.states else 0)
    answer = json.loads(found.out)
    assert (tuple(answer["states"]), COLOURS[answer["colour"]]) == (row.states, row.colour)
    strict = suyuan(*asked, "--strict").code
    assert strict == (found.code or (0 if row.states == ("verified",) else 1))


def test_a_file_that_was_changed_is_broken_for_everyone(told, market, tmp_path):
    _, holder, data = told["recalled"]
    trust, file = market.world.trust, tmp_path / "goods.suyuan"
    changed = bundle.parse(data)
    file.write_bytes(replace(changed, entries=changed.entries[1:]).encode())
    states, colour = by_python(file.read_bytes(), trust, holder.uri)
    assert (states[0], colour) == ("broken", "red")
    found = by_reference(file.read_bytes(), json.loads(trust.to_json()), holder.uri)
    assert found == (1, ("broken",), "red")
    asked = "verify", file, "--holder", holder.uri, "--json", "--home", market.world.home
    assert suyuan(*asked).code == suyuan(*asked, "--strict").code == 1


@pytest.mark.parametrize(
    ("number", "heading"),
    [(0, "Verified"), (1, "This label was withdrawn"), (2, "This label was not issued")],
)
def test_a_label_voided_or_never_issued_is_said_by_its_page(market, client, number, heading):
    lot = labelled(market)
    serials.keep(market.world.home, SERIALS[1:2])
    found = shown(english(client, page_of(lot, market.stall.uri, SERIALS[number])))
    assert found == ("amber" if number else "green", heading)


def test_a_label_is_not_good_where_the_list_of_those_withdrawn_is_lost(market, client):
    lot = labelled(market, "3123456789ABC")
    found = shown(english(client, page_of(lot, market.stall.uri, SERIALS[0])))
    assert found == ("amber", "It is not known whether this label was issued")


def labelled(market, withdrawn=SERIALS[1]):
    """A lot with two labels of which one was withdrawn; that list is not kept yet."""
    lot, _ = market.sold()
    serials.keep(market.world.home, SERIALS[:2])
    market.world.say(market.stall, acts.labels(SERIALS[:2]), items=(lot,))
    market.world.say(market.stall, acts.labels([withdrawn], "void"), items=(lot,))
    market.world.ledger.followers.catch_up()
    return lot
