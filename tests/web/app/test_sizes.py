"""Large print: asked for by a link, remembered by a cookie that says nothing else."""

import pytest

ENGLISH = {"Accept-Language": "en"}


def test_it_is_remembered_and_given_up(client):
    assert 'class="large"' not in client.get("/", headers=ENGLISH).text
    chosen = client.get("/?print=large", headers=ENGLISH)
    assert 'class="large"' in chosen.text and "print=usual" in chosen.text
    cookie = chosen.headers["Set-Cookie"]
    assert cookie.startswith("print=large;") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    again = client.get("/t/0000000000000000", headers=ENGLISH)
    assert 'class="large"' in again.text and "Set-Cookie" not in again.headers
    assert "Cookie" in again.vary
    assert 'class="large"' not in client.get("/?print=usual", headers=ENGLISH).text
    assert 'class="large"' not in client.get("/", headers=ENGLISH).text


@pytest.mark.parametrize("asked", ["", "x", '"><script>', "LARGE"])
def test_anything_else_changes_nothing(client, asked):
    answer = client.get("/", query_string={"print": asked}, headers=ENGLISH)
    assert 'class="large"' not in answer.text and "<script>" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_language_and_the_size_keep_each_other(client):
    text = client.get("/?lang=en&print=large").text
    assert 'href="?lang=en&amp;print=usual"' in text
    assert 'href="?print=large&amp;lang=zh"' in text


def test_programs_are_told_nothing_of_it(client):
    answer = client.get("/api/v1/trust?print=large")
    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.vary


def test_the_service_worker_is_at_the_root_under_a_strict_policy(client):
    answer = client.get("/service.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
