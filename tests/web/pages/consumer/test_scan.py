"""/scan: a photo of a code leads to its page, whatever else is sent does no harm."""

import io
from contextlib import nullcontext

import pytest
import qrcode
from PIL import Image
from support.ledger.world import HOST
from support.web.client import page_of

from suyuan.trace.recording.decoding import decoders
from suyuan.web.app.targets import code_path

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def label(small, farm):
    lot = small.coded_lot(farm)
    small.ledger.followers.catch_up()
    return page_of(lot, farm.uri, "0123456789ABC")


def photo(text, *, angle=0, kind="JPEG"):
    """A picture of a symbol on a table, turned."""
    symbol = qrcode.make(text, box_size=6).convert("RGB")
    table = Image.new("RGB", (900, 700), "#b9a27e")
    table.paste(symbol.rotate(angle, expand=True, fillcolor="#b9a27e"), (180, 120))
    return saved(table, kind)


def saved(image, kind="JPEG"):
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def send(client, data, path="/scan", language="en"):
    files = {"photo": (io.BytesIO(data), "x.jpg")}
    return client.post(path, data=files, headers={"Accept-Language": language})


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
        ("https://evil.example/t/0QGF-B1H5-AAAA-BBBB", "/t/0QGF-B1H5-AAAA-BBBB"),
        ("https://evil.example/t/AAAA", "/find?code=https%3A%2F%2Fevil.example%2Ft%2FAAAA"),
        ("//evil.example", "/find?code=%2F%2Fevil.example"),
        ("javascript:alert(1)", "/find?code=javascript%3Aalert%281%29"),
        ("6901234567892", "/01/06901234567892"),
        ("6901234567893", "/find?code=6901234567893"),
        ("https://id.gs1.org/01/06901234567892/10/L%2F24", "/01/06901234567892/10/L%2F24"),
        ("0QGF-B1H5", "/t/0QGF-B1H5"),
    ],
)
def test_a_code_leads_to_no_other_site(text, path):
    assert code_path(text) == path


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("https://weixin.example/r/abc?x=1", "This is a web address of somebody else"),
        ("javascript:alert(1)", "This is a web address of somebody else"),
        ("6901234567893", "This is a number of another system"),
        ("6901234567892", "This code names a product"),
        ("祝您用餐愉快", "This is a text, and no code of ours"),
        ("0QGF-B1H5", "This code was mistyped"),
    ],
)
def test_a_code_of_another_system_is_told_to_be_that_with_its_text(client, text, heading):
    """Scanned or typed; as text alone, that leads nowhere."""
    scanned = send(client, photo(text), "/scan?lang=en")
    for answer in (scanned, client.get("/find", query_string={"code": text, "lang": "en"})):
        found = answer if answer.location is None else client.get(answer.location)
        assert found.status_code == 404 and f"<h1>{heading}</h1>" in found.text
        assert text.removeprefix("0690") in found.text and f'href="{text}' not in found.text


def test_a_photo_without_a_code_and_no_photo_are_said(client):
    for data, words in (
        (saved(Image.new("RGB", (300, 200), "white")), "No code was found in the photo"),
        (b"", "Choose or take a photo"),
        (b"<svg/>", "must be a JPEG, PNG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "must be a JPEG, PNG or WebP"),
    ):
        answer = send(client, data)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_bomb_is_not_unpacked(client):
    bomb = saved(Image.new("1", (9_000, 9_000)), "PNG")
    assert len(bomb) < 50_000 and send(client, bomb).status_code == 422


def test_a_photo_of_too_many_pixels_is_told_how_many_may_be(client):
    large = saved(Image.new("L", (3_600, 3_600)))
    answer = send(client, large)
    assert answer.status_code == 422 and "and 12 million pixels" in answer.text
    problem = client.post("/api/v1/scan", data=large).json
    assert (problem["field"], problem["status"]) == ("photo", 422)
    assert "13.0 million pixels: at most 12.6 million" in problem["detail"]


@pytest.mark.parametrize("wanted", [decoders.PLACES, decoders.WAITING])
def test_a_photo_that_finds_no_place_is_answered_503_and_when_to_try_again(
    client, monkeypatch, wanted
):
    """Whether its place does not come in time or too many wait before it."""
    found = decoders.Places()
    monkeypatch.setattr(decoders._pool, "places", found)
    monkeypatch.setattr(decoders, "PATIENCE", 0.05)
    if wanted == decoders.WAITING:
        found._queue.extend(range(wanted))
    with nullcontext() if wanted == decoders.WAITING else found.taken(wanted):
        page, chinese = (send(client, photo("x"), language=one) for one in ("en", "zh"))
        problem = client.post("/api/v1/scan", data=photo("x"))
    for one in (page, chinese, problem):
        assert one.status_code == 503 and int(one.headers["Retry-After"]) >= 1
    assert "Please try again in a moment" in page.text and "请稍候再试" in chinese.text
    assert problem.mimetype == "application/problem+json" and "try again" in problem.json["detail"]


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
