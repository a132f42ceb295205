"""Every text has its Chinese, and what is compiled agrees; the English is the msgid itself."""

import html
import io
import json
import re

import pytest
from babel.messages.mofile import write_mo
from support.ledger.catalogue import PO, read, unfit, used
from support.web.client import client_of, mini_ledger

from suyuan.trace.format.vocabulary import STEPS
from suyuan.web.app import scripts

PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def catalog():
    return read()


def test_every_message_is_there_and_no_other(catalog):
    assert {(message.id, message.context) for message in catalog if message.id} == used()


def test_every_reason_is_one_text_with_as_many_values_as_places():
    assert list(unfit()) == []


def test_every_message_is_translated_with_its_places(catalog):
    for message in catalog:
        if not message.id:
            continue
        asked = message.id if isinstance(message.id, str) else message.id[1]
        given = [message.string] if isinstance(message.string, str) else list(message.string)
        assert not message.fuzzy
        for text in given:
            assert text
            assert set(PLACE.findall(text)) == set(PLACE.findall(asked)), asked


def test_what_is_compiled_is_what_is_written(catalog):
    out = io.BytesIO()
    write_mo(out, catalog)
    assert PO.with_suffix(".mo").read_bytes() == out.getvalue()


def test_steps_are_called_as_the_ledger_calls_them(catalog):
    for name, step in STEPS.items():
        assert catalog.get(name, "step").string == catalog[step.words].string


def test_scripts_name_their_texts_so_that_they_are_found():
    for name, source in scripts.modules().items():
        calls = re.findall(r"\b_\((.)", source.decode())
        assert set(calls) <= {'"'} or name == "sign/text.js", name


def test_a_page_has_the_chinese_of_what_its_scripts_say_and_no_more(tmp_path):
    ledger = mini_ledger(tmp_path / "home")
    client = client_of(ledger)
    for language, has_texts in (("zh", True), ("en", False)):
        page = client.get(f"/signin?lang={language}").text
        texts = json.loads(html.unescape(re.search(r'data-texts="([^"]*)"', page)[1]))
        assert bool(texts) == has_texts
        if has_texts:
            assert texts["Signing in…"] == "正在登录……"  # of its own module
            assert texts["One moment…"] == "请稍候……"  # of one that it imports
            assert "Choose at least one lot." not in texts
    ledger.close()
