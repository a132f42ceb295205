"""GS1's JSON schema and our models on real documents and on thousands of damaged copies of them:
one verdict, but for the exceptions of docs/format.md."""

import copy
import json
import random

import pytest
from support.goods.epcis import documents, validator
from support.goods.epcis_exceptions import amended, judge, problems
from support.ledger.lengths import length
from support.ledger.world import SHARED

from suyuan.trace.format.epcis.document import in_order, parse_document, with_context
from suyuan.trace.format.epcis.events import check_event

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")

SEEDS = range(length(2, 10))
MUTANTS = 2000  # for each seed


@pytest.fixture(scope="module")
def schema():
    return amended()


def test_the_verdicts_on_real_documents_agree(schema):
    there = documents()
    assert [found for one in there if (found := judge(schema, one, problems(one)))] == []
    gs1 = validator()
    verdicts = [(problems(one) == (), gs1.is_valid(one)) for one in there]
    assert verdicts.count((True, True)) > 40
    assert verdicts.count((False, False)) >= 9
    assert verdicts.count((False, True)) == 1  # cbv:my_own_party
    assert verdicts.count((True, False)) == 1  # EffectiveDoseRate


JUNK = [
    None, True, False, 0, 1, -1.5, "", [], {}, "x", "nonsense", "2020-13-45T00:00:00Z",
    "2020-01-01T00:00:00", "2020-01-01", "+14:30", "+25:00", "ADDED", "ftp", "a b",
    "urn:epcglobal:cbv:bizstep:shipping", "https://ns.gs1.org/cbv/BizStep-shipping",
    "https://gs1.org/voc/Temperature", "cbv:BizStep-x", "http://exa mple", "ünï:x", "urn:ü",
    "%zz:1", "a:%zz", "http://[1", "1a:b", "2.0\n", "kgm", "K", "KGMM", "1.x", "ObjectEvent",
    "x:Event", "example:Event", ["a", "a"], [{}], [[]], {"a": 1}, {"id": "x"}, {"type": "x"},
    [1, 1.0], [{"a": 1}, {"a": 1.0}],
]  # fmt: skip
NAMES = ["zzz", "a:b", "example:q", "my_x:q", "urn:x:y", "http://q/ü", "suyuan:x", "suyuan:ö", ""]


class Damage:
    """Damages a document somewhere, at random, often with parts of other documents."""

    def __init__(self, seed, sources):
        self.random = random.Random(seed)
        self.members: list[tuple[str, object]] = []
        self.values: list[object] = list(sources)
        for value in self.values:
            if isinstance(value, dict):
                self.members += value.items()
                self.values += value.values()
            elif isinstance(value, list):
                self.values += value

    def value(self):
        return copy.deepcopy(
            self.random.choice(JUNK if self.random.random() < 0.5 else self.values)
        )

    def name(self):
        return self.random.choice([self.random.choice(self.members)[0], self.random.choice(NAMES)])

    def __call__(self, document):
        places: list[dict | list] = [document]
        for place in places:
            inner = place.values() if isinstance(place, dict) else place
            places += [value for value in inner if isinstance(value, dict | list)]
        place = self.random.choice(places)
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys or self.random.random() < 0.25:
            self.add(place)
        else:
            self.change(place, self.random.choice(keys))
        return document

    def add(self, place):
        if isinstance(place, list):
            one = self.random.choice(place) if place else self.value()
            place.append(copy.deepcopy(self.random.choice([one, self.value()])))
        elif self.random.random() < 0.5:
            name, value = self.random.choice(self.members)
            place[name] = copy.deepcopy(value)
        else:
            place[self.name()] = self.value()

    def change(self, place, key):
        value = place[key]
        what = self.random.randrange(6)
        if what == 0:
            del place[key]
        elif what == 1:
            place[key] = self.value()
        elif what == 2:
            place[key] = {list: [], dict: {}, str: ""}.get(type(value), "7")
        elif what == 3:
            place[key] = [value] if not isinstance(value, list) or not value else value[0]
        elif what == 4 and isinstance(place, dict):
            del place[key]
            place[self.random.choice([self.name(), key + "x", key.upper(), "@" + key])] = value
        elif isinstance(value, str):
            at = self.random.randint(0, len(value))
            bit = self.random.choice(["", "x", " ", "\n", "%", "ü", ":", '"', "#", "[", "0"])
            place[key] = value[:at] + bit + value[at + self.random.randrange(2) :]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_verdicts_on_damaged_documents_agree(seed, schema):
    sources = documents()
    damage = Damage(seed, sources)
    accepted = 0
    for _ in range(MUTANTS):
        document = copy.deepcopy(damage.random.choice(sources))
        for _ in range(damage.random.choice([1, 1, 1, 2, 3])):
            damage(document)
        found = problems(document)
        assert judge(schema, document, found) is None
        if not found:
            accepted += 1
            carry_away(document, schema)
    assert MUTANTS * 0.1 < accepted < MUTANTS * 0.6


def carry_away(document, schema):
    """Each event is as good alone as in its document, for us and for the schema."""
    read = parse_document(json.dumps(document).encode())
    assert len(in_order(read)) == len(read.events)
    for event in read.events:
        alone = with_context(read, event)
        assert check_event(alone) == ()
        if "@context" in alone:
            assert schema.is_valid(alone)


@pytest.mark.slow
def test_the_schema_itself_refuses_many_damaged_documents():
    """Else the comparison would show nothing."""
    sources, schema = documents(), validator()
    damage = Damage(99, sources)
    damaged = [damage(copy.deepcopy(damage.random.choice(sources))) for _ in range(300)]
    assert sum(not schema.is_valid(document) for document in damaged) > 100
