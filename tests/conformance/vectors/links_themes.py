"""Vectors about chains, items, after and coding, and about the order of the rules."""

import dataclasses

from conformance.vectors import making as m

from suyuan.keys import base64, canonical, dsse
from suyuan.trace.format import link
from suyuan.trace.format.identifiers import codes

OTHER = "trace.other.example/log"
FARM, STALL, MARKET = m.AS_FARM, m.AS_STALL, m.AS_MARKET
LABELS = {"type": "labels", "op": "issue", "count": 2, "root": m.DIGEST}
CODES = [f"https://{m.HOST}/t/{codes.from_bits(n)}" for n in range(1, 40)]


def _first(**members):
    return lambda p: p["items"][0].update(members)


def chains():
    """`chain` and `ledger`."""
    book = m.city(m.Ledger("Chains (section 1, rules ledger and chain)."))
    lot, two = {"event": m.event(m.LOT)}, {"event": m.event(m.LOT, m.CODED)}
    book.ok("number 0 of the farm's chain", *FARM, **lot)
    index = book.ok("number 1", *FARM, **lot)
    entry = book.accepted()[index]
    book.ok("number 0 of the stall's chain about the same lot", *STALL, **lot)
    book.ok("two chains at once, one of them new", *FARM, **two)
    book.ok("a statement on an item's chain", *FARM, LABELS, items=[m.LOT])
    product = {"type": "product", "uri": m.LOT, "name": "n", "category": "c", "unit": "KGM"}
    book.ok("a statement about the same URI goes on with it", *FARM, product)
    book.again("number 1 sent again, its number used since", index, entry)
    head = book.state.head(m.LOT, m.FARM)
    other = book.state.head(m.LOT, m.STALL)
    for why, change in {
        "a number used before": {"seq": head.seq},
        "a number ahead": {"seq": head.seq + 2},
        "a number far ahead": {"seq": 2**53 - 1},
        "number 0 where there is a chain": {"seq": 0, "prev": None},
        "the right number, no prev": {"prev": None},
        "prev of the link before": {"prev": link.link_hash(entry)},
        "prev of another's chain": {"prev": other.hash},
        "number and prev of another's chain": {"seq": other.seq + 1, "prev": other.hash},
        "prev of nothing": {"prev": "0" * 64},
    }.items():
        book.no("chain", why, *FARM, edit=_first(**change), **lot)
    for why, change in {
        "a new chain that begins at 1": {"seq": 1},
        "a new chain with a prev": {"prev": head.hash},
        "a new chain that begins at 1 with a prev": {"seq": 1, "prev": head.hash},
    }.items():
        book.no("chain", why, *MARKET, edit=_first(**change), **lot)
    book.no("chain", "the second of two chains is stale", *FARM,
            edit=lambda p: p["items"][1].update(seq=0, prev=None), **two)  # fmt: skip
    for origin in (OTHER, m.ORIGIN.upper(), m.ORIGIN + "/", m.HOST, " " + m.ORIGIN):
        book.no("ledger", f"for {origin}", *FARM, edit=lambda p, o=origin: p.update(ledger=o),
                **lot)  # fmt: skip
    return book.as_file()


def afters():
    """`after`."""
    book = m.city(m.Ledger("After (section 2, rule after)."))
    lot = {"event": m.event(m.LOT)}
    one = book.ok("a link of the farm's", *FARM, **lot)
    two = book.ok("another", *FARM, **lot)
    say = book.ok
    say("after one link", *STALL, after=[one], **lot)
    say("after two links", *STALL, after=[one, two], **lot)
    say("after the authority's first", *STALL, after=[0, two], **lot)
    say("a statement after an event", *STALL, after=[two], items=[m.LOT], statement=LABELS)
    say("after a link of a market that it did not sign itself", *MARKET, after=[two], **lot)
    far = {"hash": m.DIGEST, "index": 2**53 - 1, "ledger": OTHER}
    near = book.link_at(one)
    say("after a link of another ledger", *STALL, after=[far], **lot)
    say("after links of this ledger and of others", *STALL,
        after=[near, far | {"ledger": "a.example/log"}, far | {"index": 7}, far],
        **lot)  # fmt: skip
    say("other ledgers in the order of their UTF-8", *STALL,
        after=[far | {"ledger": "x\ufb33"}, far | {"ledger": "x\U0001f600"}], **lot)  # fmt: skip
    say("the same index of two other ledgers", *STALL,
        after=[far | {"ledger": "b", "index": 1}, far | {"ledger": "c", "index": 1}],
        **lot)  # fmt: skip
    stall = next(n for n, step in enumerate(book.steps) if step["note"] == "after one link")
    size = len(book.steps)
    for why, after in {
        "a link that is not there": [{"index": size + 5, "hash": m.DIGEST}],
        "itself": [{"index": size, "hash": m.DIGEST}],
        "an index far ahead": [{"index": 2**53 - 1, "hash": m.DIGEST}],
        "another hash": [{"index": one, "hash": m.DIGEST}],
        "a hash under another's index": [book.link_at(one) | {"index": two}],
        "the same link twice": [one, one],
        "not in order": [two, one],
        "a link of its own": [stall],
        "a link of its own among others": [one, stall],
        "this ledger named": [near | {"ledger": m.ORIGIN}],
        "this ledger named after another": [far | {"ledger": "a"}, near | {"ledger": m.ORIGIN}],
        "another ledger's before this one's": [far, near],
        "other ledgers not in order": [far | {"ledger": "b"}, far | {"ledger": "a"}],
        "other ledgers in the order of UTF-16": [
            far | {"ledger": "x\U0001f600"}, far | {"ledger": "x\ufb33"}
        ],
        "another ledger's links not in order": [far, far | {"index": 7}],
        "another ledger's link twice": [far, far],
        "another ledger's index twice with two hashes": [far, far | {"hash": "cd" * 32}],
        "another ledger's hash under this ledger": [{"index": one, "hash": "cd" * 32}],
    }.items():  # fmt: skip
        book.no("after", why, *STALL, after=after, **lot)
    return book.as_file()


def items():
    """`items`: events, references, statements."""
    book = m.city(m.Ledger("Items of a link (sections 2 and 3, rule items)."))
    gtin, sscc = "06901234567892", "069012340000000016"
    lot, unit = f"https://id.gs1.org/01/{gtin}/10/A", f"https://id.gs1.org/00/{sscc}"
    kinds = {
        "epcList": {"epcList": ["urn:epc:id:sscc:6901234.0000000001"]},
        "parentID": {"parentID": f"https://x.example/00/{sscc}"},
        "childEPCs": {"childEPCs": [unit]},
        "inputEPCList": {"inputEPCList": [unit]},
        "outputEPCList": {"outputEPCList": [unit]},
    }
    for name, lists in kinds.items():
        book.ok(f"an item in {name}", *FARM, m.event(**lists), items=[unit])
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        book.ok(f"an item in {name}", *FARM,
                m.event(**{name: [{"epcClass": "urn:epc:class:lgtin:6901234.056789.A"}]}),
                items=[lot])  # fmt: skip
    book.ok("lists that the event's type does not have count too", *FARM, items=[unit, lot],
            event=m.event(childEPCs=[unit], outputQuantityList=[{"epcClass": lot}]))  # fmt: skip
    book.ok("one item in three spellings", *FARM, items=[lot], event=m.event(
        lot, "urn:epc:class:lgtin:6901234.056789.A", f"HTTPS://shop.example/x/01/{gtin}/10/%41?a=b#c"
    ))  # fmt: skip
    ended = [f"https://id.gs1.org/01/{gtin}/{rest}" for rest in ("10/A%0D%0A", "21/A%0AB")]
    book.ok("line ends in the values of URNs", *FARM, items=ended, event=m.event(
        "urn:epc:class:lgtin:6901234.056789.A\r\n", epcList=["urn:epc:id:sgtin:6901234.056789.A\nB"]
    ))  # fmt: skip
    book.ok("sorted by bytes: capitals before small letters, digits first", *FARM,
            items=["a:0", "a:A", "a:a", "a:~", "b:0"],
            event=m.event(epcList=["b:0", "a:~", "a:a", "a:A", "a:0"]))  # fmt: skip
    nothing = m.event(epcList=[], readPoint={"id": lot}, bizTransactionList=[lot])
    book.ok("no items: the actor's own chain", *FARM, nothing, items=[m.FARM])
    places = m.event(
        epcList=["urn:epc:id:sgln:6901234.05678.0", f"https://id.gs1.org/01/{gtin}"],
        quantityList=[{"epcClass": "urn:epc:idpat:sgtin:6901234.056789.*"}],
    )
    book.ok("nothing that is an item: the actor's own chain", *FARM, places, items=[m.FARM])
    book.ok("what is no URI is no item", *FARM,
            m.event(epcList=["", "x", "a:b c", "a:市", "a:", "1:x", "a:" + "x" * 511, lot]),
            items=[lot])  # fmt: skip
    book.ok("a URI of 512 bytes is one", *FARM, items=["a:" + "x" * 510],
            event=m.event(epcList=["a:" + "x" * 510]))  # fmt: skip
    value = "x" * (512 - len(f"https://id.gs1.org/01/{gtin}/10/"))
    book.ok("a lot whose URI has 512 bytes", *FARM, event=m.event(
        f"urn:epc:class:lgtin:6901234.056789.{value}"))  # fmt: skip
    book.ok("a lot whose URI has 513 bytes is no item", *FARM, items=[m.FARM], event=m.event(
        f"urn:epc:class:lgtin:6901234.056789.{value}x"))  # fmt: skip
    many = [f"urn:x:{n:04}" for n in range(1000)]
    book.ok("400 items in one event", *FARM, m.event(epcList=many[:400]))
    book.ok("the actor's own URI as an item", *FARM, m.event(epcList=[m.FARM]))

    refs = {"event_ref": m.reference()}
    book.ok("an event by reference: 150 items", *FARM, items=many[:150], **refs)
    book.ok("an event by reference: the actor's own chain", *FARM, items=[m.FARM], **refs)
    book.ok("an event by reference: one item", *FARM, items=[lot], **refs)
    book.ok("labels of an item that is no GS1 key", *FARM, LABELS, items=["urn:x:y"])
    book.ok("labels on the actor's own URI", *FARM, LABELS, items=[m.FARM])
    document = {"type": "document", "sha256": m.DIGEST, "size": 9, "links": 3}
    subject = f"urn:suyuan:document:{m.DIGEST}"
    book.ok("a document", *FARM, document, items=[subject])

    def bad(why, found, **body):
        book.no("items", why, *FARM, items=found, **body)

    two = m.event(lot, "urn:x:y")
    bad("an item too many", [lot, "urn:x:y", "urn:x:z"], event=two)
    bad("an item missing", [lot], event=two)
    bad("not sorted", ["urn:x:y", lot], event=two)
    bad("an item twice", [lot, lot, "urn:x:y"], event=two)
    bad("another item", [lot, "urn:x:z"], event=two)
    bad("an empty item", ["", lot, "urn:x:y"], event=two)
    bad("the event's own spelling, not canonical", ["urn:epc:class:lgtin:6901234.056789.A"],
        event=m.event("urn:epc:class:lgtin:6901234.056789.A"))  # fmt: skip
    bad("sorted without regard to case", ["a:a", "a:B"], event=m.event(epcList=["a:a", "a:B"]))
    bad("the actor's own URI beside items", [lot, m.FARM], event=m.event(lot))
    bad("the actor's own URI in place of items", [m.FARM], event=m.event(lot))
    bad("another's URI where there are no items", [m.STALL], event=nothing)
    bad("a place that is no item", ["urn:epc:id:sgln:6901234.05678.0"], event=places)
    bad("151 items by reference", many[:151], **refs)
    bad("by reference, not sorted", [many[1], many[0]], **refs)
    bad("by reference, an item twice", [many[1], many[1]], **refs)
    bad("by reference, another's URI beside the own", ["urn:epc:idpat:x", m.FARM], **refs)
    bad("by reference, not canonical", ["urn:epc:class:lgtin:6901234.056789.A"], **refs)
    bad("by reference, no item", ["https://id.gs1.org/414/6901234000009"], **refs)
    bad("by reference, no URI", ["x"], **refs)
    bad("labels of two items", [lot, "urn:x:y"], statement=LABELS)
    bad("labels of a spelling that is not canonical", [f"https://x/01/{gtin}/10/A"],
        statement=LABELS)  # fmt: skip
    bad("labels of a product", [f"https://id.gs1.org/01/{gtin}"], statement=LABELS)
    bad("labels of no URI", ["x"], statement=LABELS)
    bad("a document by its digest alone", [m.DIGEST], statement=document)
    bad("a document under another digest", [f"urn:suyuan:document:{'cd' * 32}"], statement=document)
    bad("a document and another subject", [subject, "urn:x:y"], statement=document)
    bad("a party's statement on the actor's chain", [m.FARM], statement=m.give(m.STALL, m.MARKET))
    bad("a mandate on the chain of the one that it is for", [m.MARKET],
        statement=m.give(m.FARM, m.MARKET))  # fmt: skip
    product = {"type": "product", "uri": "urn:x:p", "name": "n", "category": "c", "unit": "KGM"}
    bad("a product on the actor's chain", [m.FARM], statement=product)
    place = {"type": "place", "uri": "urn:x:q", "party": m.FARM, "name": "n", "division": "35"}
    bad("a place on the chain of its party", [m.FARM], statement=place)
    return book.as_file()


def coding():
    """`coding`."""
    book = m.city(m.Ledger("Coding of items with a code of this ledger (section 5, rule coding)."))
    by = {
        "an ObjectEvent ADD's quantities": lambda c: m.event(c, step="commissioning", action="ADD"),
        "an ObjectEvent ADD's EPCs": lambda c: m.event(epcList=[c], action="ADD"),
        "a transformation's quantities": lambda c: m.event(
            kind="TransformationEvent", outputQuantityList=[{"epcClass": c}]
        ),
        "a transformation's EPCs": lambda c: m.event(kind="TransformationEvent", outputEPCList=[c]),
    }
    names = list(by)
    received = {"sha256": m.DIGEST, "size": 1, "type": "text/csv", "as": "received"}
    used = iter(CODES)
    bad = []
    for name, coded in by.items():
        code = next(used)
        book.ok(f"coded as {name}", *FARM, coded(code))
        for again in names:
            book.ok(f"and again by the same, as {again}", *FARM, by[again](code))
            bad.append((f"coded as {name}, and by another as {again}", by[again](code)))
        book.ok("received by another: no coding", *STALL, coded(code), document=received)
        book.ok("from a document of one's own by the first", *FARM, event=coded(code),
                document=received | {"as": "own"})  # fmt: skip
        book.ok("observed by another", *STALL, m.event(code))
        book.ok("ended by another", *STALL, m.event(code, action="DELETE"))
        book.ok("an input of another's", *STALL, event=m.event(
            kind="TransformationEvent", inputQuantityList=[{"epcClass": code}]))  # fmt: skip
        book.ok("a parent of another's", *STALL, event=m.event(
            kind="AggregationEvent", parentID=code, action="ADD"))  # fmt: skip
        book.ok("associated by another", *STALL, event=m.event(
            kind="AssociationEvent", parentID=code, epcList=[code], action="ADD"))  # fmt: skip
        book.ok("a transaction of another's", *STALL, event=m.event(
            code, kind="TransactionEvent", action="ADD"))  # fmt: skip
        book.ok("in a list that the event's type does not have", *STALL, event=m.event(
            action="ADD", outputEPCList=[code], childEPCs=[code]))  # fmt: skip
    code = next(used)
    book.ok("first received, which claims nothing", *STALL, by[names[0]](code), document=received)
    book.ok("by reference, which claims nothing", *STALL, items=[code], event_ref=m.reference())
    book.ok("then coded by another", *FARM, by[names[0]](code))
    bad.append(("by the one that only received it", by[names[0]](code)))
    free = {
        "a GS1 lot": m.LOT,
        "another host": "https://trace.other.example/t/" + CODES[30][-16:],
        "http": CODES[31].replace("https", "http"),
        "a code in small letters": CODES[32].replace(CODES[32][-16:], CODES[32][-16:].lower()),
        "a wrong check character": CODES[33][:-1] + ("0" if CODES[33][-1] != "0" else "1"),
        "a code and a query": CODES[34] + "?x",
        "a code and a slash": CODES[35] + "/",
        "a code and a serial": CODES[35] + "/0123456789ABC",
        "a letter short": CODES[36][:-1],
        "another path": CODES[37].replace("/t/", "/T/"),
        "a port": CODES[38].replace(m.HOST, m.HOST + ":443"),
        "a party": m.STALL,
    }
    for why, uri in free.items():
        book.ok(f"{why}: coded", *FARM, by[names[0]](uri))
        book.ok(f"{why}: and by another, which this rule does not mind", *STALL, by[names[0]](uri))
    code = next(used)
    declared = {"declarationTime": "2026-11-24T17:00:00.000+08:00", "reason": "did_not_occur"}
    book.ok("coded", *FARM, by[names[0]](code))
    book.ok("declared an error by the same", *FARM,
            event=by[names[0]](code) | {"errorDeclaration": declared})  # fmt: skip
    bad.append(("of which the first was declared an error", by[names[0]](code)))
    code = next(used)
    book.ok("the first coding is an error declaration", *FARM,
            event=by[names[0]](code) | {"errorDeclaration": declared})  # fmt: skip
    bad.append(("whose first coding was an error declaration", by[names[0]](code)))
    code = next(used)
    book.ok("the farm lets the market record for it", *FARM,
            statement=m.give(m.FARM, m.MARKET, ["commissioning"]))  # fmt: skip
    book.ok("coded by the market for the farm", m.MARKET_KEY, m.FARM, by[names[0]](code))
    book.ok("and by the farm", *FARM, by[names[0]](code))
    bad.append(("coded for the farm by the market, and by the market for itself",
                by[names[0]](code), MARKET))  # fmt: skip
    fresh = next(used)
    bad.append(("one of two items", m.event(fresh, code, action="ADD")))
    for why, event, *who in bad:
        book.no("coding", f"a second coding: {why}", *(who[0] if who else STALL), event)
    return book.as_file()


def order():
    """The first rule that fails is named."""
    book = m.city(
        m.Ledger("Entries that break two rules (section 5): the first in order is named.")
    )
    lot = {"event": m.event(m.LOT)}
    code = CODES[0]
    book.ok("coded by the farm", *FARM, m.event(code, action="ADD"))
    book.ok("the farm's lot", *FARM, **lot)
    good = book.payload(m.FARM, **lot)
    root = m.AS_ROOT

    def changed(**members):
        return good | members

    def sealed(payload, signer=m.FARM_KEY):
        return link.seal(signer, payload)

    def forged(entry):
        """The entry with one bit of its signature turned over."""
        found = dsse.decode(entry, link.PAYLOAD_TYPE)
        sig = bytes([found.signature[0] ^ 1]) + found.signature[1:]
        return dataclasses.replace(found, signature=sig).encode()

    stale = [good["items"][0] | {"seq": 0, "prev": None}]
    say = book.no_entry
    say("size", "size before encoding", b" " * 70000)
    text = canonical.dumps(changed(v=2)).decode().replace('"v":2', '"v": 2')
    spaced = base64.encode(text.encode())
    body = f'{{"payload":"{spaced}", "payloadType":"{link.PAYLOAD_TYPE}","signatures":[]}}'
    say("encoding", "encoding before payload", body.encode())
    book.no_payload("payload", "payload before members", m.FARM_KEY, text.encode())
    say("members", "members before ledger", sealed(changed(ledger=OTHER, v=2)))
    say("members", "members before key", sealed(changed(v=2), m.STRANGER_KEY))
    say("members", "a bad statement before a key never enrolled",
        sealed({k: v for k, v in good.items() if k != "event"} | {"statement": {}},
               m.STRANGER_KEY))  # fmt: skip
    say("ledger", "ledger before key", sealed(changed(ledger=OTHER), m.STRANGER_KEY))
    say("ledger", "ledger before signature", forged(sealed(changed(ledger=OTHER))))
    say("ledger", "ledger before chain", sealed(changed(ledger=OTHER, items=stale)))
    say("key", "key before signature", forged(sealed(good, m.STRANGER_KEY)))
    say("key", "key before chain", sealed(changed(items=stale), m.STRANGER_KEY))
    say("key", "key before authority", sealed(
        book.payload(NOT_THERE, statement=m.party(m.STALL_2)), m.STRANGER_KEY))  # fmt: skip
    say("signature", "signature before chain", forged(sealed(changed(items=stale))))
    wrong = [{"item": "urn:x:y", "seq": 0, "prev": None}]
    say("signature", "signature before items", forged(sealed(changed(items=wrong))))
    say("chain", "chain before items", sealed(changed(items=[*stale, *wrong])))
    say(
        "chain",
        "chain before items: the same subject twice, numbered on",
        sealed(
            changed(
                items=[good["items"][0], good["items"][0] | {"seq": good["items"][0]["seq"] + 1}]
            )
        ),
    )
    say("items", "the same subject twice with the same number",
        sealed(changed(items=[good["items"][0], good["items"][0]])))  # fmt: skip
    absent = [{"index": 99, "hash": m.DIGEST}]
    say("chain", "chain before after", sealed(changed(items=stale, after=absent)))
    say("items", "items before after", sealed(changed(items=wrong, after=absent)))
    taken = m.event(code, action="ADD")
    stall = m.STALL_KEY, m.STALL
    book.no("chain", "chain before coding", *stall, taken, edit=_first(seq=3))
    book.no("items", "items before coding", *stall, taken, items=[m.LOT])
    book.no("after", "after before coding", *stall, taken, after=absent)
    admit = m.party(m.STALL_2, division="350212")
    book.no("chain", "chain before authority", *FARM, admit, edit=_first(seq=3))
    book.no("items", "items before authority", *FARM, admit, items=[m.LOT])
    book.no("after", "after before authority", *FARM, admit, after=absent)
    book.no("authority", "authority before statement: a party admitted already", *FARM,
            statement=m.party(m.STALL))  # fmt: skip
    book.no("authority", "authority before statement: out of the remit and admitted already",
            *MARKET, statement=m.party(m.FARM, division="350212"))  # fmt: skip
    book.no("authority", "authority before statement: admitted already, outside the remit",
            *MARKET, statement=m.party(m.FARM))  # fmt: skip
    book.no("authority", "authority before statement: a bad key", *FARM,
            statement=m.enrol(m.STALL, m.SECOND_KEY, possession=""))  # fmt: skip
    book.no("authority", "authority before statement: a mandate without paper", *root,
            statement=m.give(m.STALL, m.MARKET))  # fmt: skip
    book.no("after", "after before statement", *root, m.party(m.FARM), after=absent)
    book.no("items", "items before statement", *root, m.party(m.FARM), items=[m.LOT])
    first = book.accepted()[-1]
    book.again("the last entry again, its key good or not, its signature spoilt",
               len(book.accepted()) - 1, forged(first))  # fmt: skip
    return book.as_file()


NOT_THERE = "urn:uscc:91350203000000003C"
FILES = {"chains": chains, "after": afters, "items": items, "coding": coding, "order": order}
