"""The teller: says what the story says as signed links, at the story's times.

A moment's links are appended together, and each is committed at the time of its moment. The
teller alone appends, so it knows each link's index before it is sent.
"""

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from suyuan.keys.signer import LocalSigner

from .. import acts
from ..disclosures import Kept
from ..labels import serials
from ..ledger import Ledger
from ..link import AfterRef, link_hash
from ..members import Object
from ..pen import Draft, Pen
from ..private.digests import hide
from ..rules import Head, Refused
from ..steps import Portion, event
from ..store.receipts import Receipt
from . import products
from .clock import LENGTH, StoryClock
from .dice import Dice
from .numbers import Supplier
from .parties import FARM, FIELD_PHONE, HOST, people

Moment = tuple[int, str]  # days before today, and the time on the clock
Moments = Iterator[Moment]
Thread = Callable[["Teller"], Moments]  # yields when it goes on, and says what happens then
Load = Mapping[str, str | int | None]
_STROKE = timedelta(seconds=8)  # what it takes to sign one link


@dataclass(frozen=True, slots=True)
class Said:
    """A link that was said: where it is, by whom, and its event if it has one."""

    ref: AfterRef
    who: str
    event: Object | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is on its way, under a delivery note."""

    said: Said
    to: str
    load: Load


@dataclass(frozen=True, slots=True)
class Bought:
    """What a buyer enters of goods from outside, besides the supplier."""

    origin: str
    spec: str
    lot: str
    producer: str
    certificate: str


class Teller:
    """Tells one story into one ledger."""

    def __init__(
        self, ledger: Ledger, dice: Dice, clock: StoryClock, keys: Mapping[str, LocalSigner]
    ) -> None:
        self.ledger = ledger
        self.dice = dice
        self.clock = clock
        self.people = people(dice)
        self.items = products.items(dice, clock.today)
        self.keys = dict(keys)
        self.size = 0
        self._heads: dict[tuple[str, str], Head] = {}
        self._queue: list[bytes] = []
        self._events = 0
        self._notes = 0

    # Time.

    def tell(self, threads: Sequence[Thread], progress: Callable[[int, int], None]) -> None:
        """Tell threads side by side: always the one whose next moment comes first."""
        told = [thread(self) for thread in threads]
        waiting: list[tuple[datetime, int]] = []
        for number in range(len(told)):
            self._wait(waiting, told, number)
        while waiting:
            moment, number = heapq.heappop(waiting)
            self.commit()
            self.clock.now = max(self.clock.now, moment)
            progress((moment.date() - self.day(LENGTH)).days, LENGTH + 1)
            self._wait(waiting, told, number)
        self.commit()
        progress(LENGTH + 1, LENGTH + 1)

    def _wait(
        self, waiting: list[tuple[datetime, int]], told: Sequence[Moments], number: int
    ) -> None:
        moment = next(told[number], None)
        if moment is not None:
            heapq.heappush(waiting, (self.clock.moment(*moment), number))

    def day(self, days: int) -> date:
        """The date so many days before today."""
        return self.clock.today - timedelta(days=days)

    def commit(self) -> None:
        """Append what was said since the last commit."""
        if not self._queue:
            return
        outcomes = self.ledger.append(self._queue, atomic=True)
        first = self.size - len(self._queue)
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, Refused):
                raise outcome
            if isinstance(outcome, Receipt) and outcome.index != first + number:
                raise RuntimeError("somebody else appended to a demo while it was being built")
        self._queue.clear()

    # Saying.

    def say(self, who: str, draft: Draft, *, by: str | None = None) -> Said:
        """Sign a draft as `who`; with `by`, by that key, its own or under a mandate."""
        actor = self.people[who].uri
        pen = Pen(
            self.ledger.trust.origin,
            actor,
            self.keys[by or who],
            lambda pairs: {pair: self._heads.get(pair) for pair in pairs},
            self.clock,
        )
        entry = pen.sign(draft)
        self.clock.now += _STROKE
        digest = link_hash(entry)
        for subject in draft.subjects(actor):
            head = self._heads.get((subject, actor))
            self._heads[subject, actor] = Head(0 if head is None else head.seq + 1, digest)
        self._queue.append(entry)
        self.size += 1
        return Said(AfterRef(self.size - 1, digest), who, draft.event)

    def state(self, who: str, statement: Object) -> Said:
        """Make a statement that names its subject itself."""
        return self.say(who, Draft(statement=statement))

    def do(
        self,
        who: str,
        step: str,
        load: Load,
        *,
        inputs: Load | None = None,
        into: str | None = None,
        to: str | None = None,
        after: Iterable[Said] = (),
        ago: int = 4,
        by: str | None = None,
        note: bool = False,
        **fields: Any,
    ) -> Said:
        """Record a step that was done `ago` minutes ago; `fields` are fields of ours."""
        extra = {f"suyuan:{name}": value for name, value in fields.items() if name != "extra"}
        self._events += 1
        made = event(
            step,
            (self.clock.now - timedelta(minutes=ago)).replace(microsecond=0),
            self.portions(load),
            inputs=self.portions(inputs or {}),
            parent=None if into is None else self.items[into],
            place=self.people[who].place,
            sender=None if to is None else self.people[who].uri,
            recipient=None if to is None else self.people[to].uri,
            notes=[self._note()] if note else [],
            extra={**extra, **fields.get("extra", {})},
            event_id=self.dice.event_id(self._events),
        )
        return self.say(who, Draft(event=made, after=self._after(who, after)), by=by)

    def portions(self, load: Load) -> list[Portion]:
        """A load as portions, each in its product's unit."""
        found = []
        for key, amount in load.items():
            product = products.product_of(key)
            if amount is None or product is None:
                found.append(Portion(self.items[key]))
            else:
                found.append(Portion(self.items[key], Decimal(amount), product.unit))
        return found

    def _after(self, who: str, said: Iterable[Said]) -> tuple[AfterRef, ...]:
        refs = {one.ref.index: one.ref for one in said if one.who != who}
        return tuple(refs[index] for index in sorted(refs))

    def _note(self) -> str:
        self._notes += 1
        return f"https://{HOST}/note/{self.clock.now:%Y%m%d}{self._notes:03d}"

    # Steps that carry more than their load.

    def code(self, who: str, lot: str, amount: str | int | None, origin: str) -> Said:
        """Code a lot at its source."""
        return self.do(who, "code", {lot: amount}, extra=self.ilmd(lot, origin))

    def buy(self, who: str, lot: str, amount: str | int, seller: Supplier, bought: Bought) -> Said:
        """Code what a supplier outside the ledger brings, and enter the purchase of it.

        All that the measures ask of a buyer; how to reach the supplier is hidden, and kept.
        """
        self.code(who, lot, None, bought.origin)
        hidden = {"/suyuan:supplier/contact": seller.contact}
        salts = (self.dice.draw(f"salt:{lot}:{n}", 32) for n in count())
        private, stored = hide(hidden, lambda length: next(salts)[:length])
        actor = self.people[who].uri
        self.ledger.disclosures.keep([Kept(one, actor) for one in stored], self.clock.now)
        return self.do(
            who,
            "receive",
            {lot: amount},
            supplier=seller.told(),
            spec=bought.spec,
            lot=bought.lot,
            producer=bought.producer,
            certificate=bought.certificate,
            purchased=f"{self.clock.now:%Y-%m-%d}",
            private=private,
        )

    def ilmd(self, lot: str, origin: str | None = None, *, made: bool = False) -> Object:
        """What a lot is, as its coding says it; with `made`, produced today."""
        product = products.product_of(lot)
        assert product is not None
        ilmd: Object = {
            "suyuan:product": product.name,
            "suyuan:productId": product.uri(self.dice),
        }
        if made:
            ilmd["suyuan:productionDate"] = f"{self.clock.now:%Y-%m-%d}"
        if product.days is not None:
            ilmd["suyuan:shelfLifeDays"] = product.days
        if origin is not None:
            ilmd["suyuan:origin"] = origin
        return {"ilmd": ilmd}

    def cold(self, degrees: float) -> Object:
        """What the thermometer says."""
        report = {"type": "Temperature", "value": degrees, "uom": "CEL"}
        return {"sensorElementList": [{"sensorReport": [report]}]}

    def harvest(self, lot: str, amount: str | int) -> Said:
        """Bring in a part of a crop; the farm signs with the phone that is in the field."""
        extra = self.ilmd(lot, made=True)
        return self.do(FARM, "harvest", {lot: amount}, ago=35, by=FIELD_PHONE, extra=extra)

    def make(
        self, who: str, step: str, lot: str, amount: str | int, inputs: Load, **more: Any
    ) -> Said:
        """Make one lot of others."""
        extra = self.ilmd(lot, made=True) | more.pop("extra", {})
        return self.do(who, step, {lot: amount}, inputs=inputs, extra=extra, **more)

    def sell(self, who: str, sold: Load) -> None:
        """Record the day's sales, lot by lot."""
        for lot, amount in sold.items():
            self.do(who, "sell", {lot: amount})

    def send(self, who: str, to: str, load: Load, **more: Any) -> Delivery:
        """Dispatch a load under a delivery note."""
        return Delivery(self.do(who, "dispatch", load, to=to, note=True, **more), to, load)

    def take(self, delivery: Delivery, weighed: Load | None = None, **more: Any) -> Said:
        """Receive a delivery, as weighed; what is missing is said."""
        missing = []
        for key, amount in (weighed or {}).items():
            sent, product = delivery.load[key], products.product_of(key)
            assert sent is not None and amount is not None and product is not None
            missing.append(
                {
                    "item": self.items[key],
                    "value": str(Decimal(sent) - Decimal(amount)),
                    "unit": product.unit,
                    "kind": "difference",
                }
            )
        if missing:
            more = {"reason": "途中失水，称重差异", "quantities": missing, **more}
        load = {**delivery.load, **(weighed or {})}
        return self.do(delivery.to, "receive", load, after=[delivery.said], **more)

    def carry(
        self, who: str, to: str, load: Load, arrives: Moment, weighed: Load | None = None
    ) -> Generator[Moment, None, Said]:
        """Dispatch a load and receive it at a later moment."""
        delivery = self.send(who, to, load)
        yield arrives
        return self.take(delivery, weighed)

    def correct(self, wrong: Said, step: str, load: Load, **more: Any) -> Said:
        """Correct an event: the right one first, then the wrong one declared an error."""
        assert wrong.event is not None
        right = self.do(wrong.who, step, load, **more)
        assert right.event is not None
        declared = self.clock.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        declaration = {
            "declarationTime": declared,
            "reason": "incorrect_data",
            "correctiveEventIDs": [right.event["eventID"]],
        }
        event_again = {**wrong.event, "errorDeclaration": declaration}
        return self.say(wrong.who, Draft(event=event_again))

    def label(self, who: str, lot: str, after: Iterable[Said] = ()) -> Said:
        """Issue a party's labels for a lot; the list of their serials is kept."""
        found = products.serials(self.dice, who, lot)
        serials.keep(self.ledger.home, found)
        draft = Draft(
            statement=acts.labels(found), items=(self.items[lot],), after=self._after(who, after)
        )
        return self.say(who, draft)
