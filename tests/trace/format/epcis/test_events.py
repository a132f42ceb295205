"""One event checked: each table row is a change to a good event and the path it is refused at."""

import pytest

from suyuan.trace.format.epcis.events import check_event

WHEN = {"eventTime": "2026-01-31T08:00:00+08:00", "eventTimeZoneOffset": "+08:00"}
LOT = "https://id.gs1.org/01/09521141012345/10/L1"
BOX = "https://id.gs1.org/00/095211410000000012"
OBJECT = {"type": "ObjectEvent", **WHEN, "action": "ADD", "epcList": [LOT]}
AGGREGATION = {
    "type": "AggregationEvent", **WHEN, "action": "ADD", "parentID": BOX, "childEPCs": [LOT],
}  # fmt: skip
TRANSACTION = {
    "type": "TransactionEvent", **WHEN, "action": "ADD", "epcList": [LOT],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:acme:po:1"}],
}  # fmt: skip
TRANSFORMATION = {
    "type": "TransformationEvent", **WHEN, "inputEPCList": [LOT], "outputEPCList": [BOX],
}  # fmt: skip
ASSOCIATION = {
    "type": "AssociationEvent", **WHEN, "action": "ADD", "parentID": BOX, "childEPCs": [LOT],
}  # fmt: skip
SENSOR = {"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}
FULL = {
    **OBJECT,
    "@context": [
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        {"gdst": "https://traceability-dialogue.org/epcis", "long": {"@id": "https://x.org/"}},
    ],
    "recordTime": "2026-01-31T00:00:01.123456789Z",
    "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
    "certificationInfo": ["https://example.org/certificate/1"],
    "errorDeclaration": {
        "declarationTime": "2026-02-01T08:00:00+08:00", "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a9"], "suyuan:by": "me",
    },
    "bizStep": "cbv:BizStep-commissioning",
    "disposition": "https://ref.gs1.org/cbv/Disp-active",
    "persistentDisposition": {"set": ["conformant"], "unset": ["gdst:odd"]},
    "readPoint": {"id": "geo:0,0", "long:name": "Pier"},
    "bizLocation": {"id": "https://id.gs1.org/414/9521141000014"},
    "bizTransactionList": [{"bizTransaction": "urn:acme:po:1"}],
    "sourceList": [{"type": "owning_party", "source": "urn:acme:1"}],
    "destinationList": [{"type": "cbv:SDT-location", "destination": "urn:acme:2"}],
    "quantityList": [{"epcClass": LOT, "quantity": 912.4, "uom": "KGM"}],
    "sensorElementList": [SENSOR],
    "ilmd": {"cbvmda:lotNumber": "1", "gdst:broodstockSource": {"bare": "allowed within"}},
    "https://example.org/whole": 1,
    "suyuan:quantities": [{"item": LOT, "value": "38", "unit": "箱", "kind": "count"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION, ASSOCIATION, FULL,
        {**OBJECT, "epcList": [], "quantityList": [{"epcClass": LOT}]},
        {**OBJECT, "epcList": [], "sensorElementList": [SENSOR]},
        {**WHEN, "type": "ObjectEvent", "action": "OBSERVE", "readPoint": {"id": "geo:0,0"},
         "sensorElementList": [SENSOR]},
        {**AGGREGATION, "action": "OBSERVE", "parentID": LOT},
        {**WHEN, "type": "AggregationEvent", "action": "OBSERVE", "childEPCs": [LOT]},
        {**WHEN, "type": "AggregationEvent", "action": "DELETE", "parentID": BOX},
        {**WHEN, "type": "AssociationEvent", "action": "DELETE", "parentID": BOX},
        {**TRANSACTION, "epcList": [], "quantityList": [{"epcClass": LOT}]},
        {**WHEN, "type": "TransformationEvent", "transformationID": "urn:a:b",
         "outputQuantityList": [{"epcClass": LOT, "quantity": 1}]},
        {**WHEN, "type": "https://example.org/Weighing", "suyuan:scale": 3},
        {**OBJECT, "bizStep": "urn:suyuan:step:harvest"},
        {**OBJECT, "bizStep": "suyuan:step:harvest"},
        {**OBJECT, "bizStep": "urn:gdst:bizStep:landing"},
        {**OBJECT, "certificationInfo": "https://example.org/certificate/1"},
        {**OBJECT, "@context": {"gdst": "https://x.org/"}, "gdst:a": None},
        {**OBJECT, "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"},
        {**OBJECT, "@context": [{"cbvmda": "urn:epcglobal:cbv:mda"}]},
        {**OBJECT, "@context": [{"cbvmda": "https://else.example/"}], "ilmd": {"cbvmda:x": 1}},
        {**OBJECT, "@context": [{"cbv": "https://else.example/"}], "cbv:x": 1},
        *({**event, "persistentDisposition": {"set": ["completeness_inferred"]}}
          for event in (AGGREGATION, ASSOCIATION, TRANSACTION)),
        {**OBJECT, "sensorElementList": [{"sensorReport": [
            {"type": "gs1:Temperature", "exception": "gs1:ALARM_CONDITION"},
            {"type": "Length", "component": "example:x", "uom": "MTR"},
            {"type": "Dimensionless", "uom": "C35"},
            {"type": "Warmth", "uom": "KGM"},
            {"type": "gs1:Warmth"},
            {"type": "suyuan:PH", "uom": "Q30", "booleanValue": False, "hexBinaryValue": "aF"}]}]},
    ],
)  # fmt: skip
def test_good_events_have_no_problem(event):
    assert check_event(event) == ()


# Values of one member that are refused at its own path.
BAD_VALUES = {
    "eventTime": [None, "2026-01-31T08:00:00", "2026-02-30T08:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:60Z", "2026-01-31T08:00:00+14:30", "0000-01-31T08:00:00Z",
        "２026-01-31T08:00:00Z", "2026-01-31T08:00:00Z\n"],
    "recordTime": ["yesterday"], "eventTimeZoneOffset": ["08:00", "+14:01", "+08:00\n", "Z"],
    "eventID": ["374d95fc", "urn:uuid:溯"], "action": ["add", None],
    "type": ["QuantityEvent", "epcis:ObjectEvent", "nowhere:Weighing", 7],
    "certificationInfo": [{"a": 1}],
    "bizStep": ["harvest", "cbv:BizStep-harvest", "cbv:Disp-active",
        "https://ref.gs1.org/cbv/BizStep-harvest", "https://ns.gs1.org/cbv/BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:harvest", "URN:EPCGLOBAL:CBV:bizstep:shipping",
        "nowhere:harvest", "urn:a b", "shipping "],
    "disposition": ["fresh"], "persistentDisposition": [{}], "epcList": [LOT, [LOT, LOT]],
    "supplier": ["x"], "own_context": [[]], "nowhere:supplier": ["x"], "my_own:supplier": ["x"],
    "suyuan:产品": ["x"], "@id": ["urn:a:b"], "ilmd": [[]], "readPoint": ["geo:0,0"],
    "@context": [None, [{"a": "urn:a:"}, {"a": "urn:a:"}], {"suyuan": "https://else.example/"},
        {"suyuan": None}],
    "parentID": [BOX],
}  # fmt: skip
BAD_OBJECTS = [
    *(({name: value}, f"/{name}") for name, values in BAD_VALUES.items() for value in values),
    # members of all events
    ({"certificationInfo": ["urn:a:b", 1]}, "/certificationInfo/1"),
    ({"errorDeclaration": {}}, "/errorDeclaration/declarationTime"),
    ({"errorDeclaration": {"declarationTime": "x"}}, "/errorDeclaration/declarationTime"),
    (
        {"errorDeclaration": {"declarationTime": "2026-01-31T08:00:00Z", "reason": "oops"}},
        "/errorDeclaration/reason",
    ),
    # vocabularies
    ({"@context": {"s": "https://ref.gs1.org/cbv/"}, "bizStep": "s:x"}, "/bizStep"),
    ({"persistentDisposition": {"set": []}}, "/persistentDisposition/set"),
    ({"persistentDisposition": {"set": ["active"] * 2}}, "/persistentDisposition/set"),
    ({"persistentDisposition": {"unset": ["x"]}}, "/persistentDisposition/unset/0"),
    ({"bizTransactionList": [{"type": "po"}]}, "/bizTransactionList/0/bizTransaction"),
    (
        {"bizTransactionList": [{"type": "order", "bizTransaction": "urn:a:b"}]},
        "/bizTransactionList/0/type",
    ),
    ({"sourceList": [{"source": "urn:a:b"}]}, "/sourceList/0/type"),
    ({"sourceList": [{"type": "owner", "source": "urn:a:b"}]}, "/sourceList/0/type"),
    (
        {"destinationList": [{"type": "cbv:my_own_party", "destination": "urn:a:b"}]},
        "/destinationList/0/type",
    ),
    (
        {"destinationList": [{"type": "location", "destination": "urn:a:b", "suyuan:x": 1}]},
        "/destinationList/0/suyuan:x",
    ),
    # items and quantities
    ({"epcList": []}, ""), ({"epcList": ["L1"]}, "/epcList/0"),
    ({"quantityList": [{}]}, "/quantityList/0/epcClass"),
    ({"quantityList": [{"epcClass": LOT, "weight": 5}]}, "/quantityList/0/weight"),
    ({"quantityList": [{"epcClass": LOT, "suyuan:w": 5}]}, "/quantityList/0/suyuan:w"),
    ({"quantityList": [{"epcClass": LOT, "quantity": "5"}]}, "/quantityList/0/quantity"),
    ({"quantityList": [{"epcClass": LOT, "quantity": True}]}, "/quantityList/0/quantity"),
    ({"quantityList": [{"epcClass": LOT, "uom": "kg"}]}, "/quantityList/0/uom"),
    ({"quantityList": [{"epcClass": LOT, "uom": "斤斤"}]}, "/quantityList/0/uom"),
    ({"quantityList": [{"epcClass": LOT, "quantity": 0.1 + 0.2}]}, "/quantityList/0/quantity"),
    # namespaces
    ({"ilmd": {"materialType": "soil"}}, "/ilmd/materialType"),
    ({"readPoint": {"id": "geo:0,0", "name": "x"}}, "/readPoint/name"),
    ({"bizLocation": {}}, "/bizLocation/id"), ({"@context": [["x"]]}, "/@context/0"),
    ({"@context": ["epcis"]}, "/@context/0"), ({"@context": [{"a": ["urn:a:"]}]}, "/@context/0"),
    ({"@context": {"gs1": None}, "gs1:a": 1}, "/gs1:a"),
    ({"@context": {"cbv": "https://else.example/"}, "bizStep": "cbv:BizStep-shipping"}, "/bizStep"),
    ({"@context": {"cbv": None}, "disposition": "cbv:Disp-active"}, "/disposition"),
    (
        {
            "@context": {"gs1": "https://else.example/"},
            "sensorElementList": [{"sensorReport": [{"type": "gs1:Temperature"}]}],
        },
        "/sensorElementList/0/sensorReport/0/type",
    ),
    ({"@context": [{"a": "urn:a:"}, {"a": None}], "a:b": 1}, "/a:b"),
    ({"@context": [{"a": "not a namespace"}], "a:b": 1}, "/a:b"),
    # sensors
    ({"sensorElementList": [{}]}, "/sensorElementList/0/sensorReport"),
    ({"sensorElementList": [{"sensorReport": []}]}, "/sensorElementList/0/sensorReport"),
    (
        {"sensorElementList": [{**SENSOR, "sensorMetadata": {"time": "now"}}]},
        "/sensorElementList/0/sensorMetadata/time",
    ),
    *(
        (
            {"sensorElementList": [{"sensorReport": [{"type": "Temperature", **report}]}]},
            f"/sensorElementList/0/sensorReport/0/{name}",
        )
        for name, report in [
            ("type", {"type": "Soil moisture"}), ("type", {"type": "https://gs1.org/voc/Warmth"}),
            ("type", {"type": "https://gs1.org/voc/Temperature"}),
            ("exception", {"exception": "HOT"}), ("exception", {"exception": "gs1:HOT"}),
            ("component", {"component": "w"}), ("component", {"component": "cbv:Comp-w"}),
            ("value", {"value": "4"}), ("uom", {"uom": "°C"}), ("uom", {"uom": "KGM"}),
            ("booleanValue", {"booleanValue": 1}), ("hexBinaryValue", {"hexBinaryValue": ""}),
            ("stringValue", {"stringValue": 4}), ("uriValue", {"uriValue": "x"}),
            ("time", {"time": "2026-01-31"}), ("reading", {"reading": 4}),
        ]
    ),
    # what members ask of each other
    ({"action": "OBSERVE", "ilmd": {"cbvmda:lotNumber": "1"}}, "/ilmd"),
]  # fmt: skip
BAD = [
    *((OBJECT, change, path) for change, path in BAD_OBJECTS), (AGGREGATION, {"childEPCs": []}, ""),
    (AGGREGATION, {"action": "OBSERVE", "childEPCs": []}, ""),
    (AGGREGATION, {"persistentDisposition": {"set": ["fresh"]}}, "/persistentDisposition/set/0"),
    (ASSOCIATION, {"childEPCs": []}, ""),
    (TRANSACTION, {"bizTransactionList": []}, "/bizTransactionList"),
    (TRANSFORMATION, {"outputEPCList": []}, ""), (TRANSFORMATION, {"action": "ADD"}, "/action"),
    (TRANSFORMATION, {"inputEPCList": [LOT, LOT]}, "/inputEPCList"),
    (TRANSFORMATION, {"transformationID": "urn:a:b", "inputEPCList": [], "outputEPCList": []}, ""),
    (TRANSFORMATION, {"type": "https://x.org/E", "bizStep": "odd"}, "/bizStep"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "change", "path"), BAD)
def test_one_fault_is_one_problem_at_its_path(good, change, path):
    assert check_event(good) == ()
    found = check_event({**good, **change})
    assert [problem.path for problem in found] == [path]
    assert found[0].reason
    assert found[0].fix


@pytest.mark.parametrize("event", [OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION, ASSOCIATION])
def test_no_required_member_may_be_left_out(event):
    optional = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
    for name in event:
        found = check_event({key: value for key, value in event.items() if key != name})
        paths = [problem.path for problem in found]
        assert (paths == [""]) if name in optional else (f"/{name}" in paths), name


def test_every_optional_member_may_not_be_null():
    for name in FULL:
        found = check_event({**FULL, name: None})
        if ":" in name:
            assert found == ()
        else:
            assert f"/{name}" in [problem.path for problem in found], name


def test_all_faults_are_told_in_the_order_of_their_paths():
    event = {**OBJECT, "bizStep": "x", "epcList": ["a"] * 12, "action": "?", "zz": 1}
    found = [problem.path for problem in check_event(event)]
    assert found == ["/action", "/bizStep", *(f"/epcList/{at}" for at in range(12)), "/zz"]


def test_prefixes_given_are_in_force_and_the_event_may_take_them_away():
    event = {**OBJECT, "gdst:a": 1}
    assert check_event(event, {"gdst": "https://x.org/"}) == ()
    assert [p.path for p in check_event(event)] == ["/gdst:a"]
    undone = {**event, "@context": [{"gdst": None}]}
    assert [p.path for p in check_event(undone, {"gdst": "https://x.org/"})] == ["/gdst:a"]


@pytest.mark.parametrize("event", [[], "x", None, 5, {}, {"type": []}, {"a": {1, 2}}])
def test_anything_at_all_is_answered_with_problems(event):
    assert check_event(event)


def test_an_event_within_itself_is_answered_too():
    event = dict(OBJECT)
    event["suyuan:self"] = event
    assert "too deep" in check_event(event)[0].reason
    (problem,) = check_event({**OBJECT, "bizStep": "urn:epcglobal:cbv:bizstep:unpacking"})
    assert problem.fix == 'write "unpacking"'
