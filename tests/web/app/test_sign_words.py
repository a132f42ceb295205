"""What is signed is told in plain words: every member that a draft can write has some."""

import re
from pathlib import Path

import pytest
from support.web.client import client_of, mini_ledger

import suyuan.trace
import suyuan.web
from suyuan.trace.format.statements import SPECS
from suyuan.trace.inspection import counter
from suyuan.trace.recording import papers
from suyuan.web.text import files_shown
from suyuan.web.text import words as web_words
from suyuan.web.text.texts import speaking

NO_MEMBERS = {"lineage", "private"}  # of what a draft says
CHINESE = re.compile(r"[一-鿿]|SHA-256")


def written():
    """The members under our prefix that the source names in strings of their own."""
    folders = (Path(suyuan.trace.__file__).parent, Path(suyuan.web.__file__).parent)
    found = set()
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        found |= set(re.findall(r'"suyuan:([A-Za-z]+)"', path.read_text("utf-8")))
    return found - NO_MEMBERS


@pytest.fixture
def words(tmp_path):
    """What scripts say, by language."""
    ledger = mini_ledger(tmp_path / "home")
    app = client_of(ledger).application
    found = {}
    for language in ("en", "zh_Hans_CN"):
        with app.test_request_context(), speaking(language):
            found[language] = web_words.vocabulary()
    yield found
    ledger.close()


def machines():
    """The members that words.js leaves to the exact text."""
    script = Path(suyuan.web.__file__).parent / "static" / "js" / "sign" / "words.js"
    listed = re.search(r"MACHINES = new Set\(\[(.*?)\]\)", script.read_text("utf-8"))[1]
    return set(re.findall(r'"([^"]+)"', listed))


def test_every_member_of_ours_has_words_in_both_languages(words):
    members = {f"suyuan:{name}" for name in written()}
    assert {"suyuan:lot", "suyuan:category", "suyuan:note", "suyuan:of"} <= members
    assert members - set(words["en"]["fields"]) == set()
    for member in members:
        assert CHINESE.search(words["zh_Hans_CN"]["fields"][member]), member
        assert not CHINESE.search(words["en"]["fields"][member].replace("SHA-256", "")), member


def test_every_member_of_a_statement_has_words(words):
    members = {member for spec in SPECS.values() for member in spec} - machines() - {"count"}
    assert members - set(words["en"]["fields"]) == set()


def test_kinds_of_files_and_what_inspectors_find_have_words(words):
    assert set(files_shown.KIND_WORDS) == set(papers.KINDS) == set(words["en"]["kinds"])
    assert set(web_words.OUTCOME_WORDS) == set(counter.ALL) == set(words["en"]["outcomes"])
    assert words["zh_Hans_CN"]["outcomes"]["no-label"] == "没有标签"
