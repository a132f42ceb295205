"""What the store knows of items: all that their stories are told from, as of a number of links."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from suyuan.trace.format.event_items import Role, id_key
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.quantities import Quantity, exact
from suyuan.trace.lineage.lots import coded, entered
from suyuan.trace.lineage.model import ItemEvent, Lot, Product
from suyuan.trace.lineage.nesting import bears
from suyuan.trace.lineage.stock import is_dispatch, is_receipt, is_refusal
from suyuan.trace.lineage.story import Answer, Known

from .item_events import ItemEvents

_ADD = ("ObjectEvent", "ADD")
_OF_GTIN = re.compile(r"https://id\.gs1\.org/01/[0-9]{14}")
_LISTS = (
    ("quantityList", Role.OBJECT),
    ("childQuantityList", Role.CHILD),
    ("inputQuantityList", Role.INPUT),
    ("outputQuantityList", Role.OUTPUT),
)


class Material(ItemEvents):
    """What is known of items by their numbers."""

    def containers(self, item: int) -> set[int]:
        """The containers that an item was ever packed into, and all that those were."""
        containers: set[int] = set()
        front = {item}
        while front:
            names = {
                event.container
                for number in sorted(front)
                for event in self.counting(number)
                if event.role & Role.CHILD and event.action == "ADD" and event.container is not None
            }
            front = set(self.numbers(names).values()) - containers - {item}
            containers |= front
            self.load(front)
        return containers

    def _bearing(self, container: int) -> list[ItemEvent]:
        """The events of a container that bear on what is inside what."""
        if container not in self._bears:
            self._bears[container] = [
                event
                for event in self.counting(container)
                if bears(event) and (not is_refusal(event) or self._is_sent_back(container, event))
            ]
        return self._bears[container]

    def _is_sent_back(self, item: int, refusal: ItemEvent) -> bool:
        """Whether who refuses an item was sent it by what the refusal names."""
        sent = {event.leaf: event for event in self.counting(item) if is_dispatch(event)}
        return any(
            n in sent and self._replies.may_answer(sent[n], refusal.actor) for n in refusal.after
        )

    def _instead(self, item: int) -> dict[int, list[int]]:
        """For what was declared an error: the events that count in its place."""
        every = self._events[item]
        declared = {e.leaf: e for e in every if self._void.get(e.leaf) == e.leaf}
        if not declared:
            return {}
        right: dict[int, list[int]] = {}
        for error in declared.values():
            declaration = (self.event(error.leaf) or {}).get("errorDeclaration")
            names = declaration.get("correctiveEventIDs") if isinstance(declaration, dict) else None
            keys = {id_key(n) for n in names or () if isinstance(n, str)}
            own = [e for e in every if e.actor == error.actor and e.leaf not in declared]
            for wrong in own:
                if wrong.event_id == error.event_id and self.is_void(wrong.leaf):
                    right[wrong.leaf] = [e.leaf for e in own if e.event_id in keys]
        return {leaf: self._in_force(leaf, right) for leaf in right}

    def _in_force(self, leaf: int, right: Mapping[int, Sequence[int]]) -> list[int]:
        in_force, seen, todo = [], {leaf}, list(right[leaf])
        while todo:
            other = todo.pop(0)
            if other in seen:
                continue
            seen.add(other)
            if self.is_void(other):
                todo += right.get(other, ())
            else:
                in_force.append(other)
        return sorted(in_force)

    def known(self, item: int) -> Known:
        """All that an item's story is made from."""
        events = self.counting(item)
        containers = {self.uri(n): self._bearing(n) for n in sorted(self.containers(item))}
        instead = self._instead(item)
        shipped = [(event, self._shipped(item, event)) for event in events if is_receipt(event)]
        replies = frozenset(
            event.leaf for event, named in shipped if named or self._is_reply(item, event)
        )
        events = [
            replace(event, is_misdirected=True)
            if event.leaf not in replies and self._replies.is_misdirected(event)
            else event
            for event in events
        ]
        lot = self.lot(item)
        every = self._events[item]
        as_of = max((event.leaf for event in every), default=0)
        product = self._product(item, lot, as_of + 1)
        return Known(
            item=self.uri(item),
            as_of=as_of,
            events=events,
            containers=containers,
            wholes=frozenset(
                event.leaf for part in containers.values() for event in part if self._empties(event)
            ),
            voided=frozenset(e.leaf for e in every if self.is_void(e.leaf)),
            recipients={event.leaf: self._recipient(event) for event in events},
            answers={
                event.leaf: self._answers(item, event, instead)
                for event in events
                if is_dispatch(event) or is_refusal(event)
            },
            replies=replies,
            shipped={leaf: names for _, named in shipped for leaf, names in named.items()},
            instead=instead,
            amounts={} if product is None or not product.conversions else {
                event.leaf: amount
                for event in events
                if event.quantity is None
                and (amount := self._amount(item, event, product)) is not None
            },
            lot=lot,
            product=product,
        )  # fmt: skip

    def _product(self, item: int, lot: Lot | None, before: int) -> Product | None:
        """The product that a lot's coding names, else that of its GTIN."""
        uri = None if lot is None else lot.product
        if uri is None and (match := _OF_GTIN.match(self.uri(item))) is not None:
            uri = match[0]
        return None if uri is None else self.facts.product(uri, before, self._coder(item))

    def _empties(self, event: ItemEvent) -> bool:
        """Whether an unpacking names no content: all of it came out."""
        if event.type != "AggregationEvent" or event.action != "DELETE":
            return False
        body = self.event(event.leaf) or {}
        return event.role == Role.PARENT and not body.get("childEPCs") and not body.get(
            "childQuantityList"
        )  # fmt: skip

    def _recipient(self, event: ItemEvent) -> str | None:
        """The party that a dispatch went to; None where it was not in the ledger then."""
        name = self._recipients.get(event.leaf) if is_dispatch(event) else None
        if name is None or self.facts.registration(name, event.leaf) is None:
            return None
        return name

    def _answers(
        self, item: int, sent: ItemEvent, instead: Mapping[int, Sequence[int]]
    ) -> list[Answer]:
        """What answers a dispatch, or answered what it now stands in the place of."""
        answers: list[Answer] = []
        own = {event.leaf: event for event in self._events[item]}
        named = [sent.leaf, *(wrong for wrong, right in instead.items() if sent.leaf in right)]
        for leaf in sorted({leaf for other in named for leaf in self._named_by.get(other, ())}):
            if self.is_void(leaf):
                continue
            event = own.get(leaf)
            link = None if event is not None else self.link(leaf)
            actor = event.actor if event is not None else None if link is None else link.actor
            if actor is None or not self._replies.may_answer(sent, actor):
                continue
            if event is not None:
                answers.append(Answer(leaf, event))
            elif link is not None and self._replies.is_for_all(sent, link):
                answers.append(Answer(leaf, None, is_for_all=True))
        return answers

    def _is_reply(self, item: int, receipt: ItemEvent) -> bool:
        """Whether a receipt names a dispatch or refusal of the item to its actor."""
        return any(
            (is_dispatch(sent) or is_refusal(sent))
            and not sent.is_received
            and self._replies.may_answer(sent, receipt.actor)
            for sent in self._events[item]
            if sent.leaf in receipt.after
        )

    def _shipped(self, item: int, receipt: ItemEvent) -> dict[int, frozenset[str]]:
        own = {event.leaf for event in self._events[item]}
        shipped = {}
        for leaf in receipt.after:
            link = None if leaf in own else self.link(leaf)
            if link is not None and receipt.actor in self._replies.sent_to(link):
                shipped[leaf] = frozenset(ref.item for ref in link.items)
        return shipped

    def _amount(self, item: int, event: ItemEvent, product: Any) -> Quantity | None:
        """An amount in a unit that the product's statement converts, 箱 say."""
        body, uri = self.event(event.leaf) or {}, self.uri(item)
        total = 0
        unit = None
        for name, role in _LISTS:
            if not event.role & role:
                continue
            for element in body.get(name, ()):
                uom = element.get("uom")
                ratio = product.conversions.get(uom) if isinstance(uom, str) else None
                if canonical(element["epcClass"]) != uri:
                    continue
                plain = exact(element.get("quantity"), product.unit)
                if ratio is None or plain is None:
                    return None
                micro = plain.micro * ratio
                if micro != micro.to_integral_value():
                    return None
                total, unit = total + int(micro), plain.unit
        return None if unit is None else Quantity(total, unit)

    def lot(self, item: int) -> Lot | None:
        """What an item is, by its coder's newest event that counts and says so."""
        newest = None
        coder, codings = self._coder(item), self._codings(item)
        for event in reversed([event for event in codings if event.actor == coder]):
            stated = coded(self.uri(item), event.leaf, self.event(event.leaf))
            if stated is not None and (stated.name is not None or newest is None):
                newest = stated
                if stated.name is not None:
                    break
        if newest is not None:
            return newest
        # As its first buyer states it, where nobody here coded it.
        bought = (
            entered(self.uri(item), e.leaf, self.event(e.leaf)) for e in self._purchases(item)
        )
        return next((lot for lot in bought if lot is not None), None)

    def _codings(self, item: int) -> list[ItemEvent]:
        """The events that count and bring an item about, in the order of the log."""
        events = sorted(self.counting(item), key=lambda e: e.leaf)
        return [e for e in events if (e.type, e.action) == _ADD or e.role & Role.OUTPUT]

    def _coder(self, item: int) -> str | None:
        """Who coded or bought an item: the owner of its prefix where that did, else the first."""
        codings = self._codings(item) or self._purchases(item)
        actors = list(dict.fromkeys(event.actor for event in codings))
        if len(actors) > 1:  # which rule `coding` lets happen for items of GS1's only
            owner = self.facts.owner(self.uri(item), codings[-1].leaf)
            if owner is not None and owner.party in actors:
                return owner.party
        return next(iter(actors), None)

    def _purchases(self, item: int) -> list[ItemEvent]:
        """The receipts that answer no dispatch, but for those that a document reports."""
        receipts = (e for e in self.counting(item) if is_receipt(e) and not e.after)
        return [event for event in receipts if not event.is_received]
