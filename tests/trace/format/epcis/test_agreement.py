"""GS1's JSON schema and our checker give one verdict, but for two tables in docs/format.md:
on real documents, on damaged copies of them, and on every member that the schema names."""

import copy
import json
import random
import re

import pytest
from support.goods.epcis import documents, merged, read_schema, resolved, validator
from support.goods.epcis_exceptions import ACCEPTED, REFUSED, amended, judge, problems
from support.ledger.lengths import IS_LONG, length
from support.ledger.world import ROOT, SHARED

from suyuan.trace.format.epcis.document import in_order, parse_document, with_context
from suyuan.trace.format.epcis.events import check_event

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
         "parentID", "persistentDisposition", "bizTransactionList", "http://q/ü"]  # fmt: skip
JUNK = [
    False, "2020-13-45T00:00:00Z", "2020-01-01T00:00:00", "2020-01-01", "+25:00", "ADDED", "ftp",
    "cbv:BizStep-x", "http://exa mple", "ünï:x", "%zz:1", "a:%zz", "http://[1", "1a:b", "2.0\n",
    "K", "KGMM", "1.x", "ObjectEvent", "x:Event", "example:Event", ["a", "a"], {"a": 1},
    {"type": "x"}, [1, 1.0], [{"a": 1}, {"a": 1.0}],
]  # fmt: skip
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
    elif what == "named" and isinstance(place, dict):
        place[other] = place.pop(name)
    elif what == "text" and isinstance(place[name], str):
        at, bit = other
        at %= len(place[name]) + 1
        place[name] = place[name][:at] + bit + place[name][at + (bit == "") :]
    elif what == "twice" and isinstance(place[name], list):
        place[name] *= 2
    elif what == "beside":
        place = place[name] if isinstance(place[name], dict) else place
        if isinstance(place, dict):
            place[other] = 1
    return value


def test_the_verdicts_on_real_documents_agree(schema):
    there = documents()
    assert [found for one in there if (found := judge(schema, one, problems(one)))] == []
    gs1 = validator()
    verdicts = [(problems(one) == (), gs1.is_valid(one)) for one in there]
    assert verdicts.count((True, True)) > 40
    assert verdicts.count((False, False)) >= 9
    assert verdicts.count((False, True)) == 1  # cbv:my_own_party
    assert verdicts.count((True, False)) == 1  # EffectiveDoseRate


def everywhere(value, path=()):
    """The path of every member and element of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in inner:
        yield (*path, name)
        if isinstance(part, dict | list):
            yield from everywhere(part, (*path, name))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(length(2, 20)))
def test_the_verdicts_on_damaged_documents_agree(seed, schema):
    """And each event is as good alone as in its document, for us and for the schema."""
    dice, sources, verdicts, gs1 = random.Random(seed), documents(), [], validator()
    parts = [(document, path) for document in sources for path in everywhere(document)]
    for _ in range(many := length(1_000, 2_000)):
        document = dice.choice(sources)
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            other, way = dice.choice(parts)  # a value or a name out of another document, say
            changes = [("is", member(other, way)), ("without", None), ("twice", None)]
            names = [str(way[-1]), *NAMES, ""]
            changes += [("named", dice.choice(names)), ("beside", dice.choice(names))]
            changes += [("is", dice.choice([*VALUES, *JUNK])), ("text", (dice.randrange(99), ""))]
            changes += [("text", (dice.randrange(99), dice.choice('x \n%ü:"#[0')))]
            document = changed(document, dice.choice([*everywhere(document)]), dice.choice(changes))
        found = problems(document)
        assert judge(schema, document, found) is None
        verdicts.append((found == (), gs1.is_valid(document)))
        if not found:
            read = parse_document(json.dumps(document).encode())
            assert len(in_order(read)) == len(read.events)
            for alone in (with_context(read, event) for event in read.events):
                assert check_event(alone) == ()
                assert "@context" not in alone or schema.is_valid(alone)
    assert 0.1 * many < sum(ours for ours, _ in verdicts) < 0.6 * many
    assert sum(not theirs for _, theirs in verdicts) > 0.3 * many  # else it would show nothing


def member(value, path):
    for name in path:
        value = value[name]
    return copy.deepcopy(value)


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
