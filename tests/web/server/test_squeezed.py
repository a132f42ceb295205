"""Compression: what is public and worth it, and never a page with a token."""

import gzip

import brotli
import pytest
from support.web.client import page_of

GZIP = {"Accept-Encoding": "gzip, br", "Accept-Language": "en"}


@pytest.fixture
def label(small, farm):
    lot = small.coded_lot(farm)
    small.ledger.followers.catch_up()
    return page_of(lot, farm.uri)


def test_a_page_is_the_same_compressed(client, label):
    plain = client.get(label, headers={"Accept-Language": "en"})
    small = client.get(label, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
    assert "Accept-Encoding" in small.vary and "Accept-Encoding" in plain.vary


def test_scripts_and_styles_are_and_programs_answers_are_not(client, label):
    text = client.get(label).text
    script = text.split('<script type="module" src="')[1].split('"')[0]
    style = text.split('<link rel="stylesheet" href="')[1].split('"')[0]
    with client.get(style, headers=GZIP) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert brotli.decompress(answer.data).startswith(b":root")
        shortest = len(answer.data)
    with client.get(style, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data).startswith(b":root") and len(answer.data) > shortest
    module = script.replace("pages/consumer/item.js", "verify/file.js")
    assert client.get(module, headers=GZIP).headers["Content-Encoding"] == "br"
    for path in ("/api/v1/trust", "/log/checkpoint"):
        assert "Content-Encoding" not in client.get(path, headers=GZIP).headers
    assert "Content-Encoding" not in client.get("/report", headers=GZIP).headers
    assert "Content-Encoding" not in client.get("/signin", headers=GZIP).headers
