"""What an event carries away from its document, and the order in which events are recorded."""

import json

import pytest
from support.goods.epcis import document_of

from suyuan.trace.format.epcis.document import event_context, in_order, parse_document, with_context
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.epcis.json_reading import EpcisError

EPCIS = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
LOT = "https://id.gs1.org/01/09521141012345/10/L1"


def event(**members):
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-01-31T08:00:00Z",
        "eventTimeZoneOffset": "+08:00", "epcList": [LOT], **members,
    }  # fmt: skip


def document(context, *events, **members):
    return parse_document(document_of(*events, **members | {"@context": context}))


MDA = {"cbvmda": "https://mda.example/"}
A, B, C = {"a": "https://a.example/"}, {"b": "https://b.example/"}, {"c": "https://c.example/"}


@pytest.mark.parametrize(
    ("context", "own", "members", "expected"),
    [
        # nothing used, nothing carried
        (EPCIS, None, {}, None), ([EPCIS, A], None, {}, None),
        ([EPCIS, {"cbvmda": "urn:epcglobal:cbv:mda"}], None, {"cbvmda:x": 1}, None),
        ([EPCIS, {"suyuan": "urn:suyuan:"}], None, {"suyuan:x": "suyuan:y"}, None),
        (EPCIS, EPCIS, {}, None),
        (EPCIS, [EPCIS, {"gs1": "https://gs1.org/voc/"}], {"gs1:x": 1}, None),
        # used in a name, deep in a name, in a CURIE value
        ([EPCIS, {**A, **B}], None, {"a:x": 1}, [A]),
        ([EPCIS, A, B, C], None, {"c:x": {"a:y": [1]}}, [A, C]),
        ([EPCIS, A, B], None, {"bizStep": "b:weighing"}, [B]),
        ([EPCIS, A, B], None, {"a:note": "b: a note, no CURIE"}, [A]),
        ([EPCIS, {"https": "urn:x:"}], None, {}, None),
        # several declarations: the last counts
        ([EPCIS, A, {"a": "https://other.example/"}], None, {"a:x": 1},
         [{"a": "https://other.example/"}]),
        ([EPCIS, {"a": {"@id": "https://a.example/"}}], None, {"a:x": 1},
         [{"a": {"@id": "https://a.example/"}}]),
        # a prefix written with another
        ([EPCIS, A, {"d": "a:deep/"}, B], None, {"d:x": 1}, [A, {"d": "a:deep/"}]),
        ([EPCIS, A], [{"d": "a:deep/"}], {"d:x": 1}, [A, {"d": "a:deep/"}]),
        # its own come after, and stand for the document's of the same name
        ([EPCIS, A], [B], {"a:x": 1, "b:x": 1}, [A, B]),
        ([EPCIS, A], [C, A, B], {"a:x": 1}, [C, A, B]),
        ([EPCIS, A], {"a": "https://own.example/"}, {"a:x": 1}, [{"a": "https://own.example/"}]),
        ([EPCIS, A], ["https://x.example/context.jsonld", B], {},
         ["https://x.example/context.jsonld", B]),
        (EPCIS, [{**A, "suyuan": "urn:suyuan:"}, A], {}, [A]),
        # a prefix of EPCIS's context with another meaning; its address brings its own back
        ([EPCIS, MDA], None, {}, None), ([EPCIS, {**A, **MDA}], None, {"cbvmda:x": 1}, [MDA]),
        ([MDA, EPCIS], None, {"cbvmda:x": 1}, None), ([EPCIS, MDA], EPCIS, {"cbvmda:x": 1}, None),
        ([EPCIS, MDA], {"cbvmda": "urn:epcglobal:cbv:mda:"}, {"cbvmda:x": 1}, None),
        (EPCIS, [EPCIS, MDA], {"cbvmda:x": 1}, [MDA]),
        (EPCIS, [MDA, A, EPCIS], {"cbvmda:x": 1}, [A]),
        ([EPCIS, MDA], {"d": "cbvmda:deep/"}, {"d:x": 1}, [MDA, {"d": "cbvmda:deep/"}]),
    ],
)  # fmt: skip
def test_an_event_carries_the_prefixes_it_uses_then_its_own(context, own, members, expected):
    value = event(**members, **({"@context": own} if own is not None else {}))
    read = document(context, value)
    before = json.dumps(read.events[0].value)
    assert event_context(read, read.events[0]) == expected
    alone = with_context(read, read.events[0])
    assert alone.get("@context") == expected
    assert {**alone, "@context": 0} == {**value, "@context": 0}
    assert check_event(alone) == ()
    assert json.dumps(read.events[0].value) == before


def test_a_prefix_that_is_undone_later_is_none():
    with pytest.raises(EpcisError, match="not declared"):
        document([EPCIS, A, {"a": None}], event(**{"a:x": 1}))


def test_contexts_are_bounded():
    with pytest.raises(EpcisError, match="65 contexts"):
        document([{f"p{at}": "urn:x:"} for at in range(65)], event())
    with pytest.raises(EpcisError, match="1001 names"):
        document({f"p{at}": "urn:x:" for at in range(1001)}, event())


def test_events_are_ordered_by_instant_whatever_their_zone_and_precision():
    # 0.1 and 0.10 are one instant, so these two are ordered by content
    times = [
        "2026-01-31T08:00:00.1Z", "2026-01-31T09:00:00+02:00", "2026-01-31T08:00:00.0999999999999Z",
        "2026-01-31T00:00:00-08:00", "2026-01-31T08:00:00.10Z", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ]  # fmt: skip
    read = document(EPCIS, *(event(eventTime=time, **{"suyuan:n": 9}) for time in times))
    assert [times.index(found.value["eventTime"]) for found in in_order(read)] == [
        5, 1, 3, 2, 4, 0, 6,
    ]  # fmt: skip


def test_events_of_one_instant_are_ordered_by_content_however_the_document_is_written():
    events = [event(**{"a:n": n}) for n in (3, 1, 2)] + [event(), event()]
    there = in_order(document([EPCIS, A], *events))
    turned = [dict(reversed(found.items())) for found in reversed(events)]
    back = in_order(document([EPCIS, B, A], *turned))
    assert [found.value for found in there] == [found.value for found in back]
    assert [found.value.get("a:n") for found in there] == [1, 2, 3, None, None]
    assert {found.path[-1] for found in there} == set("01234")


def test_all_faults_of_a_document_are_told_at_once():
    with pytest.raises(EpcisError) as caught:
        document(
            [EPCIS, 7], event(bizStep="x"), "no event", event(), event(**{"no:such": 1}),
            creationDate="today", sender=1, extra=1, schemaVersion="1.2",
        )  # fmt: skip
    assert [problem.path for problem in caught.value.problems] == [
        "/@context/1", "/creationDate", "/epcisBody/eventList/0/bizStep", "/epcisBody/eventList/1",
        "/epcisBody/eventList/3/no:such", "/extra", "/schemaVersion", "/sender",
    ]  # fmt: skip


def test_master_data_keeps_repeated_and_odd_attributes():
    mda = "urn:epcglobal:cbv:mda#"
    element = {
        "id": "urn:acme:1",
        "attributes": [
            {"id": "cbvmda:name", "attribute": {"@value": "江川养殖场", "@language": "zh"}},
            {"id": f"{mda}city", "attribute": 7}, {"id": "urn:acme:note", "attribute": "a"},
            {"id": "urn:acme:note", "attribute": "b"}, {"id": "urn:acme:empty"},
        ],
    }  # fmt: skip
    nameless = {"id": "urn:acme:2", "attributes": [{"id": "urn:acme:name", "attribute": "x"}]}
    lists = [
        {"type": "urn:epcglobal:epcis:vtype:PARTY", "vocabularyElementList": [element]},
        {"type": "urn:acme:vtype:Ship", "vocabularyElementList": [nameless]},
        {"type": "urn:epcglobal:epcis:vtype:readpoint"},
        {"type": "urn:epcglobal:epcis:vtype:readPOINT", "vocabularyElementList": [nameless]},
    ]
    read = document(EPCIS, epcisHeader={"epcisMasterData": {"vocabularyList": lists}})
    assert [(item.kind, item.uri, item.name) for item in read.master] == [
        ("party", "urn:acme:1", "江川养殖场"),
        ("other", "urn:acme:2", None),
        ("place", "urn:acme:2", None),
    ]
    assert read.master[0].attributes == {
        "cbvmda:name": {"@value": "江川养殖场", "@language": "zh"}, f"{mda}city": 7,
        "urn:acme:note": ["a", "b"], "urn:acme:empty": None,
    }  # fmt: skip


def master_data(context, **attribute):
    element = {"id": "urn:acme:1", "attributes": [attribute]}
    lists = [{"type": "urn:epcglobal:epcis:vtype:PARTY", "vocabularyElementList": [element]}]
    return document(context, epcisHeader={"epcisMasterData": {"vocabularyList": lists}}).master[0]


def test_a_name_under_a_cbvmda_of_somebody_elses_is_no_name_of_cbvs():
    assert master_data([EPCIS], id="cbvmda:name", attribute="Pier").name == "Pier"
    assert master_data([EPCIS, MDA], id="cbvmda:name", attribute="Pier").name is None


@pytest.mark.parametrize("value", [True, None, ["x"]])
def test_an_attribute_is_a_text_a_number_or_an_object(value):
    with pytest.raises(EpcisError, match="/attributes/0/attribute"):
        master_data(EPCIS, id="urn:a:2", attribute=value)
