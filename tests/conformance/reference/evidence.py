"""Section 9 of the format: evidence files under a trust file. Part of the second verifier.

Knows Ed25519 cosignatures, and links and statements of version 1 only: it decides on no newer ones.
"""

import base64
import hashlib

from conformance.reference import log, proofs
from conformance.reference.encoding import (
    ED_START,
    envelope,
    from_base64,
    is_valid,
    read_json,
    sha256,
)
from conformance.reference.forms import (
    No,
    check_event,
    check_members,
    demand,
    each,
    has,
    is_digest,
    is_object,
    is_positive,
    is_text,
    is_unknown,
    is_uri,
    is_whole,
)
from conformance.reference.identifiers import canonical, item_set, those
from conformance.reference.trusting import cosigners, is_met, read_policy
from conformance.reference.verifier import LINK, Reference

VERIFIED, BROKEN, ANOTHER, UNDECIDED = 0, 1, 2, 3
NOTHING, NEWER = (BROKEN, (), None, None), (UNDECIDED, (), None, None)
NO_FILE = ANOTHER, (), None, None


def judge(data, trust):
    """The exit code for a file, and the names of the witnesses that cosigned it."""
    return examine(data, trust)[:2]


def examine(data, trust):
    """The same, with the links that the file has and its object; None where it cannot be read."""
    if b'"checkpoint":"' not in data and b'"entries":[' not in data:
        return NO_FILE
    try:
        value = read_json(data)
        if type(value["v"]) is int and value["v"] > 2:
            return NEWER
        return decide(read_file(value), trust)
    except (No, ValueError, KeyError, TypeError, AttributeError):
        return NOTHING


def is_proof(value):
    return each(is_text)(value) and len(value) <= 64 and all(len(h) == 32 for h in decoded(value))


def decoded(proof):
    return [from_base64(step) or b"" for step in proof]


FILE = {
    "v": lambda value: is_whole(value) and value in (1, 2), "item": is_text, "checkpoint": is_text,
    "entries": each(is_object), "attachments?": is_object, "disclosures?": each(is_text),
    "scopes?": each(is_object), "runs?": each(is_object),
}  # fmt: skip
ENTRY = {"index": is_whole, "entry": is_text, "proof": is_proof}
SCOPE = {"index": is_whole, "item": is_uri, "position": is_whole, "proof": is_proof}
RUN = {
    "item": is_uri, "actor": is_uri, "from": is_positive, "to": is_positive, "prev": is_digest,
}  # fmt: skip


def read_file(value):
    """The file's object, its proofs decoded; No where it is none."""
    has(value, FILE)
    demand(("runs" in value) == (value["v"] == 2), "runs")
    demand(all(value[name] not in ([], {}) for name in value), "empty")
    parts = {"entries": ENTRY, "scopes": SCOPE, "runs": RUN}
    for name, shape in parts.items():
        for part in value.get(name, []):
            has(part, shape)
            if "proof" in part:
                part["proof"] = decoded(part["proof"])
    for places in (
        [entry["index"] for entry in value["entries"]],
        [(scope["index"], scope["item"]) for scope in value.get("scopes", [])],
        [(run["item"], run["actor"], run["from"]) for run in value.get("runs", [])],
        value.get("disclosures", []),
    ):
        demand(places == sorted(set(places)), "order")
    demand(all(run["from"] <= run["to"] < 2**53 for run in value.get("runs", [])), "runs")
    for name, text in value.get("attachments", {}).items():
        demand(sha256(from_base64(text)) == name, "attachment")
    return value


def decide(value, trust):
    opened = log.open_checkpoint(
        value["checkpoint"],
        trust["log"],
        lambda raw, text, sig: is_valid(ED_START + raw, text, sig),
    )
    if opened is None:
        return NOTHING
    size, root = opened
    policy = read_policy(trust["policy"])
    names = cosigners(value["checkpoint"], policy)
    if names is None:
        return NOTHING
    part = Part(trust)
    for one in value["entries"]:
        entry = one["entry"].encode()
        leaf = log.leaf(entry)
        if not proofs.is_included(leaf, one["index"], size, one["proof"], root):
            return NOTHING
        part.links.extend([None] * (one["index"] - len(part.links)))
        if part.offer(entry)[0] != "accepted":
            return NOTHING
    runs = value.get("runs", [])
    if not is_complete(part.payloads, value["item"], runs) and not part.unread:
        return NOTHING
    items = lineage(part.payloads, value["item"])
    for scope in value.get("scopes", []):
        if scope["index"] in part.newer:
            continue
        said = part.payloads.get(scope["index"], {}).get("statement", {})
        leaf = log.leaf(scope["item"].encode())
        if said.get("type") not in ("hold", "recall") or "list" not in said:
            return NOTHING
        list_of = said["count"], scope["proof"], bytes.fromhex(said["root"])
        if not proofs.is_included(leaf, scope["position"], *list_of) or scope["item"] not in items:
            return NOTHING
    files = {
        link[name]["sha256"]: name
        for link in part.payloads.values()
        for name in ("document", "event_ref")
        if name in link
    }
    there = set(value.get("attachments", ()))
    shown = set(value.get("disclosures", ()))
    hidden = {digest for link in part.payloads.values() for digest in committed(link)}
    if not there <= set(files) or not {salted(text) for text in shown} <= hidden:
        return NOTHING
    bodies = value.get("attachments", {})
    if any(
        not is_body(from_base64(bodies[link["event_ref"]["sha256"]]), link)
        for link in part.payloads.values()
        if "event_ref" in link and link["event_ref"]["sha256"] in bodies
    ):
        return NOTHING
    is_read = all(name in there for name, kind in files.items() if kind == "event_ref")
    is_known = not part.newer and not part.unread
    is_decided = is_met(policy, names) and is_read and is_known and not runs
    return (VERIFIED if is_decided else UNDECIDED), tuple(sorted(names)), part, value


def is_body(data, link):
    """Whether bytes that have the right hash are the event that a link names by reference."""
    if len(data) != link["event_ref"]["size"]:
        return False
    try:
        event = read_json(data)
        demand(is_object(event), "members")
        check_event(event)
    except (No, ValueError):
        return False
    named, own = item_set(event), [part["item"] for part in link["items"]]
    runs = [named[at : at + 150] for at in range(0, len(named), 150)]
    return own in (runs or [[link["actor"]]])


def committed(link):
    """The digests of hidden fields in a link, whatever an event has put there."""
    private = link.get("event", link.get("statement", {})).get("suyuan:private")
    digests = private.get("_sd") if isinstance(private, dict) else None
    return [one for one in digests if is_text(one)] if isinstance(digests, list) else []


def salted(text):
    """The digest of a disclosure: SHA-256 of the stored string, in base64url."""
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Part(Reference):
    """A ledger of which only some links are there; `links` has None for the others."""

    def __init__(self, trust):
        super().__init__(trust)
        self.payloads = {}
        self.newer = set()  # indexes of statements whose meaning is not known here
        self.unread = set()  # indexes of links of a later version

    def offer(self, entry):
        """The same, but that a link of a later version is there and says nothing."""
        opened = envelope(entry, LINK) if len(entry) <= 65535 else None
        version = version_of(opened[0]) if opened else 0
        if version <= 1:
            return super().offer(entry)
        index, digest = len(self.links), sha256(b"\0" + entry)
        self.unread.add(index)
        self.links.append((digest, None))
        return "accepted", index, digest

    def check_form(self, link):
        check_members(link, may_be_newer=True)

    def check_meaning(self, link):
        """Of a statement that is not known here no more is checked than what it follows."""
        if is_unknown(link.get("statement")):
            self.check_after(link)
        else:
            super().check_meaning(link)

    def check_chain(self, link):
        for part in link["items"]:
            demand((part["seq"] == 0) == (part["prev"] is None), "chain")
            head = self.heads.get((part["item"], link["actor"]))
            if head is not None:
                demand(part["seq"] > head[0], "chain")
                demand(part["seq"] > head[0] + 1 or part["prev"] == head[1], "chain")

    def link_at(self, index):
        demand(index < len(self.links), "statement")
        digest, actor = self.links[index] or (self.erased, None)
        return digest, actor or self.actor

    def check_authority(self, link):
        """Of a link that is not there nothing is known, so what erases it is taken as it is."""
        self.erased, self.actor = link.get("statement", {}).get("hash"), link["actor"]
        super().check_authority(link)

    def check_after(self, link):
        places = [("ledger" in p, p.get("ledger", "").encode(), p["index"]) for p in link["after"]]
        demand(places == sorted(set(places)), "after")
        for part in link["after"]:
            demand(part.get("ledger") != self.origin, "after")
            if "ledger" not in part:
                demand(part["index"] < len(self.links), "after")
                named = self.links[part["index"]]
                if named is not None:
                    demand(named[0] == part["hash"] and named[1] != link["actor"], "after")

    def take(self, link, digest):
        self.payloads[len(self.links)] = link
        if is_unknown(link.get("statement")):
            self.newer.add(len(self.links))
            link = {name: link[name] for name in link if name != "statement"}
        super().take(link, digest)


def version_of(payload):
    """The version that a payload states; 0 where it states none."""
    try:
        version = read_json(payload)["v"]
    except (ValueError, KeyError, TypeError):
        return 0
    return version if type(version) is int else 0


def is_complete(links, item, runs):
    """Whether nothing is missing that the closure asks for, and nothing stands beside it.

    What a run leaves out of a chain lies between two of its links, and the second names its end.
    """
    items = lineage(links, item)
    needed = {}
    for link in links.values():
        for part in link["items"]:
            if part["item"] in items or "statement" in link:
                pair = part["item"], link["actor"]
                needed[pair] = max(part["seq"], needed.get(pair, 0))
    numbers = {}
    for link in links.values():
        for part in link["items"]:
            numbers.setdefault((part["item"], link["actor"]), set()).add(part["seq"])
    prevs = {
        (part["item"], link["actor"], part["seq"]): part["prev"]
        for link in links.values()
        for part in link["items"]
    }
    absent = {}
    for run in runs:
        pair, start, stop = (run["item"], run["actor"]), run["from"], run["to"]
        seqs = numbers.get(pair, set())
        if stop >= needed.get(pair, 0) or start - 1 not in seqs:
            return False
        if any(start <= seq <= stop for seq in seqs):
            return False
        if prevs.get((*pair, stop + 1)) != run["prev"]:
            return False
        absent[pair] = absent.get(pair, 0) + stop - start + 1
    for pair, last in needed.items():
        there = len([seq for seq in numbers[pair] if seq <= last])
        if there + absent.get(pair, 0) != last + 1:
            return False
    about = False
    for link in links.values():
        mine = {part["item"] for part in link["items"]}
        about = about or item in mine
        if mine & items and any(
            "ledger" not in p and p["index"] not in links for p in link["after"]
        ):
            return False
        if not any(p["seq"] <= needed.get((p["item"], link["actor"]), -1) for p in link["items"]):
            return False
    return about


def lineage(links, item):
    found = {item}
    while True:
        more = set()
        for link in links.values():
            mine = {part["item"] for part in link["items"]}
            for one in mine & found:
                more |= inside(link.get("event", {}), one)
                for part in link["after"]:
                    if "ledger" not in part and part["index"] in links:
                        named = {p["item"] for p in links[part["index"]]["items"]}
                        more |= set() if one in named else named
        if more <= found:
            return found
        found |= more


def inside(event, item):
    """What went into an item by an event, or came out of it, or holds it."""

    children = those(event, "children")
    parent = {canonical(event["parentID"])} - {None} if "parentID" in event else set()
    found = set()
    if item in those(event, "outputs"):
        found |= those(event, "inputs")
    if event.get("action") == "DELETE":
        found |= parent if item in children else set()
    elif item in parent:
        found |= children
    return found
