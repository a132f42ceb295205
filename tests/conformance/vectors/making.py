"""What the generator builds ledgers with: fixed keys, fixed times, signatures that repeat."""

import copy
from datetime import UTC, datetime, timedelta

from suyuan.keys import base64, canonical, dsse, notes
from suyuan.keys.seeded import RepeatableSigner
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import chain, enrolment
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format import link, statements
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.rules import Refused
from suyuan.trace.log import checkpoint, merkle

ORIGIN = "trace.food.example/log"
HOST = "trace.food.example"
START = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


def ed(first):
    """The Ed25519 key whose seed is the 32 bytes from `first` up."""
    return LocalSigner.from_seed(bytes(range(first, first + 32)))


def p256(first):
    """The P-256 key whose scalar is the 32 bytes from `first` up."""
    return RepeatableSigner.from_scalar(int.from_bytes(bytes(range(first, first + 32)), "big"))


ROOT, MARKET_KEY, FARM_KEY, STRANGER_KEY = ed(0), ed(32), ed(64), ed(96)
STALL_KEY, LOG_KEY, SECOND_KEY, THIRD_KEY = p256(128), ed(160), ed(192), ed(224)
OFFICE_KEY = ed(16)

AUTHORITY = "urn:uscc:11350200004138163G"
MARKET = "urn:uscc:91350211M000100Y46"
FARM = "urn:uscc:91350212MA2XN7T503"
STALL = f"https://{HOST}/party/7K3QX9M2V8TDC4NB"
STALL_2 = f"https://{HOST}/party/0000000000000000"
AS_ROOT, AS_MARKET = (ROOT, AUTHORITY), (MARKET_KEY, MARKET)
AS_FARM, AS_STALL = (FARM_KEY, FARM), (STALL_KEY, STALL)
LOT = "https://id.gs1.org/01/06901234567892/10/L24"
CODED = f"https://{HOST}/t/1Q4T9ZC2KM8W0RB3"
DIGEST = "ab" * 32


def trust_file():
    """The trust file of every ledger here."""
    log = notes.VerifierKey(ORIGIN, LOG_KEY.public)
    return Trust(log=log, host=HOST, authority=AUTHORITY, root=ROOT.public)


NIGHT, NEXT_DAY = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"


def moment(count):
    """The UTC second that many minutes after the start."""
    return (START + timedelta(minutes=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


def party(uri, op="admit", **members):
    """A party statement."""
    found = {
        "type": "party", "op": op, "party": uri, "name": "某某", "roles": ["stall"],
        "division": "350206", "places": [], "gs1": [],
    }  # fmt: skip
    return found | members


def possession(signer, uri, **members):
    """The envelope by which a new key shows that it is held."""
    claim = {
        "ledger": ORIGIN, "party": uri, "keyid": signer.public.keyid,
        "nonce": base64.encode_url(bytes(range(16))),
    }  # fmt: skip
    payload = canonical.dumps(claim | members)
    return dsse.seal(signer, enrolment.POSSESSION_TYPE, payload).encode().decode()


def enrol(uri, signer, **members):
    """The enrolment of a key."""
    found = {
        "type": "key", "op": "enrol", "party": uri, "keyid": signer.public.keyid,
        "alg": signer.public.alg, "spki": base64.encode(signer.public.spki), "kept": "file",
        "possession": possession(signer, uri),
    }  # fmt: skip
    return found | members


def revoke(uri, signer, **members):
    """The revocation of a key."""
    found = {"type": "key", "op": "revoke", "party": uri, "keyid": signer.public.keyid}
    return found | members


def give(uri, to, steps=("receiving",), start=NIGHT, until=NEXT_DAY, **members):
    """A mandate."""
    found = {
        "type": "mandate", "op": "give", "party": uri, "to": to, "steps": list(steps),
        "from": start, "until": until,
    }  # fmt: skip
    return found | members


def withdraw(uri, to):
    """All mandates of one party to another, withdrawn."""
    return {"type": "mandate", "op": "withdraw", "party": uri, "to": to}


def event(*quantities, kind="ObjectEvent", step="storing", **members):
    """An event about classes of items."""
    found = {
        "type": kind, "eventTime": "2026-11-24T16:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00", "bizStep": step,
    }  # fmt: skip
    if kind == "ObjectEvent":
        found["action"] = "OBSERVE"
    if quantities:
        found["quantityList"] = [{"epcClass": q, "quantity": 5, "uom": "KGM"} for q in quantities]
    return found | members


def reference(**members):
    """An event by reference."""
    return {"sha256": DIGEST, "size": 123456, "type": "application/json"} | members


class Ledger:
    """A ledger in the making, and the entries that it must refuse."""

    def __init__(self, about):
        self.about = about
        self.trust = trust_file()
        self.state = State(self.trust.genesis)
        self.steps = []
        self.payloads = []
        self.edge = merkle.Edge()

    def payload(self, actor, *, items=None, after=(), at=None, edit=None, **body):
        """A payload with the present heads; `edit` may then spoil it."""
        if items is None:
            items = self._items(actor, body)
        refs = []
        for item in items:
            head = self.state.head(item, actor)
            refs.append(
                {
                    "item": item,
                    "seq": 0 if head is None else head.seq + 1,
                    "prev": None if head is None else head.hash,
                }
            )
        found = {
            "v": 1, "ledger": ORIGIN, "actor": actor, "items": refs,
            "signed_at": moment(len(self.steps)) if at is None else at,
            "after": [self.link_at(part) if isinstance(part, int) else part for part in after],
        } | copy.deepcopy(body)  # fmt: skip
        if edit is not None:
            edit(found)
        return found

    def link_at(self, index):
        """An `after` element that names the link at this index."""
        return {"index": index, "hash": link.link_hash(self.accepted()[index])}

    def accepted(self):
        """The accepted entries, in order."""
        return [bytes.fromhex(s["hex"]) for s in self.steps if "hash" in s]

    @staticmethod
    def _items(actor, body):
        if "event" in body:
            return item_set(body["event"]) or [actor]
        said = body.get("statement")
        if said is None or not isinstance(said, dict):
            return [actor]
        try:
            return [statements.subject(said) or LOT]
        except KeyError:
            return [actor]

    def ok(self, note, signer, actor, body=None, **parts):
        """An entry that is accepted; its index. `body`: an event, else a statement."""
        payload = self.payload(actor, **_said(body), **parts)
        return self.ok_entry(note, link.seal(signer, payload))

    def ok_entry(self, note, entry):
        """These bytes, accepted; their index."""
        try:
            found = link.parse(entry)
            chain.decide(found, self.state)
        except Refused as refused:
            raise AssertionError(f"{self.about[:40]}: {note}: {refused}") from None
        index = self.state.apply(found)
        self.edge.append(bytes.fromhex(found.hash))
        self.steps.append({"note": note, "index": index, "hash": found.hash, "hex": entry.hex()})
        return index

    def no(self, rule, why, signer, actor, body=None, **parts):
        """An entry that is refused by this rule."""
        payload = self.payload(actor, **_said(body), **parts)
        return self.no_entry(rule, why, link.seal(signer, payload))

    def spoil(self, why, signer, actor, items, said, change):
        """A statement about these items that its change makes break rule `members`."""
        found = copy.deepcopy(said)
        change(found)
        refs = self.payload(actor, items=items)["items"]
        edit = lambda payload: payload.update(items=refs, statement=found)  # noqa: E731
        self.no("members", why, signer, actor, items=items, edit=edit)

    def no_payload(self, rule, why, signer, payload):
        """Payload bytes as they are, signed, refused by this rule."""
        self.no_entry(rule, why, dsse.seal(signer, link.PAYLOAD_TYPE, payload).encode())

    def no_entry(self, rule, why, entry):
        """These bytes, refused by this rule."""
        try:
            chain.decide(link.parse(entry), self.state)
            said = "nothing"
        except Refused as refused:
            said = str(refused)
        assert said.startswith(f"{rule}:"), f"{why}: expected {rule}, got {said}"
        self.steps.append({"note": why, "rule": rule, "hex": entry.hex()})

    def again(self, note, index, entry):
        """An entry of the same payload and keyid as one that is there."""
        self.steps.append({"note": note, "again": index, "hex": entry.hex()})

    def checkpoint(self):
        """The signed checkpoint over what was accepted."""
        found = checkpoint.Checkpoint(ORIGIN, self.edge.size, self.edge.root())
        return checkpoint.sign(found, LOG_KEY)

    def as_file(self):
        """The file with `entries`, `resent` and `refused`: refusals come after all entries."""
        accepted = [n for n, step in enumerate(self.steps) if "hash" in step]
        refused = [n for n, step in enumerate(self.steps) if "rule" in step]
        assert not refused or accepted[-1] < refused[0], "a refusal between: use as_steps"
        found = {"about": self.about, "trust": self._trust(), "checkpoint": self.checkpoint()}
        found |= {"entries": [], "resent": [], "refused": []}
        for step in self.steps:
            text = _bytes(step)
            if "hash" in step:
                names = {name: step[name] for name in ("index", "note", "hash")}
                found["entries"].append(names | text)
            elif "again" in step:
                found["resent"].append({"index": step["again"], "note": step["note"]} | text)
            else:
                found["refused"].append({"rule": step["rule"], "why": step["note"]} | text)
        return found

    def as_steps(self):
        """The file with `steps`: accepted, refused and sent again in one order."""
        found = {"about": self.about, "trust": self._trust(), "checkpoint": self.checkpoint()}
        names = ("note", "index", "hash", "rule", "again")
        found["steps"] = [
            {name: step[name] for name in names if name in step} | _bytes(step)
            for step in self.steps
        ]
        return found

    def _trust(self):
        return {
            "v": 1, "log": str(self.trust.log), "host": HOST,
            "authority": {"party": AUTHORITY, "spki": base64.encode(ROOT.public.spki)},
            "policy": "none", "auditing": [], "entries": "public",
        }  # fmt: skip


def shown(value):
    """A value as the notes of vectors have it."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else f"{text[:56]}… ({len(text)})"


def _said(body):
    if body is None:
        return {}
    return {"event" if "eventTime" in body else "statement": body}


def _bytes(step):
    data = bytes.fromhex(step["hex"])
    try:
        return {"entry": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"hex": step["hex"]}


def city(ledger, *, stall=True):
    """The usual beginning: authority, a market that registers, a farm, a stall, their keys."""
    say = ledger.ok
    admit = party(AUTHORITY, roles=["authority"], division="350200")
    say("the authority admits itself, by the root key", ROOT, AUTHORITY, statement=admit)
    say("the market", ROOT, AUTHORITY, statement=party(MARKET, roles=["market"]))
    remit = {"type": "registrar", "op": "appoint", "party": MARKET, "remit": ["350206"]}
    say("the market becomes a registrar", ROOT, AUTHORITY, statement=remit)
    say("the market's key", ROOT, AUTHORITY, statement=enrol(MARKET, MARKET_KEY))
    farm = party(FARM, roles=["producer"], division="350212", gs1=["6901234"])
    say("the farm", ROOT, AUTHORITY, statement=farm)
    say("the farm's key", ROOT, AUTHORITY, statement=enrol(FARM, FARM_KEY))
    if stall:
        say("a stall, by the market", MARKET_KEY, MARKET, statement=party(STALL))
        say("the stall's key: P-256", MARKET_KEY, MARKET, statement=enrol(STALL, STALL_KEY))
    return ledger
