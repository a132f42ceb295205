"""Vectors about members: each there, each of its form, no others."""

import copy

from conformance.vectors import making as m

from suyuan.keys import base64

WORDS = [1, "", None, [], {}, True]
TEXT = [1, None, [], {}, True]
URIS = ["", "no-scheme", "urn:", "https://x/市场", "https://x/a b", ":x", "1x:y", "a:" + "x" * 511,
        "https://x/\x7f", 7, None, ["urn:x:y"]]  # fmt: skip
DIGESTS = ["ab" * 31, "ab" * 33, "AB" * 32, "xy" * 32, "", 5, None, "ab" * 32 + " "]
SECONDS = [
    "2026-11-24T08:00:00", "2026-11-24T08:00:00.0Z", "2026-11-24T08:00:00+00:00",
    "2026-11-24t08:00:00z", "2026-11-24 08:00:00Z", "2026-02-30T08:00:00Z",
    "2025-02-29T08:00:00Z", "2100-02-29T08:00:00Z", "2026-13-01T08:00:00Z",
    "2026-00-01T08:00:00Z", "2026-11-00T08:00:00Z", "2026-11-24T24:00:00Z",
    "2026-11-24T25:00:00Z", "2026-11-24T29:59:59Z",
    "2026-11-24T08:60:00Z", "2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z",
    "12026-11-24T08:00:00Z", "2026-1-24T08:00:00Z", "２026-11-24T08:00:00Z",
    "2026-11-24T08:00:00Z\n", "", 1700000000, None,
]  # fmt: skip
WHOLES = [-1, 0.5, "1", None, True, []]
POSITIVES = [*WHOLES, 0]
DIVISIONS = ["", "3", "35020", "3502060", "35020600", "3502060001", "35020600011", "3502060040015",
             "35020x", "３５", 350206, None, ["350206"]]  # fmt: skip
NEVER = object()

PRIVATE = sorted(base64.encode_url(bytes([n]) * 32) for n in range(8))
_LESS = PRIVATE[:7]
PRIVATES = [
    {}, [], "x", None, {"_sd": []}, {"_sd": _LESS}, {"_sd": PRIVATE[::-1]}, {"_sd": "x"},
    {"_sd": PRIVATE, "x": 1}, {"_sd": [*_LESS, PRIVATE[6]]}, {"_sd": [*_LESS, 1]},
    {"_sd": [*_LESS, PRIVATE[7] + "="]}, {"_sd": [*_LESS, PRIVATE[7][:-2]]},
    {"_sd": [*_LESS, PRIVATE[7][:-1] + "d"]},
    {"_sd": [*_LESS, base64.encode(bytes([255]) * 32)[:-1]]},
    {"_sd": sorted([*PRIVATE, base64.encode_url(bytes([9]) * 32)])},
]  # fmt: skip

ROLES = ["authority", "office", "producer", "processor", "wholesaler", "retailer", "market",
         "stall", "caterer", "laboratory", "gateway"]  # fmt: skip
PARTY = {
    "party": URIS, "name": WORDS, "division": DIVISIONS,
    "roles": ["stall", [1], ["Stall"], ["pirate"], [""], None, {}, [["stall"]]],
    "places": ["https://x/y", ["x"], [1], None, {}],
    "gs1": ["6901234", ["123"], ["1234567890123"], [6901234], ["69O1234"], [""], None],
    "part_of": URIS,
}  # fmt: skip

KEYIDS = [*([part] for part in DIGESTS), "", None, {}, m.DIGEST]
RATES = ["", "0", "0.00", "-1", "+1", "01", "1.", ".5", "1e3", "１", "1,5", None]
# Bad values by the name of a member, where a statement has no others for it.
BADS = {
    **dict.fromkeys(("party", "to", "uri"), URIS),
    **dict.fromkeys(("name", "reason", "spec", "category", "unit"), WORDS),
    **dict.fromkeys(("keyid", "root", "sha256", "paper", "list"), DIGESTS),
    **dict.fromkeys(("from", "until", "known", "planned"), SECONDS),
    **dict.fromkeys(("compromised_since", "shelf_life_days", "size"), WHOLES),
    **dict.fromkeys(("count", "links"), POSITIVES), "division": DIVISIONS,
    "remit": ["350212", ["3502120"], ["x"], [1], None, {}], "possession": TEXT, "revokes": KEYIDS,
    "alg": ["ed25519", "Ed448", "ML-DSA-44", "ES256", "", 1, None],
    "spki": ["A", "AA", "AA=", "AAB=", "AAAA\n", "-_-_", "====", 1, None],
    "kept": ["cloud", "File", "", 1, None], "steps": ["receiving", [""], [1], None, {}],
    "conversions": [
        [], "20", None, {"箱": 20}, {"": "20"}, *({"箱": rate} for rate in RATES),
        {"箱": "20", "袋": "0"},
    ],
}  # fmt: skip


def bads(names, **others):
    """Bad values for each of these members, in this order."""
    return {name: others.get(name, BADS.get(name)) for name in names.split()}


LABELS = {"type": "labels", "op": "issue", "count": 1, "root": m.DIGEST}
PRODUCT = {
    "type": "product", "uri": "https://id.gs1.org/01/06901234567892", "name": "上海青",
    "spec": "一级", "category": "蔬菜", "unit": "KGM", "conversions": {"箱": "20"},
    "shelf_life_days": 0,
}  # fmt: skip
PLACE = {
    "type": "place", "uri": "https://id.gs1.org/414/6901234000009", "party": m.FARM,
    "name": "一号棚", "division": "350212",
}  # fmt: skip
# For each statement: a good one, the members that may be absent, and bad values for each member.
STATEMENTS = [
    (m.party(m.STALL_2, part_of=m.MARKET), ["part_of"], PARTY),
    (m.party(m.STALL, "change", part_of=m.MARKET), ["part_of"], PARTY),
    ({"type": "party", "op": "leave", "party": m.STALL, "reason": "closed"}, ["reason"],
     bads("party reason")),
    ({"type": "registrar", "op": "appoint", "party": m.FARM, "remit": ["350212", m.LOT]}, [],
     bads("party remit")),
    ({"type": "registrar", "op": "dismiss", "party": m.MARKET}, [], bads("party")),
    (m.enrol(m.STALL, m.SECOND_KEY, revokes=[m.STALL_KEY.public.keyid]), ["revokes"],
     bads("party keyid alg spki kept possession revokes")),
    (m.revoke(m.STALL, m.STALL_KEY, compromised_since=3, reason="lost"),
     ["compromised_since", "reason"], bads("party keyid compromised_since reason")),
    (m.give(m.STALL_2, m.MARKET, paper=m.DIGEST), ["paper"],
     bads("party to steps from until paper")),
    (m.withdraw(m.STALL, m.MARKET), [], bads("party to")),
    (PRODUCT, ["spec", "conversions", "shelf_life_days"],
     bads("uri name spec category unit conversions shelf_life_days")),
    (PLACE, [], bads("uri party name division")),
    (LABELS, [], bads("count root")),
    (LABELS | {"op": "void", "count": 9007199254740991}, [], bads("count root")),
    ({"type": "document", "sha256": m.DIGEST, "size": 0, "links": 1}, [],
     bads("sha256 size links")),
]  # fmt: skip
HIDEABLE = ("name", "reason", "spec")


def _name(said):
    return " ".join(said[word] for word in ("type", "op") if word in said)


def _spoilt(book, why, change, rule="members", **body):
    body = body or {"event": m.event(m.LOT)}
    book.no(rule, why, m.FARM_KEY, m.FARM, edit=change, **body)


def payload_members():
    """`members` of the payload, its lists, its event."""
    book = m.city(m.Ledger("The payload's members and their forms (section 2, rule members)."))
    lot = {"event": m.event(m.LOT)}
    own = {"sha256": m.DIGEST, "size": 0, "type": "text/csv", "as": "own"}
    book.ok("with a document of its own", m.FARM_KEY, m.FARM, document=own, **lot)
    book.ok("with a received document", m.FARM_KEY, m.FARM, document=own | {"as": "received"},
            **lot)  # fmt: skip
    book.ok("an event of any type with any further members", m.FARM_KEY, m.FARM,
            m.event(m.LOT, kind="HarvestEvent", bizStep=7, action=None, x={"y": []}))  # fmt: skip
    book.ok("an event whose words are empty", m.FARM_KEY, m.FARM,
            event={"type": "", "eventTime": "", "eventTimeZoneOffset": ""})  # fmt: skip
    book.ok("quantities without numbers", m.FARM_KEY, m.FARM,
            event=m.event(quantityList=[{"epcClass": m.LOT}]))  # fmt: skip
    book.ok("a leap day, and long before", m.FARM_KEY, m.FARM, at="0004-02-29T23:59:59Z", **lot)
    book.ok("a statement made from a document", m.FARM_KEY, m.FARM, document=own,
            statement=dict(STATEMENTS[9][0]))  # fmt: skip
    book.ok("an event may have suyuan:private of any form", m.FARM_KEY, m.FARM,
            event=m.event(m.LOT, **{"suyuan:private": 1}))  # fmt: skip

    for name in ("v", "ledger", "actor", "signed_at", "items", "after"):
        _spoilt(book, f"no {name}", lambda p, n=name: p.pop(n))
    bad = {
        "v": [0, 2, "1", True, None, 1.5],
        "ledger": WORDS,
        "actor": URIS,
        "signed_at": SECONDS,
        "items": [None, {}, "", [], [None], ["urn:x:y"], [{}]],
        "after": [None, {}, "", [None], [{}], [1]],
        "document": [None, [], "", {}],
        "event": [None, [], "", 1],
    }
    for name, values in bad.items():
        for value in values:
            _spoilt(book, f"{name}: {m.shown(value)}", lambda p, n=name, v=value: p.update({n: v}))
    _spoilt(book, "a further member", lambda p: p.update(note="x"))
    _spoilt(book, "suyuan:private beside the event", lambda p: p.update({"suyuan:private": {}}))
    _spoilt(book, "neither event nor statement", lambda p: p.pop("event"))
    _spoilt(book, "event and event_ref", lambda p: p.update(event_ref=m.reference()))
    _spoilt(book, "event and statement", lambda p: p.update(statement=m.withdraw(m.FARM, m.STALL)))
    _spoilt(book, "event and a statement that is null", lambda p: p.update(statement=None))

    lists = {
        "items": {"item": TEXT, "seq": WHOLES, "prev": [v for v in DIGESTS if v is not None]},
        "after": {"index": WHOLES, "hash": DIGESTS, "ledger": WORDS},
    }
    for name, values in lists.items():
        for member, bads in values.items():
            for value in bads:
                _spoilt(book, f"{name}: {member} is {m.shown(value)}",
                        lambda p, n=name, k=member, v=value: p[n][0].update({k: v}), after=[0],
                        event=m.event(m.LOT))  # fmt: skip
            if member != "ledger":
                _spoilt(book, f"{name}: no {member}", lambda p, n=name, k=member: p[n][0].pop(k),
                        after=[0], event=m.event(m.LOT))  # fmt: skip
        _spoilt(book, f"{name}: a further member", lambda p, n=name: p[n][0].update(x=1),
                after=[0], event=m.event(m.LOT))  # fmt: skip

    file = {"sha256": DIGESTS, "size": WHOLES, "type": WORDS}
    for name, values in (
        ("document", file | {"as": ["Own", "", "import", None, 1]}),
        ("event_ref", file),
    ):
        body = {"document": own, **lot} if name == "document" else {"event_ref": m.reference()}
        for member, bads in values.items():
            for value in bads:
                _spoilt(book, f"{name}: {member} is {m.shown(value)}",
                        lambda p, n=name, k=member, v=value: p[n].update({k: v}),
                        **body)  # fmt: skip
            _spoilt(book, f"{name}: no {member}", lambda p, n=name, k=member: p[n].pop(k), **body)
        _spoilt(book, f"{name}: a further member", lambda p, n=name: p[n].update(x=1), **body)

    for member in ("type", "eventTime", "eventTimeZoneOffset"):
        _spoilt(book, f"event: no {member}", lambda p, k=member: p["event"].pop(k))
        for value in (1, None, []):
            _spoilt(book, f"event: {member} is {m.shown(value)}",
                    lambda p, k=member, v=value: p["event"].update({k: v}))  # fmt: skip
    bads = {"parentID": [1, None, []]}
    for member in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        bads[member] = [None, {}, m.LOT, [1], [None], [{"epcClass": m.LOT}]]
    for start in ("q", "childQ", "inputQ", "outputQ"):
        bads[start + "uantityList"] = [None, {}, m.LOT, [m.LOT], [{}], [{"epcClass": 1}], [None]]
    for member, values in bads.items():
        for value in values:
            _spoilt(book, f"event: {member} is {m.shown(value)}",
                    lambda p, k=member, v=value: p["event"].update({k: v}))  # fmt: skip
    return book.as_file()


def statement_members():
    """`members` of each statement."""
    book = m.city(m.Ledger("Statements and their members (section 4, rule members)."))
    farm = m.AS_FARM
    signers = {
        m.STALL_2: m.AS_MARKET, m.STALL: m.AS_MARKET,
    }  # fmt: skip

    def say(note, said, by=None):
        by = by or signers.get(said.get("party"), farm)
        if said["type"] == "registrar":
            by = m.ROOT, m.AUTHORITY
        if said["type"] in ("product", "place", "labels", "document"):
            by = farm
        book.ok(note, *by, said)

    whole = [copy.deepcopy(part[0]) for part in STATEMENTS]
    admit, change, leave, appoint, dismiss, enrolment, revocation, mandate = whole[:8]
    say("party admit", admit)
    say("party change with all roles, places and prefixes", change | {
        "roles": ROLES, "places": [m.LOT, m.LOT], "gs1": ["6901", "690123456789"],
    })  # fmt: skip
    say("party change with empty lists", change | {"roles": [], "places": [], "gs1": []})
    say("mandate give, entered by the market from paper", mandate)
    say("mandate withdraw", m.withdraw(m.STALL_2, m.MARKET))
    say("key enrol: a recovery", enrolment)
    say("key revoke", revocation | {"keyid": m.SECOND_KEY.public.keyid})
    say("mandate give without steps, ending before it starts, to nobody known",
        m.give(m.STALL, "x:y", [], m.moment(9), m.moment(1), paper=m.DIGEST))  # fmt: skip
    say("registrar appoint", appoint)
    say("registrar appoint: another remit, empty", appoint | {"remit": []})
    say("registrar dismiss", dismiss | {"party": m.FARM})
    for said in whole[9:]:
        say(_name(said), said)
    product, place = whole[9:11]
    bare = {name: product[name] for name in ("type", "uri", "name", "category", "unit")}
    say("product without what may be absent", bare)
    for amount in ("1", "0.5", "0.0000001", "20.50", "123456789012345678901234567890"):
        say(f"product: a conversion of {amount}", product | {"conversions": {"箱": amount}})
    say("product: no conversions", product | {"conversions": {}})
    for division in ("35", "3502", "350206", "350206004", "350206004001", "000000"):
        say(f"place: division {division}", place | {"division": division})
    say("place of another party", place | {"party": m.MARKET})
    for uri in ("x:y", "a:" + "x" * 510, 'urn:x:"<>\\^`{|}', "A+.-9:!"):
        say(f"place: uri {m.shown(uri)}", place | {"uri": uri})
    hidden = {"suyuan:private": {"_sd": PRIVATE}}
    say("product with name and spec hidden", {
        name: value for name, value in (product | hidden).items() if name not in HIDEABLE
    })  # fmt: skip
    say("product with suyuan:private and nothing hidden", product | hidden)
    sixteen = sorted(base64.encode_url(bytes([n]) * 32) for n in range(16))
    say("labels with sixteen digests", whole[11] | {"suyuan:private": {"_sd": sixteen}})
    say("party change with its name hidden", {
        name: value for name, value in (change | hidden).items() if name not in HIDEABLE
    })  # fmt: skip
    say("party leave with its reason hidden", {
        name: value for name, value in (leave | hidden).items() if name not in HIDEABLE
    })  # fmt: skip

    def spoilt(why, said, change):
        book.spoil(why, *farm, [m.LOT], said, change)

    for said, optional, bads in STATEMENTS:
        name = _name(said)
        for member in said:
            if member not in optional and member not in ("type", "op"):
                spoilt(f"{name}: no {member}", said, lambda s, k=member: s.pop(k))
        for member, values in bads.items():
            for value in values:
                spoilt(f"{name}: {member} is {m.shown(value)}", said,
                       lambda s, k=member, v=value: s.update({k: v}))  # fmt: skip
        spoilt(f"{name}: a further member", said, lambda s: s.update(note="x"))
        spoilt(f"{name}: in another case", said, lambda s: s.update(type=s["type"].upper()))
        wrong = {"op": "alter"} if "op" in said else {"op": "admit"}
        spoilt(f"{name}: an op that it has not", said, lambda s, w=wrong: s.update(w))
        spoilt(f"{name}: op is null", said, lambda s: s.update(op=None))
        if "op" in said:
            spoilt(f"{name}: no op", said, lambda s: s.pop("op"))
        for member in said:
            if member not in (*HIDEABLE, *optional, "type", "op"):
                spoilt(f"{name}: {member} hidden, which may not be", said | hidden,
                       lambda s, k=member: s.pop(k))  # fmt: skip
    for value in PRIVATES:
        spoilt(f"suyuan:private is {m.shown(value)}", product,
               lambda s, v=value: s.update({"suyuan:private": v}))  # fmt: skip
    for why, said in {
        "no type": {"op": "admit"},
        "a type that is a number": {"type": 1},
        "a type that is a list": {"type": ["party"], "op": "admit"},
        "an op that is a list": {"type": "party", "op": ["admit"]},
        "an unknown type": {"type": "erasure", "op": "order"},
        "type and op in one": {"type": "party admit", "party": m.STALL},
        "nothing": {},
    }.items():
        spoilt(why, {}, lambda s, v=said: s.update(v))
    for value in (None, [], "party", 1):
        book.no("members", f"a statement that is {m.shown(value)}", *farm, statement=value)
    return book.as_file()


FILES = {"members": payload_members, "statements": statement_members}
