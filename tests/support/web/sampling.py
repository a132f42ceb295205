"""An office that samples a stall's lot, and a laboratory in another district, in tests."""

import base64
import json
from datetime import timedelta

from support.ledger.world import World
from support.web.client import english, page_of
from support.web.offices import Office

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.store.read.act_reader import ActBook

API, DAY = "/api/v1", timedelta(days=1)
ITEMS, LIMIT, VALUE = "某残留 K77", "0.02 mg/kg", "0.31 mg/kg"
MARKERS = (ITEMS, LIMIT, VALUE, "JB-7788", "不合格", "failed")


class Sampling(Office):
    """An office whose two officers sample a stall's lot, and a laboratory in another district."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        farm = world.party("青山农场", "producer")
        self.lot = world.coded_lot(farm)
        world.hand_over(farm, self.stall, self.lot)
        self.laboratory = world.party("市食检院", "laboratory", division="350203")
        self.ledger.followers.catch_up()
        self.code = page_of(self.lot, self.stall.uri).split("/")[2]

    def stage(self, actor, stage, case=None, **more):
        of = {"case": case} if case else {}
        return self.draft(actor, "cases/draft", stage=stage, **of, **more)

    def record(self, actor, stage, case=None, **more):
        answer = self.stage(actor, stage, case, **more)
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)
        return answer.json["case"]

    def hand_in(self, actor, body, said=None, *, stored=None):
        """The answer to what somebody's own tool signs and posts, past the drafts."""
        if stored is None:
            body, stored = leave_out({**body, "said": said}, ["/said"])
        hidden = [{"disclosure": text, "audience": [self.office.uri]} for text in stored]
        sent = {"entry": actor.pen.sign(Draft(statement=body)).decode(), "disclosures": hidden}
        actor.pen.forget()
        answer = self.client(actor).post(f"{API}/links", json=sent)
        self.ledger.followers.catch_up()
        return answer, sent

    def sheet(self, actor=None, **said):
        said = {"sheet": "XC001", "item": self.code, "second": self.people[1].uri} | said
        return self.record(actor or self.people[0], "opened", kind="sample",
                           party=self.stall.uri, said=said)  # fmt: skip

    def report(self, actor=None, **more):
        body = {
            "item": self.code, "office": self.office.uri, "sheet": "XC001", "report": "JB-7788",
            "result": "failed", "items": ITEMS, "limits": LIMIT, "values": VALUE,
        } | more  # fmt: skip
        return self.draft(actor or self.laboratory, "samples/report/draft", **body)

    def reported(self, actor=None, **more):
        answer = self.report(actor, **more)
        assert answer.status_code == 200, answer.text
        return self.write(actor or self.laboratory, answer)

    def failed(self, **more):
        case = self.sheet()
        receipt = self.reported()
        said = {"report": "JB-7788", "items": f"{ITEMS} {LIMIT} {VALUE}"}
        self.record(self.office, "failed", case, said=said, of=[receipt.index], hold=True, **more)
        return case, receipt

    def waits(self, actor=None):
        tasks = self.client(actor or self.people[1]).get(f"{API}/tasks?source=case").json["tasks"]
        return [task["key"].partition("/")[2] for task in tasks if "/" in task["key"]]

    def read(self, actor, case):
        return self.client(actor).get(f"{API}/cases/{case.rsplit('/', 1)[1]}")

    def page(self, actor, case):
        return english(self.client(actor), f"/cases/{case.rsplit('/', 1)[1]}")

    def public(self):
        """All that anybody sees: the entries, and every page and answer about the lot and acts."""
        with self.ledger.reading() as reader:
            entries = [json.loads(row.entry)["payload"] for row in reader.links(0, reader.size())]
            found = "".join(base64.b64decode(entry).decode() for entry in entries)
            holds = [row.act.uri for row in ActBook(reader).covering([self.lot])]
        client = self.client()
        paths = [f"/t/{self.code}", f"/t/{self.code}?all=1", f"{API}/items/{self.code}",
                 f"{API}/items/{self.code}/evidence", f"/t/{self.lot.rsplit('/', 1)[1]}",
                 f"{API}/holds", f"{API}/recalls", "/recalls", f"{API}/findings"]  # fmt: skip
        paths += [f"/recalls/{uri.rsplit('/', 1)[1]}" for uri in holds]
        return found + "".join(client.get(path).text for path in paths)
