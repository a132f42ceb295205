"""The parties of a supply network made by chance, with their believed stock."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import HOST, ORIGIN, Actor, World

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.store.append.receipts import Receipt

ROLES = ("producer", "producer", "processor", "wholesaler", "stall", "retailer", "caterer")
OUTSIDE = "urn:uscc:91350200M0000000X0"


@dataclass
class Sent:
    """A dispatch or refusal that somebody may answer."""

    ref: AfterRef
    event: dict
    sender: Actor
    recipient: Actor
    portions: list[Portion]
    is_answered: bool = False


@dataclass
class Box:
    """The believed content and holder of a case or pallet."""

    holder: Actor | None
    lots: dict[str, int] = field(default_factory=dict)
    things: set[str] = field(default_factory=set)
    within: str | None = None


class Company:
    """Parties, with a rough idea of the stock of each."""

    def __init__(
        self, world: World, seed: int, parties: int = 6, *, is_orderly: bool = False
    ) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.seed = seed
        self.is_orderly = is_orderly
        self.now = datetime(2026, 8, 1, tzinfo=UTC)
        self.when = self.now
        self.actors = [self._party(n) for n in range(parties)]
        self.gateway = self._party(parties, "gateway")
        self.loose: dict[tuple[str, str], int] = defaultdict(int)  # (lot, holder): grams
        self.pieces: dict[str, Actor | None] = {}
        self.boxes: dict[str, Box] = {}
        self.sent: list[Sent] = []
        self.records: list[tuple[Actor, dict, tuple[AfterRef, ...]]] = []
        self.reported: list[str] = []
        self.lots = 0

    # Who, what and when

    def _party(self, number: int, role: str | None = None) -> Actor:
        seed = f"{self.seed}:{number}".encode().ljust(32, b".")
        uri = codes.uri_of(codes.from_bits(self.random.getrandbits(75)), HOST, "party")
        signer = LocalSigner.from_seed(seed)
        name = role or ROLES[number % len(ROLES)]
        self.world.say(
            self.world.authority,
            acts.admit(uri, f"第 {number} 号", [name], "350206"),
            acts.enrol_signer(ORIGIN, uri, signer),
        )
        return Actor(uri, signer, self.world.ledger.pen(uri, signer))

    def _actor(self) -> Actor:
        return self.random.choice(self.actors)

    def _of(self, uri: str) -> Actor:
        return next(actor for actor in self.actors if actor.uri == uri)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _odd(self, share: float) -> bool:
        """A chance that an orderly network never takes."""
        return self._chance(share) and not self.is_orderly

    def _time(self) -> datetime:
        """A time mostly after all before; sometimes earlier, or the same instant."""
        if self._odd(0.05):
            return self.when
        self.now += timedelta(minutes=self.random.randint(1, 40))
        late = timedelta(hours=self.random.randint(1, 60)) if self._odd(0.15) else timedelta(0)
        self.when = self.now - late
        return self.when

    def _lot(self) -> str:
        self.lots += 1
        if self._chance(0.2):
            return f"https://id.gs1.org/01/06901234567892/10/L{self.seed}-{self.lots}"
        return codes.uri_of(codes.from_bits(self.random.getrandbits(75)), HOST)

    def _box(self) -> str:
        if self._chance(0.3):
            return codes.uri_of(codes.from_bits(self.random.getrandbits(75)), HOST)
        body = f"{self.random.randrange(10**16):017d}"
        total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(body))
        return f"https://id.gs1.org/00/{body}{-total % 10}"

    def _held(self) -> tuple[str, Actor, int] | None:
        """A lot, its holder, and its grams; None where there is none."""
        there = [(lot, uri, grams) for (lot, uri), grams in self.loose.items() if grams > 10]
        if not there:
            return None
        lot, uri, grams = self.random.choice(there)
        return lot, self._actor() if self._odd(0.02) else self._of(uri), grams

    def _some(self, grams: int) -> int:
        """All, a part, or now and then more than there is."""
        most = grams if self.is_orderly else grams + 20
        return self.random.choice((grams, max(1, grams // 2), self.random.randint(1, most)))

    def _portion(self, item: str, grams: int | None = None) -> Portion:
        if grams is None:
            return Portion(item)
        if self._chance(0.2):
            return Portion(item, Decimal(grams), "GRM")
        return Portion(item, Decimal(grams) / 1000, "KGM")

    def _event(self, step: str, portions: list[Portion], **more) -> dict:
        name = f"urn:suyuan:test:{self.seed}:{self.random.getrandbits(64):x}"
        when = more.pop("when", None) or self._time()
        return steps.event(step, when, portions, event_id=name, **more)

    def _say(self, actor: Actor, event: dict, after: tuple[AfterRef, ...] = ()) -> Receipt:
        (receipt,) = self.world.do(actor, event, after=after)
        self.records.append((actor, event, after))
        return receipt

    # Cases and pallets

    def pack(self) -> None:
        """Lots, pieces and cases go into a case or onto a pallet."""
        if (held := self._held()) is None:
            return
        _, actor, _ = held
        known = [n for n, b in self.boxes.items() if b.holder is actor]
        name = self.random.choice(known) if known and self._chance(0.6) else self._box()
        box = self.boxes.get(name, Box(actor))
        if not self.is_orderly:
            self.boxes[name] = box  # though nothing may be packed
        portions = []
        for (lot, uri), grams in sorted(self.loose.items()):
            if uri == actor.uri and grams > 0 and self._chance(0.3):
                grams = self._some(grams)
                self.loose[lot, uri] -= grams
                box.lots[lot] = box.lots.get(lot, 0) + grams
                portions.append(self._portion(lot, grams))
        for piece, holder in self.pieces.items():
            if holder is actor and self._chance(0.3):
                self.pieces[piece] = None
                box.things.add(piece)
                portions.append(Portion(piece))
        for other, inner in self.boxes.items():
            free = inner.within is None and inner.holder is actor and other != name
            if free and self._chance(0.3) and (other not in self._around(name)):
                inner.within = name
                box.things.add(other)
                portions.append(Portion(other))
        if portions:
            self.boxes[name] = box
            self._say(actor, self._event("pack", portions, parent=name))

    def _around(self, name: str) -> set[str]:
        around: set[str] = set()
        at: str | None = name
        while at in self.boxes and at not in around:
            around.add(at)
            at = self.boxes[at].within
        return around if not self._odd(0.03) else set()  # then, a circle

    def unpack(self) -> None:
        """Something is taken out of a case or off a pallet, or all of it."""
        full = [n for n, b in self.boxes.items() if (b.lots or b.things)]
        if not full:
            return
        name = self.random.choice(full)
        box = self.boxes[name]
        actor = self._outermost(name)
        if actor is None and self.is_orderly:
            return
        actor = actor or self._actor()
        portions = []
        is_whole = self._chance(0.25)
        for lot, grams in list(box.lots.items()):
            if is_whole or self._chance(0.5):
                out = grams if is_whole else min(grams, self._some(grams))
                box.lots[lot] = grams - out
                if grams == out:
                    del box.lots[lot]
                self.loose[lot, actor.uri] += out
                portions.append(self._portion(lot, out))
        for thing in sorted(box.things):
            if is_whole or self._chance(0.5):
                box.things.remove(thing)
                if thing in self.boxes:
                    self.boxes[thing].within = None
                    self.boxes[thing].holder = actor
                else:
                    self.pieces[thing] = actor
                portions.append(Portion(thing))
        if portions:
            listed = [] if is_whole and self._chance(0.5) else portions
            self._say(actor, self._event("unpack", listed, parent=name))

    def _outermost(self, name: str) -> Actor | None:
        seen: set[str] = set()
        while (within := self.boxes[name].within) is not None and name not in seen:
            seen.add(name)
            name = within
        return self.boxes[name].holder


def grams_of(portion: Portion) -> int:
    """How many grams it is of."""
    assert portion.quantity is not None
    return int(portion.quantity * (1000 if portion.uom == "KGM" else 1))
