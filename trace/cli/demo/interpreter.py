"""The interpreter of stories: it turns their lines into signed links, at the story's times.

A story is a TOML file in stories/. Each of its tables is a strand of it, which gives for moments
before its end, the day D, the lines of what happens then: party, step, amounts, and more by name.

    "D-6 07:10" = [["farm", "dispatch", "tomato-1 160", { to = "wholesaler", as = "van" }]]
    "D-6 08:20" = [["wholesaler", "receive", "tomato-1 159.2", { of = "van" }]]

`as` names a link for later lines of its strand: what they follow from (`after`), the dispatch that
they receive, weighed anew (`of`), the mistake that they correct (`corrects`). A step was done `ago`
minutes before it is recorded, by the key `by`; `inputs` are what it used up, `into` is the logistic
unit, `made` whether the lot was produced that day. `cold` is a temperature in °C, `heads` a count
of animals, `filling` the number of a transformation that has several events. Any other name is a
field of ours.

A moment's links are appended together, and committed at that moment. The interpreter alone appends,
so it knows each link's index before it is sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import count
from operator import itemgetter
from typing import Any

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.link import AfterRef, link_hash
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.digests import hide
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.steps import Portion, coding, event
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.files import serial_index, serials

from . import city_cases, city_profiles
from .cast import HOST, Cast

Strand = Mapping[str, Sequence[Sequence[Any]]]  # lines by moment
Load = dict[str, str]  # amounts by lot, "" for an item as a whole
_FIRST, _DAYS = "D-30 08:00", 31  # when stories begin, and how many days they take
_STROKE = timedelta(seconds=8)  # what it takes to sign one link

_EACH = {"each": True}  # lot by lot, an event for each
_MADE = {"made": True}
_HABITS: Mapping[str, Mapping[str, Any]] = {  # a step's names and values unless a line gives others
    "code": _EACH,
    "harvest": {"ago": 35, "by": "farm-field-phone", **_EACH, **_MADE},
    "catch": {"ago": 35, **_EACH, **_MADE},
    "feed": {"ago": 20, "withdrawalDays": 0, **_EACH},
    "pesticide": {"ago": 25, **_EACH},
    "medicine": {"ago": 25, **_EACH},
    "make": _MADE,
    "mix": _MADE,
    "repack": _MADE,
    "sell": _EACH,
}


@dataclass(frozen=True, slots=True)
class SignedLink:
    """A link of the story: its place in the log, its party's key, its load and its event."""

    ref: AfterRef
    actor: str
    load: Load
    event: Object | None


def load_of(text: str) -> Load:
    """The amounts in `tomato-1 160, crate-1`."""
    parts = (part.partition(" ") for part in text.split(", ") if part)
    return {key: amount for key, _, amount in parts}


class Interpreter:
    """Writes stories into one ledger, whose clock follows them."""

    def __init__(self, ledger: Ledger, cast: Cast, keys: Mapping[str, LocalSigner]) -> None:
        self.cast = cast
        self.ledger = ledger
        self._keys = dict(keys)
        self.now = cast.moment(_FIRST)
        self._pens: dict[str, Pen] = {}
        self._size = 0
        self._unsent: list[bytes] = []
        self._events = 0
        self._notes = 0
        self._acts: Mapping[str, Callable[..., SignedLink]] = {
            "admit": self._admit,
            "enrol": self._enrol,
            "recover": self._recover,
            "appoint": self._appoint,
            "mandate": self._mandate,
            "state places": self._state_places,
            "state products": self._state_products,
            "state profiles": self._state_profiles,
            "label": self._label,
            "buy": self._buy,
            **city_cases.Desk(self).acts,
        }
        ledger.clock = lambda: self.now

    def play(self, strands: Iterable[Strand], progress: Callable[[int, int], None]) -> None:
        """Write strands side by side; `progress` is called with the days done, and all days."""
        moments = []
        for number, strand in enumerate(strands):
            names: dict[str, SignedLink] = {}
            for when, lines in strand.items():
                moments.append((self.cast.moment(when), number, lines, names))
        moments.sort(key=itemgetter(0, 1))
        first = self.cast.moment(_FIRST).date()
        for moment, _, lines, names in moments:
            self.commit()
            self.now = max(self.now, moment)
            progress((moment.date() - first).days, _DAYS)
            for line in lines:
                self._line(names, *line)
        self.commit()
        progress(_DAYS, _DAYS)

    def commit(self) -> None:
        """Append what is signed, so that it can be read."""
        if not self._unsent:
            return
        outcomes = self.ledger.append(self._unsent, atomic=True)
        first = self._size - len(self._unsent)
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, Refused):
                raise outcome
            if isinstance(outcome, Receipt) and outcome.index != first + number:
                raise RuntimeError("somebody else appended to a demo while it was being built")
        self._unsent.clear()

    def _line(
        self,
        names: dict[str, SignedLink],
        actor: str,
        act: str,
        amounts: str = "",
        stated: Mapping[str, Any] | None = None,
    ) -> None:
        """Sign a line's links; `names` are those of its strand, to which it may add one."""
        load, more = load_of(amounts), {**_HABITS.get(act, {}), **(stated or {})}
        name, corrects, is_each = (more.pop(key, None) for key in ("as", "corrects", "each"))
        for key in more.keys() & {"after", "rests"}:
            more[key] = [names[cause] for cause in more[key].split(", ")]
        if "of" in more:
            load, more = self._received(names[more.pop("of")], load, more)
        if act in self._acts:
            link = self._acts[act](actor, load, **more)
        elif is_each:
            link = [self._step(actor, act, {lot: load[lot]}, **more) for lot in load][-1]
        else:
            link = self._step(actor, act, load, **more)
        if corrects is not None:
            self._declare_wrong(names[corrects], link)
        if name is not None:
            names[name] = link

    # Signing.

    def event_id(self) -> str:
        """The id of the next event."""
        self._events += 1
        return self.cast.event_id(self._events)

    def sign(self, actor: str, draft: Draft, load: Load, *, by: str | None = None) -> SignedLink:
        """Sign a draft for a party, by the key of its name or the key `by`."""
        pen = self._pens.get(actor)
        if pen is None:
            uri, origin = self.cast.parties[actor].uri, self.ledger.trust.origin
            # No chain has a link yet; a pen knows its own from then on.
            pen = Pen(origin, uri, self._keys[actor], dict.fromkeys, lambda: self.now)
            self._pens[actor] = pen
        pen.signer = self._keys[by or actor]
        entry = pen.sign(draft)
        self.now += _STROKE
        self._unsent.append(entry)
        self._size += 1
        return SignedLink(AfterRef(self._size - 1, link_hash(entry)), actor, load, draft.event)

    def _step(
        self,
        actor: str,
        step: str,
        load: Load,
        *,
        inputs: str = "",
        into: str | None = None,
        to: str | None = None,
        after: Iterable[SignedLink] = (),
        ago: int = 4,
        by: str | None = None,
        **stated: Any,
    ) -> SignedLink:
        party, notes = self.cast.parties[actor], []
        if step == "dispatch":
            self._notes += 1
            notes.append(f"https://{HOST}/note/{self.now:%Y%m%d}{self._notes:03d}")
        recorded = event(
            step,
            (self.now - timedelta(minutes=ago)).replace(microsecond=0),
            self._portions(load),
            inputs=self._portions(load_of(inputs)),
            parent=None if into is None else self.cast.items[into],
            place=party.place,
            sender=None if to is None else party.uri,
            recipient=None if to is None else self.cast.parties[to].uri,
            notes=notes,
            extra=self._extra(next(iter(load)), **stated),
            event_id=self.event_id(),
        )
        return self.sign(actor, Draft(event=recorded, after=_causes(actor, after)), load, by=by)

    def _portions(self, load: Load) -> list[Portion]:
        return [
            Portion(self.cast.items[key], Decimal(amount), self.cast.product_of[key].unit)
            if amount
            else Portion(self.cast.items[key])
            for key, amount in load.items()
        ]

    def _extra(
        self,
        lot: str,
        /,
        *,
        made: bool = False,
        origin: str | None = None,
        cold: float | None = None,
        heads: int | None = None,
        filling: int | None = None,
        **fields: Any,
    ) -> Object:
        """An event's members besides its load, which are about `lot`."""
        extra: Object = {f"suyuan:{name}": value for name, value in fields.items()}
        if made or origin is not None:
            product, day = self.cast.product_of[lot], f"{self.now:%Y-%m-%d}" if made else None
            extra |= coding(product.name, day, product.days, origin, product_id=product.uri)
        if cold is not None:
            report = {"type": "Temperature", "value": cold, "uom": "CEL"}
            extra["sensorElementList"] = [{"sensorReport": [report]}]
        if heads is not None:
            extra["suyuan:quantities"] = [self._quantity(lot, str(heads), "H87", "count")]
        if filling is not None:
            extra["transformationID"] = self.cast.event_id(filling)
        return extra

    def _quantity(self, lot: str, value: str, unit: str, kind: str) -> Object:
        return {"item": self.cast.items[lot], "value": value, "unit": unit, "kind": kind}

    def _received(
        self, sent: SignedLink, weighed: Load, stated: Mapping[str, Any]
    ) -> tuple[Load, dict[str, Any]]:
        """The load of a delivery as weighed, and the receipt's members about the difference."""
        missing = [
            self._quantity(
                lot,
                str(Decimal(sent.load[lot]) - Decimal(amount)),
                self.cast.product_of[lot].unit,
                "difference",
            )
            for lot, amount in weighed.items()
        ]
        differing = {"reason": "途中失水，称重差异", "quantities": missing} if missing else {}
        return {**sent.load, **weighed}, {"after": [sent], **differing, **stated}

    def _declare_wrong(self, wrong: SignedLink, right: SignedLink) -> None:
        assert wrong.event is not None and right.event is not None
        declaration = {
            "declarationTime": self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "reason": "incorrect_data",
            "correctiveEventIDs": [right.event["eventID"]],
        }
        again = {**wrong.event, "errorDeclaration": declaration}
        self.sign(wrong.actor, Draft(event=again), wrong.load)

    # Acts that are no step.

    def state(self, actor: str, statement: Object) -> SignedLink:
        """Sign a statement."""
        return self.sign(actor, Draft(statement=statement), {})

    def _admit(self, actor: str, load: Load) -> SignedLink:
        """Admit parties, and enrol the first key of each but the authority's, which is the root."""
        for key in load:
            party = self.cast.parties[key]
            part_of = self.cast.parties[party.part_of].uri if party.part_of else None
            link = self.state(actor, party.admission(part_of))
            if key != actor:
                link = self.state(actor, self.enrolment(key, key, party.kept))
        return link

    def enrolment(
        self, party: str, key: str, kept: str, revokes: Sequence[str] | None = None
    ) -> Object:
        """The statement that enrols a key for a party."""
        return acts.enrol_signer(
            self.ledger.trust.origin,
            self.cast.parties[party].uri,
            self._keys[key],
            kept=kept,
            revokes=revokes,
            nonce=self.cast.draw(f"nonce:{key}", 16),
        )

    def _enrol(self, actor: str, _load: Load, *, key: str) -> SignedLink:
        return self.state(actor, self.enrolment(actor, key, "browser"))

    def _recover(self, actor: str, load: Load, *, key: str) -> SignedLink:
        (party,) = load
        lost = self._keys[party].public.keyid
        link = self.state(actor, self.enrolment(party, key, "browser", [lost]))
        self._keys[party] = self._keys[key]
        return link

    def _appoint(self, actor: str, load: Load, *, remit: str) -> SignedLink:
        (party,) = load
        return self.state(actor, acts.appoint(self.cast.parties[party].uri, [remit]))

    def _mandate(self, actor: str, load: Load, **terms: Any) -> SignedLink:
        giver, to = (self.cast.parties[key].uri for key in (actor, *load))
        start, until = (f"{self.cast.day(terms[end])}T00:00:00Z" for end in ("from", "until"))
        return self.state(actor, acts.give_mandate(giver, to, terms["acts"], start, until))

    def _state_places(self, _who: str, _load: Load) -> SignedLink:
        """Each party's statement of its place."""
        parties = self.cast.parties.items()
        return [self.state(key, one.of_place()) for key, one in parties if one.premises][-1]

    def _state_products(self, _who: str, _load: Load) -> SignedLink:
        """Each party's statements of its products."""
        products = self.cast.products.values()
        return [self.state(product.owner, product.stated()) for product in products][-1]

    def _state_profiles(self, _who: str, _load: Load) -> SignedLink:
        """What parties and products are called in English and are besides, and licences."""
        for actor, statement in city_profiles.stated(self.cast, self.ledger.attachments):
            link = self.state(actor, statement)
        return link

    def _label(self, actor: str, load: Load, *, after: Iterable[SignedLink] = ()) -> SignedLink:
        """Issue a party's labels for a lot, and store the list of their serials."""
        (lot,) = load
        issued = self.cast.serials(actor, lot)
        serials.keep(self.ledger.home, issued)
        serial_index.note(self.ledger.home, self.cast.label(actor, lot), issued)
        draft = Draft(
            statement=acts.labels(issued),
            items=(self.cast.items[lot],),
            after=_causes(actor, after),
        )
        return self.sign(actor, draft, load)

    def _buy(
        self, actor: str, load: Load, *, supplier: str, packed: str, origin: str, **stated: Any
    ) -> SignedLink:
        """Code a lot bought of a supplier outside the ledger, and enter the purchase.

        With all members that the measures ask for; the supplier's contact is a hidden field.
        """
        (lot,) = load
        self._step(actor, "code", {lot: ""}, origin=origin)
        named, contact = self.cast.supplier(supplier)
        salts = (self.cast.draw(f"salt:{lot}:{number}", 32) for number in count())
        hidden = {"/suyuan:supplier/contact": contact}
        private, disclosures = hide(hidden, lambda length: next(salts)[:length])
        uri = self.cast.parties[actor].uri
        self.ledger.disclosures.keep([Kept(stored, uri) for stored in disclosures], self.now)
        number = f"{self.cast.day(packed):%Y%m%d}"
        return self._step(
            actor,
            "receive",
            load,
            supplier=named,
            lot=number,
            certificate=f"（演示）出厂检验{number}号",
            purchased=f"{self.now:%Y-%m-%d}",
            private=private,
            **stated,
        )


def _causes(actor: str, links: Iterable[SignedLink]) -> tuple[AfterRef, ...]:
    """The links of others that a link of `actor` follows from, each once, in the log's order."""
    refs = {link.ref.index: link.ref for link in links if link.actor != actor}
    return tuple(refs[index] for index in sorted(refs))
