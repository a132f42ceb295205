"""Forms that a script answers cannot be submitted before it is there: what was typed stays."""

import re
from pathlib import Path

import pytest

from suyuan import web

TEMPLATES = sorted((Path(web.__file__).parent / "templates").rglob("*.html"))
FORM = re.compile(r"<form\b(?P<tag>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
MADE_BY_SCRIPTS = re.compile(r"<template\b.*?</template>", re.DOTALL)
SUBMITS = re.compile(r"<button\b(?![^>]*type=\"button\")(?P<tag>[^>]*)>")


def answered_by_scripts(text):
    """The submit buttons of forms that the server never gets."""
    for form in FORM.finditer(MADE_BY_SCRIPTS.sub("", text)):
        if "action=" not in form["tag"]:
            yield from (found["tag"] for found in SUBMITS.finditer(form["inside"]))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_form_waits_for_its_script(path):
    text = path.read_text("utf-8")
    assert [tag for tag in answered_by_scripts(text) if "disabled" not in tag] == []


def test_such_forms_are_found():
    there = {path.stem for path in TEMPLATES if list(answered_by_scripts(path.read_text("utf-8")))}
    assert {"admit", "process", "register", "products", "labels", "invite", "recall"} <= there
