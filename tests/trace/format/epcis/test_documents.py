"""Real documents: which are read, which are refused, and that each refusal is true."""

import pytest
from support.ledger.world import SHARED

from suyuan.trace.format.epcis.document import parse_document
from suyuan.trace.format.epcis.json_reading import EpcisError

DATA = SHARED
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")

DOCUMENTS = sorted(
    str(path.relative_to(DATA))
    for pattern in (
        "gs1-epcis/examples/*", "openepcis/documents/*", "openepcis/query/*", "openepcis/invalid/*",
        "opentraceability/*.jsonld", "hash-vectors/*.jsonld", "hash-vectors/*.xml",
    )
    for path in DATA.glob(pattern)
)  # fmt: skip

# Every refusal, with its paths. The documents of openepcis/invalid are refused by intent, XML
# and what is not JSON by form. Of the valid ones these are refused, each looked into by hand:
#
# CurieString_document: the destination type cbv:my_own_party claims GS1's own namespace, in
#   which CBV 2.0 section 7.4 has only owning_party, possessing_party and location.
# EPCISQueryDocument_duplicate_eventIDs: GS1's schema gives a query document no epcisHeader and
#   refuses it too.
EVENT = "/epcisBody/eventList"
REFUSED = {
    "openepcis/documents/CurieString_document.json": [f"{EVENT}/0/destinationList/3/type"],
    "opentraceability/EPCISQueryDocument_duplicate_eventIDs.jsonld": ["/epcisHeader"],
    "opentraceability/EPCISQueryDocument_malformed.jsonld": [""],
    "opentraceability/beef-leather_events.jsonld": [""],
    "openepcis/invalid/Combination_of_events_with_missing_mandatory_fields.json": [
        f"{EVENT}/0/action", f"{EVENT}/1/action", f"{EVENT}/1/eventTimeZoneOffset",
    ],
    "openepcis/invalid/Combination_of_non_standard_bizStep_and_disposition.json": [
        f"{EVENT}/0/bizStep",
        f"{EVENT}/1/disposition",
    ],
    "openepcis/invalid/ObjectEvent_with_ilmd_field_without_namespace.json": [
        f"{EVENT}/0/ilmd/materialType"
    ],
    "openepcis/invalid/ObjectEvent_with_invalid_certificationInfo.json": [
        f"{EVENT}/0/certificationInfo/0",
        f"{EVENT}/0/certificationInfo/1",
    ],
    "openepcis/invalid/ObjectEvent_with_non_standard_bizStep.json": [f"{EVENT}/0/bizStep"],
    "openepcis/invalid/ObjectEvent_with_non_standard_disposition.json": [f"{EVENT}/0/disposition"],
    "openepcis/invalid/ObjectEvent_with_unknown_field_in_quantityList.json": [
        f"{EVENT}/0/quantityList/0/weight"
    ],
    "openepcis/invalid/ObjectEvent_without_identifier_list.json": [f"{EVENT}/0"],
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_or_refused_for_the_reason_listed(name):
    expected = [""] if name.endswith(".xml") else REFUSED.get(name)
    data = (DATA / name).read_bytes()
    if expected is None:
        assert parse_document(data).events
        return
    with pytest.raises(EpcisError) as caught:
        parse_document(data)
    assert [problem.path for problem in caught.value.problems] == expected


def test_the_list_names_every_refusal_and_every_invalid_document():
    assert set(DOCUMENTS) >= REFUSED.keys()
    assert {name for name in DOCUMENTS if "/invalid/" in name} <= REFUSED.keys()
    assert len(DOCUMENTS) > 50


def test_the_seafood_chain_is_read_whole_with_its_master_data():
    document = parse_document((DATA / "opentraceability/traceback_tests.jsonld").read_bytes())
    assert [event.path for event in document.events] == [
        f"/epcisBody/eventList/{at}" for at in range(21)
    ]
    assert document.creation_date == "2022-09-05T19:04:37.5450000+00:00"
    assert document.context[0] == "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
    assert document.context[1] == {"gdst": "https://traceability-dialogue.org/epcis"}
    kinds = [item.kind for item in document.master]
    assert {kind: kinds.count(kind) for kind in kinds} == {"product": 6, "place": 8, "party": 6}
    by_uri = {item.uri: item for item in document.master}
    can = by_uri["urn:gdst:example.org:product:class:processor.2u"]
    assert (can.kind, can.name) == ("product", "Can of Tuna")
    assert can.attributes["urn:epcglobal:cbv:mda#tradeItemConditionCode"] == "OTH"
    tuna = by_uri["urn:gdst:example.org:product:class:fisherman01.tunau"]
    assert tuna.attributes["urn:epcglobal:cbv:owning_party"] == [
        "urn:gdst:example.org:party:fisherman01.1u",
        "urn:gdst:example.org:party:processor.1u",
    ]


def test_a_query_documents_events_have_their_own_place():
    data = (DATA / "gs1-epcis/examples/EPCISQueryDocument.jsonld").read_bytes()
    place = "/epcisBody/queryResults/resultsBody/eventList"
    assert [event.path for event in parse_document(data).events] == [f"{place}/0", f"{place}/1"]
