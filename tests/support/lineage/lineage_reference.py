"""A plain reference for lineage, containment, holdings, shipments and mass balance.

Works from the links' payloads only, in one walk over all events that count in order of event
time, keeping what is loose, what is inside what and where each piece is. Slow and simple: what
the product keeps up to date item by item is here computed anew for the whole ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from support.lineage.lineage_records import (
    ONE,
    REFUSE,
    Amount,
    Counting,
    Key,
    Line,
    Place,
    Record,
    names,
)

OUT = ("used", "sold", "lost", "destroyed")


class Reference(Counting):
    """The lineage, holdings and containment of payloads; a payload's position is its leaf."""

    def __init__(self, payloads: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(payloads)
        self.balance: dict[tuple[str, str, bool], int | None] = {}
        self.kinds: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
        self.inside: dict[tuple[str, str], int] = {}  # of lots, how much in which container
        self.stays: dict[tuple[str, str], list[tuple[Key, int]]] = defaultdict(list)
        self.at: dict[str, Place] = {}  # of pieces
        self.lines: dict[tuple[int, str], Line] = {}
        self.used: dict[int, set[str]] = defaultdict(set)
        self.made: dict[int, set[str]] = defaultdict(set)
        self.gone: dict[str, Counter[str]] = defaultdict(Counter)  # with what they were in
        self._brought = self._sources()
        self._open_lines()
        self._makings = self._names_of_makings()
        for record in self.standing:
            self._take(record)

    # The walk

    def _open_lines(self) -> None:
        for record in self.standing:
            if not record.is_sending:
                continue
            for _, item, amount in self._each(record):
                if record.step == REFUSE:
                    for sent in self._dispatches(record):
                        if item in sent.parts["object"]:
                            whole = self._sum(item, sent.parts["object"][item])
                            sent_back = (record.actor, sent.actor, amount or whole)
                            self.lines[record.leaf, item] = Line(record.leaf, item, *sent_back)
                    continue
                recipient = record.recipient()
                if self.parties.get(recipient or "", record.leaf) >= record.leaf:
                    recipient = None
                line = Line(record.leaf, item, record.actor, recipient, amount)
                self.lines[record.leaf, item] = line

    def _names_of_makings(self) -> dict[int, int]:
        first: dict[tuple[str, str], int] = {}
        makings = {}
        for record in sorted(self.standing, key=lambda record: record.leaf):
            name = record.event.get("transformationID")
            if record.type == "TransformationEvent":
                key = (record.actor, name or str(record.leaf))
                makings[record.leaf] = first.setdefault(key, record.leaf)
        return makings

    def _take(self, record: Record) -> None:
        if record.type == "TransformationEvent":
            self._making(record)
        if record.type == "AggregationEvent" and record.parent is not None:
            self._aggregation(record)
        if record.step in ("receiving", REFUSE) and not record.is_received:
            self._answer(record)
        for side, item, amount in self._each(record):
            kind = self._kind(record, side)
            is_both = item in record.parts["input"] and item in record.parts["output"]
            if kind is not None and record.holder is not None and not is_both:
                self._effect(record, item, kind, amount)

    def _making(self, record: Record) -> None:
        making = self._makings[record.leaf]
        for item in record.parts["input"]:
            self.used[making] |= {item} | self._content(item)
        self.made[making] |= set(record.parts["output"])

    def _aggregation(self, record: Record) -> None:
        parent = record.parent
        assert parent is not None
        if record.action not in ("ADD", "DELETE"):
            return
        place = self.at.get(parent, Place("nowhere"))
        if place.how != "in" and record.holder is not None:
            self.at[parent] = Place("held", record.holder, record.is_received)
        if record.action == "DELETE" and not record.parts["child"]:
            for item in self._directly(parent):
                amount = (self.inside.get((item, parent), 0), "?")
                self._effect(record, item, "unpacked", ONE if self.is_piece(item) else amount)

    def _answer(self, record: Record) -> None:
        for sent in self._dispatches(record):
            named = set(record.parts["object"])
            shipped = {item for _, item, _ in self._each(sent)}
            shipped = {item for item in shipped if (sent.leaf, item) in self.lines}
            if record.step == "receiving" and not named & shipped:
                for item in shipped:  # its contents, or under another number
                    line = self.lines[sent.leaf, item]
                    line.answers.append(record.leaf)
                    line.is_here = True
                continue
            for item in named & shipped:
                amount = self._sum(item, record.parts["object"][item])
                self._answered(record, self.lines[sent.leaf, item], amount)

    def _answered(self, record: Record, line: Line, amount: Amount) -> None:
        whole = 0 if line.amount is None else line.amount[0]
        micro = whole if amount is None else amount[0]
        line.answers.append(record.leaf)
        if record.step == REFUSE:
            line.refused += micro
        else:
            line.named += micro
            line.receipts += 1

    def _effect(self, record: Record, item: str, kind: str, amount: Amount) -> None:
        account = (item, str(record.holder), record.is_received)
        if kind == "receipt":
            kind = "received" if self._is_answer(record) else "bought"
            self._out_of_shipped(record, item, amount)
        if kind == "refusal":
            if (record.leaf, item) in self.lines and self.is_piece(item):
                self._move(record, item, Place("sent", record.leaf))
            return
        if self.is_piece(item):
            self._move(record, item, self._place_after(record, item, kind))
            return
        if kind == "packed":
            self._set_inside(record, item, str(record.parent), amount and amount[0])
        if kind == "unpacked":
            self._take_out(record, item, str(record.parent), amount)
        self._book(account, kind, amount)

    def _place_after(self, record: Record, item: str, kind: str) -> Place:
        before = self.at.get(item, Place("nowhere"))
        if kind == "packed":
            return before if record.parent == item else Place("in", record.parent)
        if before.how == "in" and kind in ("coded", "caught", "made", "counted"):
            return before  # recorded where it is
        if kind == "sent":
            return Place("gone", kind) if record.is_received else Place("sent", record.leaf)
        if kind in OUT:
            return Place("gone", kind)
        return Place("held", record.holder, record.is_received)

    def _move(self, record: Record, item: str, place: Place) -> None:
        """A piece goes somewhere; with its container, it stays inside that."""
        before = self.at.get(item, Place("nowhere"))
        is_out = before.how == "in" and place.how != "in" and record.type != "AggregationEvent"
        if is_out and set(self.around(item)) & names(record):
            return  # moved together with what it is in
        if before.how == "in" and before != place:
            self.stays[item, before.where].append((record.key, 0))
        if place.how == "in" and before != place:
            self.stays[item, place.where].append((record.key, 10**6))
        self.at[item] = place
        if place.how == "gone" and place.where in OUT:
            self._gone(record, item, place.where)

    def _gone(self, record: Record, container: str, kind: str) -> None:
        """Its content is gone too."""
        for item in self._directly(container):
            self.stays[item, container].append((record.key, 0))
            if self.is_piece(item):
                self.at[item] = Place("gone", kind)
                self._gone(record, item, kind)
            else:
                self.gone[item][kind] += self.inside.pop((item, container))

    def _set_inside(self, record: Record, item: str, container: str, delta: int | None) -> None:
        self.inside[item, container] = max(0, self.inside.get((item, container), 0) + (delta or 0))
        self.stays[item, container].append((record.key, self.inside[item, container]))

    def _take_out(self, record: Record, item: str, container: str, amount: Amount) -> None:
        there = self.inside.get((item, container), 0)
        out = there if amount is None else amount[0]
        self._set_inside(record, item, container, -min(out, there))

    def _out_of_shipped(self, record: Record, item: str, amount: Amount) -> None:
        """Contents of what was shipped, received by themselves, are out of it."""
        shipped = {name for sent in self._named(record) for name in names(sent)}
        if item in shipped or self.is_piece(item):
            return  # a piece is moved, and so out
        left = None if amount is None else amount[0]
        for container in sorted(c for i, c in self.inside if i == item):
            if left == 0 or not ({container} | set(self.around(container))) & shipped:
                continue
            there = self.inside[item, container]
            out = there if left is None else min(there, left)
            self._set_inside(record, item, container, -out)
            left = None if left is None else left - out

    def _book(self, account: tuple[str, str, bool], kind: str, amount: Amount) -> None:
        before = self.balance.get(account, 0)
        value = None if amount is None else amount[0]
        if kind == "coded" and account in self._brought:
            value = 0
        if kind == "counted" and value is None:
            return
        if kind == "counted":
            self.balance[account] = value
            known = value is not None and before is not None
            self.kinds[account]["counted"] += value - before if known else 0
            return
        sign = -1 if kind in (*OUT, "sent", "packed") else 1
        if value is None or before is None:
            self.balance[account] = None
        else:
            self.balance[account] = before + sign * value
        self.kinds[account][kind] += sign * (value or 0)

    # Questions

    def around(self, piece: str) -> list[str]:
        """The containers around a piece, from the inside out; each once."""
        containers: list[str] = []
        while (place := self.at.get(piece, Place("nowhere"))).how == "in":
            piece = place.where
            if piece in containers:
                break
            containers.append(piece)
        return containers

    def _directly(self, container: str) -> list[str]:
        pieces = [item for item, place in self.at.items() if place == Place("in", container)]
        lots = [item for (item, c), amount in self.inside.items() if c == container and amount]
        return sorted(pieces + lots)

    def _content(self, container: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """All that is inside now, at any depth."""
        items: set[str] = set()
        for item in self._directly(container):
            if item not in seen:
                items |= {item} | self._content(item, seen | {container, item})
        return items

    def stock(self, item: str) -> Counter[tuple[str | None, bool, bool, str | None, str | None]]:
        """Millionths of it by holder, if on the way, if reported, innermost container, sender."""
        places: Counter[Any] = Counter()
        if self.is_piece(item):
            places[self._where(item)] = ONE[0]
        else:
            for (name, holder, reported), amount in self.balance.items():
                if name == item and amount:
                    places[holder, False, reported, None, None] += amount
            for (name, container), amount in self.inside.items():
                if name == item and amount:
                    where = self._where(container)
                    if where is not None:
                        places[*where[:3], container, where[4]] += amount
            for line in self.lines.values():
                if line.item == item and line.state == "open" and line.amount:
                    places[line.recipient, True, False, None, line.sender] += line.amount[0]
        places.pop(None, None)
        return places

    def balance_of(self, item: str) -> dict[str, int]:
        """A lot's mass balance in millionths by entry, but for differences."""
        accounts = [key for key in self.balance if key[0] == item]
        lines = [line for line in self.lines.values() if line.item == item and line.amount]
        totals = {kind: self.gone[item][kind] for kind in OUT}
        for key in accounts:
            for kind in OUT:
                totals[kind] -= self.kinds[key][kind]
        loose = [self.balance[key] or 0 for key in accounts]
        states = {"in transit": "open", "sent outside": "outside"}
        return totals | {
            "brought in": sum(
                self.kinds[key][kind]
                for key in accounts
                for kind in ("coded", "caught", "made", "bought")
            ),
            "held": sum(amount for amount in loose if amount > 0),
            "overdrawn": -sum(amount for amount in loose if amount < 0),
            "counted short": -sum(self.kinds[key]["counted"] for key in accounts),
            "in containers": sum(n for (name, _), n in self.inside.items() if name == item),
            **{
                name: sum(line.amount[0] for line in lines if line.state == state and line.amount)
                for name, state in states.items()
            },
        }

    def _where(self, piece: str) -> tuple[str | None, bool, bool, str | None, str | None] | None:
        around = self.around(piece)
        inner, outermost = (around[0], around[-1]) if around else (None, piece)
        place = self.at.get(outermost, Place("nowhere"))
        if place.how == "held":
            return place.where, False, place.is_reported, inner, None
        line = self.lines.get((place.where, outermost)) if place.how == "sent" else None
        while line is not None and line.answers and not line.received:
            line = self.lines.get((line.answers[-1], outermost))  # refused, and on its way back
        if line is not None and line.received:  # by one who says that it was earlier, say
            return self.records[line.answers[-1]].actor, False, False, inner, None
        if line is not None and line.state == "open":
            return line.recipient, True, False, inner, line.sender
        return None

    def inside_at(self, item: str, container: str, key: Key) -> int:
        """How many millionths of it were inside just after an event."""
        known = [amount for at, amount in self.stays.get((item, container), ()) if at <= key]
        return known[-1] if known else 0

    def reach(self, item: str, *, forward: bool) -> dict[str, int]:
        """All that it was made from or that was made from it, with the distance in makings."""
        start, end = (self.used, self.made) if forward else (self.made, self.used)
        depth = {item: 0}
        edge, steps = {item}, 0
        while edge:
            steps += 1
            makings = [making for making, items in start.items() if items & edge]
            edge = {other for making in makings for other in end.get(making, ())} - set(depth)
            depth |= dict.fromkeys(edge, steps)
        return depth
