"""Vectors about erasures: their members, of which links, and by whom."""

from conformance.vectors import making as m
from conformance.vectors.members_themes import DIGESTS, PRIVATE, WHOLES, WORDS

from suyuan.keys import base64
from suyuan.trace.format import link

FARM, STALL, MARKET = m.AS_FARM, m.AS_STALL, m.AS_MARKET
ROOT = m.AS_ROOT
HIDING = {"suyuan:private": {"_sd": PRIVATE}}
SALTED = [
    [], {}, "x", None, PRIVATE[0], PRIVATE[::-1], [PRIVATE[0], PRIVATE[0]], [*PRIVATE[:2], 1],
    [None], [""], [PRIVATE[0] + "="], [PRIVATE[0][:-2]], [PRIVATE[0][:-1] + "d"], [m.DIGEST],
    [base64.encode(bytes([255]) * 32)[:-1]],
]  # fmt: skip


def erasure(book, at, digests=None, /, **members):
    """An erasure of what the link at an index hides; all eight, decoys among them."""
    entry = book.accepted()[at]
    found = {
        "type": "erasure", "index": at, "hash": link.link_hash(entry),
        "digests": PRIVATE if digests is None else digests,
    }  # fmt: skip
    return found | members


def erasure_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement erasure: its members (section 4, rule members)."))
    at = book.ok("a record that hides something", *FARM, m.event(m.LOT, **HIDING))
    good = erasure(book, at, PRIVATE[:1], reason="本人要求")
    book.ok("an erasure with a reason", *FARM, good)
    book.ok("one without, of all digests", *FARM, erasure(book, at))
    without = {name: value for name, value in good.items() if name != "reason"}
    book.ok("one whose reason is hidden", *FARM, without | HIDING)
    items = [f"urn:suyuan:link:{good['hash']}"]

    def spoilt(why, change):
        book.spoil(why, *FARM, items, good, change)

    for name in ("index", "hash", "digests"):
        spoilt(f"no {name}", lambda s, k=name: s.pop(k))
        spoilt(f"{name} hidden, which may not be", lambda s, k=name: (s.pop(k), s.update(HIDING)))
    for name, values in (
        ("index", WHOLES), ("hash", DIGESTS), ("digests", SALTED), ("reason", WORDS),
    ):  # fmt: skip
        for value in values:
            spoilt(f"{name} is {m.shown(value)}", lambda s, k=name, v=value: s.update({k: v}))
    spoilt("a further member", lambda s: s.update(note="x"))
    spoilt("an op", lambda s: s.update(op="erase"))
    return book.as_steps()


def erasures():
    """Which links can be named, and who speaks for the party whose record it is."""
    book = m.city(m.Ledger("Erasures of hidden fields (sections 4 and 5): of what, and by whom."))
    mine = book.ok("the farm hides something", *FARM, m.event(m.LOT, **HIDING))
    stalls = book.ok("the stall hides something", *STALL, m.event(m.CODED, **HIDING))
    markets = book.ok("the market hides something", *MARKET, m.event(m.LOT, **HIDING))
    own = book.ok("the authority hides something", *ROOT, m.event(m.LOT, **HIDING))

    book.no("items", "an erasure about the item of the link", *FARM, items=[m.LOT],
            statement=erasure(book, mine))  # fmt: skip
    book.no("items", "an erasure about the party", *FARM, erasure(book, mine), items=[m.FARM])
    book.no("statement", "of a link with another hash", *FARM, erasure(book, mine, hash=m.DIGEST))
    book.no("statement", "of another party's link at this party's index", *FARM,
            statement=erasure(book, stalls, index=mine))  # fmt: skip
    book.no("statement", "of a link that is not there yet", *FARM,
            statement=erasure(book, mine, index=own + 1))  # fmt: skip
    book.no("statement", "of an index that no ledger has, by a stranger to it", *STALL,
            statement=erasure(book, mine, index=2**53 - 1))  # fmt: skip
    book.no("authority", "of the farm's record by a stall", *STALL, erasure(book, mine))
    book.no("authority", "of the farm's record by a registrar with another remit", *MARKET,
            statement=erasure(book, mine))  # fmt: skip
    book.no("authority", "of the authority's record by a registrar", *MARKET, erasure(book, own))
    book.no("authority", "of a registrar's record by a party", *STALL, erasure(book, markets))
    book.no("key", "by a party that is not admitted", m.STRANGER_KEY, "x:y", erasure(book, mine))

    gone = book.ok("by the party itself", *FARM, erasure(book, mine, PRIVATE[:3]))
    book.ok("the same once more", *FARM, erasure(book, mine, PRIVATE[:3]))
    book.ok("the rest of it, by the authority", *ROOT, erasure(book, mine, PRIVATE[3:]))
    book.ok("of the stall's record, by the registrar in whose remit it is", *MARKET,
            statement=erasure(book, stalls))  # fmt: skip
    book.ok("of a registrar's record, by itself", *MARKET, erasure(book, markets))
    book.ok("of the authority's record, by itself", *ROOT, erasure(book, own))
    book.no("statement", "of the erasure under the erased link's hash", *FARM,
            statement=erasure(book, mine, index=gone))  # fmt: skip
    hidden = {name: value for name, value in erasure(book, mine).items() if name != "reason"}
    reason = book.ok("one whose own reason is hidden", *FARM, hidden | HIDING)
    book.ok("and that erased in turn", *FARM, erasure(book, reason))

    book.ok("the stall leaves", *ROOT, {"type": "party", "op": "leave", "party": m.STALL})
    book.no("key", "by a party that has left", *STALL, erasure(book, stalls))
    book.ok("of the record of one that has left, by the registrar of its last registration",
            *MARKET, statement=erasure(book, stalls))  # fmt: skip
    book.ok("the market is no registrar any more", *ROOT,
            statement={"type": "registrar", "op": "dismiss", "party": m.MARKET})  # fmt: skip
    book.no("authority", "by one that was a registrar", *MARKET, erasure(book, stalls))
    mandate = m.give(m.FARM, m.MARKET, ("storing",))
    book.ok("a mandate, which covers events only", *FARM, mandate)
    book.no("key", "under a mandate", m.MARKET_KEY, m.FARM, erasure(book, mine))
    return book.as_steps()


FILES = {"erasures": erasures, "erasure-members": erasure_members}
