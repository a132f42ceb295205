"""CBV as data: the lists against GS1's own, and the spellings of their words."""

import json

import pytest
from support.ledger.world import SHARED

from suyuan.trace.format.epcis import cbv
from suyuan.trace.format.epcis.cbv import bare

GS1 = SHARED / "gs1-epcis"


LISTS = [
    ("bizStep", cbv.BIZ_STEP), ("disposition", cbv.DISPOSITION),
    ("bizTransaction-type", cbv.TRANSACTION_TYPE),
    ("source-dest-type", cbv.SOURCE_DESTINATION_TYPE), ("error-reason", cbv.ERROR_REASON),
    ("measurementType", cbv.MEASUREMENT_TYPE), ("sensorAlertType", cbv.ALERT_TYPE),
    ("component", cbv.COMPONENT),
]  # fmt: skip


@pytest.mark.skipif(not GS1.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(("definition", "vocabulary"), LISTS)
def test_words_and_their_uris_are_those_of_the_json_schema_and_the_cbv_context(
    definition, vocabulary
):
    schema = json.loads((GS1 / "EPCIS-JSON-Schema.json").read_text())
    assert set(schema["definitions"][definition]["anyOf"][1]["enum"]) == vocabulary.words
    name = definition.lower().replace("source-dest", "sourcedest")
    if vocabulary in [one for _, one in LISTS[:5]]:
        context = json.loads((GS1 / f"cbv-context-{name}.jsonld").read_text())["@context"]
        terms = {word: uri for word, uri in context.items() if word != "cbv" and word[0] != "@"}
        assert terms == {word: vocabulary.curie + word for word in vocabulary.words}


def test_units_belong_to_measurement_types_and_have_their_form():
    assert cbv.UNITS.keys() <= cbv.MEASUREMENT_TYPE.words
    assert all(2 <= len(code) <= 3 for codes in cbv.UNITS.values() for code in codes)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("shipping", "shipping"), ("cbv:BizStep-shipping", "shipping"),
        ("https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping", "shipping"), ("cbv:Disp-in_transit", "in_transit"),
        ("https://ref.gs1.org/cbv/Disp-in_transit", "in_transit"),
        ("urn:epcglobal:cbv:disp:in_transit", "in_transit"),
        ("urn:suyuan:step:harvest", "urn:suyuan:step:harvest"),
        ("https://example.com/bizStep/inspecting", "https://example.com/bizStep/inspecting"),
        ("cbv:BTT-po", "cbv:BTT-po"), ("", ""),
    ],
)  # fmt: skip
def test_bare_strips_the_three_prefixes_of_cbv_and_nothing_else(written, word):
    assert bare(written) == word
