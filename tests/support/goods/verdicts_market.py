"""The parties of made histories, their acts, and the verdicts on their goods."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import World, days_ago

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods import history
from suyuan.trace.lineage.contradictions import china_day

COLOURS = {"good": "green", "warn": "amber", "bad": "red"}
FIRM = "urn:uscc:91350200M000100Y43"
GLN = "6901234000016"


def refs(*receipts) -> tuple[AfterRef, ...]:
    """The `after` of a link that answers these."""
    ordered = sorted(receipts, key=lambda receipt: receipt.index)
    return tuple(AfterRef(receipt.index, receipt.hash) for receipt in ordered)


class Market:
    """The parties of these histories."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm, self.maker = world.party("青山农场", "producer"), world.party("厂", "processor")
        self.agent, self.stall = world.party("批发商", "wholesaler"), world.party("A 区 12 号")
        self.rival = world.party("A 区 13 号")
        self.lab, self.other_lab = (world.party(n, "laboratory") for n in ("检测一", "检测二"))
        self.office = world.party("监管所", "office")
        world.say(world.authority, acts.appoint(self.office.uri, ["350206"]))
        self.sham = world.party("某某", "laboratory", by=self.office)
        self.firm = world.party("某某", "market", uri=FIRM)
        self.tenant = world.party("某某", part_of=FIRM)
        self.numbered = world.party("某某", uri=f"https://id.gs1.org/417/{GLN}")
        self.supplier = world.party("某某", "producer", uri="urn:uscc:91350200M000100Y44")

    def event(self, step, *lots, kilos=None, days=0, **more):
        """An event about lots, so many days ago."""
        amount = (None, None) if kilos is None else (Decimal(kilos), "KGM")
        when = datetime.now(UTC) - timedelta(days=days, minutes=1)
        return steps.event(step, when, [Portion(lot, *amount) for lot in lots], **more)

    def do(self, actor, step, *lots, after=(), document=None, **more):
        """The receipt of such an event, recorded."""
        draft = Draft(event=self.event(step, *lots, **more), after=refs(*after), document=document)
        return self.world.ledger.write(actor.pen, [draft])[0]

    def lot(self, actor=None, kilos="100", days=1, life=5):
        """A lot that somebody codes."""
        lot, actor = self.world.new_lot(), actor or self.farm
        extra = steps.coding("上海青", days_ago(days), life, "350212")
        self.do(actor, "code", lot, kilos=kilos, days=days, extra=extra)
        return lot

    def send(self, sender, to, *lots, kilos="30", step="dispatch", after=()):
        """A dispatch to a party, or to a URI."""
        uri = getattr(to, "uri", to)
        return self.do(
            sender, step, *lots, kilos=kilos, sender=sender.uri, recipient=uri, after=after
        )

    def hand(self, sender, to, *lots, kilos="30"):
        """A dispatch and the receipt of it: both receipts."""
        sent = self.send(sender, to, *lots, kilos=kilos)
        return sent, self.do(to, "receive", *lots, kilos=kilos, after=[sent])

    def pack(self, actor, box, *lots, step="pack"):
        """Packing into a container, or taking out of it."""
        return self.do(actor, step, *lots, parent=box)

    def box(self):
        """The URI of a container."""
        return self.world.new_lot()

    def test(self, actor, lot, result, *after, **more):
        """A result of a test."""
        return self.do(actor, "test", lot, after=after, extra={"suyuan:result": result}, **more)

    def sold(self):
        """A lot with the stall, and its receipt there."""
        lot = self.lot()
        return lot, self.hand(self.farm, self.stall, lot)[1]

    def sampled(self):
        """A lot with the stall, and the sample of it."""
        lot, _ = self.sold()
        return lot, self.do(self.stall, "sample", lot)

    def made(self, step, inputs, *outputs, kilos="20", by=None):
        """Something made from lots."""
        parts = [Portion(lot, Decimal(kilos), "KGM") for lot in inputs]
        return self.do(by or self.stall, step, *outputs, kilos=kilos, inputs=parts)

    def wrong(self, actor, event, after=()):
        """An event declared wrong by its actor."""
        declared = {"declarationTime": event["eventTime"], "reason": "did_not_occur"}
        return self.world.do(actor, event | {"errorDeclaration": declared}, after=refs(*after))[0]


def file_of(world, item, holder):
    """The evidence file of one holder's goods."""
    with world.ledger.reading() as reader:
        path = history.path(reader, world.trust.genesis, item, holder.uri)
        return closure.bundle(reader, path, world.ledger.attachments.get).encode()


def by_python(data, trust, holder):
    """States and colour of a file, as `suyuan verify` finds them."""
    today = china_day(datetime.now(UTC))
    judged = verify(bundle.parse(data), trust, holder=holder, today=today).judged
    return tuple(str(state) for state in judged.states), COLOURS[judged.tone]


def shown(text):
    """The colour of a page and its first heading."""
    colour = re.search(r'data-colour="(\w+)"', text)[1]
    return COLOURS[colour], re.search(r"<h1>(.*?)</h1>", text)[1]
