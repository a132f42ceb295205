"""A plain reference for lineage, containment, holdings, shipments and mass balance.

Works from the links' payloads only, in one walk over all events that count in order of event
time, keeping what is loose, what is inside what and where each piece is. Slow and simple: what
the product keeps up to date item by item is here computed anew for the whole ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from support.lineage.lineage_said import (
    ONE,
    REFUSE,
    Amount,
    Counting,
    Key,
    Line,
    Place,
    Said,
    names,
)

OUT = ("used", "sold", "lost", "destroyed")


class Reference(Counting):
    """What is known as of these payloads; a payload's position is its leaf."""

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
        for one in self.standing:
            self._take(one)

    # The walk

    def _open_lines(self) -> None:
        for one in self.standing:
            if not one.is_sending:
                continue
            for _, item, amount in self._each(one):
                if one.step == REFUSE:
                    for sent in self._dispatches(one):
                        if item in sent.parts["object"]:
                            whole = self._sum(item, sent.parts["object"][item])
                            line = Line(one.leaf, item, one.actor, sent.actor, amount or whole)
                            self.lines[one.leaf, item] = line
                    continue
                recipient = one.recipient()
                if self.parties.get(recipient or "", one.leaf) >= one.leaf:
                    recipient = None
                self.lines[one.leaf, item] = Line(one.leaf, item, one.actor, recipient, amount)

    def _names_of_makings(self) -> dict[int, int]:
        first: dict[tuple[str, str], int] = {}
        found = {}
        for one in sorted(self.standing, key=lambda one: one.leaf):
            name = one.event.get("transformationID")
            if one.type == "TransformationEvent":
                key = (one.actor, name or str(one.leaf))
                found[one.leaf] = first.setdefault(key, one.leaf)
        return found

    def _take(self, one: Said) -> None:
        if one.type == "TransformationEvent":
            self._making(one)
        if one.type == "AggregationEvent" and one.parent is not None:
            self._aggregation(one)
        if one.step in ("receiving", REFUSE) and not one.is_received:
            self._answer(one)
        for side, item, amount in self._each(one):
            kind = self._kind(one, side)
            is_both = item in one.parts["input"] and item in one.parts["output"]
            if kind is not None and one.holder is not None and not is_both:
                self._effect(one, item, kind, amount)

    def _making(self, one: Said) -> None:
        making = self._makings[one.leaf]
        for item in one.parts["input"]:
            self.used[making] |= {item} | self._content(item)
        self.made[making] |= set(one.parts["output"])

    def _aggregation(self, one: Said) -> None:
        parent = one.parent
        assert parent is not None
        if one.action not in ("ADD", "DELETE"):
            return
        place = self.at.get(parent, Place("nowhere"))
        if place.how != "in" and one.holder is not None:
            self.at[parent] = Place("held", one.holder, one.is_received)
        if one.action == "DELETE" and not one.parts["child"]:
            for item in self._directly(parent):
                amount = (self.inside.get((item, parent), 0), "?")
                self._effect(one, item, "unpacked", ONE if self.is_piece(item) else amount)

    def _answer(self, one: Said) -> None:
        for sent in self._dispatches(one):
            named = set(one.parts["object"])
            shipped = {item for _, item, _ in self._each(sent)}
            shipped = {item for item in shipped if (sent.leaf, item) in self.lines}
            if one.step == "receiving" and not named & shipped:
                for item in shipped:  # its contents, or under another number
                    line = self.lines[sent.leaf, item]
                    line.answers.append(one.leaf)
                    line.is_here = True
                continue
            for item in named & shipped:
                amount = self._sum(item, one.parts["object"][item])
                self._answered(one, self.lines[sent.leaf, item], amount)

    def _answered(self, one: Said, line: Line, amount: Amount) -> None:
        whole = 0 if line.amount is None else line.amount[0]
        said = whole if amount is None else amount[0]
        line.answers.append(one.leaf)
        if one.step == REFUSE:
            line.refused += said
        else:
            line.named += said
            line.receipts += 1

    def _effect(self, one: Said, item: str, kind: str, amount: Amount) -> None:
        account = (item, str(one.holder), one.is_received)
        if kind == "receipt":
            kind = "received" if self._is_answer(one) else "bought"
            self._out_of_shipped(one, item, amount)
        if kind == "refusal":
            if (one.leaf, item) in self.lines and self.is_piece(item):
                self._move(one, item, Place("sent", one.leaf))
            return
        if self.is_piece(item):
            self._move(one, item, self._place_after(one, item, kind))
            return
        if kind == "packed":
            self._set_inside(one, item, str(one.parent), amount and amount[0])
        if kind == "unpacked":
            self._take_out(one, item, str(one.parent), amount)
        self._book(account, kind, amount)

    def _place_after(self, one: Said, item: str, kind: str) -> Place:
        before = self.at.get(item, Place("nowhere"))
        if kind == "packed":
            return before if one.parent == item else Place("in", one.parent)
        if before.how == "in" and kind in ("coded", "caught", "made", "counted"):
            return before  # said of it where it is
        if kind == "sent":
            return Place("gone", kind) if one.is_received else Place("sent", one.leaf)
        if kind in OUT:
            return Place("gone", kind)
        return Place("held", one.holder, one.is_received)

    def _move(self, one: Said, item: str, place: Place) -> None:
        """A piece goes somewhere; with its container, it stays inside that."""
        before = self.at.get(item, Place("nowhere"))
        is_out = before.how == "in" and place.how != "in" and one.type != "AggregationEvent"
        if is_out and set(self.around(item)) & names(one):
            return  # moved together with what it is in
        if before.how == "in" and before != place:
            self.stays[item, before.where].append((one.key, 0))
        if place.how == "in" and before != place:
            self.stays[item, place.where].append((one.key, 10**6))
        self.at[item] = place
        if place.how == "gone" and place.where in OUT:
            self._gone(one, item, place.where)

    def _gone(self, one: Said, container: str, kind: str) -> None:
        """What was inside went with it."""
        for item in self._directly(container):
            self.stays[item, container].append((one.key, 0))
            if self.is_piece(item):
                self.at[item] = Place("gone", kind)
                self._gone(one, item, kind)
            else:
                self.gone[item][kind] += self.inside.pop((item, container))

    def _set_inside(self, one: Said, item: str, container: str, delta: int | None) -> None:
        self.inside[item, container] = max(0, self.inside.get((item, container), 0) + (delta or 0))
        self.stays[item, container].append((one.key, self.inside[item, container]))

    def _take_out(self, one: Said, item: str, container: str, amount: Amount) -> None:
        there = self.inside.get((item, container), 0)
        out = there if amount is None else amount[0]
        self._set_inside(one, item, container, -min(out, there))

    def _out_of_shipped(self, one: Said, item: str, amount: Amount) -> None:
        """Contents of what was shipped, received by themselves, are out of it."""
        shipped = {name for sent in self._named(one) for name in names(sent)}
        if item in shipped or self.is_piece(item):
            return  # a piece is moved, and so out
        left = None if amount is None else amount[0]
        for container in sorted(c for i, c in self.inside if i == item):
            if left == 0 or not ({container} | set(self.around(container))) & shipped:
                continue
            there = self.inside[item, container]
            out = there if left is None else min(there, left)
            self._set_inside(one, item, container, -out)
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
        found: list[str] = []
        while (place := self.at.get(piece, Place("nowhere"))).how == "in":
            piece = place.where
            if piece in found:
                break
            found.append(piece)
        return found

    def _directly(self, container: str) -> list[str]:
        pieces = [item for item, place in self.at.items() if place == Place("in", container)]
        lots = [item for (item, c), amount in self.inside.items() if c == container and amount]
        return sorted(pieces + lots)

    def _content(self, container: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """All that is inside now, at any depth."""
        found: set[str] = set()
        for item in self._directly(container):
            if item not in seen:
                found |= {item} | self._content(item, seen | {container, item})
        return found

    def stock(self, item: str) -> Counter[tuple[str | None, bool, bool, str | None, str | None]]:
        """How many millionths of it are where.

        By holder, whether on the way, whether reported, innermost container, sender.
        """
        found: Counter[Any] = Counter()
        if self.is_piece(item):
            found[self._where(item)] = ONE[0]
        else:
            for (name, holder, reported), amount in self.balance.items():
                if name == item and amount:
                    found[holder, False, reported, None, None] += amount
            for (name, container), amount in self.inside.items():
                if name == item and amount:
                    where = self._where(container)
                    if where is not None:
                        found[*where[:3], container, where[4]] += amount
            for line in self.lines.values():
                if line.item == item and line.state == "open" and line.amount:
                    found[line.recipient, True, False, None, line.sender] += line.amount[0]
        found.pop(None, None)
        return found

    def balance_of(self, item: str) -> dict[str, int]:
        """Where all of a lot went: what came in, and what became of it, but for differences."""
        accounts = [key for key in self.balance if key[0] == item]
        lines = [line for line in self.lines.values() if line.item == item and line.amount]
        found = {kind: self.gone[item][kind] for kind in OUT}
        for key in accounts:
            for kind in OUT:
                found[kind] -= self.kinds[key][kind]
        loose = [self.balance[key] or 0 for key in accounts]
        states = {"in transit": "open", "sent outside": "outside"}
        return found | {
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
            return self.said[line.answers[-1]].actor, False, False, inner, None
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
