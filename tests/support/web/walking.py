"""Goods of a walk's own in the demo city, recorded as its people would."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import days_ago

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo.cast import HOST, signers
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.store.files import serials

# The greenest colour of what an element paints, itself or before and after it; null where none is.
GREEN = """(root = "body") => {
  const isGreen = (text) => {
    const [red, green, blue, opacity = 1] = (text.match(/[0-9.]+/g) || [0, 0, 0]).map(Number);
    return opacity > 0 && green > red + 12 && green > blue + 6;
  };
  const painted = ["color", "backgroundColor", "borderTopColor", "borderLeftColor", "fill"];
  for (const one of document.querySelectorAll(`${root}, ${root} *`)) {
    for (const part of [null, "::before", "::after"]) {
      const style = getComputedStyle(one, part);
      if (part && style.content === "none") continue;
      const name = painted.find((name) => isGreen(style[name]));
      if (name) return `${one.tagName}.${one.className} ${part || ""} ${name} ${style[name]}`;
    }
  }
  return null;
}"""


class Goods:
    """What a walk records, by people of the cast."""

    def __init__(self, people) -> None:
        self.people, self.ledger = people, people.ledger
        self.signers = signers(people.cast.seed)

    def uri(self, who):
        return self.people.cast.parties[who].uri

    def write(self, who, *drafts, files=()):
        pen = self.ledger.pen(self.uri(who), self.signers[who])
        receipts = self.ledger.write(pen, list(drafts), list(files))
        self.ledger.followers.catch_up()
        return receipts

    def do(self, who, step, *lots, kilos=None, after=(), days=0, **more):
        amount = (None, None) if kilos is None else (Decimal(kilos), "KGM")
        when = datetime.now(UTC) - timedelta(days=days, minutes=1)
        event = steps.event(step, when, [Portion(lot, *amount) for lot in lots], **more)
        refs = tuple(AfterRef(receipt.index, receipt.hash) for receipt in after)
        return self.write(who, Draft(event=event, after=refs))[0]

    def lot(self, who="farm", kilos="50", name="走查菜", life=5):
        lot = codes.uri_of(codes.new(), HOST)
        extra = steps.coding(name, days_ago(1), life, None)
        self.do(who, "code", lot, kilos=kilos, days=1, extra=extra)
        return lot

    def hand(self, sender, to, lot, kilos="30"):
        ends = {"sender": self.uri(sender), "recipient": self.uri(to)}
        sent = self.do(sender, "dispatch", lot, kilos=kilos, **ends)
        return self.do(to, "receive", lot, kilos=kilos, after=[sent])

    def label(self, who, lot, op="issue", listed=()):
        """A label of somebody's lot, issued or voided: its page."""
        listed = list(listed) or serials.new(1)
        serials.keep(self.people.served.home, listed)
        self.write(who, Draft(statement=acts.labels(listed, op), items=(lot,)))
        return f"/t/{codes.of_chain(lot, self.uri(who))}/{listed[0]}"

    def recall(self, who, lot):
        data, named = acts.listed([lot])
        uri = codes.uri_of(codes.new(), HOST, "act")
        known = f"{days_ago(2)}T00:00:00Z"
        order = acts.recall_order(uri, 1, known, "检出农药残留", named)
        self.write(who, Draft(statement=order), files=[data])
