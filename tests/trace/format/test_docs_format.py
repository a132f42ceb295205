"""docs/format.md against what our tools write into events: members, papers, private files."""

import re

from support.ledger.world import ROOT

from suyuan.trace.format.private.audience import DEFAULTS
from suyuan.trace.inspection import counter
from suyuan.trace.recording import papers
from suyuan.trace.recording.papers import EXTENSIONS, KINDS, MAX_BYTES, MAX_NAMED, SALTED, member
from suyuan.trace.store.files.attachments import name_of

PAGE = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
IN_NO_LINK = {"suyuan:lineage"}  # of the documents that `suyuan trace` makes


def test_every_member_of_ours_is_told_of():
    sources = [
        path
        for folder in ("trace", "web")
        for kind in ("*.py", "*.js")
        for path in (ROOT / folder).rglob(kind)
    ]
    found = set()
    for path in sources:
        found |= set(re.findall(r"[\"'`/](suyuan:[A-Za-z]+)", path.read_text(encoding="utf-8")))
    assert found >= {"suyuan:attachments", "suyuan:inspected"}
    told = set(re.findall(r"suyuan:[A-Za-z]+", PAGE))
    assert found - IN_NO_LINK <= told


def test_what_is_hidden_by_default_stands_in_the_row_of_its_audience():
    rows = [row for row in PAGE.splitlines() if row.startswith("| `suyuan:")]
    words = {"chain": "those along the chain", "own": "its own party", None: "the two sides"}
    for one in DEFAULTS:
        (row,) = [row for row in rows if f"`{one.name}`" in row.split("|")[1]]
        kind = None if one.audience is None else one.audience.kind
        assert row.split("|")[3].strip().startswith(words[kind]), one.name


def test_outcomes_and_units_of_inspections_are_those_of_the_page():
    (row,) = [row for row in PAGE.splitlines() if row.startswith("| `suyuan:outcomes`")]
    assert re.findall(r"`([a-z-]+)`", row)[: len(counter.ALL)] == list(counter.ALL)
    (row,) = [row for row in PAGE.splitlines() if row.startswith("| `suyuan:found`")]
    assert re.findall(r"[A-Z0-9]{3}", row) == list(counter.UNITS)


def test_papers_have_the_kinds_types_and_sizes_of_the_page():
    (text,) = re.findall(r"at most (\d+), each with exactly these members, (.*)", PAGE)
    assert int(text[0]) == MAX_NAMED
    assert f"1 to {MAX_BYTES:,}" in text[1]
    assert re.findall(r"`([a-z]+/[a-z]+)`", text[1]) == list(EXTENSIONS)
    kinds = text[1].split("one of ")[1].split(". No rule")[0]
    assert re.findall(r"`([a-z]+)`", kinds) == list(KINDS)


def test_the_private_file_of_the_page_has_its_name():
    salt = bytes.fromhex(re.findall(r"^ +salt +([0-9a-f]{64})$", PAGE, re.MULTILINE)[0])
    (field,) = re.findall(r"^ +field +([A-Za-z0-9_-]{43})$", PAGE, re.MULTILINE)
    (name,) = re.findall(r"^ +name +([0-9a-f]{64})$", PAGE, re.MULTILINE)
    content = b"%PDF-1.4\n"
    paper = papers.Paper(name, len(content), "application/pdf", salt)
    assert name_of(salt, content) == name
    assert member(paper, "report")[SALTED] == field
    assert papers.salt_of(field) == salt
    assert papers.salt_pointer(0) == "/suyuan:attachments/0/salt"
