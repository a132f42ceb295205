import pytest

from suyuan.trace.format.identifiers import items

G = "09520123456788"
LOT = f"https://id.gs1.org/01/{G}/10/L1"
UNIT = "https://id.gs1.org/00/006141411234567890"


def test_item_set_takes_every_list_once_and_sorts_by_bytes():
    event = {
        "type": "ObjectEvent", "epcList": ["urn:b", f"https://a/01/{G}/10/L1", "urn:a"],
        "parentID": "urn:epc:id:sscc:0614141.0123456789", "childEPCs": ["urn:B", "urn:a"],
        "inputEPCList": ["urn:in"], "outputEPCList": ["urn:out"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:9520123.045678.L1", "quantity": 1}],
        "childQuantityList": [{"epcClass": "urn:child"}],
        "inputQuantityList": [{"epcClass": "urn:input"}, {"epcClass": f"https://a/01/{G}"}],
        "outputQuantityList": [{"epcClass": "urn:output"}],
        "readPoint": {"id": "urn:epc:id:sgln:0614141.12345.400"},
    }  # fmt: skip
    others = [
        "urn:B", "urn:a", "urn:b", "urn:child", "urn:in", "urn:input", "urn:out", "urn:output",
    ]  # fmt: skip
    assert items.item_set(event) == [UNIT, LOT, *others]
    assert [name for name, _ in items.named(event)].count("quantityList") == 1
    assert items.item_set({"type": "ObjectEvent"}) == []


@pytest.mark.parametrize(
    ("identifier", "reported"),
    [
        ("urn:epc:id:sscc:0614141.012345678", True), ("urn:epc:class:lgtin:9520123.045678.%", True),
        (f"https://a/01/{G[:-1]}9/10/L1", True), (f"https://id.gs1.org/01/{G[:-1]}9/10/L1", True),
        (f"https://id.gs1.org/01/{G}/10/50%", True),
        (f"https://id.gs1.org/01/{G}/10/L1/235/X", True),
        ("https://id.gs1.org/00/006141411234567891", True), (f"HTTPS://a/01/{G[1:]}/10/L1", True),
        (LOT, False), (UNIT, False), (f"https://a/01/{G}/10/L1", False),
        (f"https://a/01/{G}", False), ("urn:gdst:example.org:lot:1", False),
        ("https://trace.food.example/t/7K3QX9M2V8TDC4NB", False),
    ],
)  # fmt: skip
def test_wrong_gs1_identifiers_are_reported(identifier, reported):
    event = {"epcList": [identifier]}
    assert items.kept_as_written(event) == ([identifier] if reported else [])
