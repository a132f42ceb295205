"""Thirty-two clients at once, of all kinds, are answered as one after the other would be.

Two processes of a real server, whose appending threads share batches; beside it an app over a copy
of the ledger that is sent the same requests one by one. 10,000 requests with SUYUAN_LONG=1.
"""

import http.client
import json
import random
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from support.ledger.lengths import length
from support.ledger.world import Actor, World, event
from support.watch.audits import audit
from support.web.acting import KNOWN, act_uri
from support.web.client import client_of
from support.web.served import serving_ledger

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private import digests
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choose

pytestmark = pytest.mark.slow
CLIENTS = 32
MAY_BE_BUSY = 18  # times: beside any load somebody else may have the ledger's lock for 10 seconds
URL, JSON = "/api/v1/links", {"Content-Type": "application/json"}
OF_PLACE = ("index", "proof", "instance")  # of an answer: what hangs on who came first


class Client:
    """One client's requests: all about lots of its own, so that none hangs on another client's."""

    def __init__(self, world: World, number: int, farm: Actor, strict: Actor) -> None:
        self._world, self._farm, self._strict = world, farm, strict
        self._pen = world.ledger.pen(farm.uri, farm.signer)
        self._draw = random.Random(number)
        self._lot = world.new_lot()
        self._recalled = world.coded_lot(farm)
        self._sent: list[bytes] = []
        self._kinds = [getattr(self, name) for name in dir(self) if name.startswith("make_")]
        if number:  # its stock is one client's alone
            self._kinds.remove(self.make_overdrawing)

    def requests(self, count: int) -> list[tuple[bytes, dict]]:
        made = (self._draw.choice(self._kinds)() for _ in range(count))
        return [one if isinstance(one, tuple) else (one, JSON) for one in made]

    def _signed(self, lot: str | None = None, signer: LocalSigner | None = None, **more) -> bytes:
        pen = self._world.ledger.pen(self._farm.uri, signer or self._farm.signer)
        return pen.sign(Draft(event=event("feed", lot or self._world.new_lot(), "1"), **more))

    def _next(self) -> bytes:
        if self._draw.random() < 0.3:
            self._lot = self._world.new_lot()
        self._sent.append(self._pen.sign(Draft(event=event("feed", self._lot, "1"))))
        return self._sent[-1]

    def _broken(self) -> bytes:
        entry = self._signed()
        return entry[:-12] + (b"A" if entry[-12:-11] != b"A" else b"B") + entry[-11:]

    def make_good(self) -> bytes:
        return self._next()

    make_another = make_one_more = make_good

    def make_again(self) -> bytes:
        return self._draw.choice(self._sent) if self._sent else self._next()

    def make_badly_signed(self) -> bytes:
        return self._broken()

    def make_stranger(self) -> bytes:
        return self._signed(signer=LocalSigner.from_seed(b"s" * 32))

    def make_gap(self) -> bytes:
        lot, pen = self._world.new_lot(), self._world.ledger.pen(self._farm.uri, self._farm.signer)
        pen.sign(Draft(event=event("feed", lot, "1")))
        return pen.sign(Draft(event=event("feed", lot, "1")))

    def make_old(self) -> bytes:
        pen = Pen(
            self._world.trust.origin, self._farm.uri, self._farm.signer,
            self._world.ledger.heads, lambda: datetime.now(UTC) - timedelta(days=90),
        )  # fmt: skip
        return pen.sign(Draft(event=event("feed", self._world.new_lot(), "1")))

    def make_following_another(self) -> bytes:
        """What entries do not show to everybody, nobody follows without being meant."""
        return self._signed(after=(AfterRef(*self._world.of_strict),))

    def make_flood(self) -> bytes:
        return self._draw.choice([b"", b"{}", b"[", b"\xff" * 40, b'{"entry":1}', b"[1,2]"])

    def make_large(self) -> bytes:
        return b"{" + b" " * self._draw.choice([65_540, 300_000])

    def make_of_another_type(self) -> tuple[bytes, dict]:
        return self._signed(), {"Content-Type": "text/plain"}

    def make_array(self) -> bytes:
        entries = [self._next(), self._broken(), self._next()]
        return json.dumps([entry.decode() for entry in entries]).encode()

    def make_hidden(self) -> bytes:
        private, stored = digests.hide({"/suyuan:price": "3.20"})
        said = event("feed", self._world.new_lot(), "1") | {"suyuan:private": private}
        entry = self._pen.sign(Draft(event=said)).decode()
        return json.dumps({"entry": entry, "disclosures": stored}).encode()

    def make_hidden_of_another(self) -> bytes:
        _, stored = digests.hide({"/suyuan:price": "3.20"})
        return json.dumps({"entry": self._signed().decode(), "disclosures": stored}).encode()

    def make_attached(self) -> bytes:
        data, named = acts.listed([self._recalled])
        order = acts.recall_order(act_uri(), 1, KNOWN, "检出", named)
        pen = self._world.ledger.pen(self._farm.uri, self._farm.signer)
        files = [b64encode(data).decode()] if self._draw.random() < 0.7 else []
        entry = pen.sign(Draft(statement=order)).decode()
        return json.dumps({"entry": entry, "attachments": files}).encode()

    def make_overdrawing(self) -> bytes:
        pen = self._world.ledger.pen(self._strict.uri, self._strict.signer)
        kilos = self._draw.choice(["1", "9000"])
        return pen.sign(Draft(event=event("sell", self._world.lot_of_strict, kilos)))


def comparable(status: int, body: bytes) -> tuple[int, object]:
    """An answer without what hangs on the order in which clients came."""
    try:
        answer = json.loads(body)
    except ValueError:
        return status, body
    parts = answer if isinstance(answer, list) else [answer]
    kept = [{name: part[name] for name in part.keys() - set(OF_PLACE)} for part in parts]
    return status, kept


def post(port: int, requests: list[tuple[bytes, dict]]) -> list[tuple[int, object]]:
    """One connection, one request after the other; what is busy is asked again, as it says."""
    connection, answers = http.client.HTTPConnection("127.0.0.1", port, timeout=120), []
    for body, headers in requests:
        for _ in range(MAY_BE_BUSY):
            connection.request("POST", URL, body, headers)
            answer = connection.getresponse()
            answered = comparable(answer.status, answer.read())
            if answer.status != 503:
                break
        answers.append(answered)
    connection.close()
    return answers


def entries_of(world: World) -> set[bytes]:
    with world.ledger.reading() as reader:
        return {stored.entry for stored in reader.links()}


@pytest.mark.parametrize("entries", ["public", "private"])
def test_many_at_once_are_answered_as_one_by_one(tmp_path, entries):
    world = World(tmp_path / "home", entries=entries)
    farms = [world.party(f"{number} 号农场", "producer") for number in range(8)]
    strict = world.party("青山农场", "producer")
    world.lot_of_strict = world.new_lot()
    coded = world.code(strict, world.lot_of_strict)
    world.of_strict = coded.index, coded.hash
    choose(world.ledger.database.engine, strict.uri, OVERDRAW, REFUSE)
    clients = [Client(world, n, farms[n % len(farms)], strict) for n in range(CLIENTS)]
    world.ledger.followers.catch_up()
    requests = [client.requests(length(400, 10_000) // CLIENTS) for client in clients]

    world.ledger.close()
    alone = World(tmp_path / "alone", founded=world.home, entries=entries)
    world.ledger = world.reopen()
    asking = client_of(alone.ledger)
    expected = [
        [
            comparable(answer.status_code, answer.data)
            for body, headers in part
            for answer in [asking.post(URL, data=body, headers=headers)]
        ]
        for part in requests
    ]
    with (
        serving_ledger(world, "--workers", 2, group=True) as (port, _),
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        answers = list(pool.map(lambda part: post(port, part), requests))
    for got, wanted in zip(answers, expected, strict=True):
        assert got == wanted
    met = {status for part in answers for status, _ in part}
    assert met >= {200, 201, 400, 403, 409, 415, 422}
    rules = {one.get("rule") for part in answers for _, body in part if isinstance(body, list)
             for one in body}  # fmt: skip
    assert rules >= {None, "key", "signature", "chain", "time", "stock", "statement", "size"}
    assert ("after" in rules) == (entries == "private")
    assert entries_of(world) == entries_of(alone)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good
