"""POST /api/v1/links: entries that come with the files that they name."""

import hashlib
import json
from base64 import b64encode

import pytest
from flask.testing import FlaskClient
from support.ledger.world import Actor, World, event
from support.web.acting import KNOWN, act_uri
from support.web.client import client_of

from suyuan.keys import dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import parse
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choose
from suyuan.trace.store.files import durable

URL = "/api/v1/links"
JSON = {"content_type": "application/json"}


def text_of(data: bytes) -> str:
    return b64encode(data).decode()


class Town:
    """A farm with a lot, and a client of its ledger."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        self.client: FlaskClient = client_of(world.ledger)

    def order(self, who: Actor | None = None, signer: LocalSigner | None = None) -> tuple:
        """An order's entry as its actor's tool signs it, and its list."""
        who = who or self.farm
        data, named = acts.listed([self.lot])
        pen = self.world.ledger.pen(who.uri, signer or who.signer)
        said = acts.recall_order(act_uri(), 1, KNOWN, "检出", named)
        return pen.sign(Draft(statement=said)).decode(), data

    def report(self, uri: str, photo: bytes) -> str:
        amount = {"item": self.lot, "kind": "recovered", "value": "1", "unit": "kg"}
        named = hashlib.sha256(photo).hexdigest()
        said = acts.recall_report(uri, [amount], [named])
        return self.farm.pen.sign(Draft(statement=said)).decode()

    def size(self) -> int:
        with self.world.ledger.reading() as reader:
            return reader.size()

    def has(self, data: bytes) -> bool:
        return self.world.ledger.attachments.has(hashlib.sha256(data).hexdigest())


@pytest.fixture
def town(small: World) -> Town:
    return Town(small)


def test_an_order_and_its_list_travel_together(town: Town) -> None:
    entry, data = town.order()
    alone = town.client.post(URL, data=entry.encode(), **JSON)
    assert (alone.status_code, alone.json["rule"]) == (422, "statement")
    assert "send it with the entry" in alone.json["detail"]
    answer = town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    assert answer.status_code == 201
    assert town.has(data)
    again = town.client.post(URL, json={"attachments": [text_of(data)], "entry": entry})
    assert (again.status_code, again.json["index"]) == (200, answer.json["index"])


def test_an_entry_is_read_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its list, for what its party has chosen, and to be appended."""
    choose(town.world.ledger.database.engine, town.farm.uri, OVERDRAW, REFUSE)
    entry, data = town.order()
    town.world.ledger.followers.catch_up()
    read, decode = [], dsse.decode

    def counted(taken: bytes, kind: str) -> dsse.Envelope:
        read.append(taken)
        return decode(taken, kind)

    monkeypatch.setattr(dsse, "decode", counted)
    answer = town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    assert answer.status_code == 201
    assert read.count(entry.encode()) == 1


def test_an_array_has_elements_of_both_kinds(town: Town) -> None:
    entry, data = town.order()
    (alone,) = town.client.post(URL, json=[{"entry": entry}]).json
    assert alone["rule"] == "statement"
    other = town.farm.pen.sign(Draft(event=event("count", town.lot, "1"))).decode()
    elements = [other, {"entry": entry, "attachments": [text_of(data)]}, {"entry": other}]
    answer = town.client.post(f"{URL}?atomic=true", json=elements)
    assert answer.status_code == 200
    assert len({found["index"] for found in answer.json}) == 2


def test_photographs_of_a_report_are_kept(town: Town) -> None:
    entry, data = town.order()
    town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    with town.world.ledger.reading() as reader:
        stored = reader.link(reader.size() - 1)
    assert stored is not None
    said = parse(stored.entry).statement
    assert said is not None
    photo = b"\x89PNG" + bytes(1000)
    report = town.report(said["uri"], photo)
    answer = town.client.post(URL, json={"entry": report, "attachments": [text_of(photo)]})
    assert answer.status_code == 201 and town.has(photo)


def test_what_the_entry_does_not_name_is_refused_and_nothing_is_kept(town: Town) -> None:
    entry, data = town.order()
    size = town.size()
    for element in (
        {"entry": entry, "attachments": [text_of(data), text_of(b"another")]},
        {"entry": entry, "attachments": [text_of(b"")]},
    ):
        single = town.client.post(URL, json=element)
        assert single.status_code == 400 and "rule" not in single.json
        assert "is not one that the entry names" in single.json["detail"]
        array = town.client.post(URL, json=["x", element])
        assert array.status_code == 400 and array.json["detail"].startswith("element 1: ")
    assert not town.has(data) and not town.has(b"another")
    assert town.size() == size


def test_of_a_stranger_nothing_is_kept(town: Town) -> None:
    entry, data = town.order(signer=LocalSigner.new())
    forged = entry.replace('"sig":"', '"sig":"AAAA', 1)
    for sent, rule in ((entry, "key"), (forged, "key"), ("{}", "encoding")):
        answer = town.client.post(URL, json={"entry": sent, "attachments": [text_of(data)]})
        assert answer.json["rule"] == rule
    assert not town.has(data)


def test_of_a_key_that_is_revoked_or_a_signature_that_is_forged_nothing_is_kept(town: Town) -> None:
    entry, data = town.order()
    envelope = json.loads(entry)
    other, _ = town.order()
    envelope["signatures"][0]["sig"] = json.loads(other)["signatures"][0]["sig"]
    forged = json.dumps(envelope, separators=(",", ":"))
    answer = town.client.post(URL, json={"entry": forged, "attachments": [text_of(data)]})
    assert answer.json["rule"] == "signature" and not town.has(data)
    keyid = town.farm.signer.public.keyid
    town.world.say(town.farm, acts.revoke(town.farm.uri, keyid))
    answer = town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    assert answer.json["rule"] == "key" and not town.has(data)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"entry"', 400),
        (b'{"entry":1}', 400),
        (b'{"entry":"x","more":1}', 400),
        (b'{"attachments":[]}', 400),
        (b'{"entry":"x","attachments":{}}', 400),
        (b'{"entry":"x","attachments":[1]}', 400),
        (b'{"entry":"x","attachments":["*"]}', 400),
        (b'{"entry":"x","attachments":["YQ"]}', 400),
        (b'{"entry":"x","attachments":["YR=="]}', 400),
        (b'{"entry":"x","attachments":[' + b",".join([b'""'] * 101) + b"]}", 400),
        (b'{"entry":"\\ud800"}', 400),
        (b'[{"entry":"x","attachments":[null]}]', 400),
        (b'[{"attachments":["YQ=="]}]', 400),
        (b'{"entry":"x","attachments":["' + b"A" * (8 << 20) + b'"]}', 413),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value),
)
def test_what_is_no_enclosure_is_refused(town: Town, body: bytes, status: int) -> None:
    answer = town.client.post(URL, data=body, **JSON)
    assert answer.status_code == status and "rule" not in answer.json
    assert answer.mimetype == "application/problem+json"


def test_an_object_that_encloses_nothing_is_an_entry(town: Town) -> None:
    for body in (b"{}", b'{"payload":"entry"}'):
        assert town.client.post(URL, data=body, **JSON).json["rule"] == "encoding"
    long = {"entry": "x" * 70_000}
    assert town.client.post(URL, json=long).json["rule"] == "size"


def test_a_lost_list_comes_back_with_the_entry_that_names_it(town: Town) -> None:
    entry, data = town.order()
    element = {"entry": entry, "attachments": [text_of(data)]}
    town.client.post(URL, json=element)
    for path in (town.world.home / "attachments").glob("*/*"):
        path.unlink()
    assert town.client.post(URL, json=element).status_code == 200
    assert town.has(data)


def test_a_full_disk_is_no_acknowledgement(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry, data = town.order()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr(durable, "replace", full)
    answer = town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    assert answer.status_code == 503 and "secret" not in answer.text
    assert "No space left" in caplog.text
    monkeypatch.undo()
    answer = town.client.post(URL, json={"entry": entry, "attachments": [text_of(data)]})
    assert answer.status_code == 201


def test_the_openapi_document_says_so(town: Town) -> None:
    spec = town.client.get("/api/v1/openapi.json").json
    body = spec["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    _, enclosing, several = body["anyOf"]
    assert set(enclosing["properties"]) == {"entry", "attachments", "disclosures"}
    assert enclosing in several["items"]["anyOf"]
    assert "hold" in spec["paths"][URL]["post"]["responses"]["409"]["description"]
