"""Section 10 of the format, the way: how it is followed, begins and counts.

Part of the second verifier.
"""

import re

from conformance.reference.forms import is_object
from conformance.reference.identifiers import step_of, those
from conformance.reference.joins import Joins, parent_of


class Way(Joins):
    """The way of the item through what is here."""

    def __init__(self, part, value, holder):
        super().__init__(part, value, holder)
        self.ends = [holder] if holder else self.last_holders()
        self.way = {}  # (item, actor, looked at for): the last number
        for actor in self.ends:
            self.follow(self.item, actor, None, 2**60)

    def last_holders(self):
        mine = {actor: indexes for (item, actor), indexes in self.chains.items()
                if item == self.item and any(self.is_on_goods(i) for i in indexes)}  # fmt: skip
        joined = {actor for own_actor, indexes in mine.items() for i in indexes
                  for item, actor, _ in self.joins(i, self.item)
                  if item == self.item and actor != own_actor}  # fmt: skip
        return [actor for actor in mine if actor not in joined] or list(mine)

    def follow(self, item, actor, wanted, last):
        """Follow a chain up to a number; a container perhaps for one item in it only."""
        if wanted == item:
            wanted = None
        if self.way.get((item, actor, wanted), -1) >= last:
            return
        self.way[item, actor, wanted] = last
        for index in self.chains.get((item, actor), []):
            if self.seq(index, item) > last:
                continue
            event = self.event(index)
            children, parent = those(event, "children"), parent_of(event)
            if item in those(event, "outputs"):
                for one in those(event, "inputs"):
                    self.follow(one, actor, None, self.seq(index, one))
            if event.get("action") == "DELETE":
                if item in children and parent is not None:
                    self.follow(parent, actor, wanted or item, self.seq(index, parent))
            elif parent == item:
                for child in children:
                    at = self.seq(index, child)
                    if wanted in (None, child) or self.had_inside(child, actor, at, wanted, set()):
                        self.follow(child, actor, wanted, at)
            for joined, other, number in self.joins(index, item):
                self.follow(joined, other, wanted or (item if joined != item else None), number)

    def parts(self):
        """Each chain on the way, and its links there."""
        lasts = {}
        for (item, actor, _), last in self.way.items():
            lasts[item, actor] = max(last, lasts.get((item, actor), -1))
        for pair, last in lasts.items():
            yield pair, [i for i in self.chains.get(pair, []) if self.seq(i, pair[0]) <= last]

    def codes(self, index, item):
        event = self.event(index)
        if self.is_received(index):
            return False
        if event.get("type") == "ObjectEvent" and event.get("action") == "ADD":
            return item in those(event, "objects")
        return event.get("type") == "TransformationEvent" and item in those(event, "outputs")

    def begins(self, item, actor, indexes):
        first = next((i for i in indexes if self.is_on_goods(i)), None)
        if first is None:
            return "unsent" if (item, actor) == (self.item, self.holder) else None
        event = self.event(first)
        kind, action, parent = event.get("type"), event.get("action"), parent_of(event)
        if self.is_received(first):
            return "reported"
        packs = kind == "AggregationEvent" and action == "ADD" and parent == item
        if packs or self.codes(first, item):
            return "unsent" if self.is_anothers(item, actor) else "well"
        if self.joins(first, item):
            return "well"
        is_out = kind == "AggregationEvent" and action == "DELETE" and parent
        if is_out and item in those(event, "children"):
            place = parent, actor, self.seq(first, parent)
            if self.had_inside(*place, item, set()):
                return "well"
        if self.is_purchase(first):
            return "purchase"
        return "unsent"

    def is_anothers(self, item, actor):
        """Whether the authority says that an item is neither this actor's nor its firm's."""
        gs1 = re.fullmatch("https://id[.]gs1[.]org/(01|00)/([0-9]+)(/.*)?", item)
        names = [item, item.split("/10/")[0].split("/21/")[0]]
        digits = gs1[2][1:] if gs1 and len(gs1[2]) == (14 if gs1[1] == "01" else 18) else ""
        if not digits.startswith("00000"):
            names += [f"urn:suyuan:prefix:{digits[:n]}" for n in range(12, 6, -1) if digits]
        said = next((self.owned[one] for one in names if one in self.owned), {})
        mine = [actor, self.registered.get(actor, {}).get("part_of", actor)]
        return "party" in said and said["party"] not in mine

    def is_purchase(self, index):
        event = self.event(index)
        return (
            step_of(event) == "receiving" and is_object(event.get("suyuan:supplier"))
            and not any(self.is_dispatch(one) or self.is_refusal(one) for one in self.named(index))
            and not any("ledger" in one for one in self.links[index]["after"])
        )  # fmt: skip

    def counting(self, indexes):
        events = [self.event(i) for i in indexes if self.event(i)]
        gone = [e.get("eventID") for e in events if "errorDeclaration" in e]
        undone = [e.get("suyuan:of") for e in events
                  if step_of(e) == "void_shipping" and "errorDeclaration" not in e]  # fmt: skip
        found, seen = [], []
        for index in indexes:
            event = self.event(index)
            name = event.get("eventID")
            if not event or "errorDeclaration" in event:
                continue
            if name is not None and (name in gone or name in seen):
                continue
            if name is not None and step_of(event) == "shipping" and name in undone:
                continue
            seen.append(name)
            found.append(index)
        return found
