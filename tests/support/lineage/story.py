"""The two ways in which tests act in the demo city: by commands, and over HTTP."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from support.ledger.commands import suyuan

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.cli.demo.cast import signers
from suyuan.trace.cli.demo.city import cast_of
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.rules import Head
from suyuan.trace.ledger.home import open_ledger
from suyuan.web.factory import create_app

HOLDERS = (*("farm", "wholesaler", "stall-greens", "stall-a15", "stall-a18", "stall-a21"), "school")
# What each has on its shelves when the laboratory's result comes, in kilograms.
LEFT = (
    ("farm", "beans-1", "17.5"), ("wholesaler", "beans-1", "16"), ("wholesaler", "bunches-1", "10"),
    ("stall-greens", "beans-1", "13.7"), ("stall-a15", "bunches-1", "15.6"),
    ("stall-a18", "bunches-1", "12.5"), ("stall-a21", "beans-1", "16.6"),
    ("school", "beans-1", "12"),
)  # fmt: skip


class Refused(Exception):
    """A refusal by the ledger: its rule, None where it has none, its text and its JSON."""

    def __init__(self, rule: str | None, text: str, body: dict | None = None) -> None:
        super().__init__(text)
        self.rule = rule
        self.body = body or {}


class Way(Protocol):
    """The acts of the story; items are URIs, `party` is a key of the demo's cast."""

    def record(self, party: str, item: str, step: str, kilos: str | None, **more) -> None: ...
    def give_back(self, party: str, item: str, kilos: str, to: str) -> None: ...
    def back(self, code: str) -> dict: ...
    def holdings(self, item: str) -> list[dict]: ...
    def scope(self, item: str) -> dict: ...
    def hold(self, party: str, items: list[str], reason: str) -> str: ...
    def order(self, party: str, items: list[str], reason: str, *, drill: bool) -> str: ...
    def say(self, party: str, op: str, act: str, **more) -> None: ...
    def report(self, party: str, act: str, item: str, photo: bytes | None, **kg: str) -> None: ...
    def inbox(self, party: str) -> dict: ...
    def progress(self, act: str) -> dict: ...


class ByCommand:
    """On the command line, as anybody types it; the keys are the demo's own, by name."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def good(self, *arguments: object, by: str | None = None) -> str:
        key = () if by is None else ("--key", f"demo:{by}")
        result = suyuan(*arguments, *key, "--home", self.home)
        if result.code:
            rule = "hold" if result.err.startswith("suyuan: hold: ") else None
            body = json.loads(result.out) if result.out.startswith("{") else None
            raise Refused(rule, result.err, body)
        return result.out

    def record(self, party, item, step, kilos, when=None, **fields):
        more = ["--quantity", kilos] if kilos is not None else []
        more += ["--time", when.isoformat()] if when is not None else []
        for name, value in fields.items():
            more += ["--set", f"suyuan:{name}={value}"]
        self.good("record", item, "--step", step, *more, by=party)

    def give_back(self, party, item, kilos, to):
        uri = cast_of(self.home).parties[to].uri
        self.good("record", item, "--step", "return", "--quantity", kilos, "--to", uri,
                  "--set", "suyuan:reason=召回退货", by=party)  # fmt: skip
        self.good("confirm", item, "--all", by=to)

    def back(self, code):
        return json.loads(self.good("trace", code, "--back", "--json"))

    def holdings(self, item):
        return json.loads(self.good("trace", item, "--holdings", "--json"))["holdings"]

    def scope(self, item):
        return json.loads(self.good("recall", "scope", item, "--json"))

    def hold(self, party, items, reason):
        return self.good("hold", "place", *items, "--reason", reason, by=party).strip()

    def order(self, party, items, reason, *, drill):
        more = ["--include-made", "--drill"] if drill else []
        known = ("--known", self._now(), "--level", "I", "--reason", reason)
        return self.good("recall", "order", *items, *known, *more, by=party).strip()

    def _now(self) -> str:
        ledger = open_ledger(self.home)
        ledger.close()
        return f"{ledger.now():%Y-%m-%dT%H:%M:%SZ}"

    def say(self, party, op, act, items=(), reason=None):
        group, _, name = op.partition(".")
        more = [] if reason is None else ["--reason", reason]
        more += ["--json"] if name == "close" else []
        self.good(group, name, act, *items, *more, by=party)

    def report(self, party, act, item, photo, **kilos):
        more = [part for kind, amount in kilos.items() for part in (f"--{kind}", amount, "kg")]
        if photo is not None:
            path = self.home / "photo.jpg"
            path.write_bytes(photo)
            more += ["--photo", path]
        self.good("recall", "report", act, "--item", item, *more, by=party)

    def inbox(self, party):
        return json.loads(self.good("inbox", "--json", by=party))

    def progress(self, act):
        return json.loads(self.good("recall", "show", act, "--json"))


class ByApi:
    """Over HTTP: asks for drafts, signs them as a party's own tool does, and posts them."""

    def __init__(self, home: Path) -> None:
        self.ledger = open_ledger(home)
        self.client = create_app(home, ledger=self.ledger).test_client()
        cast = cast_of(home)
        self.people, self.keys = cast.parties, signers(cast.seed)

    def close(self) -> None:
        self.ledger.close()

    def get(self, path: str, **query: object) -> dict:
        self.ledger.followers.catch_up()  # which a worker does beside a server
        answer = self.client.get(f"/api/v1/{path}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def draft(self, op: str, party: str, **more) -> dict:
        self.ledger.followers.catch_up()
        body = {"op": op, "actor": self.people[party].uri, **more}
        answer = self.client.post("/api/v1/recalls/draft", json=body)
        if answer.status_code != 200:
            raise Refused(None, answer.json["detail"], answer.json)
        return answer.json

    def send(self, party: str, *drafts: Draft, files: tuple[bytes, ...] = ()) -> list[dict]:
        receipts = []
        for draft in drafts:
            key: LocalSigner = self.keys[party]
            actor = self.people[party].uri
            pen = Pen(self.ledger.trust.origin, actor, key, self._heads, self.ledger.now)
            body = {"entry": pen.sign(draft).decode()}
            if files:
                body["attachments"] = [base64.encode(data) for data in files]
            answer = self.client.post("/api/v1/links", json=body)
            if answer.status_code != 201:
                assert answer.status_code == 409 or answer.json["rule"] != "hold"
                raise Refused(answer.json.get("rule"), answer.json["detail"], answer.json)
            receipts.append(answer.json)
        return receipts

    def _heads(self, pairs):
        body = [{"item": item, "actor": actor} for item, actor in pairs]
        chains = self.client.post("/api/v1/heads", json=body).json["chains"]
        heads = {(chain["item"], chain["actor"]): chain["head"] for chain in chains}
        return {pair: head if head is None else Head(**head) for pair, head in heads.items()}

    def answer(self, party: str, draft: dict, *files: bytes) -> None:
        """Sign and send the links of a draft of the API."""
        drafts = [Draft(statement=d["statement"], after=_refs(d["after"])) for d in draft["drafts"]]
        listed = () if draft["list"] is None else (draft["list"].encode(),)
        self.send(party, *drafts, files=(*listed, *files))

    def _event(self, step, item, kilos, when: datetime | None = None, **more):
        amount = None if kilos is None else Decimal(kilos)
        portion = steps.Portion(item, amount, None if kilos is None else "KGM")
        return steps.event(step, when or self.ledger.now(), [portion], **more)

    def record(self, party, item, step, kilos, when=None, **fields):
        extra = {f"suyuan:{name}": value for name, value in fields.items()}
        if not item.startswith("https://"):
            item = self.client.get(f"/api/v1/items/{item}").json["item"]
        self.send(party, Draft(event=self._event(step, item, kilos, when, extra=extra)))

    def give_back(self, party, item, kilos, to):
        sender, taker = self.people[party].uri, self.people[to].uri
        sent = self._event("return", item, kilos, sender=sender, recipient=taker,
                           extra={"suyuan:reason": "召回退货"})  # fmt: skip
        self.send(party, Draft(event=sent))
        (slip,) = self.get(f"parties/{taker}/arrivals")["arrivals"]
        body = {"party": taker, "all": True}
        answer = self.client.post(f"/api/v1/arrivals/{slip['index']}/draft", json=body).json
        for draft in answer["drafts"]:
            self.send(to, Draft(event=draft["event"], after=_refs(draft["after"])))

    def back(self, code):
        return self.get(f"items/{code}/lineage", direction="back")

    def holdings(self, item):
        return self.get("holdings", item=item)["holdings"]

    def scope(self, item):
        return self.get("recalls/scope", item=item)

    def hold(self, party, items, reason):
        draft = self.draft("hold.place", party, items=items, reason=reason)
        self.answer(party, draft)
        return draft["act"]

    def order(self, party, items, reason, *, drill):
        known = f"{self.ledger.now():%Y-%m-%dT%H:%M:%SZ}"
        draft = self.draft("recall.order", party, items=items, level=1, known=known, reason=reason,
                           drill=drill, include_made=drill)  # fmt: skip
        self.answer(party, draft)
        return draft["act"]

    def say(self, party, op, act, items=(), reason=None):
        more = {} if reason is None else {"reason": reason}
        self.answer(party, self.draft(op, party, act=act, items=list(items), **more))

    def report(self, party, act, item, photo, **kilos):
        rows = [
            {"item": item, "kind": kind, "value": amount, "unit": "kg"}
            for kind, amount in kilos.items()
        ]
        files = () if photo is None else (photo,)
        digests = [hashlib.sha256(data).hexdigest() for data in files]
        draft = self.draft("recall.report", party, act=act, quantities=rows, files=digests)
        self.answer(party, draft, *files)

    def inbox(self, party):
        return self.get(f"parties/{self.people[party].uri}/inbox")

    def progress(self, act):
        return self.get(f"recalls/{act.rsplit('/', 1)[1]}")


def _refs(members: list[dict]) -> tuple[AfterRef, ...]:
    return tuple(AfterRef(ref["index"], ref["hash"]) for ref in members)
