"""Section 10 of the format: what a file says of its item. Part of the second verifier.

`judge(data, trust, holder, today)` gives the exit code, the states in their order and the colour.
Of a broken file it says no acts.
"""

import contextlib
import re
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from conformance.reference import evidence
from conformance.reference.forms import is_object, is_text
from conformance.reference.identifiers import canonical, names_in

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
DECIMAL = "[+-]?[0-9]{1,400}([.][0-9]{1,400})?([eE][+-]?[0-9]{1,6})?"
CHILDREN, INPUTS = ("childEPCs", "childQuantityList"), ("inputEPCList", "inputQuantityList")
OUTPUTS, OBJECTS = ("outputEPCList", "outputQuantityList"), ("epcList", "quantityList")


def judge(data, trust, holder=None, today=None):
    """Exit code (not strict), states and colour of a file."""
    code, _, part, value = evidence.examine(data, trust)
    if code == evidence.BROKEN:
        return 1, ("broken",), "red"
    found = Judge(part, value, holder).states(today or datetime.now(timezone(timedelta(hours=8))))
    if code == evidence.UNDECIDED:
        found["undecided"] = "amber"
    if not found:
        found["verified"] = "green"
    colour = next(c for c in ("red", "amber", "green") if c in found.values())
    states = tuple(state for state in STATES if state in found)
    return (3 if "undecided" in found else 0), states, colour


def step_of(event):
    step = event.get("bizStep")
    for start in ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-"):
        if is_text(step) and step.startswith(start):
            return step[len(start) :]
    return step


def own(name):
    return "urn:suyuan:step:" + name


def alike(uri):
    """One writing for all of a party."""
    urn = re.fullmatch(r"urn:epc:id:pgln:([0-9]{6,12})[.]([0-9]*)", uri)
    if urn and len(urn[1] + urn[2]) == 12:
        digits = urn[1] + urn[2]
        total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
        return f"https://id.gs1.org/417/{digits}{-total % 10}"
    link = re.fullmatch(r"(?i:https?)://[^/?#]+(?:/[^?#]*)?/417/([0-9]{13})", uri)
    return f"https://id.gs1.org/417/{link[1]}" if link else uri


def those(event, lists):
    return {canonical(name) for name in names_in(event, lists)} - {None}


def parent_of(event):
    return canonical(event["parentID"]) if "parentID" in event else None


def is_return(event):
    return is_text(event.get("disposition")) and event["disposition"].endswith("returned")


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
    kinds = [lists for lists in (OBJECTS, CHILDREN, INPUTS, OUTPUTS) if item in those(event, lists)]
    if len(kinds) != 1 or parent_of(event) == item:
        return None
    total, bases = Fraction(0), set()
    for part in event.get(kinds[0][1], []):
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


class Judge:
    """What is here, and the way of the item through it."""

    def __init__(self, part, value, holder):
        self.item, self.holder, self.authority = value["item"], holder, part.authority
        self.scopes = value.get("scopes", [])
        self.links = part.payloads
        self.hashes = {index: part.links[index][0] for index in self.links}
        self.keyids = {index: keyid for (_, keyid), index in part.seen.items()}
        self.chains, self.registered, self.lost, self.finished = {}, {}, {}, set()
        self.granted = {}  # roles by the authority's own newest registration
        self.owned = {}
        for index, link in sorted(self.links.items()):
            for place in link["items"]:
                self.chains.setdefault((place["item"], link["actor"]), []).append(index)
            self.read_statement(index, link)
        self.ends = [holder] if holder else self.last_holders()
        self.way = {}  # (item, actor, looked at for): the last number
        for actor in self.ends:
            self.follow(self.item, actor, None, 2**60)

    def read_statement(self, index, link):
        said = link.get("statement", {})
        what = said.get("type"), said.get("op")
        if what[0] == "party" and what[1] in ("admit", "change"):
            self.registered[said["party"]] = said
            if link["actor"] == self.authority:
                self.granted[said["party"]] = said["roles"]
        elif what == ("key", "revoke") and "compromised_since" in said:
            self.lost[said["keyid"]] = said["compromised_since"]
        elif what[0] == "ownership":
            self.owned.pop(said["uri"], None)
            self.owned |= {said["uri"]: said} if what[1] != "end" else {}
        elif what[0] == "document":
            self.finished.add((said["sha256"], link["actor"]))

    # Joins

    def event(self, index):
        return self.links[index].get("event", {})

    def is_received(self, index):
        return self.links[index].get("document", {}).get("as") == "received"

    def seq(self, index, item):
        return next(p["seq"] for p in self.links[index]["items"] if p["item"] == item)

    def about(self, index):
        return [place["item"] for place in self.links[index]["items"]]

    def named(self, index):
        """The links here that a link names in `after`."""
        return [
            one["index"] for one in self.links[index]["after"]
            if "ledger" not in one and self.hashes.get(one["index"]) == one["hash"]
        ]  # fmt: skip

    def is_dispatch(self, index):
        event = self.event(index)
        return step_of(event) == "shipping" and "errorDeclaration" not in event

    def is_refusal(self, index):
        return self.event(index).get("bizStep") == own("refuse")

    def is_sent_to(self, index, actor):
        if self.is_refusal(index):
            return actor in [self.links[one]["actor"] for one in self.answers(index)
                             if self.is_dispatch(one)]  # fmt: skip
        mine = {alike(actor), alike(self.registered.get(actor, {}).get("part_of", actor))}
        to = self.event(index).get("destinationList")
        to = [one for one in to if is_object(one)] if isinstance(to, list) else []
        return any(
            is_text(one.get("type")) and one["type"].endswith(("owning_party", "possessing_party"))
            and is_text(one.get("destination")) and alike(one["destination"]) in mine
            for one in to
        )  # fmt: skip

    def answers(self, index):
        event = self.event(index)
        if not event or "errorDeclaration" in event or self.is_received(index):
            return []
        if step_of(event) in ("sampling", "inspecting"):
            return []
        return [
            one for one in self.named(index)
            if (self.is_dispatch(one) or self.is_refusal(one)) and not self.is_received(one)
            and self.is_sent_to(one, self.links[index]["actor"])
        ]  # fmt: skip

    def joins(self, index, item):
        """Chains (item, actor, number) that a link about an item joins."""
        found = []
        for one in self.answers(index):
            actor = self.links[one]["actor"]
            if item in self.about(one):
                found.append((item, actor, self.seq(one, item)))
                continue
            for box in self.about(one):
                if self.had_inside(box, actor, self.seq(one, box), item, set()):
                    found.append((box, actor, self.seq(one, box)))
        return found

    def had_inside(self, box, actor, last, item, seen):
        if (box, actor, last) in seen:
            return False
        seen.add((box, actor, last))
        for index in self.chains.get((box, actor), []):
            if self.seq(index, box) > last:
                continue
            event = self.event(index)
            if parent_of(event) == box and event.get("action") != "DELETE":
                children = those(event, CHILDREN)
                if item in children:
                    return True
                for child in children:
                    if self.had_inside(child, actor, self.seq(index, child), item, seen):
                        return True
            led = []
            if event.get("action") == "DELETE" and box in those(event, CHILDREN):
                parent = parent_of(event)
                led += [(parent, actor, self.seq(index, parent))] if parent else []
            for one in self.answers(index):
                boxes = [box] if box in self.about(one) else self.about(one)
                led += [(other, self.links[one]["actor"], self.seq(one, other)) for other in boxes]
            if any(self.had_inside(*place, item, seen) for place in led):
                return True
        return False

    def is_on_goods(self, index):
        if "event_ref" in self.links[index]:
            return True
        event = self.event(index)
        return (
            event != {} and "errorDeclaration" not in event and not self.is_refusal(index)
            and step_of(event) not in ("sampling", "inspecting")
        )  # fmt: skip

    # The way

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
            children, parent = those(event, CHILDREN), parent_of(event)
            if item in those(event, OUTPUTS):
                for one in those(event, INPUTS):
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
            return item in those(event, OBJECTS)
        return event.get("type") == "TransformationEvent" and item in those(event, OUTPUTS)

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
        if is_out and item in those(event, CHILDREN):
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

    # States

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
        for index, link in sorted(self.links.items()):
            said = link.get("statement", {})
            if said.get("type") not in ("hold", "recall"):
                continue
            if said["op"] in ("place", "order"):
                acts[said["uri"]] = {
                    "what": (said["type"], link["actor"]), "in": False,
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
                used = item in those(event, INPUTS)
                left = step == "retail_selling" or (step == "shipping" and not is_return(event))
                if used and item in those(event, OUTPUTS):
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
            into, out = item in those(event, INPUTS), item in those(event, OUTPUTS)
            return None if into == out else "used" if into else "made"
        if kind == "AggregationEvent":
            if item not in those(event, CHILDREN) or parent_of(event) == item:
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
