"""Whatever comes in, only EpcisError comes out; whatever is read can be signed."""

import contextlib
import json
import time

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.epcis import document_of

from suyuan.trace.format.epcis.document import event_context, in_order, parse_document, with_context
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.epcis.field_types import instant
from suyuan.trace.format.epcis.json_reading import EpcisError, Problem, read_json

ANY = settings(deadline=None)
WORDS = """
    @context type id ObjectEvent EPCISDocument ADD urn:a:b a:b shipping epcList ilmd a
    eventTime 2026-01-31T08:00:00Z +08:00 sensorElementList
"""
NAMES = """
    action epcList quantityList parentID childEPCs childQuantityList inputEPCList bizStep
    inputQuantityList outputEPCList outputQuantityList transformationID disposition ilmd
    persistentDisposition readPoint bizLocation bizTransactionList sourceList eventTime
    destinationList sensorElementList errorDeclaration certificationInfo eventID @context
    suyuan:x a:x eventTimeZoneOffset
"""
TEXT = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(WORDS.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5)
)
MEMBERS = st.dictionaries(st.sampled_from(NAMES.split()), JSON)
TYPES = st.sampled_from(
    ["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
     "AssociationEvent", "urn:a:Event", "a:Event"]
)  # fmt: skip
EVENTS = st.builds(
    lambda kind, members: {
        "type": kind, "action": "ADD", "eventTime": "2026-01-31T08:00:00Z",
        "eventTimeZoneOffset": "+08:00", "epcList": ["urn:a:b"], **members,
    },
    TYPES, MEMBERS,
)  # fmt: skip
DOCUMENTS = st.fixed_dictionaries(
    {
        "@context": st.just("https://a.example/") | JSON,
        "type": st.sampled_from(["EPCISDocument", "EPCISQueryDocument"]),
        "schemaVersion": st.just("2.0"),
        "creationDate": st.just("2026-01-31T08:00:00Z"),
        "epcisBody": st.fixed_dictionaries({"eventList": st.lists(EVENTS | JSON, max_size=3)})
        | JSON,
    },
    optional={"epcisHeader": JSON, "a:b": JSON, "sender": JSON},
)


def read(data):
    """Nothing but EpcisError; and what is read is carried away in one piece."""
    try:
        document = parse_document(data)
    except EpcisError as error:
        refused = error
    else:
        carry_away(document)
        return
    assert refused.problems
    assert all(isinstance(problem, Problem) for problem in refused.problems)
    for text in (str(refused), *(problem.path for problem in refused.problems)):
        text.encode()


def carry_away(document):
    for event in in_order(document):
        assert event_context(document, event) != []
        assert check_event(with_context(document, event)) == ()
        rfc8785.dumps(with_context(document, event))


@ANY
@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]",:\\u0d8nulltrefas-+.eE1 \n\ufeff<', max_size=60).map(str.encode)
)
def test_any_bytes_and_anything_that_looks_like_json(data):
    read(data)


@ANY
@given(JSON)
def test_any_json_has_one_signed_form_that_reads_back(value):
    data = json.dumps(value).encode()
    read(data)
    with contextlib.suppress(EpcisError):
        found = read_json(data)
        assert read_json(rfc8785.dumps(found)) == found


@pytest.mark.slow
@settings(ANY, max_examples=300)
@given(DOCUMENTS)
def test_any_document(document):
    read(json.dumps(document).encode())


@pytest.mark.slow
@settings(ANY, max_examples=300)
@given(EVENTS, st.dictionaries(TEXT, TEXT, max_size=3))
def test_any_event(event, prefixes):
    assert all(isinstance(problem, Problem) for problem in check_event(event, prefixes))


@ANY
@given(st.datetimes(), st.integers(-14 * 60, 14 * 60), st.integers(0, 999_999_999))
def test_instants_agree_with_the_calendar(moment, minutes, nanoseconds):
    away = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    moment = moment.replace(microsecond=0)
    seconds, fraction = instant(f"{moment.isoformat()}.{nanoseconds:09}{away}")
    assert seconds == moment.toordinal() * 86400 + (moment - moment.min).seconds - minutes * 60
    assert int(fraction.ljust(9, "0")) == nanoseconds


@pytest.mark.slow
def test_ten_thousand_events_take_little_more_than_reading_their_json():
    event = {
        "type": "ObjectEvent", "action": "ADD", "eventTime": "2026-01-31T08:00:00Z",
        "eventTimeZoneOffset": "+08:00", "bizStep": "commissioning",
        "epcList": ["https://id.gs1.org/01/09521141012345/10/L1"],
        "quantityList": [{"epcClass": "urn:a:b", "quantity": 1.5, "uom": "KGM"}],
        "ilmd": {"suyuan:product": "猪肉"},
    }  # fmt: skip
    data = document_of(*[event] * 10_000)
    begun = time.thread_time()
    json.loads(data)
    read_plainly = time.thread_time()
    assert len(parse_document(data).events) == 10_000
    assert time.thread_time() - read_plainly < 60 * (read_plainly - begun)
