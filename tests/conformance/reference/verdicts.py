"""Section 10 of the format, states: what a file says of its item. Part of the second verifier.

`judge(data, trust, holder, today)` gives the exit code, the states in their order and the colour.
Of a broken file it says no acts.
"""

import contextlib
import re
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from conformance.reference import evidence
from conformance.reference.forms import is_object, is_text
from conformance.reference.identifiers import PARTS, canonical, step_of, those
from conformance.reference.joins import alike, is_return, own, parent_of
from conformance.reference.way import Way

STATES = (
    "broken", "recalled", "contains_recalled", "on_hold", "test_failed", "unsourced",
    "contradicted", "label", "expired", "undecided", "verified",
)  # fmt: skip
FAILED = ("不符合", "阳性", "fail", "positive", "not passed", "unfit")
UNITS = {
    "kg": "KGM 1 GRM 0.001 MGM 0.000001 HGM 0.1 TNE 1000 DTN 100 LBR 0.45359237 ONZ 0.028349523125",
    "L": "LTR 1 MLT 0.001 CLT 0.01 DLT 0.1 HLT 100 MTQ 1000 DMQ 1 CMQ 0.001",
    "m": "MTR 1 CMT 0.01 MMT 0.001 KMT 1000 DMT 0.1",
    "piece": "H87 1 C62 1 EA 1 PCE 1 DZN 12 MIL 1000",
}


def judge(data, trust, holder=None, today=None):
    """Exit code (not strict), states and colour of a file."""
    code, _, part, value = evidence.examine(data, trust)
    if code == evidence.BROKEN:
        return 1, ("broken",), "red"
    if part is None:
        return 3, ("undecided",), "amber"
    found = Judge(part, value, holder).states(today or datetime.now(timezone(timedelta(hours=8))))
    if code == evidence.UNDECIDED:
        found["undecided"] = "amber"
    if not found:
        found["verified"] = "green"
    colour = next(c for c in ("red", "amber", "green") if c in found.values())
    states = tuple(state for state in STATES if state in found)
    return (3 if "undecided" in found else 0), states, colour


def day_of(event):
    form = "(....)-(..)-(..)T(..):(..):(..)(?:[.][0-9]+)?(?:Z|([+-])(..):(..))".replace(
        "..", "[0-9][0-9]"
    )
    match = re.fullmatch(form, event["eventTime"])
    try:
        local = datetime(*map(int, match.groups()[:6]))
    except (AttributeError, ValueError):
        return None
    away = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    try:
        return (local + (away if match[7] == "-" else -away) + timedelta(hours=8)).date()
    except OverflowError:
        return None


def whole(value, most):
    """A whole number from 0, also as text of at most 8 digits; else None."""
    if is_text(value) and re.fullmatch("[0-9]{1,8}", value):
        value = int(value)
    good = type(value) in (int, float) and value == int(value) and 0 <= value <= most
    return int(value) if good else None


def after_days(day, count):
    try:
        return day + timedelta(days=count)
    except OverflowError:
        return date.max


def has_failed(event):
    text = re.sub(r"^[\s\ufeff]+", "", event["suyuan:result"]).lower()
    return "不合格" in text or text.startswith(FAILED)


def amount_of(event, item):
    """(amount, base unit) of an item that stands in one list; None where not known."""
    parts = [part for part in PARTS if item in those(event, part)]
    if len(parts) != 1 or parent_of(event) == item:
        return None
    total, bases = Fraction(0), set()
    for part in event.get(PARTS[parts[0]][1], []):
        if canonical(part["epcClass"]) != item or "quantity" not in part:
            continue
        number, code = part["quantity"], part.get("uom")
        code = "H87" if code is None else code
        base = [b for b, codes in UNITS.items() if code in codes.split()[::2]]
        text = number if is_text(number) else repr(number)
        digits = re.fullmatch("[+-]?[0-9]{1,400}([.][0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", text)
        if digits is None or not base:
            return None
        words = UNITS[base[0]].split()
        amount = Fraction(text) * Fraction(words[words.index(code) + 1]) * 10**6
        if amount.denominator != 1 or abs(amount) >= 2**63:
            return None
        total += amount
        bases.add(base[0])
    return (total, bases.pop()) if len(bases) == 1 and abs(total) < 2**63 else None


class Judge(Way):
    """The states of the item on its way."""

    def states(self, today):
        """Each state that applies, with its colour."""
        today = today.date() if isinstance(today, datetime) else today
        parts = dict(self.parts())
        on_way = {i for indexes in parts.values() for i in indexes}
        found = {}
        for item in {self.item} | {item for item, _ in parts}:
            for kind, actor in self.acts_on(item):
                if kind == "recall":
                    if item == self.item:
                        found["recalled"] = "red"
                    else:
                        found["contains_recalled"] = "amber"
                elif item == self.item and (self.is_officer(actor) or actor in self.ends):
                    found["on_hold"] = "amber"
        failed = self.failed(parts, on_way)
        if failed:
            found["test_failed"] = failed
        beginnings = {pair: self.begins(*pair, indexes) for pair, indexes in parts.items()}
        if not parts or {"unsent", "reported"} & set(beginnings.values()):
            found["unsourced"] = "amber"
        if self.is_contradicted(parts, beginnings, on_way):
            found["contradicted"] = "amber"
        last = self.last_day(self.item, parts)
        if last is not None and today > last:
            found["expired"] = "amber"
        if self.is_unfinished(on_way):
            found["undecided"] = "amber"
        return found

    def acts_on(self, item):
        """Type and actor of each act in whose scope an item is, in force and no drill."""
        named = {scope["index"] for scope in self.scopes if scope["item"] == item}
        acts = {}
        for index, said in self.statements.items():
            if said["type"] not in ("hold", "recall"):
                continue
            if said["op"] in ("place", "order"):
                acts[said["uri"]] = {
                    "what": (said["type"], self.links[index]["actor"]), "in": False,
                    "drill": said.get("drill", False),
                }  # fmt: skip
            act = acts.get(said["uri"], {})
            if said["op"] in ("place", "order", "extend") and index in named:
                act["in"] = True
            if said["op"] in ("release", "withdraw") or (said["op"] == "clear" and index in named):
                act["in"] = False
        return [act["what"] for act in acts.values() if act["in"] and not act["drill"]]

    def is_made(self, actor, roles):
        """Whether the authority's own newest registration of an actor gives it one of roles."""
        return bool(set(roles) & set(self.granted.get(actor, ())))

    def is_officer(self, actor):
        return actor == self.authority or self.is_made(actor, ("authority", "office"))

    def is_examiner(self, actor):
        return self.is_made(actor, ("laboratory", "office", "authority"))

    def results(self):
        for index, link in self.links.items():
            event = self.event(index)
            if "errorDeclaration" in event or self.is_received(index):
                continue
            said = event.get("suyuan:result")
            if step_of(event) != "inspecting" or not is_text(said) or said == "":
                continue
            if not self.is_declared(index, link["actor"]):
                yield index

    def is_declared(self, index, actor):
        name = self.event(index).get("eventID")
        if "errorDeclaration" in self.event(index):
            return True
        return is_text(name) and any(
            link["actor"] == actor and "errorDeclaration" in self.event(other)
            and self.event(other).get("eventID") == name
            for other, link in self.links.items()
        )  # fmt: skip

    def failed(self, parts, on_way):
        items, actors = {item for item, _ in parts}, {actor for _, actor in parts}
        above = {alike(self.registered.get(actor, {}).get("part_of", actor)) for actor in actors}
        answered = {
            one for index in self.results() for one in self.named(index)
            if self.is_examiner(self.links[index]["actor"]) and not has_failed(self.event(index))
        }  # fmt: skip
        colours, bearing = set(), set(on_way)
        for index in sorted(self.results()):
            actor = self.links[index]["actor"]
            bears = index in on_way or (
                items & set(self.about(index)) and bearing & set(self.named(index))
            )
            bearing |= {index} if bears else set()
            if not bears or index in answered or not has_failed(self.event(index)):
                continue
            if self.is_examiner(actor):
                colours.add("red")
            elif actor in actors or alike(actor) in above:
                colours.add("amber")
        return "red" if "red" in colours else "amber" if colours else None

    def last_day(self, item, parts):
        codings = sorted(
            index for pair, indexes in parts.items() if pair[0] == item
            for index in self.counting(indexes) if self.codes(index, item)
        )  # fmt: skip
        days, lives = [], []
        for index in codings:
            ilmd = self.event(index).get("ilmd")
            if self.links[index]["actor"] != self.links[codings[0]]["actor"]:
                continue
            made = ilmd.get("suyuan:productionDate") if is_object(ilmd) else None
            if is_text(made) and re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", made):
                with contextlib.suppress(ValueError):
                    days.append(date.fromisoformat(made[:10]))
            life = whole(ilmd.get("suyuan:shelfLifeDays"), 36500) if is_object(ilmd) else None
            if life is not None:
                lives.append(life)
        return after_days(max(days), lives[-1]) if days and lives else None

    def is_unfinished(self, on_way):
        made = {}
        for index in on_way:
            document = self.links[index].get("document")
            if document:
                pair = document["sha256"], self.links[index]["actor"]
                made.setdefault(pair, []).append(document["as"])
        return any(
            pair not in self.finished and ("received" in kinds or len(kinds) > 1)
            for pair, kinds in made.items()
        )

    # Contradictions

    def is_contradicted(self, parts, beginnings, on_way):
        if any(self.lost.get(self.keyids[i], 2**60) <= i for i in on_way):
            return True
        reaped = set()
        for (item, _), indexes in parts.items():
            for index in self.counting(indexes):
                if step_of(self.event(index)) in (own("harvest"), own("catch")):
                    reaped.add(item)
        for pair, indexes in parts.items():
            item, actor = pair
            counting = self.counting(indexes)
            if beginnings[pair] == "purchase" and self.is_denied(item, actor, indexes):
                return True
            if self.is_overdrawn(item, counting) or self.is_more_than_sent(item, counting):
                return True
            last = self.last_day(item, parts)
            treated = self.treatments(item, parts)
            for index in counting:
                event, day = self.event(index), day_of(self.event(index))
                step = step_of(event)
                used = item in those(event, "inputs")
                left = step == "retail_selling" or (step == "shipping" and not is_return(event))
                if used and item in those(event, "outputs"):
                    return True
                given = self.kind_of(index, item) in ("used", "sent", "sold", "packed")
                returned = step == "shipping" and is_return(event)
                if day and last and day > last and given and not returned:
                    return True
                cut = step in (own("harvest"), own("catch")) or (step == own("slaughter") and used)
                is_taken = cut or (left and item not in reaped)
                if is_taken and day and any(start <= day < end for start, end in treated):
                    return True
        return False

    def treatments(self, item, parts):
        """First day, and the first day on which it may be eaten again."""
        found = []
        for (other, _), indexes in parts.items():
            for index in self.counting(indexes) if other == item else []:
                event = self.event(index)
                if step_of(event) in (own("pesticide"), own("medicine")) and day_of(event):
                    days = whole(event.get("suyuan:withdrawalDays"), 36500)
                    if days is not None:
                        found.append((day_of(event), after_days(day_of(event), days)))
        return found

    def is_denied(self, item, actor, indexes):
        first = next(i for i in indexes if self.is_on_goods(i))
        uscc = self.event(first)["suyuan:supplier"].get("uscc")
        if not is_text(uscc):
            return False
        said = self.chains.get((item, "urn:uscc:" + uscc), [])
        return said != [] and not any(
            self.is_dispatch(i) and self.is_sent_to(i, actor) for i in said
        )

    def is_more_than_sent(self, item, counting):
        if "/21/" in item or "/00/" in item or item.startswith("urn:epc:id:"):
            return False
        sent, got = {}, []
        for index in counting:
            lines = [one for one in self.answers(index) if item in self.about(one)]
            if self.kind_of(index, item) != "received" or not lines:
                continue
            amount = self.moved(index, item, "received")
            if amount and amount[0] >= 0:
                got.append(amount)
                sent |= {one: amount_of(self.event(one), item) for one in lines}
        if any(one is None or one[0] < 0 for one in sent.values()):
            return False
        if len({unit for _, unit in [*sent.values(), *got]}) != 1:
            return False
        total = sum(amount for amount, _ in sent.values())
        more = sum(amount for amount, _ in got) - total
        return more > (0 if got[0][1] == "piece" else max(total // 50, 10**5))

    def is_overdrawn(self, item, counting):
        if "/21/" in item or "/00/" in item or item.startswith("urn:epc:id:"):
            return False
        if any(parent_of(self.event(i)) == item for i in counting):
            return False
        moves = [(kind, self.moved(i, item, kind)) for i in counting
                 if (kind := self.kind_of(i, item))]  # fmt: skip
        if any(kind in ("caught", "made", "bought") and amount for kind, amount in moves):
            moves = [(kind, amount) for kind, amount in moves if kind != "coded"]
        if any(amount is None or amount[0] < 0 for _, amount in moves):
            return False
        if len({amount[1] for _, amount in moves}) != 1:
            return False
        there, came = Fraction(0), Fraction(0)
        for kind, (amount, _) in moves:
            if kind == "count":
                there, came = amount, max(came, amount)
            elif kind in ("used", "sent", "sold", "packed", "lost"):
                there -= amount
            else:
                there, came = there + amount, came + amount
        if moves[0][1][1] == "piece":
            return there < 0
        return -there > came // 50 and -there > 10**5

    def kind_of(self, index, item):
        """What an event does to a stock of an item; None where nothing."""
        event = self.event(index)
        kind, action, step = event["type"], event.get("action"), step_of(event)
        if self.is_received(index):
            return None
        if kind == "TransformationEvent":
            into, out = item in those(event, "inputs"), item in those(event, "outputs")
            return None if into == out else "used" if into else "made"
        if kind == "AggregationEvent":
            if item not in those(event, "children") or parent_of(event) == item:
                return None
            return {"ADD": "packed", "DELETE": "unpacked"}.get(action)
        if kind != "ObjectEvent":
            return None
        if action == "ADD":
            return "caught" if step in (own("harvest"), own("catch")) else "coded"
        if action == "DELETE":
            return "lost"
        if step == "receiving":
            if self.joins(index, item):
                return "received"
            sent = [i for i in self.named(index) if self.is_dispatch(i) or self.is_refusal(i)]
            return None if sent else "bought"
        if step == "stock_taking":
            return "count" if amount_of(event, item) else None
        return {"shipping": "sent", "retail_selling": "sold"}.get(step)

    def moved(self, index, item, kind):
        found = amount_of(self.event(index), item)
        if found is None and kind == "received":
            sent = [i for i in self.answers(index) if item in self.about(i)]
            return amount_of(self.event(sent[0]), item) if len(sent) == 1 else None
        return found
