"""What people type stays text: every page that can be reached, with markup in every field."""

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from support.web.town import SERIAL, town
from werkzeug.exceptions import HTTPException

pytestmark = pytest.mark.slow
EVIL = "\"'><x-mark onclick=alert(1)></script><script>alert(2)</script>${7*7}{{7*7}}&lt;"
OURS = re.compile(r"/js/[0-9a-f]{16}/[a-z_/-]+\.js")
VOID = {"href", "src", "action", "formaction", "data", "poster"}
PREFERENCES = {"lang", "print", "weight"}  # links of every page to itself, said otherwise


class Strict(HTMLParser):
    """Refuses what no page of ours has; gathers where its links lead."""

    def __init__(self):
        super().__init__()
        self.links, self.in_script, self.has_text = [], False, False

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        assert tag not in {"x-mark", "iframe", "object", "embed", "base", "style"}, attrs
        if tag == "script":
            assert found.get("type") == "module" and OURS.fullmatch(found.get("src", "")), attrs
            self.in_script = True
        for name, value in attrs:
            assert not name.startswith("on") and name not in {"style", "srcdoc"}, (tag, attrs)
            if name in VOID and value:
                where = urlsplit(value)
                is_ours = where.scheme in {"", "http", "https", "mailto"}
                assert is_ours or value == "tel:12315", (tag, attrs)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])

    def handle_endtag(self, tag):
        if tag == "script":
            self.in_script = False

    def handle_data(self, data):
        assert not self.in_script or not data.strip(), data
        self.has_text |= "x-mark" in data


def starts(made):
    lots, code = made.lots, made.code("stall")
    acts = [uri.rsplit("/", 1)[1] for uri in (made.hold, made.recall)]
    return [
        "/", f"/t/{code}", f"/t/{code}/{SERIAL}", f"/t/{made.code('farm', 1)}",
        f"/t/{lots[2].rsplit('/', 1)[1]}", f"/t/{made.code('stall', 2)}",
        f"/lineage/{lots[2].rsplit('/', 1)[1]}", *(f"/recalls/{act}" for act in acts), "/me",
        f"/me/arrivals/{made.waiting}", *MENU, "/invitations", "/admit", "/recalls", "/report",
        "/scan", f"/report?code={code}&serial=%22%3E%3Cx-mark%3E", "/find?code=%22%3E%3Cx-mark%3E",
        "/t/%22%3E%3Cx-mark%3E?lang=%22%3E%3Cx-mark%3E", "/invite#%22%3E%3Cx-mark%3E",
        "/signin?next=%22%3E%3Cx-mark%3E", "/nowhere/%22%3E%3Cx-mark%3E",
    ]  # fmt: skip


MENU = ["/me/arrivals", "/me/holdings"]


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    made = town(tmp_path_factory.mktemp("evil"), lambda text: f"{text}{EVIL}")
    yield made
    made.close()


def kind(made, where):
    """Route and names of the query: pages of one kind say the same of different things."""
    try:
        endpoint, _values = made.app.url_map.bind("localhost").match(where.path)
    except HTTPException:
        endpoint = None
    named = set(parse_qs(where.query, keep_blank_values=True))
    return endpoint, frozenset(PREFERENCES if named & PREFERENCES else named)


@pytest.mark.parametrize(
    ("who", "language"),
    [
        (None, "en"), ("stall", "zh"), ("farm", "en"), ("market", "zh"), ("office", "en"),
        ("authority", "zh"),
    ],
)  # fmt: skip
def test_markup_in_every_field_stays_text_on_every_page(evil, who, language):
    client = evil.browser(who)
    waiting, seen, kinds, with_text = starts(evil), set(), Counter(), 0
    first = set(waiting)
    while waiting:  # what is linked: every kind of page, two of each, one said otherwise
        path = waiting.pop(0)
        where = urlsplit(urljoin("http://localhost/", path))
        key = f"{where.path}?{where.query}"
        if where.netloc != "localhost" or key in seen or where.path.startswith("/js/"):
            continue
        of = kind(evil, where)
        if kinds[of] >= (1 if of[1] == PREFERENCES else 2) and path not in first:
            continue
        seen.add(key)
        kinds[of] += 1
        answer = client.get(path, headers={"Accept-Language": language}, follow_redirects=True)
        assert answer.status_code < 500, (path, answer.status_code)
        if answer.mimetype == "text/html":
            assert "script-src" in answer.headers["Content-Security-Policy"] or (
                "default-src 'none'" in answer.headers["Content-Security-Policy"]
            )
            page = Strict()
            page.feed(answer.text)
            with_text += page.has_text
            waiting += [urljoin(answer.request.path, link) for link in page.links]
        else:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        answer.close()
    assert with_text >= 8  # else nothing was tried
