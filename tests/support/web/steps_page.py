"""docs/steps.md: an example of each step, sent to the real route, and what it gives to sign.

As a program it writes the page anew.
"""

import json
import re
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from support.goods.papers import PDF
from support.ledger.world import HOST, ROOT, World, event
from support.web.client import client_of
from support.web.signing import post

from suyuan.keys import dsse
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import PAYLOAD_TYPE
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.vocabulary import STEPS, step_named

SENT = datetime(2025, 3, 1, 1, tzinfo=UTC)
PAGE = ROOT / "docs" / "steps.md"
DRAFTS = ("batches/draft", "purchases/draft", "events/draft", "arrivals/{index}/draft")
HEAD = """# Every step, as the API takes it

Made by `tests/support/web/steps_page.py`, which sends each example to its route, signs what comes,
and appends it; a test compares. Words in capitals stand for your own: LOT and SECOND what you have,
BOX a container, PLACE one of your places, PARTY and RECIPIENT parties, FILE the SHA-256 of a file
that you handed in (`POST /api/v1/attachments`). All members are shown, few are needed: `/docs` says
which. `new` asks for a new code. What is hidden (remark, price, person) is in the event as digests
(`_sd`). After each example stands the event that you then sign, which is EPCIS 2.0; how, is in
[integrate.md](integrate.md). What was recorded wrongly:
`POST /api/v1/me/records/<index>/correction` and `…/retraction`, by which a dispatch is undone
(`undo-dispatch`). `return` has no draft: it is a dispatch with the disposition `returned`.
"""


def page(folder: Path) -> str:
    """The page, as the program that is here makes it."""
    world = World(folder / "home")
    try:
        return _Examples(world).text()
    finally:
        world.ledger.close()


class _Examples:
    def __init__(self, world: World) -> None:
        self.world, self.place = world, codes.uri_of(codes.new(), HOST, "place")
        self.maker = world.party("青山农场", "producer", places=[self.place])
        self.other = world.party("同安屠宰场", "processor")
        self.client = client_of(world.ledger, self.maker)
        self.words = {
            "LOT": world.coded_lot(self.maker), "SECOND": world.coded_lot(self.maker),
            "BOX": "https://id.gs1.org/00/106141412345678908", "PLACE": self.place,
            "PARTY": self.maker.uri, "RECIPIENT": self.other.uri,
            "FILE": world.ledger.attachments.put(PDF),
        }  # fmt: skip
        world.do(self.maker, event("pack", self.words["SECOND"], "5", parent=self.words["BOX"]))

    def text(self) -> str:
        spec = self.client.get("/api/v1/openapi.json").json
        parts = [HEAD]
        for path in DRAFTS:
            body = spec["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]
            name = body["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            schema = spec["components"]["schemas"][name]
            for example in schema["examples"]:
                ordered = {name: example[name] for name in schema["properties"] if name in example}
                parts.append(self._section(path, ordered))
        return "\n".join(parts)

    def _section(self, path: str, example: object) -> str:
        words = dict(self.words)
        if "{index}" in path:
            words["LOT"] = self.world.coded_lot(self.other)
            ends = {"sender": self.other.uri, "recipient": self.maker.uri}
            goods = [Portion(words["LOT"], Decimal(12), "KGM")]
            (sent,) = self.world.do(self.other, steps.event("dispatch", SENT, goods, **ends))
            path = path.format(index=sent.index)
        self.world.ledger.followers.catch_up()
        answer = post(self.client, path, **json.loads(_put(json.dumps(example), words)))
        assert answer.status_code == 200, (example, answer.json)
        drafts = answer.json["drafts"]
        for draft in drafts:
            self._append(draft)
        shown = [_plain(json.dumps(draft["event"], ensure_ascii=False), words) for draft in drafts]
        names = dict.fromkeys(_name(draft["event"]) for draft in drafts)
        route = f"POST /api/v1/{re.sub('[0-9]+', '<index>', path)}"
        blocks = [f"```json\n{_lined(text)}\n```\n" for text in shown]
        title = ", ".join(names)
        return "\n".join([f"## {title}\n", f"`{route}`\n", f"```json\n{_lined(json.dumps(example))}"
                          "\n```\n", "To sign:\n", *blocks])  # fmt: skip

    def _append(self, draft: dict) -> None:
        """Sign the payload where it is known, else as the pen of who records does, and append."""
        if draft["payload"] is None:
            self.world.ledger.write(self.maker.pen, [Draft(event=draft["event"])])
            return
        sealed = dsse.seal(self.maker.signer, PAYLOAD_TYPE, draft["payload"].encode())
        entry = {"entry": sealed.encode().decode(), "disclosures": draft.get("disclosures", [])}
        answer = post(self.client, "links", **entry)
        assert answer.status_code == 201, answer.json
        self.maker.pen.forget()


def _name(one: dict) -> str:
    bare = one["bizStep"].rpartition("BizStep-")[2]
    known = step_named(bare, one.get("disposition", "")) or next(
        (step for step in STEPS.values() if step.biz_step == bare), None
    )
    return bare if known is None else known.name


def _put(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f'"{word}"', f'"{value}"')
    return text


def _plain(text: str, words: dict[str, str]) -> str:
    """An event without what chance or the clock gave it."""
    for word, value in words.items():
        text = text.replace(value, word)
    text = re.sub(rf"https://{HOST}/t/[0-9A-Z]{{16}}", "NEW", text)
    text = re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:…", text)
    text = re.sub(r'"eventTime": "(?!2025)[^"]*"', '"eventTime": "NOW"', text)
    return re.sub(r'"[A-Za-z0-9_-]{43}"', '"…"', text)


def _lined(text: str) -> str:
    """JSON with a member a line, and what is in it on that line."""
    members = json.loads(text)
    lines = (f'  "{name}": {json.dumps(v, ensure_ascii=False)}' for name, v in members.items())
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(Path(folder)), encoding="utf-8")
