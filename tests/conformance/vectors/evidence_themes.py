"""Vectors of section 9: evidence files under trust files, and what those hold. See the README."""

import hashlib
import json

from conformance.vectors import acts_themes as acts
from conformance.vectors import making as m
from conformance.vectors.trust_themes import NORTH, SOUTH, STRANGE, cosigned, moved, trusts

from suyuan.keys import base64, canonical, dsse, notes
from suyuan.trace.evidence.bundle import Bundle, Entry
from suyuan.trace.evidence.membership import scope_proofs
from suyuan.trace.format import link
from suyuan.trace.format.private import digests
from suyuan.trace.log import checkpoint, merkle, proofs

ELSEWHERE = "https://id.gs1.org/01/06901234567892/10/M1"


class _Tree:
    """The hashes of a log of a few entries."""

    def __init__(self, entries):
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]

    def read(self, wanted):
        return [merkle.root(self.leaves[n << h : (n + 1) << h]) for h, n in wanted]


class Town:
    """A farm and a stall, a lot handed over, events by reference, a hidden field, a recall."""

    def __init__(self):
        self.book = book = m.Ledger("evidence")
        for uri, role in ((m.AUTHORITY, "authority"), (m.FARM, "producer"), (m.STALL, "stall")):
            book.ok(role, *m.AS_ROOT, m.party(uri, roles=[role]))
        for uri, signer in ((m.FARM, m.FARM_KEY), (m.STALL, m.STALL_KEY)):
            book.ok("its key", *m.AS_ROOT, m.enrol(uri, signer))
        self.stored = digests.disclosure("/suyuan:remark", "from the north field", bytes(range(16)))
        salted = sorted([digests.digest(self.stored), *(f"{n}{'A' * 42}" for n in range(7))])
        hidden = {"suyuan:private": {"_sd": salted}}
        added = m.event(m.LOT, step="commissioning", action="ADD", **hidden)
        to_stall = [{"type": "possessing_party", "destination": m.STALL}]
        sent = m.event(m.LOT, step="shipping", destinationList=to_stall)
        self.coded = book.ok("coded", *m.AS_FARM, added)
        self.sent = book.ok("sent", *m.AS_FARM, sent)
        got = m.event(m.LOT, step="receiving")
        self.received = book.ok("received", *m.AS_STALL, got, after=(self.sent,))
        others = [f"a:{n}" for n in range(150)]  # the lot stands alone in the second run
        self.body = canonical.dumps(m.event(m.LOT, epcList=others))
        self.ref = m.reference(sha256=hashlib.sha256(self.body).hexdigest(), size=len(self.body))
        said = "the second run of the event's items"
        self.by_reference = book.ok(said, *m.AS_STALL, event_ref=self.ref, items=[m.LOT])
        self.recall = book.ok("recalled", *m.AS_ROOT, acts.order(items=(m.LOT, ELSEWHERE)))
        self.stocked = book.ok("stored", *m.AS_STALL, m.event(m.LOT))

    def value(self, *, without=(), more=(), **members):
        """The object of the file of all, but for the indexes in `without`, with `more` entries."""
        entries = [*self.book.accepted(), *more]
        tree, size = _Tree(entries), len(entries)
        edge = merkle.Edge()
        for leaf in tree.leaves:
            edge.append(leaf)
        note = checkpoint.sign(checkpoint.Checkpoint(m.ORIGIN, size, edge.root()), m.LOG_KEY)
        listed = tuple(
            Entry(n, entries[n], tuple(proofs.inclusion(n, size, tree)))
            for n in range(size)
            if n not in without
        )
        file = Bundle(m.LOT, note, listed, {self.ref["sha256"]: self.body})
        value = canonical.parse(file.encode()) | members
        return {name: part for name, part in value.items() if part is not None}

    def cut(self):
        """The file without the middle of the stall's chain."""
        return self.value(without=(self.by_reference,), attachments=None)

    def run(self, **members):
        """The run that says so."""
        prev = link.parse(self.book.accepted()[self.stocked]).items[0].prev
        return {"item": m.LOT, "actor": m.STALL, "from": 1, "to": 1, "prev": prev} | members

    def scope(self, item=m.LOT, **members):
        """The proof that the recall's list names an item, as it stands in a file."""
        (found,) = scope_proofs(self.recall, sorted([m.LOT, ELSEWHERE]), [item])
        proof = [base64.encode(step) for step in found.proof]
        place = {"index": found.index, "item": item, "position": found.position, "proof": proof}
        return place | members

    def says(self, signer, actor, items=(m.LOT,), edit=None, **body):
        """An entry about these, next in its actor's chains, right or wrong."""
        body = body or {"event": m.event(m.LOT)}
        return link.seal(signer, self.book.payload(actor, items=list(items), edit=edit, **body))


def _with_entry(value, index, /, **members):
    """The file in which the element of `entries` for an index has other members."""
    entries = [e | members if e["index"] == index else e for e in value["entries"]]
    return value | {"entries": entries}


def _good(town):
    base, note = town.value(), town.value()["checkpoint"]
    yield "whole", 0, [], base
    both, one = cosigned(note, NORTH, SOUTH), cosigned(note, SOUTH)
    yield "cosigned by both, two asked", 0, [], base | {"checkpoint": both}, "2 of 2"
    yield "cosigned by one, one asked", 0, [], base | {"checkpoint": one}, "1 of 2"
    yield "cosigned by one, two asked", 3, [], base | {"checkpoint": one}, "2 of 2"
    yield "cosigned by nobody, one asked", 3, [], base, "1 of 2"
    more = cosigned(note, STRANGE, NORTH, SOUTH)
    yield "a line of an unknown key is ignored", 0, [], base | {"checkpoint": more}, "2 of 2"
    yield "cosigned, and no policy", 0, [], base | {"checkpoint": both}
    yield "the end of a chain left out", 0, [], town.value(without=(town.stocked,))
    yield "the event by reference has no body", 3, [], town.value(attachments=None)
    yield "a disclosure", 0, [], town.value(disclosures=[town.stored])
    yield "the recall's list names the lot", 0, [], town.value(scopes=[town.scope()])
    yield "a run", 3, [], town.cut() | {"v": 2, "runs": [town.run()]}


def _forms(town):
    base, file = town.value(), [("file", None)]
    yield "nothing", 2, [], b""
    yield "its first bytes damaged", 1, file, canonical.dumps(base).replace(b"at", b"bt", 2)
    yield "a PDF", 2, [], b"%PDF-1.4\n"
    yield "other JSON", 2, [], canonical.dumps({"v": 1})
    yield "the same object, spaced", 2, [], json.dumps(base, indent=1).encode()
    text = canonical.dumps(base)
    yield "cut off", 1, file, text[:-1]
    yield "a line end behind it", 1, file, text + b"\n"
    yield "a space inside", 1, file, text.replace(b',"item"', b', "item"')
    yield "no UTF-8", 1, file, text.replace(b'"item":"https', b'"item":"\xff')
    yield "version 3", 3, [], base | {"v": 3}
    yield "version 3, with other members", 3, [], base | {"v": 3, "heads": 1}
    yield "version 0", 1, file, base | {"v": 0}
    yield "version 1 as text", 1, file, base | {"v": "1"}
    yield "version 2 without runs", 1, file, base | {"v": 2}
    yield "runs in version 1", 1, file, town.cut() | {"runs": [town.run()]}
    yield "another member", 1, file, base | {"heads": {}}
    for name in ("item", "entries", "v"):
        yield f"no {name}", 1, file, {k: v for k, v in base.items() if k != name}
    for name, nothing in (
        ("entries", []),
        ("attachments", {}),
        ("disclosures", []),
        ("scopes", []),
    ):
        yield f"{name}, empty", 1, file, base | {name: nothing}
    yield "an item that is no URI", 1, file, base | {"item": "lot 24"}
    yield "entries in another order", 1, file, base | {"entries": base["entries"][::-1]}
    yield "an entry twice", 1, file, base | {"entries": [base["entries"][0], *base["entries"]]}
    for what, change in {
        "a proof of 65 hashes": {"proof": [base64.encode(bytes(32))] * 65},
        "a hash of 31 bytes": {"proof": [base64.encode(bytes(31))]},
        "an index that is no integer": {"index": 0.5},
        "an entry with another member": {"hash": "ab"},
    }.items():
        yield what, 1, file, _with_entry(base, 0, **change)
    wrong = {"0" * 64: base64.encode(b"other")}
    yield "an attachment under another SHA-256", 1, file, base | {"attachments": wrong}
    disordered = sorted([town.stored, "x"], reverse=True)
    yield "disclosures in another order", 1, file, base | {"disclosures": disordered}
    for what, change in {"from 0": {"from": 0}, "that ends before it begins": {"from": 2}}.items():
        yield f"a run {what}", 1, file, town.cut() | {"v": 2, "runs": [town.run(**change)]}


def _checkpoints(town):
    base, wrong = town.value(), [("checkpoint", None)]
    note = base["checkpoint"]
    both = cosigned(note, NORTH, SOUTH)
    signed = checkpoint.sign(checkpoint.parse_any(notes.parse(note).text), m.STRANGER_KEY)
    yield "signed by another key", 1, wrong, base | {"checkpoint": signed}
    renamed = note.replace(m.ORIGIN, "other.example/log")
    yield "of another origin", 1, wrong, base | {"checkpoint": renamed}
    yield "no note", 1, wrong, base | {"checkpoint": "believe me"}
    spoilt = moved(both, NORTH, flip=(20, 1))
    yield "a cosignature damaged", 1, wrong, base | {"checkpoint": spoilt}, "2 of 2"
    yield "a cosignature damaged, and no policy", 0, [], base | {"checkpoint": spoilt}
    for what, change in {
        "another name": {"more": "x"}, "another id": {"flip": (3, 2)},
        "another id, the time's first bits changed": {"flip": (4, 0x80)},
    }.items():  # fmt: skip
        changed = moved(both, NORTH, **change)
        yield f"a cosignature under {what}", 1, wrong, base | {"checkpoint": changed}, "1 of 2"
    twice = both + next(x for x in both.splitlines(keepends=True) if NORTH in x)
    yield "two lines of one witness", 1, wrong, base | {"checkpoint": twice}, "1 of 2"


def _entries(town):
    base, sent = town.value(), town.sent
    coded = next(part for part in base["entries"] if part["index"] == town.coded)
    gone = [("after", town.received), ("log", sent)]
    yield "another leaf's proof", 1, gone, _with_entry(base, sent, proof=coded["proof"])
    yield "another entry", 1, gone, _with_entry(base, sent, entry=coded["entry"])
    last, stall = len(town.book.accepted()), m.AS_STALL
    good = town.says(*stall)
    spaced = good.replace(b',"payloadType"', b', "payloadType"')
    inside = json.dumps(town.book.payload(m.STALL)).encode()
    spaced_inside = dsse.seal(m.STALL_KEY, link.PAYLOAD_TYPE, inside).encode()
    place = lambda **members: lambda p: p["items"][0].update(members)  # noqa: E731
    after = lambda *links: lambda p: p.update(after=list(links))  # noqa: E731
    member = lambda **members: lambda p: p.update(members)  # noqa: E731
    yield "one link more", 0, [], town.value(more=[good])
    for rule, what, entry in (
        ("size", "65,536 bytes", good + b" " * (65_536 - len(good))),
        ("encoding", "a space in the envelope", spaced),
        ("payload", "the payload spaced", spaced_inside),
        ("members", "another member", town.says(*stall, edit=member(x=1))),
        ("ledger", "another ledger", town.says(*stall, edit=member(ledger="a/b"))),
        ("key", "a key that was never enrolled", town.says(m.STRANGER_KEY, m.STALL)),
        ("key", "a key of another party", town.says(m.FARM_KEY, m.STALL)),
        ("signature", "another's bytes under its key", _resigned(good)),
        ("chain", "another link before it", town.says(*stall, edit=place(prev="ab" * 32))),
        ("chain", "a number that is there", town.says(*stall, edit=place(seq=1))),
        ("items", "an event about another item", town.says(*stall, event=m.event(ELSEWHERE))),
        ("after", "itself", town.says(*stall, edit=after({"index": last, "hash": "ab" * 32}))),
        ("after", "its own actor's", town.says(
            *stall, edit=after(town.book.link_at(town.received)))),
        ("authority", "a stall admits", town.says(
            *stall, [m.STALL_2], statement=m.party(m.STALL_2))),
        ("statement", "a key that is not its own revoked", town.says(
            *stall, [m.STALL], statement=m.revoke(m.STALL, m.FARM_KEY))),
    ):  # fmt: skip
        yield f"{rule}: {what}", 1, [(rule, last)], town.value(more=[entry])
    stray = town.says(*m.AS_FARM, [ELSEWHERE], event=m.event(ELSEWHERE))
    yield "a link that has nothing to do with it", 1, [("item", last)], town.value(more=[stray])


def _resigned(entry):
    """The entry with a signature of the right length by nobody."""
    sealed = json.loads(entry)
    sealed["signatures"][0]["sig"] = base64.encode(bytes([1] * 64))
    return json.dumps(sealed, separators=(",", ":")).encode()


def _newer(town):
    last, stall = len(town.book.accepted()), m.AS_STALL
    later = lambda p: p.update(v=2, events=[])  # noqa: E731
    later_link = town.says(*stall, edit=later)
    later_said = town.says(*stall, [m.STALL], statement={"type": "weather", "sky": "clear"})
    later_op = town.says(*stall, [m.STALL], statement={"type": "party", "op": "rename", "x": 1})
    yield "a link of version 2", 3, [], town.value(more=[later_link])
    yield "a statement of a newer type", 3, [], town.value(more=[later_said])
    yield "a newer op of a statement", 3, [], town.value(more=[later_op])
    unsigned = _resigned(later_said)
    yield "a newer statement, not signed", 1, [("signature", last)], town.value(more=[unsigned])
    numbered = town.says(
        *stall, [m.STALL], lambda p: p["items"][0].update(seq=1), statement={"type": "weather"}
    )
    missing = [("chain", None), ("chain", last)]
    yield "a newer statement without number 0's hash", 1, missing, town.value(more=[numbered])
    hidden = town.value(more=[later_link], without=(town.by_reference,), attachments=None)
    yield "a link of version 2, and one is missing", 3, [], hidden


def _closure(town):
    base, chain = town.value(), [("chain", None)]
    yield "a chain's beginning left out", 1, chain, town.value(without=(town.coded,))
    yield "a chain's middle left out", 1, chain, town.cut()
    yield (
        "what a receipt names left out",
        1,
        [("after", town.received)],
        town.value(without=(town.sent,)),
    )
    other = [("item", None), ("item", town.coded), ("item", town.sent), ("item", town.received),
             ("item", town.by_reference), ("item", town.stocked)]  # fmt: skip
    yield "of an item that no link is about", 1, other, base | {"item": m.CODED}
    for what, change in {
        "longer than what is left out": {"to": 2}, "with another hash": {"prev": "ab" * 32},
        "of another actor": {"actor": m.FARM},
    }.items():  # fmt: skip
        wrong = town.cut() | {"v": 2, "runs": [town.run(**change)]}
        yield f"a run {what}", 1, [("chain", None), ("chain", None)], wrong
    beyond = town.value() | {"v": 2, "runs": [town.run(**{"from": 3, "to": 5})]}
    yield "a run beyond the end", 1, chain, beyond


def _besides(town):
    base, last = town.value(), len(town.book.accepted())
    for what, scope in {
        "an item that is not of this file": town.scope(ELSEWHERE),
        "another position": town.scope(position=1 - town.scope()["position"]),
        "no proof": town.scope(proof=[]),
        "a link without a list": town.scope(index=town.sent),
        "an index that is not there": town.scope(index=99),
    }.items():
        yield f"a scope: {what}", 1, [("scope", scope["index"])], town.value(scopes=[scope])
    more = base["attachments"] | {hashlib.sha256(b"x").hexdigest(): base64.encode(b"x")}
    unnamed = [("attachment", None)]
    yield "an attachment that nothing names", 1, unnamed, base | {"attachments": more}
    for what, body, change in (
        ("of another size", town.body, {"size": len(town.body) + 1}),
        ("that is no event", b'{"a":1}', {}),
        ("that is no JSON", b"%PDF-1.4", {}),
        ("in another form", json.dumps(m.event(m.LOT)).encode(), {}),
        ("without its time", canonical.dumps({"type": "ObjectEvent"}), {}),
        ("about other items", canonical.dumps(m.event(ELSEWHERE)), {}),
    ):
        name = hashlib.sha256(body).hexdigest()
        ref = m.reference(sha256=name, size=len(body)) | change
        value = town.value(more=[town.says(*m.AS_STALL, event_ref=ref)])
        attached = value["attachments"] | {name: base64.encode(body)}
        fault = [("attachment", last)]
        yield f"a body {what}", 1, fault, value | {"attachments": attached}
    one = canonical.dumps(m.event(m.LOT))
    ref = m.reference(sha256=hashlib.sha256(one).hexdigest(), size=len(one))
    value = town.value(more=[town.says(*m.AS_STALL, event_ref=ref)])
    attached = value["attachments"] | {ref["sha256"]: base64.encode(one)}
    yield "a body about the one item", 0, [], value | {"attachments": attached}
    unknown = [("disclosure", None)]
    yield "a disclosure that nothing commits to", 1, unknown, base | {"disclosures": ["x"]}


def evidence():
    """Files, the trust file that each is judged under, exit code, and faults in order."""
    town = Town()
    cases = []
    for part in (_good, _forms, _checkpoints, _entries, _newer, _closure, _besides):
        for note, code, faults, file, *trust in part(town):
            data = file if isinstance(file, bytes) else canonical.dumps(file)
            try:
                text = {"file": data.decode()}
            except UnicodeDecodeError:
                text = {"hex": data.hex()}
            named = [{"rule": rule, "index": index} for rule, index in faults]
            trust_name = trust[0] if trust else "none"
            cases.append({"note": note, "trust": trust_name, "exit": code, "faults": named} | text)
    about = "section 9: evidence files; faults by rule, then by index, null before numbers"
    return {"about": about, "trusts": trusts(), "cases": cases}


FILES = {"evidence": evidence}
