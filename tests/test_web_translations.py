"""Every text has its Chinese, and what is compiled agrees; the English is the msgid itself.

After a change of words (KEYS being -k _l -k msg -k msgs:1,2 -k msg_in:1c,2):

    pybabel extract -F tests/test_web_babel.cfg $KEYS --no-location -o all.pot trace web
    pybabel update -i all.pot -d trace/translations --no-fuzzy-matching
    pybabel compile -d trace/translations
"""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from suyuan import trace, web
from suyuan.trace.messages import FOLDER, LOCALE
from suyuan.trace.steps import STEPS
from suyuan.web.words import STEP_WORDS

MESSAGES = FOLDER / LOCALE / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    **dict.fromkeys(("_", "_l", "gettext", "msg")),
    **dict.fromkeys(("ngettext", "msgs"), (1, 2)),
    "msg_in": ((1, "c"), 2),
}
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def used():
    with Path(__file__).with_name("test_web_babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return {
        (message, context)
        for package in (trace, web)
        for _file, _line, message, _comments, context in extract_from_dir(
            package.__path__[0], methods, options, keywords=KEYWORDS
        )
    }


@pytest.fixture(scope="module")
def catalog():
    with MESSAGES.open("rb") as file:
        return read_po(file, locale=LOCALE)


def test_every_message_is_there_and_no_other(catalog, used):
    assert {(message.id, message.context) for message in catalog if message.id} == used


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
    assert MESSAGES.with_suffix(".mo").read_bytes() == out.getvalue()


def test_steps_are_called_as_the_ledger_calls_them(catalog):
    assert set(STEP_WORDS) == set(STEPS)
    for name, words in STEP_WORDS.items():
        assert catalog[words.message].string == STEPS[name].chinese
