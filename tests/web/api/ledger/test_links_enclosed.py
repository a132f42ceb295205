"""POST /api/v1/links: entries that come with the files that they name."""

import hashlib
import json
from base64 import b64encode

import pytest
from support.ledger.world import World, event
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


class Order:
    """An order of a farm's for its own lot, as its tool signs it, with its list."""

    def __init__(self, world: World) -> None:
        self.world, self.farm = world, world.party("青山农场", "producer")
        self.lot = world.coded_lot(self.farm)
        self.client = client_of(world.ledger)
        self.entry, self.data = self.signed()
        self.whole = {"entry": self.entry, "attachments": [text_of(self.data)]}

    def signed(self, signer: LocalSigner | None = None) -> tuple[str, bytes]:
        data, named = acts.listed([self.lot])
        pen = self.world.ledger.pen(self.farm.uri, signer or self.farm.signer)
        said = acts.recall_order(act_uri(), 1, KNOWN, "检出", named)
        return pen.sign(Draft(statement=said)).decode(), data

    def send(self, body: object, path: str = URL):
        return self.client.post(path, json=body)

    def size(self) -> int:
        with self.world.ledger.reading() as reader:
            return reader.size()

    def has(self, data: bytes) -> bool:
        return self.world.ledger.attachments.has(hashlib.sha256(data).hexdigest())


@pytest.fixture
def order(small: World) -> Order:
    return Order(small)


def test_an_order_and_its_list_travel_together(order):
    alone = order.client.post(URL, data=order.entry.encode(), **JSON)
    assert (alone.status_code, alone.json["rule"]) == (422, "statement")
    assert "send it with the entry" in alone.json["detail"]
    answer = order.send(order.whole)
    assert answer.status_code == 201 and order.has(order.data)
    again = order.send(dict(reversed(order.whole.items())))
    assert (again.status_code, again.json["index"]) == (200, answer.json["index"])
    # A list that was lost comes back with the entry that names it.
    for path in (order.world.home / "attachments").glob("*/*"):
        path.unlink()
    assert order.send(order.whole).status_code == 200 and order.has(order.data)


def test_an_entry_is_read_once(order, monkeypatch):
    """For its list, for what its party has chosen, and to be appended."""
    choose(order.world.ledger.database.engine, order.farm.uri, OVERDRAW, REFUSE)
    order.world.ledger.followers.catch_up()
    read, decode = [], dsse.decode

    def counted(taken: bytes, kind: str) -> dsse.Envelope:
        read.append(taken)
        return decode(taken, kind)

    monkeypatch.setattr(dsse, "decode", counted)
    assert order.send(order.whole).status_code == 201
    assert read.count(order.entry.encode()) == 1


def test_an_array_has_elements_of_both_kinds(order):
    (alone,) = order.send([{"entry": order.entry}]).json
    assert alone["rule"] == "statement"
    other = order.farm.pen.sign(Draft(event=event("count", order.lot, "1"))).decode()
    answer = order.send([other, order.whole, {"entry": other}], f"{URL}?atomic=true")
    assert answer.status_code == 200
    assert len({found["index"] for found in answer.json}) == 2


def test_photographs_of_a_report_are_kept(order):
    order.send(order.whole)
    uri, photo = parse(order.entry.encode()).statement["uri"], b"\x89PNG" + bytes(1000)
    amount = {"item": order.lot, "kind": "recovered", "value": "1", "unit": "kg"}
    said = acts.recall_report(uri, [amount], [hashlib.sha256(photo).hexdigest()])
    report = order.farm.pen.sign(Draft(statement=said)).decode()
    answer = order.send({"entry": report, "attachments": [text_of(photo)]})
    assert answer.status_code == 201 and order.has(photo)


def test_what_the_entry_does_not_name_is_refused_and_nothing_is_kept(order):
    size = order.size()
    for files in ([text_of(order.data), text_of(b"another")], [text_of(b"")]):
        element = {"entry": order.entry, "attachments": files}
        single = order.send(element)
        assert single.status_code == 400 and "rule" not in single.json
        assert "is not one that the entry names" in single.json["detail"]
        array = order.send(["x", element])
        assert array.status_code == 400 and array.json["detail"].startswith("element 1: ")
    assert not order.has(order.data) and not order.has(b"another")
    assert order.size() == size


def test_of_strangers_forgers_and_revoked_keys_nothing_is_kept(order):
    strange, data = order.signed(LocalSigner.new())
    envelope, (other, _) = json.loads(order.entry), order.signed()
    envelope["signatures"][0]["sig"] = json.loads(other)["signatures"][0]["sig"]
    keyid = order.farm.signer.public.keyid
    for sent, rule in (
        (strange, "key"),
        (strange.replace('"sig":"', '"sig":"AAAA', 1), "key"),
        ("{}", "encoding"),
        (json.dumps(envelope, separators=(",", ":")), "signature"),
        (order.entry, "key"),
    ):
        if sent is order.entry:
            order.world.say(order.farm, acts.revoke(order.farm.uri, keyid))
        answer = order.send({"entry": sent, "attachments": [text_of(data)]})
        assert answer.json["rule"] == rule and not order.has(data), sent


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
def test_what_is_no_enclosure_is_refused(order, body, status):
    answer = order.client.post(URL, data=body, **JSON)
    assert answer.status_code == status and "rule" not in answer.json
    assert answer.mimetype == "application/problem+json"


def test_an_object_that_encloses_nothing_is_an_entry(order):
    for body in (b"{}", b'{"payload":"entry"}'):
        assert order.client.post(URL, data=body, **JSON).json["rule"] == "encoding"
    long = {"entry": "x" * 70_000}
    assert order.client.post(URL, json=long).json["rule"] == "size"


def test_a_full_disk_is_no_acknowledgement(order, monkeypatch, caplog):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr(durable, "replace", full)
    answer = order.send(order.whole)
    assert answer.status_code == 503 and "secret" not in answer.text
    assert "No space left" in caplog.text
    monkeypatch.undo()
    assert order.send(order.whole).status_code == 201


def test_the_openapi_document_says_so(order):
    spec = order.client.get("/api/v1/openapi.json").json
    body = spec["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    _, enclosing, several = body["anyOf"]
    assert set(enclosing["properties"]) == {"entry", "attachments", "disclosures"}
    assert enclosing in several["items"]["anyOf"]
    assert "hold" in spec["paths"][URL]["post"]["responses"]["409"]["description"]
