"""The API of attachments: kept once, served as what they are, and never run."""

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image
from support.goods.papers import HTML, PDF, attacks, picture
from support.ledger.world import World, event
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.keys import base64
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private import digests
from suyuan.trace.format.private.audience import OWN
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.recording import papers, pictures, thumbnails
from suyuan.trace.recording.upload import Enclosed, EnclosureError, keep
from suyuan.trace.store.beside.tallies import OfferedBook
from suyuan.trace.store.database import Database
from suyuan.web.app import quota

pytestmark = pytest.mark.slow

URL = "/api/v1/attachments"


class Farm:
    """A farm with a lot, signed in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.actor = world.party("青山农场", "producer")
        self.lot = world.coded_lot(self.actor)
        self.client = client_of(world.ledger, self.actor)

    def send(self, data: bytes | dict, client=None, **more):
        headers = ORIGIN_HEADERS | more.pop("headers", {})
        return (client or self.client).post(URL, data=data, headers=headers, **more)

    def name(self, *parts: dict) -> int:
        """The index of a link that names files so."""
        said = event("store", self.lot, "1", extra={papers.MEMBER: list(parts)})
        return self.world.do(self.actor, said)[0].index

    def get(self, name: str, link: object, **headers: str):
        return client_of(self.world.ledger).get(f"{URL}/{name}?link={link}", headers=headers)


@pytest.fixture
def farm(small: World) -> Farm:
    return Farm(small)


@pytest.mark.parametrize("form", ["PDF", "PNG", "JPEG", "WEBP"])
def test_a_paper_is_kept_once_and_served_as_what_it_is(farm, form):
    data = PDF if form == "PDF" else picture(form)
    answer = farm.send(data, content_type="text/html")
    assert answer.status_code == 201
    name = hashlib.sha256(data).hexdigest()
    kind = "application/pdf" if form == "PDF" else f"image/{form.lower()}"
    assert answer.json == {"sha256": name, "size": len(data), "type": kind}
    again = farm.send({"file": (io.BytesIO(data), "../x.html")})
    assert again.status_code == 201 and again.json == answer.json
    index = farm.name({**answer.json, "as": "certificate"})
    served = farm.get(name, index)
    assert served.status_code == 200 and served.data == data
    assert served.headers["Content-Type"] == kind
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert served.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "immutable" in served.headers["Cache-Control"]
    how = "attachment" if form == "PDF" else "inline"
    ending = {"PDF": "pdf", "PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[form]
    assert served.headers["Content-Disposition"] == f'{how}; filename="{name[:12]}.{ending}"'
    assert farm.get(name, index, **{"If-None-Match": served.headers["ETag"]}).status_code == 304


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """One farm for all that is refused: none of it leaves a trace."""
    world = World(tmp_path_factory.mktemp("attacked") / "home")
    yield Farm(world)
    world.ledger.close()


@pytest.mark.parametrize("what", attacks())
def test_what_is_no_paper_is_refused_and_leaves_nothing(attacked, what):
    data = attacks()[what]
    answer = attacked.send(data, content_type="application/pdf")
    assert answer.status_code == 422 and answer.json["field"] == "file"
    assert not attacked.world.ledger.attachments.has(hashlib.sha256(data).hexdigest())


def test_what_is_no_file_or_too_large_is_refused(farm):
    for body in (b"", {"other": "x"}):
        answer = farm.send(body)
        assert (answer.status_code, answer.json["field"]) == (422, "file")
    assert farm.send(PDF + bytes(papers.MAX_BYTES)).status_code == 413
    assert farm.send(bytes(9 << 20)).status_code == 413
    assert not (farm.world.home / "attachments").exists()


def test_what_no_link_names_is_served_to_nobody(farm):
    kept = farm.send(PDF).json
    other = farm.send(picture("PNG")).json
    index = farm.name(kept)
    assert farm.get(kept["sha256"], index).status_code == 200
    for name, link in (
        (other["sha256"], index),
        (kept["sha256"], 0),
        (kept["sha256"], index + 1),
        (kept["sha256"].upper(), index),
        ("..", index),
        ("%2e%2e%2fsuyuan.db", index),
    ):
        assert farm.get(name, link).status_code == 404, (name, link)
    for link in ("", "-1", "x", "9" * 30):
        assert farm.get(kept["sha256"], link).status_code == 422


def test_what_is_no_paper_or_was_changed_is_not_served(farm):
    """A list or a document that some link names is no paper, whatever an event says of it."""
    name = farm.world.ledger.attachments.put(HTML)
    index = farm.name({"sha256": name, "size": len(HTML), "type": "image/png"})
    assert farm.get(name, index).status_code == 404
    kept = farm.send(PDF).json
    index, name = farm.name(kept), kept["sha256"]
    assert farm.get(name, index).status_code == 200
    path = farm.world.home / "attachments" / name[:2] / name
    path.write_bytes(PDF.replace(b"1.4", b"1.5"))
    assert farm.get(name, index).status_code == 404


def test_a_paper_comes_with_the_entry_that_names_it_too(farm):
    def entry(data: bytes) -> bytes:
        name = hashlib.sha256(data).hexdigest()
        said = {"sha256": name, "size": len(data), "type": "application/pdf", "as": "note"}
        made = event("store", farm.lot, "1", extra={papers.MEMBER: [said]})
        return farm.actor.pen.sign(Draft(event=made))

    keep(farm.world.ledger, [Enclosed(entry(PDF), (PDF,))])
    assert farm.world.ledger.attachments.get(hashlib.sha256(PDF).hexdigest()) == PDF
    with pytest.raises(EnclosureError, match="no PDF"):
        keep(farm.world.ledger, [Enclosed(entry(HTML), (HTML,))])
    with pytest.raises(EnclosureError, match="not one that the entry names"):
        keep(farm.world.ledger, [Enclosed(entry(PDF), (picture("PNG"),))])


@pytest.mark.usefixtures("one_minute")
def test_uploads_are_limited(farm):
    answers = [farm.send(b"x") for _ in range(61)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0


def test_a_party_may_offer_so_much_a_day(small, monkeypatch):
    monkeypatch.setattr(quota, "FILES", 2)
    farm, other = Farm(small), Farm(small)
    for number in range(2):
        assert farm.send(picture("PNG", size=(8, 8 + number))).status_code == 201
    refused = farm.send(picture("PNG", size=(9, 9)))
    assert refused.status_code == 429 and refused.json["field"] == "file"
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert "2 files" in refused.json["detail"] and "tomorrow" in refused.json["detail"]
    # Another process counts the same; what is refused for itself is not counted, nor another's.
    second = client_of(small.ledger, farm.actor)
    assert farm.send(PDF, second).status_code == 429
    assert [other.send(data).status_code for data in (HTML, PDF, PDF)] == [422, 201, 201]
    # The next day begins anew.
    clock = small.ledger.now()
    monkeypatch.setattr(small.ledger, "now", lambda: clock + timedelta(days=1))
    assert signed_in(second, farm.actor.signer).status_code == 200
    assert farm.send(PDF, second).status_code == 201


def test_bytes_are_counted_too(tmp_path):
    database = Database.scratch(tmp_path)
    book = OfferedBook(tmp_path, database.engine)
    most = {"most_files": 10, "most_bytes": 100}
    assert [book.take("urn:x", 1, size, **most) for size in (60, 41, 40, 1)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert not book.take("urn:y", 1, 101, **most)
    assert book.take("urn:x", 2, 100, **most)
    assert not OfferedBook(tmp_path, database.engine).take("urn:x", 2, 1, **most)
    database.close()


def small(farm, name: str, link: int, size: str = "small", client=None):
    return (client or client_of(farm.world.ledger)).get(
        f"{URL}/{name}/picture?link={link}&size={size}"
    )


@pytest.mark.parametrize("form", ["PDF", "PNG", "JPEG"])
def test_a_small_picture_is_made_once_and_shown_as_the_file_is(farm, form, monkeypatch):
    exif = Image.Exif()
    exif[0x010E] = "Zhang San's kitchen"
    more = {"exif": exif} if form == "JPEG" else {}
    data = PDF if form == "PDF" else picture(form, (800, 600), **more)
    name = farm.send(data).json["sha256"]
    link = farm.name({"sha256": name, "size": len(data), "type": f"image/{form.lower()}"}
                     if form != "PDF" else
                     {"sha256": name, "size": len(data), "type": "application/pdf"})  # fmt: skip
    answer = small(farm, name, link)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.data)) as made:
        assert max(made.size) == 320 and not made.getexif()
    monkeypatch.setattr(pictures, "reduced", lambda *_: pytest.fail("made anew"))
    assert small(farm, name, link).data == answer.data
    assert small(farm, name, link + 1).status_code == 404  # a link that does not name it
    assert small(farm, name, link, "huge").status_code == 422


def test_a_small_picture_that_somebody_put_there_is_made_anew(farm):
    data = picture("PNG")
    name = farm.send(data).json["sha256"]
    link = farm.name({"sha256": name, "size": len(data), "type": "image/png"})
    made = small(farm, name, link).data
    (kept,) = (farm.world.ledger.home / thumbnails.FOLDER).glob("*/*")
    kept.write_bytes(kept.read_bytes()[:36] + picture("JPEG"))
    assert small(farm, name, link).data == made


def test_a_small_picture_of_a_private_file_is_for_those_of_the_file_and_kept_nowhere(farm):
    data, salt = picture("PNG"), bytes(32)
    form = {"file": (io.BytesIO(data), "x"), "salt": base64.encode_url(salt)}
    paper = farm.send(form).json
    part = papers.member(papers.Paper(**paper, salt=salt, is_private=True), "photo")
    body, stored = digests.leave_out(
        event("store", farm.lot, "1", extra={papers.MEMBER: [part]}), [papers.salt_pointer(0)]
    )
    (receipt,) = farm.world.do(farm.actor, body)
    disclosures = [Kept(text, farm.actor.uri, OWN) for text in stored]
    farm.world.ledger.disclosures.keep(disclosures, farm.world.ledger.now())
    assert small(farm, paper["sha256"], receipt.index).status_code == 403
    answer = small(farm, paper["sha256"], receipt.index, client=farm.client)
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    assert not (farm.world.ledger.home / thumbnails.FOLDER).exists()
