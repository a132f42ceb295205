"""/scan: a photo of a code leads to its page, whatever else is sent does no harm."""

import io

import pytest
import qrcode
from PIL import Image
from support import HOST
from web_support import client_of, page_of

from suyuan.web.scan import path_of

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def client(small):
    return client_of(small.ledger)


@pytest.fixture
def label(small):
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    small.code(farm, lot)
    small.ledger.followers.catch_up()
    return page_of(lot, farm.uri, "0123456789ABC")


def photo(text, *, angle=0, size=(900, 700), kind="JPEG"):
    """A picture of a symbol on a table, turned."""
    symbol = qrcode.make(text, box_size=6).convert("RGB")
    table = Image.new("RGB", size, "#b9a27e")
    table.paste(symbol.rotate(angle, expand=True, fillcolor="#b9a27e"), (180, 120))
    out = io.BytesIO()
    table.save(out, kind)
    return out.getvalue()


def send(client, data, path="/scan"):
    files = {"photo": (io.BytesIO(data), "x.jpg")}
    return client.post(path, data=files, headers=ENGLISH, content_type="multipart/form-data")


@pytest.mark.parametrize("angle", [0, 12, 90, 200])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_leads_to_the_labels_page(client, label, angle, kind):
    answer = send(client, photo(f"https://{HOST}{label}".upper(), angle=angle, kind=kind))
    assert (answer.status_code, answer.location) == (303, label.upper().replace("/T/", "/T/"))
    assert "This label was not issued" in client.get(answer.location, headers=ENGLISH).text


def test_the_language_is_kept(client, label):
    assert send(client, photo(f"https://{HOST}{label}"), "/scan?lang=zh").location.endswith(
        "?lang=zh"
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("https://evil.example/t/AAAA", "/t/AAAA"),
        ("https://evil.example/x", "/t/https%3A%2F%2Fevil.example%2Fx"),
        ("//evil.example", "/t/%2F%2Fevil.example"),
        ("javascript:alert(1)", "/t/javascript%3Aalert%281%29"),
        ("6901234567892", "/01/06901234567892"),
        ("6901234567893", "/t/6901234567893"),
        ("https://id.gs1.org/01/06901234567892/10/L%2F24", "/01/06901234567892/10/L%2F24"),
        ("0QGF-B1H5", "/t/0QGF-B1H5"),
    ],
)
def test_a_code_leads_to_no_other_site(text, path):
    assert path_of(text) == path


def test_a_photo_without_a_code_and_no_photo_are_said(client):
    empty = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(empty, "JPEG")
    for data, words in (
        (empty.getvalue(), "No code was found in the photo"),
        (b"", "Choose or take a photo"),
        (b"<svg/>", "must be a JPEG, PNG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "must be a JPEG, PNG or WebP"),
    ):
        answer = send(client, data)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_bomb_is_not_unpacked(client):
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    assert len(out.getvalue()) < 50_000
    assert send(client, out.getvalue()).status_code == 422


@pytest.mark.usefixtures("one_minute")
def test_too_many_photos_have_to_wait(client):
    answers = [send(client, b"x") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_the_page_works_without_scripts_and_allows_only_itself_the_camera(client):
    answer = client.get("/scan", headers=ENGLISH)
    assert 'enctype="multipart/form-data"' in answer.text and 'action="/find"' in answer.text
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert client.get("/", headers=ENGLISH).headers["Permissions-Policy"].startswith("camera=()")
