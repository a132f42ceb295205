"""A consumer who reports what a stall sells, and the office that looks after it, in tests."""

import re
from datetime import timedelta

from support.ledger.world import World
from support.web.client import english
from support.web.offices import Office

from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints, key_of

API, DAY = "/api/v1", timedelta(days=1)
TEXT, NAME, PHONE = "豆腐发酸，我是三楼的", "欧阳明月", "13959201234"
HEADERS = {"Origin": "http://localhost", "Accept-Language": "en"}


class Front(Office):
    """An office whose stall a consumer reports."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lot = world.coded_lot(self.stall)
        self.ledger.followers.catch_up()
        self.book = Complaints(world.home)

    def stage(self, actor, stage, case=None, **more):
        """The answer to a draft of a stage."""
        more |= {"case": case} if case else {}
        return self.draft(actor, "cases/draft", stage=stage, said=more.pop("said", {}), **more)

    def record(self, actor, stage, case=None, **more):
        """A stage, signed and recorded; the case's URI."""
        answer = self.stage(actor, stage, case, **more)
        assert answer.status_code == 200, answer.text
        self.write(actor, answer)
        return answer.json["case"]

    def order(self):
        said = {"act": "冷柜温度过高", "basis": "食品安全法第五十四条"}
        more = {"kind": "order", "party": self.stall.uri, "until": self.day()}
        return self.record(self.people[0], "opened", said=said, **more)

    def read(self, actor, case):
        return self.client(actor).get(f"{API}/cases/{case.rsplit('/', 1)[1]}")

    def reported(self, **more):
        code = codes.of_chain(self.lot, self.stall.uri)
        body = {"code": code, "kind": "spoiled", "text": TEXT, "name": NAME, "contact": PHONE}
        answer = self.client().post(f"{API}/reports", json=body | more, headers=HEADERS)
        assert answer.status_code == 201, answer.text
        return self.book.find(answer.json["number"])

    def take_up(self, report, actor=None, kind="complaint"):
        return self.record(actor or self.people[0], "opened", kind=kind, report=report.number)

    def receipt(self, report):
        page = english(self.client(), f"/report/{complaints.shown(report.number)}")
        return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))

    def task(self, actor, report):
        answer = self.client(actor).get(f"/inspect/task?key={key_of(report)}", headers=HEADERS)
        return answer.text if answer.status_code == 200 else None

    def reports(self, actor):
        answer = self.client(actor).get(f"{API}/reports")
        return answer.json["reports"] if answer.status_code == 200 else None

    def theirs(self, actor):
        return [
            one["case"] for one in self.client(actor).get(f"{API}/cases?all=true").json["cases"]
        ]
