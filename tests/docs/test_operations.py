"""docs/operations.md against the code: settings, metrics, rate limits; and all pages of docs."""

import re

from support.ledger.world import ROOT
from support.web.client import client_of

from suyuan.trace.recording import papers, pictures
from suyuan.web.app import bodies
from suyuan.web.app.routes import declared
from suyuan.web.server.cli import cli

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SOURCES = [path for name in ("keys", "trace", "web") for path in (ROOT / name).rglob("*.py")]
PLACEHOLDER = "X"  # of "SUYUAN_X": any setting


def section(heading):
    """The text below a heading, up to the next of its level."""
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found


def named(heading):
    """The first cell of each row of the tables below a heading, without the tables' own."""
    return [row.split("|")[1] for row in named_rows(heading)]


def named_rows(heading):
    """The rows of the tables below a heading."""
    return [row for row in section(heading).splitlines() if row.startswith("| ")]


def settings():
    """The names of settings that are read or named anywhere in the program."""
    found = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        found |= {f"SUYUAN_{name}" for name in re.findall(r'\bsetting\("([A-Z0-9_]+)"', text)}
        found |= set(re.findall(r"\bSUYUAN_[A-Z0-9_]*[A-Z0-9]", text))
        found |= set(re.findall(r'^[A-Z_]+ = "([A-Z]+(?:_[A-Z]+)*_DIR)"$', text, re.MULTILINE))
    return {name.removesuffix("_FILE") for name in found} - {f"SUYUAN_{PLACEHOLDER}"}


def limits(app):
    """Rate limits as routes declare them: name and most."""
    found = (declared(view) for view in app.view_functions.values())
    return {(one.limit.name, one.limit.most) for one in found if one is not None and one.limit}


def test_every_setting_is_in_the_table_and_no_other():
    told = {name for cell in named("Settings") for name in re.findall(r"`([A-Z0-9_]+)`", cell)}
    assert told == settings()


def test_every_metric_is_explained_and_no_other(small, monkeypatch):
    token = "t" * 16
    monkeypatch.setenv("SUYUAN_METRICS_TOKEN", token)
    app = client_of(small.ledger).application
    client = app.test_client()
    client.get("/healthz")
    client.get(f"/t/{'0' * 16}")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    measured = set(re.findall(r"^# TYPE (suyuan_\w+) ", text, re.MULTILINE))
    told = {name for cell in named("Metrics") for name in re.findall(r"`(suyuan_\w+)`", cell)}
    measured = {name for name in measured if not name.endswith("_created")}
    optional = {"suyuan_witness_lag_links"}  # there is no policy here
    assert told - optional == measured - optional


def test_every_rate_limit_is_in_the_table_and_no_other(small):
    rows = [row.split("|")[1:4] for row in section("Limits").splitlines() if row.startswith("| `")]
    told = set()
    for name, most, what in rows:
        told.add((name.strip(" `"), most.strip()))
        told |= {(name.strip(" `"), also) for also in re.findall(r"\d+/\w+", what)}
    assert told == limits(client_of(small.ledger).application)


def test_how_large_a_paper_may_be_is_said_as_the_code_has_it():
    most = f"{papers.MAX_BYTES >> 20} MiB"
    assert papers.MAX_BYTES == pictures.MAX_BYTES == 7 * 1_048_576
    for page in ("operations.md", "pages.md", "pages.zh-CN.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert re.findall(rf"{most[0]} MI?i?B", text, re.IGNORECASE) == [most], page


def test_how_much_one_request_may_carry_is_said_as_the_code_has_it():
    (row,) = [row for row in named_rows("Limits") if "/api/v1/links" in row]
    for number in (bodies.MAX_ELEMENTS, bodies.MAX_VALUES, bodies.MAX_DISCLOSURES):
        assert f"{number:,} " in row
    assert f"{bodies.MAX_ATTACHMENTS} attachments" in row and "8 MiB" in row


def test_every_command_that_the_page_names_is_there():
    said = set(re.findall(r"(?:`|^    )suyuan ([a-z]+)", PAGE, re.MULTILINE))
    assert said <= set(cli.commands)


def test_every_page_that_it_leads_to_is_there():
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


def test_decisions_are_numbered_without_gap_and_have_their_number_as_title():
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for number, page in enumerate(pages, 1):
        assert page.read_text("utf-8").startswith(f"# {number}. "), page.name
