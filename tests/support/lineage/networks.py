"""Supply networks made by chance, from a seed: signed links through the ledger's own API.

A network acts step by step. It keeps a rough idea of who has what, so that most of what it says
makes sense; some of it does not, as in life, unless it is orderly.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from support.ledger.world import Actor
from support.lineage.network_company import OUTSIDE, Company, Sent, grams_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recording.bulk import SourceFile

CHANGES = ("make", "cut", "mix", "repack", "slaughter")


class Network(Company):
    """Parties that trade lots, pieces, cases and pallets."""

    def run(self, count: int) -> None:
        """Take `count` steps."""
        for _ in range(count):
            self.step()

    def step(self) -> None:
        """Something happens, and is signed."""
        choice = [(act, weight) for act, weight in self._ACTS if not self._is_left_out(act)]
        (act,) = self.random.choices([act for act, _ in choice], [weight for _, weight in choice])
        act(self)

    def _is_left_out(self, act: Callable[["Network"], None]) -> bool:
        """Whether an orderly network leaves this act out."""
        wrong = (Network.count, Network.correct, Network.meddle, Network.report)
        return self.is_orderly and act in wrong

    # Steps

    def code(self) -> None:
        """A new lot at its source: harvested and coded, one of the two, or bought."""
        actor, lot, grams = self._actor(), self._lot(), self.random.randint(50, 5000)
        portions = [self._portion(lot, grams)]
        way = self.random.choice(("code", "code", "harvest", "both", "buy"))
        if way == "buy":
            supplier = {"suyuan:supplier": {"name": "外地供货商"}}
            self._say(actor, self._event("receive", portions, extra=supplier))
        if way in ("harvest", "both"):
            self._say(actor, self._event("harvest", portions))
        if way in ("code", "both"):
            extra = steps.coding("上海青", "2026-08-01", 5, "350212")
            self._say(actor, self._event("code", portions, extra=extra))
        self.loose[lot, actor.uri] += grams

    def code_piece(self) -> None:
        """A piece with a serial."""
        actor = self._actor()
        piece = f"https://id.gs1.org/01/06901234567892/21/S{self.random.getrandbits(40)}"
        self._say(actor, self._event("code", [Portion(piece)]))
        self.pieces[piece] = actor

    def dispatch(self) -> None:
        """A lot goes to another party, or out of the ledger."""
        if (held := self._held()) is None:
            return
        lot, sender, grams = held
        grams = self._some(grams)
        self.loose[lot, sender.uri] -= grams
        self._dispatch(sender, [self._portion(lot, grams)])

    def dispatch_piece(self) -> None:
        """A piece goes to another party."""
        there = sorted((piece, a) for piece, a in self.pieces.items() if a is not None)
        if there:
            piece, sender = self.random.choice(there)
            self.pieces[piece] = None
            self._dispatch(sender, [Portion(piece)])

    def dispatch_box(self) -> None:
        """A case or pallet goes to another party with all that is in it."""
        there = [(n, b.holder) for n, b in self.boxes.items() if b.holder and not b.within]
        if there:
            name, sender = self.random.choice(there)
            assert sender is not None
            self.boxes[name].holder = None
            self._dispatch(sender, [Portion(name)])

    def _dispatch(self, sender: Actor, portions: list[Portion]) -> None:
        recipient = self._actor()
        if recipient is sender:
            recipient = self.actors[self.actors.index(sender) - 1]
        to = OUTSIDE if self._chance(0.08) else recipient.uri
        event = self._event("dispatch", portions, sender=sender.uri, recipient=to)
        receipt = self._say(sender, event)
        if to != OUTSIDE:
            ref = AfterRef(receipt.index, receipt.hash)
            self.sent.append(Sent(ref, event, sender, recipient, portions))

    def answer(self) -> None:
        """A dispatch is received, in part or otherwise, refused, or taken back."""
        open_ones = [sent for sent in self.sent if not sent.is_answered]
        if not open_ones:
            return
        sent = self.random.choice(open_ones)
        (portion,) = sent.portions
        grams = None if portion.quantity is None else grams_of(portion)
        if sent.event["bizStep"] == "shipping" and self._chance(0.1):
            of = {"suyuan:of": sent.event["eventID"]}
            self._say(sent.sender, self._event("undo-dispatch", sent.portions, extra=of))
            sent.is_answered = True
            self._arrive(sent.sender, portion.item, grams)
        elif sent.event["bizStep"] == "shipping" and self._chance(0.15):
            self._refuse(sent, portion.item, grams)
        elif portion.item in self.boxes and self._chance(0.3):
            self._receive_contents(sent, portion.item)
        else:
            self._receive(sent, portion.item, grams)

    def _receive(self, sent: Sent, item: str, grams: int | None) -> None:
        got = grams
        if grams is not None and self._odd(0.3):
            got = max(1, self._some(grams))
        portion = self._portion(item, got)
        self._say(sent.recipient, self._event("receive", [portion]), (sent.ref,))
        sent.is_answered = not self._odd(0.1)  # else it is received once more
        self._arrive(sent.recipient, item, got)
        if got is not None and grams is not None and got < grams and self._chance(0.4):
            sent.is_answered = True
            if sent.event["bizStep"] == "shipping":
                self._refuse(sent, item, grams - got)

    def _refuse(self, sent: Sent, item: str, grams: int | None) -> None:
        extra = {"suyuan:reason": "变质"}
        portions = [self._portion(item, grams)]
        event = self._event("refuse", portions, extra=extra)
        receipt = self._say(sent.recipient, event, (sent.ref,))
        sent.is_answered = True
        if sent.event["bizStep"] == "shipping":
            ref = AfterRef(receipt.index, receipt.hash)
            self.sent.append(Sent(ref, event, sent.recipient, sent.sender, portions))

    def _receive_contents(self, sent: Sent, name: str) -> None:
        outer = box = self.boxes[name]
        inner = sorted(thing for thing in box.things if thing in self.boxes)
        if inner and self._chance(0.5):
            box = self.boxes[self.random.choice(inner)]
        if box.lots:
            lot, grams = self.random.choice(sorted(box.lots.items()))
            del box.lots[lot]
            self._say(
                sent.recipient, self._event("receive", [self._portion(lot, grams)]), (sent.ref,)
            )
            self.loose[lot, sent.recipient.uri] += grams
            sent.is_answered = True
            outer.holder = sent.recipient

    def _arrive(self, actor: Actor, item: str, grams: int | None) -> None:
        if item in self.boxes:
            self.boxes[item].holder = actor
        elif item in self.pieces:
            self.pieces[item] = actor
        elif grams is not None:
            self.loose[item, actor.uri] += grams

    def change(self) -> None:
        """Lots, pieces and cases become lots: split, merged, mixed; in one event or several."""
        if (held := self._held()) is None:
            return
        _, actor, _ = held
        outputs = [self._lot() for _ in range(self.random.choice((1, 1, 2, 3)))]
        own_lots = sorted(
            {lot for (lot, uri), grams in self.loose.items() if uri == actor.uri and grams > 0}
        )
        if own_lots and self._odd(0.05):
            outputs[0] = self.random.choice(
                [lot for lot in own_lots if lot.startswith("https://id.gs1.org/")] or outputs[:1]
            )  # a lot that goes into itself, or into one that it came from
        name = {"transformationID": f"urn:suyuan:test:{self.random.getrandbits(60):x}"}
        several = self.random.choice((1, 1, 1, 2, 3))
        for _ in range(several):
            self._change(actor, own_lots, outputs, name if several > 1 else {})

    def _change(self, actor: Actor, lots: list[str], outputs: list[str], name: dict) -> None:
        inputs, total = [], 0
        for lot in self.random.sample(lots, min(len(lots), self.random.randint(1, 3))):
            if (grams := self.loose[lot, actor.uri]) > 0:
                grams = self._some(grams)
                self.loose[lot, actor.uri] -= grams
                inputs.append(self._portion(lot, grams))
                total += grams
        for box_name, box in self.boxes.items():
            if box.holder is actor and not box.within and self._chance(0.05):
                inputs.append(Portion(box_name))
                box.holder = None
                break
        for piece, holder in self.pieces.items():
            if holder is actor and self._chance(0.1):
                inputs.append(Portion(piece))
                self.pieces[piece] = None
        if not inputs:
            return
        chosen = outputs if not name else self.random.sample(outputs, 1)
        made = []
        for lot in chosen:
            grams = max(1, total // len(chosen) - self.random.randint(0, 5))
            self.loose[lot, actor.uri] += grams
            made.append(self._portion(lot, grams))
        step = self.random.choice(CHANGES)
        self._say(actor, self._event(step, made, inputs=inputs, extra=name))

    def end(self) -> None:
        """Something is sold, lost or destroyed."""
        step = self.random.choice(("sell", "loss", "destroy"))
        extra = {"suyuan:reason": "修整"} if step == "loss" else {}
        things = [(p, a) for p, a in self.pieces.items() if a is not None]
        boxes = [(n, b.holder) for n, b in self.boxes.items() if b.holder and not b.within]
        if self._chance(0.15) and things + boxes:
            item, actor = self.random.choice(things + boxes)
            assert actor is not None
            self._say(actor, self._event(step, [Portion(item)], extra=extra))
            if item in self.boxes:
                self.boxes[item].holder = None
            else:
                self.pieces[item] = None
        elif (held := self._held()) is not None:
            lot, actor, grams = held
            grams = self._some(grams) if step == "sell" else max(1, grams // 10)
            self.loose[lot, actor.uri] -= grams
            self._say(actor, self._event(step, [self._portion(lot, grams)], extra=extra))

    def count(self) -> None:
        """Stock is taken: as believed, or otherwise."""
        if (held := self._held()) is not None:
            lot, actor, grams = held
            counted = grams if self._chance(0.5) else self.random.randint(0, grams + 5)
            self.loose[lot, actor.uri] = counted
            self._say(actor, self._event("count", [self._portion(lot, counted)]))

    def look(self) -> None:
        """A step that moves nothing."""
        if (held := self._held()) is not None:
            step = self.random.choice(("sample", "test", "store"))
            self._say(self._actor(), self._event(step, [self._portion(held[0], 1)]))

    def correct(self) -> None:
        """Declare an event an error, with a corrective event or without."""
        if not self.records:
            return
        place = self.random.randrange(len(self.records))
        actor, wrong, after = self.records[place]
        if wrong["bizStep"] == "void_shipping" or self._is_taken_back(wrong):
            return
        self.records.pop(place)
        declared: dict = {"declarationTime": wrong["eventTime"], "reason": "did_not_occur"}
        if self._chance(0.7):
            right = self._other(wrong)
            receipt = self._say(actor, right, after)
            declared |= {"reason": "incorrect_data", "correctiveEventIDs": [right["eventID"]]}
            for sent in self.sent:
                if sent.event is wrong:
                    sent.event, sent.ref = right, AfterRef(receipt.index, receipt.hash)
        else:
            self.sent = [sent for sent in self.sent if sent.event is not wrong]
        self.world.do(actor, wrong | {"errorDeclaration": declared}, after=after)

    def _is_taken_back(self, wrong: dict) -> bool:
        return any(event.get("suyuan:of") == wrong["eventID"] for _, event, _ in self.records)

    def _other(self, wrong: dict) -> dict:
        right = wrong | {"eventID": f"{wrong['eventID']}:right"}
        for name in ("quantityList", "childQuantityList", "inputQuantityList"):
            if name in wrong:
                right[name] = [
                    part | {"quantity": max(1, int(part["quantity"] * self.random.uniform(0.5, 2)))}
                    if "quantity" in part
                    else part
                    for part in wrong[name]
                ]
        if self._chance(0.3):
            moved = datetime.fromisoformat(wrong["eventTime"]) + timedelta(
                minutes=self.random.randint(-600, 600)
            )
            right["eventTime"] = moved.isoformat(timespec="milliseconds")
        return right

    def repeat(self) -> None:
        """An event is recorded twice, word for word."""
        if self.records:
            actor, event, after = self.random.choice(self.records)
            if event["bizStep"] != "shipping" or self._chance(0.2):
                self.world.do(actor, event, after=after)

    def meddle(self) -> None:
        """A party receives or refuses another's dispatch, or takes packed goods."""
        actor = self._actor()
        things = sorted({thing for box in self.boxes.values() for thing in box.things})
        if things and self._chance(0.5):
            step = self.random.choice(("dispatch", "sell", "receive", "count"))
            thing = Portion(self.random.choice(things))
            if step == "dispatch":
                self._dispatch(actor, [thing])
            else:
                self._say(actor, self._event(step, [thing]))
        elif self.sent:
            sent = self.random.choice(self.sent)
            if actor.uri != sent.sender.uri:
                step = self.random.choice(("receive", "refuse"))
                self._say(actor, self._event(step, sent.portions), (sent.ref,))

    def report(self) -> None:
        """Import a document of lots at places, in circles too."""
        number = self.random.getrandbits(40)
        source = SourceFile.of(f"document {number}".encode(), "application/ld+json", "received")
        self.world.ledger.attachments.put(f"document {number}".encode())
        places = [f"urn:epc:id:sgln:6901234.0000{n}.0" for n in range(3)]
        first = f"urn:epc:class:lgtin:6901234.056789.R{number}"
        second = f"urn:example:lot:{number}"
        where, there = self.random.choice(places), self.random.choice(places)
        inputs = [self._portion(first, 600)]
        if self.reported and self._chance(0.6):
            inputs.append(self._portion(self.random.choice(self.reported), 5))
        events = [
            self._event("catch", [self._portion(first, 1000)], place=where),
            self._event("dispatch", [self._portion(first, 900)], place=where),
            self._event("receive", [self._portion(first, 900)], place=there),
            self._event("make", [self._portion(second, 500)], inputs=inputs, place=there),
        ]
        if self._chance(0.3):
            back = [self._portion(second, 10)]
            again = self.random.choice([first, *self.reported])
            events.append(self._event("mix", [self._portion(again, 9)], inputs=back, place=there))
        self.reported += [first, second]
        drafts = [Draft(event=event, document=source.member) for event in events]
        self.world.ledger.write(self.gateway.pen, drafts)

    _ACTS: tuple[tuple[Callable[["Network"], None], int], ...] = (
        (code, 16), (code_piece, 3), (dispatch, 16), (dispatch_piece, 2), (dispatch_box, 6),
        (answer, 22), (change, 12), (end, 6), (count, 4), (look, 3), (Company.pack, 8),
        (Company.unpack, 6), (correct, 5), (repeat, 1), (meddle, 2), (report, 2),
    )  # fmt: skip
