"""Section 10 of the format, joins: what answers what, and what had an item inside.

Part of the second verifier.
"""

import re

from conformance.reference.forms import is_object, is_text
from conformance.reference.identifiers import canonical, check_digit, step_of, those


def own(name):
    return "urn:suyuan:step:" + name


def alike(uri):
    """One writing for all of a party."""
    urn = re.fullmatch(r"urn:epc:id:pgln:([0-9]{6,12})[.]([0-9]*)", uri)
    if urn and len(urn[1] + urn[2]) == 12:
        digits = urn[1] + urn[2]
        return f"https://id.gs1.org/417/{digits}{check_digit(digits)}"
    link = re.fullmatch(r"(?i:https?)://[^/?#]+(?:/[^?#]*)?/417/([0-9]{13})", uri)
    return f"https://id.gs1.org/417/{link[1]}" if link else uri


def parent_of(event):
    return canonical(event["parentID"]) if "parentID" in event else None


def is_return(event):
    return is_text(event.get("disposition")) and event["disposition"].endswith("returned")


class Joins:
    """What is here of each chain, and what each link joins."""

    def __init__(self, part, value, holder):
        self.item, self.holder, self.authority = value["item"], holder, part.authority
        self.scopes = value.get("scopes", [])
        self.links = part.payloads
        self.hashes = {index: part.links[index][0] for index in self.links}
        self.keyids = {index: keyid for (_, keyid), index in part.seen.items()}
        self.chains, self.registered, self.lost, self.finished = {}, {}, {}, set()
        self.granted = {}  # roles by the authority's own newest registration
        self.owned = {}
        self.statements = {}  # statements whose meaning is known here, by index
        for index, link in sorted(self.links.items()):
            for place in link["items"]:
                self.chains.setdefault((place["item"], link["actor"]), []).append(index)
            if "statement" in link and index not in part.newer:
                self.statements[index] = link["statement"]
                self.read_statement(link["actor"], link["statement"])

    def read_statement(self, actor, said):
        what = said["type"], said.get("op")
        if what[0] == "party" and what[1] in ("admit", "change"):
            self.registered[said["party"]] = said
            if actor == self.authority:
                self.granted[said["party"]] = said["roles"]
        elif what == ("key", "revoke") and "compromised_since" in said:
            self.lost[said["keyid"]] = said["compromised_since"]
        elif what[0] == "ownership":
            self.owned.pop(said["uri"], None)
            self.owned |= {said["uri"]: said} if what[1] != "end" else {}
        elif what[0] == "document":
            self.finished.add((said["sha256"], actor))

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
                children = those(event, "children")
                if item in children:
                    return True
                for child in children:
                    if self.had_inside(child, actor, self.seq(index, child), item, seen):
                        return True
            led = []
            if event.get("action") == "DELETE" and box in those(event, "children"):
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
