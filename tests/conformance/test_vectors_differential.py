"""The library and the second verifier decide the same, whatever is thrown at them.

SUYUAN_EXAMPLES=20000 makes a long run of it.
"""

import copy
import functools
import json

import pytest
import rfc8785
from conformance.reference.library import Library
from conformance.reference.verifier import Reference
from conformance.strategies import CODED, VALUES, examples
from conformance.vectors import making, origins_themes, parties_themes
from conformance.vectors.standing_themes import AUTHORITY, HARBOUR, appoint, dismiss, leave
from hypothesis import given
from hypothesis import strategies as st

from suyuan.keys import base64, dsse
from suyuan.trace.format import link

pytestmark = pytest.mark.slow

KEYS = {
    making.AUTHORITY: [making.ROOT], making.MARKET: [making.MARKET_KEY],
    making.FARM: [making.FARM_KEY], making.STALL: [making.STALL_KEY], making.STALL_2: [],
    HARBOUR: [parties_themes.HARBOUR_KEY],
}  # fmt: skip
SIGNERS = [
    making.ROOT, making.MARKET_KEY, making.FARM_KEY, making.STALL_KEY, making.SECOND_KEY,
    making.THIRD_KEY, making.p256(16), parties_themes.HARBOUR_KEY,
]  # fmt: skip
OF = {signer.public.keyid: signer for signer in SIGNERS}
ACTORS = list(KEYS)
DIVISIONS = ["350206", "350206004", "350212", "35", "350200000000"]
PLACES = [[], [parties_themes.PLACE], [parties_themes.PLACE, "x:y"]]
ITEMS = [
    *CODED, making.LOT, "urn:epc:class:lgtin:6901234.056789.L24", "urn:epc:id:sgln:6901234.05678.0",
    "urn:x:y", "not a URI",
]  # fmt: skip
STEPS = ["receiving", "cbv:BizStep-receiving", "https://ref.gs1.org/cbv/BizStep-shipping", "x:y"]


@functools.cache
def _begun():
    book = making.city(making.Ledger("differential"))
    book.ok("", making.FARM_KEY, making.FARM, event=making.event(making.LOT, CODED[0]))
    mandate = making.give(making.STALL, making.MARKET, ["receiving", "x:y"])
    book.ok("", making.STALL_KEY, making.STALL, statement=mandate)
    for said in (
        making.party(HARBOUR),
        making.enrol(HARBOUR, parties_themes.HARBOUR_KEY),
        appoint(HARBOUR, "350206", "350212"),
    ):
        book.ok("", making.ROOT, making.AUTHORITY, statement=said)
    return book, _both(book)


def _both(book):
    """The two verifiers, each with what the book has accepted."""
    trust = json.loads(json.dumps(book.as_file()["trust"]))
    both = Library(trust), Reference(trust)
    for entry in book.accepted():
        assert both[0].offer(entry) == both[1].offer(entry)
    return both


def begun():
    book, both = _begun()
    return book, *copy.deepcopy(both)


def agree(library, reference, entry):
    got, expected = library.offer(entry), reference.offer(entry)
    assert got == expected, entry[:3000]
    return got


def sealed(payload, signer):
    return dsse.seal(signer, link.PAYLOAD_TYPE, rfc8785.dumps(payload)).encode()


# Whole statements and events in any order.


@st.composite
def bodies(draw):
    """What a link may say, good or not: from small pools, so that acts meet each other."""
    pick = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    party, other, signer = pick(*ACTORS), pick(*ACTORS), pick(*SIGNERS)
    division, places = pick(*DIVISIONS), pick(*PLACES)
    match pick("party", "party", "registrar", "enrol", "enrol", "revoke", "give", "withdraw",
               "event", "event", "transform", "ref", "labels", "origin"):  # fmt: skip
        case "party":
            said = pick(
                making.party(party, "admit", division=division, places=places),
                making.party(party, "change", division=division, places=places),
                leave(party),
            )
        case "registrar":
            said = pick(appoint(party, division, *places), dismiss(party))
        case "enrol":
            more = pick({}, {"revokes": []}, {"revokes": "good"}, {"revokes": "good"})
            said = making.enrol(party, signer, **more)
        case "revoke":
            said = making.revoke(party, signer)
        case "give":
            paper = pick({}, {"paper": making.DIGEST})
            until = pick(making.moment(30), making.moment(600))
            said = making.give(party, other, ["receiving"], until=until, **paper)
        case "withdraw":
            said = making.withdraw(party, other)
        case "origin":
            said = origins_themes.origin(party=party)
        case "labels":
            said = {"type": "labels", "op": "void", "count": 1, "root": making.DIGEST}
        case "ref":
            return {"event_ref": making.reference()}
        case "event":
            action = pick("ADD", "OBSERVE")
            return {"event": making.event(pick(*ITEMS), step=pick(*STEPS), action=action)}
        case _:
            listed = {"outputEPCList": [pick(*ITEMS)], "inputEPCList": [pick(*ITEMS)]}
            return {"event": making.event(kind="TransformationEvent", **listed)}
    return {"statement": said}


ACTS = st.tuples(
    bodies(),
    st.sampled_from(
        [None, None, None, making.AUTHORITY, making.MARKET, HARBOUR, *ACTORS]
    ),  # the actor, else a likely one
    st.one_of(st.none(), st.none(), st.sampled_from(SIGNERS)),  # the signer, else a good one
    st.booleans(),  # as a received document
    st.integers(0, 40),  # a link that it follows, if there is one
)


def _usual(actor, signer, **body):
    return st.tuples(
        st.just(body), st.just(actor), st.just(signer), st.just(False), st.integers(0, 40)
    )


# The market, a registrar to which a stall gave a mandate, comes and goes; what it may do then.
USUAL = st.one_of(
    *(
        _usual(making.AUTHORITY, making.ROOT, statement=said)
        for said in (leave(making.MARKET), making.party(making.MARKET),
                     appoint(making.MARKET, "350206"))
    ),
    _usual(making.STALL, making.MARKET_KEY, event=making.event(CODED[1], step="receiving")),
    *(
        _usual(making.MARKET, making.MARKET_KEY, statement=said)
        for said in (making.party(making.STALL, "change"), making.party(HARBOUR, "change"))
    ),
)  # fmt: skip


@examples(150)
@given(st.lists(st.one_of(ACTS, USUAL), min_size=1, max_size=25))
def test_acts_in_any_order(acts):
    book, library, reference = begun()
    book = copy.copy(book)
    book.state = library.state
    for body, actor, signer, received, after in acts:
        body = copy.deepcopy(body)
        said = body.get("statement", {})
        if actor is None:
            actor = making.AUTHORITY if said else making.FARM
        if said.get("revokes") == "good":
            said["revokes"] = reference.good_keys(said["party"])
        if signer is None:
            good = [OF[k] for k in reference.good_keys(actor) if k in OF]
            signer = good[0] if good else making.ROOT
        if received:
            body["document"] = {
                "sha256": making.DIGEST, "size": 1, "type": "x", "as": "received",
            }  # fmt: skip
        follows = []
        if after < len(reference.links) and reference.links[after][1] != actor:
            follows = [{"index": after, "hash": reference.links[after][0]}]
        payload = book.payload(actor, at=making.moment(after), after=follows, **body)
        entry = sealed(payload, signer)
        if agree(library, reference, entry)[0] == "accepted":
            assert agree(library, reference, entry)[0] == "resent"


# One good payload, spoilt.


@functools.cache
def good_payloads():
    book, _ = _begun()
    farm, market, root = making.FARM, making.MARKET, making.AUTHORITY
    stall, second = making.STALL, making.STALL_2
    product = {
        "type": "product", "uri": "urn:x:p", "name": "n", "spec": "s", "category": "c",
        "unit": "KGM", "conversions": {"箱": "20"}, "shelf_life_days": 3,
    }  # fmt: skip
    private = {"_sd": sorted(base64.encode_url(bytes([n]) * 32) for n in range(8))}
    document = {"sha256": making.DIGEST, "size": 1, "type": "text/csv", "as": "own"}
    farm_key = making.FARM_KEY.public.keyid
    said = [
        (market, making.party(second, part_of=market)),
        (root, making.party(farm, "change", division="350212", places=["x:y"], gs1=["6901"])),
        (root, leave(farm) | {"reason": "r"}),
        (root, appoint(farm, "3502", "x:y")),
        (root, dismiss(market)),
        (market, making.enrol(market, making.SECOND_KEY)),
        (root, making.enrol(farm, making.p256(16), revokes=[farm_key])),
        (root, making.revoke(farm, making.FARM_KEY, compromised_since=3, reason="r")),
        (farm, making.give(farm, stall, paper=making.DIGEST)),
        (stall, making.withdraw(stall, market)),
        (farm, product | {"suyuan:private": private}),
        (farm, {"type": "place", "uri": "x:q", "party": farm, "name": "n", "division": "35"}),
        (farm, {"type": "document", "sha256": making.DIGEST, "size": 1, "links": 1}),
        (root, origins_themes.origin()),
    ]
    found = [book.payload(actor, statement=statement) for actor, statement in said]
    found.append(book.payload(farm, items=[making.LOT], statement={
        "type": "labels", "op": "issue", "count": 1, "root": making.DIGEST}))  # fmt: skip
    more = {"epcList": ["urn:epc:id:sscc:6901234.0000000001", "urn:x:y"], "parentID": "a:b"}
    found.append(book.payload(
        stall, after=[0, 8, {"ledger": "b", "index": 1, "hash": making.DIGEST}],
        document=document, event=making.event(making.LOT, CODED[0], **more)))  # fmt: skip
    found.append(book.payload(
        farm, event=making.event(kind="TransformationEvent", outputEPCList=[CODED[1]],
                                 inputQuantityList=[{"epcClass": making.LOT}])))  # fmt: skip
    found.append(book.payload(farm, items=["urn:x:1", "urn:x:2"], event_ref=making.reference()))
    found.append(book.payload(stall, event=making.event(CODED[1], step="cbv:BizStep-receiving"),
                              at=making.moment(5)))  # fmt: skip
    return found


NAMES = st.sampled_from([
    "type", "op", "party", "name", "revokes", "paper", "reason", "spec", "ledger", "document",
    "suyuan:private", "event", "statement", "event_ref", "part_of", "compromised_since", "bizStep",
    "epcList", "quantityList", "action", "parentID", "as", "", "é", "\U0001f600", "\ufb33",
])  # fmt: skip


def paths(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for name in sorted(value):
            yield from paths(value[name], (*path, name))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from paths(part, (*path, at))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def spoil(draw, payload):
    """One change of structure."""
    every = list(paths(payload))
    path = draw(st.sampled_from(every))
    holder, last = at(payload, path[:-1]), path[-1]
    match draw(st.sampled_from(["put", "put", "drop", "copy", "edit", "edit", "add", "twice"])):
        case "put":
            holder[last] = draw(VALUES)
        case "drop":
            del holder[last]
        case "copy":
            holder[last] = copy.deepcopy(at(payload, draw(st.sampled_from(every))))
        case "add" if isinstance(holder, dict):
            holder[draw(NAMES)] = draw(VALUES)
        case "twice" if isinstance(holder, list):
            holder.insert(draw(st.integers(0, len(holder))), copy.deepcopy(holder[last]))
        case _:
            old = holder[last]
            if isinstance(old, bool) or old is None:
                holder[last] = not old
            elif isinstance(old, int):
                holder[last] = old + draw(st.integers(-1, 1))
            elif isinstance(old, str):
                where = draw(st.integers(0, len(old)))
                more = draw(st.sampled_from(["", "0", "a", "A", "%", "/", " ", "\n", "ü", "="]))
                holder[last] = old[:where] + more + old[where + draw(st.integers(0, 1)) :]
            elif isinstance(old, list):
                old.reverse()


@examples(600)
@given(st.data())
def test_spoilt_payloads(data):
    _, library, reference = begun()
    payload = copy.deepcopy(data.draw(st.sampled_from(good_payloads())))
    actor = payload["actor"]
    for _ in range(data.draw(st.integers(0, 3))):
        spoil(data.draw, payload)
    keys = KEYS.get(actor) or [making.ROOT]
    signer = data.draw(st.sampled_from([keys[0], keys[0], keys[0], making.MARKET_KEY]))
    try:
        entry = sealed(payload, signer)
    except (rfc8785.CanonicalizationError, UnicodeError):
        return
    agree(library, reference, entry)


# A statement that opens a new origin: it stands at index 1, so its ledger has one link so far.

ORIGIN_TEXTS = st.sampled_from([
    *origins_themes.bad_logs().values(), *origins_themes.bad_notes().values(),
    origins_themes.LOG, origins_themes.NOTE, origins_themes.OLD, making.ORIGIN, making.AUTHORITY,
    origins_themes.NOTE + origins_themes.WITNESS, "\n\n", "\x85", "\u2003", "\x1f", "\x7f",
])  # fmt: skip


@functools.cache
def _just_begun():
    book = making.Ledger("differential")
    book.ok("", making.ROOT, making.AUTHORITY, statement=AUTHORITY)
    return book, _both(book)


@st.composite
def spoilt_origins(draw):
    """The statement with a few of its texts changed, most of them by a letter or a line."""
    said = origins_themes.origin()
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(["party", "ledger", "log", "checkpoint", "checkpoint"]))
        old = said[name]
        where, cut = draw(st.integers(0, len(old))), draw(st.integers(0, 1))
        more = draw(st.one_of(
            st.sampled_from(["", "0", "A", "=", " ", "+", "\n", "\n\n", "\N{EM DASH} ", "\x85",
                             "\x1c", "\x7f", origins_themes.WITNESS]),
            ORIGIN_TEXTS,
        ))  # fmt: skip
        is_whole = draw(st.booleans())
        said[name] = draw(ORIGIN_TEXTS) if is_whole else old[:where] + more + old[where + cut :]
    return said


@examples(600)
@given(spoilt_origins())
def test_spoilt_origins(said):
    book, both = _just_begun()
    library, reference = copy.deepcopy(both)
    payload = book.payload(making.AUTHORITY, items=[making.AUTHORITY], statement=said)
    if payload["items"][0]["item"] != said["party"]:
        payload["items"][0]["item"] = said["party"]
        payload["items"][0].update(seq=0, prev=None)
    agree(library, reference, sealed(payload, making.ROOT))


@examples(400)
@given(st.data())
def test_spoilt_bytes(data):
    _, library, reference = begun()
    payload = data.draw(st.sampled_from(good_payloads()))
    signer = (KEYS.get(payload["actor"]) or [making.ROOT])[0]
    is_inner = data.draw(st.booleans())
    raw = bytearray(rfc8785.dumps(payload) if is_inner else sealed(payload, signer))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(raw)))
        more = data.draw(
            st.one_of(
                st.binary(max_size=2),
                st.sampled_from([b'"', b"\\", b"\\u0000", b"\\ud800", b",", b"{", b"[", b"1", b"-0",
                                 b"1e400", b".0", b"=", b" ", b"\n", b"\xef\xbb\xbf", b"e1"]),
            )
        )  # fmt: skip
        raw[where : where + data.draw(st.integers(0, 2))] = more
    entry = bytes(raw)
    if is_inner:
        entry = dsse.seal(signer, link.PAYLOAD_TYPE, entry).encode()
    agree(library, reference, entry)
