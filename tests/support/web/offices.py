"""An office with its inspectors, in tests: what it drafts on its pages, signed and handed in."""

from datetime import timedelta

from support.ledger.world import Actor, World, day_of
from support.web.client import client_of
from support.web.signing import post

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.ledger.office_seals import OfficeSeals

API = "/api/v1"
ACT = "冷柜温度过高"
ADDRESS = {"party": "A 区 12 号", "served_to": "湖滨路 1 号", "account": "本平台账户"}


class Office:
    """An office with two inspectors, a stall in its remit, and another office with two."""

    def __init__(self, world: World) -> None:
        self.world, self.ledger = world, world.ledger
        self.office = world.party("集美分局", "office")
        self.stall = world.party("A 区 12 号")
        self.people = [self.person(self.office, name) for name in ("林晓岚", "陈志远")]

    def client(self, actor=None):
        return client_of(self.ledger, actor)

    def draft(self, actor, path, **said):
        return post(self.client(actor), path, **said)

    def write(self, actor, answer, pen=None):
        """Sign what was drafted, and hand it in with its disclosures."""
        pen = pen or actor.pen
        lists = [base64.decode(text) for one in answer.json["drafts"]
                 for text in one.get("attachments", ())]  # fmt: skip
        for data in lists:
            self.ledger.attachments.put(data)
        for one in answer.json["drafts"]:
            kept = [
                Kept(part["disclosure"], answer.json["actor"], Audience.read(part["audience"]))
                for part in one.get("disclosures", ())
            ]
            body = {name: one[name] for name in ("event", "statement") if name in one}
            after = tuple(AfterRef(**ref) for ref in one["after"])
            (receipt,) = self.ledger.write(pen, [Draft(**body, after=after)], disclosures=kept)
        self.ledger.followers.catch_up()
        return receipt

    def day(self, ahead=10):
        """The day so many days ahead, as forms have it."""
        return day_of(self.ledger.now(), ahead)

    def person(self, office, name, days=300):
        """A person as the office registers one on its page, and its key by an invitation."""
        said = {"name": name, "number": "3599021", "expires": self.day(days)}
        answer = self.draft(office, "inspectors/draft", **said)
        assert answer.status_code == 200, answer.text
        self.write(office, answer)
        uri, signer = answer.json["drafts"][0]["statement"]["party"], LocalSigner.new("Ed25519")
        enrolled = acts.enrol_signer(self.world.trust.origin, uri, signer)
        self.world.say(office, enrolled)
        return Actor(uri, signer, self.ledger.pen(uri, signer))

    def inspection(self, **said):
        uris = [person.uri for person in self.people]
        said = {"holder": self.stall.uri, "inspectors": uris, "checks": {"clean": "fail"}} | said
        return said | ({} if "signature" in said else {"is_unsigned": True, "note": "店主不在"})


class SealingOffice(Office):
    """An office with a seal, and an order to correct about its stall."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.seals = OfficeSeals(world.home, self.office.uri)
        self.seals.create(
            "集美区市场监督管理局", "厦集市监", self.ledger.now() - timedelta(hours=1)
        )
        self.case = self.open(until=self.day())

    def open(self, **more):
        said = {"act": ACT, "basis": "食品安全法第五十四条"}
        body = {"kind": "order", "party": self.stall.uri, "stage": "opened", "said": said} | more
        answer = self.draft(self.people[0], "cases/draft", **body)
        assert answer.status_code == 200, answer.text
        self.write(self.people[0], answer)
        return answer.json["case"]

    def draw(self, form="rectification", actor=None, **values):
        said = {"party": "A 区 12 号", "act": ACT, "basis": "第五十四条", "content": "调低",
                "until": "2026年12月12日"} if form == "rectification" else {}  # fmt: skip
        body = {"case": self.case, "form": form, "values": said | values}
        return self.draft(actor or self.people[0], "documents", **body)

    def drawn(self, form="rectification", **values):
        answer = self.draw(form, **values)
        assert answer.status_code == 201, answer.text
        return answer.json

    def sign(self, actor, document, **more):
        answer = self.draft(actor, f"documents/{document['code']}/signature/draft", **more)
        if answer.status_code == 200:
            self.ledger.write(actor.pen, [Draft(statement=answer.json["drafts"][0]["statement"])])
            self.ledger.followers.catch_up()
        return answer.status_code

    def act(self, actor, document, what, **more):
        answer = self.draft(actor, f"documents/{document['code']}/{what}", **more)
        if answer.status_code == 200:
            self.write(actor, answer)
        return answer

    def sealed(self, document=None, *, party=True):
        """A document that both officers signed, and the party, and that is sealed."""
        document = document or self.drawn()
        for actor in (*self.people, *([self.stall] if party else [])):
            assert self.sign(actor, document) == 200
        more = {} if party else {"refused": "不在场"}
        answer = self.act(self.people[0], document, "seal", **more)
        assert answer.status_code == 200, answer.text
        return self.read(self.office, document).json

    def confirm(self):
        """The stall's confirmation of its address."""
        document = self.drawn("service-address", **ADDRESS)
        assert self.sign(self.people[0], document) == 200
        assert self.sign(self.stall, document) == 200
        return document

    def read(self, actor, document):
        return self.client(actor).get(f"{API}/documents/{document['code']}")

    def file(self, actor, document, kind="sealed"):
        return self.client(actor).get(f"{API}/documents/{document['code']}/file?kind={kind}")

    def check(self, **query):
        return self.client().get(f"{API}/documents/check", query_string=query)
