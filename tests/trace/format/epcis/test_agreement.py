"""GS1's JSON schema and our checker give one verdict, but for two tables in docs/format.md."""

import copy
import random
import re

import pytest
from support.goods.epcis import merged, read_schema, resolved, validator
from support.goods.epcis_exceptions import ACCEPTED, REFUSED, amended, judge, problems
from support.ledger.lengths import IS_LONG
from support.ledger.world import ROOT, SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")

PAGE = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
VALUES = [
    None, True, 0, -1.5, "", "x", "a b", [], {}, [[]], [{}], "urn:a:b", ["urn:a:b"], "urn:ü",
    "suyuan:a", "nowhere:a", "cbv:BizStep-shipping", "cbv:Comp-w", "gs1:Temperature", "gs1:Warmth",
    "https://gs1.org/voc/Warmth", "https://ref.gs1.org/cbv/BizStep-shipping", "shipping", "active",
    "https://ns.gs1.org/cbv/BizStep-shipping", "urn:epcglobal:cbv:bizstep:shipping", "Temperature",
    "Warmth", "po", "location", "did_not_occur", "x\n", "ADD", "OBSERVE", "DELETE", "KGM", "kgm",
    "f0", "2.0", "1.2", "+08:00", "+14:30", "2026-01-31T08:00:00Z", "2026-01-31t08:00:00z",
    "2026-02-30T08:00:00Z", {"id": "urn:a:b"}, {"id": "urn:a:b", "note": 1}, {"suyuan:a": 1},
    {"set": ["active"]}, {"cbvmda": "https://x.example/"}, {"suyuan": "https://x.example/"},
    [{"epcClass": "urn:a:b"}], [{"type": "po", "bizTransaction": "urn:a:b"}],
    [{"type": "location", "source": "urn:a:b"}], [{"sensorReport": [{"type": "gs1:Warmth"}]}],
]  # fmt: skip
NAMES = ["zzz", "suyuan:a", "nowhere:a", "urn:x:y", "suyuan:ö", "@id", "ilmd", "epcList",
         "parentID", "persistentDisposition", "bizTransactionList"]  # fmt: skip
EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
          "AssociationEvent", "Extended-Event")  # fmt: skip
DOCUMENTS = ("epcisDocument", "epcisQueryDocument")
SAMPLES = {
    "uri": "urn:a:b", "date-time": "2026-01-31T08:00:00Z", "number": 1.5, "boolean": True,
    "string": "x", "uom": "GL", "hexBinaryValue": "f0", "schemaVersion": "2.0", "action": "ADD",
    "eventTimeZoneOffset": "+08:00", "@context": [{"example": "https://x.example/"}],
    "eventList": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def schema():
    return amended()


def full(definitions, node, name=""):
    """A value with every member that the schema names here, all the way down."""
    node = resolved(definitions, node)
    if name in SAMPLES:
        return copy.deepcopy(SAMPLES[name])
    if members := merged(definitions, node):
        return {name: full(definitions, part, name) for name, part in members.items()}
    if "anyOf" in node:
        return full(definitions, node["anyOf"][-1])
    if "enum" in node:
        return node["enum"][0]
    if node["type"] == "array":
        return [full(definitions, node["items"])]
    return {} if node["type"] == "object" else SAMPLES[node.get("format", node["type"])]


def places(definitions, node, path=()):
    """The path of every member that the schema names."""
    node = resolved(definitions, node)
    for name, part in merged(definitions, node).items():
        yield (*path, name)
        if name not in SAMPLES:
            yield from places(definitions, part, (*path, name))
    if node.get("type") == "array":
        yield from places(definitions, node["items"], (*path, 0))


def whole(definitions, kind):
    """A full document, or one of a full event; the paths of its members, and of those that events
    of other kinds have, with a value for each."""
    value = full(definitions, definitions[kind])
    found = list(places(definitions, definitions[kind]))
    if kind in DOCUMENTS:
        return value, found, {}
    every = {}
    for name in EVENTS:
        every |= full(definitions, definitions[name])
    if kind == "Extended-Event":
        value = every | {"type": "suyuan:Weighing"}
        found = [path for name in EVENTS for path in places(definitions, definitions[name])]
    document = full(definitions, definitions["epcisDocument"])
    document["epcisBody"]["eventList"] = [value]
    at = ("epcisBody", "eventList", 0)
    elsewhere = {(*at, name): every[name] for name in every if name not in value}
    return document, [(*at, *path) for path in dict.fromkeys(found)], elsewhere


def changes():
    """What is done to a member: another value in its place, something beside it."""
    return [
        *(("is", value) for value in VALUES), *(("is", [value]) for value in VALUES),
        *(("beside", name) for name in NAMES), ("twice", None),
    ]  # fmt: skip


def changed(value, path, change):
    """A copy of the value, one member of it changed."""
    value = copy.deepcopy(value)
    *way, name = path
    place = value
    for step in way:
        place = place[step]
    what, other = change
    if what == "without":
        del place[name]
    elif what == "is":
        place[name] = other
    elif what == "twice" and isinstance(place[name], list):
        place[name] *= 2
    elif what == "beside":
        (place[name] if isinstance(place[name], dict) else place)[other] = 1
    return value


@pytest.mark.parametrize("kind", EVENTS + DOCUMENTS)
def test_every_member_is_taken_away_and_altered_and_the_verdicts_agree(kind, schema):
    value, paths, elsewhere = whole(read_schema()["definitions"], kind)
    assert problems(value) == () and schema.is_valid(value)
    assert len(paths) > 10
    some = random.Random(kind)  # the same ones each day, all of them in the long form
    cases = [(path, ("is", other)) for path, other in elsewhere.items()]
    for path in paths:
        others = changes() if IS_LONG else some.sample(changes(), 3)
        cases += [(path, change) for change in [("without", None), *others]]
    differing = []
    for path, change in cases:
        other = changed(value, path, change)
        difference = judge(schema, other, problems(other))
        if difference is not None:
            differing.append((path, change, difference))
    assert differing == []


def shown(rows):
    return [(row, example) for row in rows for example in row.examples]


@pytest.mark.parametrize(("row", "example"), shown(REFUSED))
def test_what_the_schema_accepts_is_refused_for_the_reason_listed(row, example):
    assert validator().is_valid(example)
    found = problems(example)
    assert found
    if row.amend is None:
        assert [problem for problem in found if not re.match(row.words, problem.reason)] == []
    else:
        assert not validator(row.amend).is_valid(example)


@pytest.mark.parametrize(("row", "example"), shown(ACCEPTED))
def test_what_the_schema_refuses_is_accepted_where_listed(row, example):
    assert not validator().is_valid(example)
    assert validator(formats=None).is_valid(example)
    assert row.amend is not None and validator(row.amend).is_valid(example)
    assert problems(example) == ()


def test_the_tables_of_the_page_are_the_lists_that_the_tests_go_by():
    for heading, rows in (("accepts", REFUSED), ("refuses", ACCEPTED)):
        (table,) = re.findall(rf"^\| GS1's schema {heading}, .*\n\| -.*\n((?:\|.*\n)+)", PAGE, re.M)
        cells = [line.split(" | ") for line in table.splitlines()]
        assert [cell[0].removeprefix("| ") for cell in cells] == [row.cell for row in rows]
        assert all(len(cell) == 2 and cell[1].removesuffix(" |").strip() for cell in cells)
