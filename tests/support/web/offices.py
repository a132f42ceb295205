"""An office with its inspectors, in tests: what it drafts on its pages, signed and handed in."""

from datetime import timedelta

from support.ledger.world import Actor, World
from support.web.client import client_of
from support.web.signing import post

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.goods.disclosures import Kept


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

    def person(self, office, name, days=300):
        """A person as the office registers one on its page, and its key by an invitation."""
        day = f"{self.ledger.now() + timedelta(days=days):%Y-%m-%d}"
        said = {"name": name, "number": "3599021", "expires": day}
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
