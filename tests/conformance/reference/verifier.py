"""A second verifier of the format, written from docs/format.md alone.

Plain and slow: it shares no code with the project and is there to disagree with it.
`Reference(trust).offer(entry)` answers one entry after the other as a ledger would, without a
clock (rule `time` is the server's own).
"""

from conformance.reference.encoding import (
    ED_START,
    algorithm,
    envelope,
    from_base64,
    from_base64url,
    is_signed,
    is_valid,
    read_json,
    sha256,
)
from conformance.reference.forms import No, check_members, demand, is_division, is_object, is_text
from conformance.reference.identifiers import canonical, is_code, item_set, step_of, those
from conformance.reference.log import is_log_key, open_checkpoint

LINK = "application/vnd.suyuan.link+json"
POSSESSION = "application/vnd.suyuan.possession+json"
SUBJECTS = {
    "document": ("urn:suyuan:document:", "sha256"),
    "signature": ("urn:suyuan:document:", "sha256"), "erasure": ("urn:suyuan:link:", "hash"),
    "scripts": ("urn:suyuan:scripts:", "release"),
    **dict.fromkeys((
        "product", "place", "profile", "hold", "recall", "ownership", "case", "draw",
    ), ("", "uri")),
}  # fmt: skip
BEGINNINGS = ("hold place", "recall order", "case open", "draw commit")
ENDS = (
    "hold release",
    "recall close",
    "recall withdraw",
    "case close",
    "draw reveal",
    "draw abort",
)
ONLY_ITS_ACTOR = ("plan", "extend", "release", "close", "withdraw")  # ops on an act


def is_signed_by(raw, message, signature):
    """Whether a raw Ed25519 key made this signature."""
    return is_valid(ED_START + raw, message, signature)


def covers(division, other):
    """Whether a division of a remit covers another: without its trailing levels of zeros."""
    for length, level in ((12, 3), (9, 3), (6, 2), (4, 2), (2, 2)):
        if len(division) == length and division.endswith("0" * level):
            division = division[:-level]
    return other.startswith(division)


class Reference:
    """A ledger under a trust file: what it holds, and what it answers to the next entry."""

    def __init__(self, trust):
        self.origin = trust["log"].split("+")[0]
        self.host = trust["host"]
        self.authority = trust["authority"]["party"]
        self.root = from_base64(trust["authority"]["spki"])
        self.root_keyid = sha256(self.root)
        self.links = []  # (hash, actor)
        self.seen = {}  # (payload, keyid): index
        self.heads = {}  # (subject, actor): (seq, hash)
        self.parties = {}  # uri: {"here", "division", "places", "roles", "part_of"}
        self.offices = {self.authority}  # with that role by the authority's own newest registration
        self.keys = {}  # keyid: {"party", "spki", "good"}
        self.remits = {}  # registrar: list
        self.mandates = []  # {"party", "to", "steps", "from", "until"}, those that stand
        self.coders = {}  # item: actor
        self.acts = {}  # uri: {"kind", "actor", "is_over"}

    def offer(self, entry):
        """("accepted", index, hash), ("resent", index, hash) or ("refused", rule)."""
        try:
            demand(len(entry) <= 65535, "size")
            opened = envelope(entry, LINK)
            demand(opened is not None, "encoding")
            payload, keyid, sig = opened
            try:
                link = read_json(payload)
            except ValueError:
                raise No("payload") from None
            self.check_form(link)
            demand(link["ledger"] == self.origin, "ledger")
            if (payload, keyid) in self.seen:
                index = self.seen[payload, keyid]
                return "resent", index, self.links[index][0]
            spki = self.key_for(link, keyid)
            demand(is_signed(spki, LINK, payload, sig), "signature")
            self.check_chain(link)
            self.check_meaning(link)
        except No as no:
            return "refused", no.rule
        index, digest = len(self.links), sha256(b"\0" + entry)
        self.take(link, digest)
        self.links.append((digest, link["actor"]))
        self.seen[payload, keyid] = index
        return "accepted", index, digest

    def check_form(self, link):
        check_members(link)

    def check_meaning(self, link):
        """What is left once chain and signature are seen to be right."""
        self.check_items(link)
        self.check_after(link)
        self.check_authority(link)
        if "statement" in link:
            self.check_statement(link["actor"], link["statement"])
        coders = [self.coders.get(item) for item in self.coded(link)]
        demand(set(coders) <= {None, link["actor"]}, "coding")

    def is_here(self, party):
        return party in self.parties and self.parties[party]["here"]

    def good_keys(self, party):
        return sorted(k for k, v in self.keys.items() if v["party"] == party and v["good"])

    def key_for(self, link, keyid):
        actor = link["actor"]
        if keyid == self.root_keyid:
            demand(actor == self.authority and (not self.links or self.is_here(actor)), "key")
            return self.root
        demand(self.is_here(actor) and keyid in self.keys and self.keys[keyid]["good"], "key")
        key = self.keys[keyid]
        demand(not (key["is_shared"] and "statement" in link), "key")
        if key["party"] != actor:
            demand(self.is_here(key["party"]), "key")
            step = step_of(link["event"]) if "event" in link else None
            given = [m for m in self.mandates if (m["party"], m["to"]) == (actor, key["party"])]
            demand(
                any(
                    step in m["steps"] and m["from"] <= link["signed_at"] < m["until"]
                    for m in given
                ), "key",
            )  # fmt: skip
        return key["spki"]

    def check_chain(self, link):
        for part in link["items"]:
            head = self.heads.get((part["item"], link["actor"]))
            expected = (0, None) if head is None else (head[0] + 1, head[1])
            demand((part["seq"], part["prev"]) == expected, "chain")

    def check_items(self, link):
        items = [part["item"] for part in link["items"]]
        alone = [link["actor"]]
        if "event" in link:
            demand(items == (item_set(link["event"]) or alone), "items")
        elif "event_ref" in link:
            good = items == sorted(set(items)) and len(items) <= 150
            demand(items == alone or (good and all(canonical(i) == i for i in items)), "items")
        else:
            said = link["statement"]
            if said["type"] == "labels":
                demand(len(items) == 1 and canonical(items[0]) == items[0], "items")
            else:
                start, name = SUBJECTS.get(said["type"], ("", "party"))
                demand(items == [start + said[name]], "items")

    def check_after(self, link):
        last = None
        for part in link["after"]:
            other = part.get("ledger")
            place = (other is not None, (other or "").encode(), part["index"])
            demand(last is None or last < place, "after")
            last = place
            demand(other != self.origin, "after")
            if other is None:
                demand(part["index"] < len(self.links), "after")
                digest, actor = self.links[part["index"]]
                demand(digest == part["hash"] and actor != link["actor"], "after")

    def check_authority(self, link):
        said, actor = link.get("statement", {}), link["actor"]
        kind, op, party = said.get("type"), said.get("op"), said.get("party")
        if not self.links:
            demand((kind, op, party) == ("party", "admit", self.authority), "authority")
        demand(kind not in ("origin", "ownership") or actor == self.authority, "authority")
        if kind in ("hold", "recall") and op in ONLY_ITS_ACTOR:
            act = self.acts.get(said["uri"])
            demand(act is None or actor in (act["actor"], self.authority), "authority")
        if kind in ("case", "draw") and op != "answer":
            office, act = self.office_of(actor), self.acts.get(said["uri"])
            demand(office is not None, "authority")
            demand(act is None or office in (act["office"], self.authority), "authority")
        if kind == "erasure":
            digest, party = self.link_at(said["index"])
            if digest != said["hash"] or actor in (party, self.authority):
                return
        elif kind not in ("party", "registrar", "key", "mandate"):
            return
        if kind in ("key", "mandate") and actor == party:
            return
        known = self.parties.get(party)
        registrations = [known] if known else []
        if op in ("admit", "change"):
            registrations.append(said)
        persons = [one for one in registrations if one["roles"] == ["inspector"]]
        of = {one.get("part_of") for one in persons}
        if actor != self.authority:
            demand(kind != "registrar", "authority")
            demand(party != self.authority and party not in self.remits, "authority")
        if actor != self.authority and any(of):
            is_all = len(persons) == len(registrations)
            demand(is_all and of == {actor} and actor in self.offices, "authority")
        elif actor != self.authority:
            demand(actor in self.remits, "authority")
            if known and (known["here"] or op != "admit"):
                demand(self.in_remit(actor, known), "authority")
            if op in ("admit", "change"):
                demand(self.in_remit(actor, said), "authority")
        if kind == "mandate":
            own = [k for k in self.good_keys(party) if not self.keys[k]["is_shared"]]
            demand(own == [], "authority")

    def office_of(self, actor):
        """The office whose work it does: its own, or that of which it is a person."""
        if actor in self.offices:
            return actor
        known = self.parties.get(actor)
        office = known["part_of"] if known and known["roles"] == ["inspector"] else None
        is_of = known and known["here"] and office in self.offices and self.is_here(office)
        return office if is_of else None

    def link_at(self, index):
        """Hash and actor of the link there; None and None where there is none."""
        return self.links[index] if index < len(self.links) else (None, None)

    def in_remit(self, registrar, party):
        remit, places = self.remits[registrar], party["places"]
        return any(is_division(d) and covers(d, party["division"]) for d in remit) or (
            places != [] and all(place in remit for place in places)
        )

    def check_statement(self, actor, said):
        what = f"{said['type']} {said.get('op')}"
        party = said.get("party")
        given = [m for m in self.mandates if (m["party"], m["to"]) == (party, said.get("to"))]
        demand(
            {
                "party admit": not self.is_here(party),
                "party change": self.is_here(party),
                "party leave": self.is_here(party),
                "registrar appoint": self.is_here(party),
                "registrar dismiss": party in self.remits,
                "key enrol": self.is_here(party),
                "key revoke": said.get("keyid") in self.good_keys(party),
                "mandate give": self.is_here(party) and (actor == party or "paper" in said),
                "mandate withdraw": given != [],
            }.get(what, True),
            "statement",
        )
        if what == "key enrol":
            self.check_enrolment(actor, party, said)
        if said["type"] in ("hold", "recall", "case", "draw"):
            act = self.acts.get(said["uri"])
            if what in BEGINNINGS:
                demand(act is None, "statement")
            else:
                demand(act is not None and act["kind"] == said["type"], "statement")
                is_end = what in ENDS or said["op"] in ("plan", "extend")
                demand(what != "case assign" or said["to"] in self.offices, "statement")
                demand(not (is_end and act["is_over"]), "statement")
        if said["type"] == "erasure":
            demand(self.link_at(said["index"])[0] == said["hash"], "statement")
        if said["type"] == "scripts":
            text = "".join(one["name"] + " " + one["sha256"] + "\n" for one in said["files"])
            demand(sha256(text.encode())[:16] == said["release"], "statement")
        if said["type"] == "origin":
            demand(len(self.links) == 1 and party == actor, "statement")
            demand(said["ledger"] != self.origin, "statement")
            demand(is_log_key(said["log"], said["ledger"]), "statement")
            opened = open_checkpoint(said["checkpoint"], said["log"], is_signed_by)
            demand(opened is not None, "statement")

    def check_enrolment(self, actor, party, said):
        spki, keyid = from_base64(said["spki"]), said["keyid"]
        demand(sha256(spki) == keyid, "statement")
        demand(algorithm(spki) == said["alg"], "statement")
        demand(keyid not in self.keys and keyid != self.root_keyid, "statement")
        shown = envelope(said["possession"].encode(), POSSESSION)
        demand(shown is not None and shown[1] == keyid, "statement")
        try:
            claim = read_json(shown[0])
        except ValueError:
            raise No("statement") from None
        demand(is_object(claim), "statement")
        demand(set(claim) == {"ledger", "party", "keyid", "nonce"}, "statement")
        named = (claim["ledger"], claim["party"], claim["keyid"])
        demand(named == (self.origin, party, keyid) and is_text(claim["nonce"]), "statement")
        nonce = from_base64url(claim["nonce"])
        demand(nonce is not None and len(nonce) == 16, "statement")
        demand(is_signed(spki, POSSESSION, shown[0], shown[2]), "statement")
        had_one = any(key["party"] == party for key in self.keys.values())
        expected = self.good_keys(party) if actor != party and had_one else None
        demand(said.get("revokes") == expected, "statement")

    def coded(self, link):
        event = link.get("event")
        if event is None or link.get("document", {}).get("as") == "received":
            return []
        if event["type"] == "ObjectEvent" and event.get("action") == "ADD":
            part = "objects"
        elif event["type"] == "TransformationEvent":
            part = "outputs"
        else:
            return []
        start = f"https://{self.host}/t/"
        found = sorted(those(event, part))
        return [i for i in found if i.startswith(start) and is_code(i[len(start) :])]

    def take(self, link, digest):
        for part in link["items"]:
            self.heads[part["item"], link["actor"]] = (part["seq"], digest)
        for item in self.coded(link):
            self.coders.setdefault(item, link["actor"])
        said = link.get("statement", {})
        what, party = f"{said.get('type')} {said.get('op')}", said.get("party")
        if what in BEGINNINGS:
            self.acts[said["uri"]] = {
                "kind": said["type"], "actor": link["actor"], "is_over": False,
                "office": self.office_of(link["actor"]),
            }  # fmt: skip
        elif what in ENDS:
            self.acts[said["uri"]]["is_over"] = True
        elif what == "case assign":
            self.acts[said["uri"]]["office"] = said["to"]
        elif what in ("party admit", "party change"):
            self.parties[party] = {
                "here": True, "division": said["division"], "places": said["places"],
                "roles": said["roles"], "part_of": said.get("part_of"),
            }  # fmt: skip
            if link["actor"] == self.authority:
                is_office = {"authority", "office"} & set(said["roles"])
                (self.offices.add if is_office else self.offices.discard)(party)
        elif what == "party leave":
            self.parties[party]["here"] = False
            self.remits.pop(party, None)
        elif what == "registrar appoint":
            self.remits[party] = said["remit"]
        elif what == "registrar dismiss":
            del self.remits[party]
        elif what == "key enrol":
            for keyid in said.get("revokes", []):
                self.keys[keyid]["good"] = False
            self.keys[said["keyid"]] = {
                "party": party, "spki": from_base64(said["spki"]), "good": True,
                "is_shared": said["kept"] == "terminal",
            }  # fmt: skip
        elif what == "key revoke":
            self.keys[said["keyid"]]["good"] = False
        elif what == "mandate give":
            self.mandates.append(said)
        elif what == "mandate withdraw":
            pair = (party, said["to"])
            self.mandates = [m for m in self.mandates if (m["party"], m["to"]) != pair]
