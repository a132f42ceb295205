"""Every word of the front-end in both languages, and what is compiled agrees.

After a change of words, for each language:

    pybabel extract -F tests/test_web_babel.cfg -k _l -k ngettext:1,2 --no-location -o all.pot web
    pybabel update -i all.pot -d web/translations --no-fuzzy-matching
    pybabel compile -d web/translations
"""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from suyuan import web
from suyuan.trace.steps import STEPS
from suyuan.web.words import STEP_WORDS

WEB = Path(web.__file__).parent
FOLDERS = {name: WEB / "translations" / name / "LC_MESSAGES" for name in ("zh_Hans_CN", "en")}
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def used():
    found = extract_from_dir(
        str(WEB),
        [("**.py", "python"), ("**/templates/**.html", "jinja2")],
        {"**/templates/**.html": {"encoding": "utf-8"}},
        keywords=KEYWORDS,
    )
    return {message for _file, _line, message, _comments, _context in found}


def catalog(name):
    with (FOLDERS[name] / "messages.po").open("rb") as file:
        return read_po(file, locale=name)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_message_is_there_and_no_other(name, used):
    assert {message.id for message in catalog(name) if message.id} == used


@pytest.mark.parametrize("name", FOLDERS)
def test_every_message_is_translated_with_its_places(name):
    for message in catalog(name):
        if not message.id:
            continue
        asked = message.id if isinstance(message.id, str) else message.id[1]
        given = [message.string] if isinstance(message.string, str) else list(message.string)
        assert not message.fuzzy
        for text in given:
            assert text
            assert set(PLACE.findall(text)) == set(PLACE.findall(asked)), asked


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_compiled_is_what_is_written(name):
    out = io.BytesIO()
    write_mo(out, catalog(name))
    assert (FOLDERS[name] / "messages.mo").read_bytes() == out.getvalue()


def test_steps_are_called_as_the_ledger_calls_them():
    chinese = {message.id: message.string for message in catalog("zh_Hans_CN")}
    assert set(STEP_WORDS) == set(STEPS)
    for name, words in STEP_WORDS.items():
        assert chinese[words.message] == STEPS[name].chinese
