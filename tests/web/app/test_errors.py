"""One error shape, headers on every answer, and nothing of the inside shown outside."""

import re

import pytest
from support.web.client import client_of
from support.web.offices import Office

from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.store.errors import Busy, Stopped, StoreError
from suyuan.web.factory import create_app


def test_static_files_are_kept_by_their_digest(client):
    text = client.get("/").text
    path = text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in path
    response = client.get(path)
    assert response.mimetype == "text/css"
    assert "max-age=31536000" in response.headers["Cache-Control"]
    assert len(response.data) < 12_000
    response.close()


class Secret(Exception):
    """A failure that nobody foresaw."""


def _fail(*_args, **_more):
    raise Secret("password=hunter2 at /secret/place")


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize("path", ["/", "/t/0000000000000000", "/readyz", "/log/checkpoint"])
def test_an_unforeseen_failure_tells_nothing(client, small, monkeypatch, caplog, path, accept):
    monkeypatch.setattr(small.ledger, "reading", _fail)
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 500
    for secret in ("hunter2", "secret", "Traceback", "Secret", ".py"):
        assert secret not in response.text
    assert "hunter2" in caplog.text  # where the operator looks
    assert "0000000000000000" not in caplog.text  # nor what stands in a path
    is_program = path.startswith(("/readyz", "/log/")) or accept == "application/json"
    kind = "application/problem+json" if is_program else "text/plain"
    assert response.mimetype == kind
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if is_program:
        assert response.json["reference"] in caplog.text


@pytest.mark.parametrize(
    ("headers", "query", "says"),
    [
        ({}, {}, "an array may have 1,000 entries, not 1,001"),
        ({"Accept-Language": "en"}, {}, "an array may have 1,000 entries, not 1,001"),
        ({"Accept-Language": "zh-CN,zh;q=0.9"}, {}, "一个数组最多 1,000 条记录"),
        ({}, {"lang": "zh"}, "一个数组最多 1,000 条记录"),
    ],
)
def test_what_is_refused_is_said_in_the_language_that_is_asked_for(client, headers, query, says):
    answer = client.post("/api/v1/links", json=["x"] * 1_001, headers=headers, query_string=query)
    assert answer.status_code == 413 and says in answer.json["detail"]
    assert "Accept-Language" in answer.vary


def test_a_failure_while_a_page_is_written_tells_nothing(client, monkeypatch):
    monkeypatch.setattr("suyuan.web.pages.start.render_template", _fail)
    response = client.get("/")
    assert response.status_code == 500 and "hunter2" not in response.text


@pytest.mark.parametrize("error", [StoreError("no disk at /secret"), CannotDecide("no /secret")])
def test_a_ledger_that_cannot_be_used_is_503(client, small, monkeypatch, error):
    def fail(**_how):
        raise error

    monkeypatch.setattr(small.ledger, "reading", fail)
    page = client.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 503
    assert "try again later" in page.text
    assert "secret" not in page.text
    assert "Retry-After" in page.headers
    assert client.get("/log/checkpoint").mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nothing", "text/html", "text/html"),
        ("/nothing", "application/json", "application/problem+json"),
        ("/nothing", "application/problem+json", "application/problem+json"),
        ("/api/nothing", "text/html", "application/problem+json"),
        ("/log/nothing", "text/html", "application/problem+json"),
    ],
)
def test_people_get_pages_and_programs_problems(client, path, accept, kind):
    response = client.get(path, headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (404, kind)


@pytest.mark.parametrize("path", ["/", "/t/0000000000000000", "/api/v1/links", "/healthz"])
def test_a_wrong_method_is_405_with_what_is_allowed(client, path):
    response = client.delete(path)
    assert response.status_code == 405
    assert response.headers["Allow"]


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("1q4t 9zc2 km8w 0rb3", "/t/1q4t%209zc2%20km8w%200rb3"),
        (
            " HTTPS://X.EXAMPLE/T/1Q4T9ZC2KM8W0RB3/0123456789ABC?a#b ",
            "/T/1Q4T9ZC2KM8W0RB3/0123456789ABC",
        ),
        ("https://id.gs1.org/01/06901234567892/10/L%2F24", "/01/06901234567892/10/L%2F24"),
        ("urn:epc:id:sscc:6901234.0000000001", "/00/069012340000000016"),
        ("https://evil.example/t/1q4t9zc2km8w0rb3", "/t/1q4t9zc2km8w0rb3"),
        ("", "/"),
    ],
)
def test_the_box_leads_to_a_page_of_this_site_only(client, typed, path):
    response = client.get("/find", query_string={"code": typed})
    assert response.status_code == 303
    assert response.headers["Location"] == path
    kept = client.get("/find", query_string={"code": typed, "lang": "en"})
    assert kept.headers["Location"] == f"{path}?lang=en"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("../../x", "This is a text, and no code of ours"),
        ("//evil.example", "This is a web address of somebody else"),
        ("https://evil.example/", "This is a web address of somebody else"),
        ("javascript:alert(1)", "This is a web address of somebody else"),
        ("x\r\nSet-Cookie: a=b", "This is a text, and no code of ours"),
    ],
)
def test_the_box_says_what_a_code_of_another_system_is_and_leads_nowhere(client, typed, title):
    for query in ({"code": typed}, {"code": typed, "lang": "en"}):
        response = client.get("/find", query_string=query, headers={"Accept-Language": "en"})
        assert (response.status_code, response.mimetype) == (404, "text/html")
        assert f"<h1>{title}</h1>" in response.text
        assert not {"Location", "Refresh", "Set-Cookie"} & set(response.headers.keys())
        leads = re.findall(r'(?:href|action|src|content|data-next)="([^"]*)"', response.text)
        paths = [to.partition("?")[0] for to in leads]  # a language of the page keeps the query
        assert leads and not [to for to in paths if "evil" in to or to.startswith("javascript:")]


def test_where_there_is_no_ledger_no_app_is_made(tmp_path):
    with pytest.raises(CannotDecide, match="no ledger here"):
        create_app(tmp_path)


def test_a_schema_of_another_program_is_refused(small):
    with small.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer than this program"):
        create_app(small.home)


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (Busy("too many links are waiting"), 503, "1"),
        (Stopped("an alarm is to be resolved"), 503, "60"),
    ],
)
def test_an_append_that_has_to_wait_is_told_how_long(small, error, status, after):
    def refuse(*_arguments, **_options):
        raise error

    small.ledger.append = refuse
    answer = client_of(small.ledger).post(
        "/api/v1/links", data=b"{}", content_type="application/json"
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, after)
    assert answer.mimetype == "application/problem+json"
    assert str(error) in answer.json["detail"]


def test_a_nul_is_refused_with_words_where_the_database_takes_none(world):
    """Elsewhere it finds nothing."""
    desk, query = Office(world), {"q": "厦\0〔2026〕1号"}
    one = desk.client(desk.people[0])
    is_refused = world.ledger.database.engine.dialect.name == "postgresql"
    for path, more in (("/document", query), ("/api/v1/grades", {"after": "\0"}),
                       ("/cases/new", {"kind": "sample", "party": "\0"}),
                       ("/inspect/queue", {"assignee": "\0", "after": "1"})):  # fmt: skip
        answer = one.get(path, query_string=more, headers={"Accept-Language": "en"})
        words = (answer.status_code, "NUL character" in answer.text)
        assert words == ((400, True) if is_refused else (200, False)), path
    order = {"kind": "order", "stage": "opened", "party": "\0", "until": desk.day(2)}
    answer = desk.draft(desk.people[0], "cases/draft", **order, said={"act": "x", "basis": "a"})
    found = {one.get(f"{of}/cases/%00").status_code for of in ("", "/api/v1")}
    assert found | {answer.status_code} <= {400, 404, 422}
