"""Vectors about shared terminals: what their keys sign, and what they count for."""

from conformance.vectors import making as m

SHARED = m.THIRD_KEY


def terminals():
    """A key enrolled with `kept` `terminal`."""
    book = m.city(m.Ledger("Shared terminals (section 4): events only, of links."))
    market, stall = m.AS_MARKET, m.AS_STALL
    terminal, for_stall = (SHARED, m.MARKET), (SHARED, m.STALL)
    book.ok("the market's terminal", *market, m.enrol(m.MARKET, SHARED, kept="terminal"))
    book.ok("an event", *terminal, m.event(m.CODED))
    book.ok("an event by reference", *terminal, event_ref=m.reference(), items=[m.CODED])
    labels = {"type": "labels", "op": "issue", "count": 1, "root": m.DIGEST}
    place = {"type": "place", "uri": "x:y", "party": m.MARKET, "name": "n", "division": "35"}
    for note, said in {
        "a recovery of a stall's key": m.enrol(
            m.STALL, m.SECOND_KEY, revokes=[m.STALL_KEY.public.keyid]),
        "an admission": m.party(m.STALL_2),
        "a further key of its own party": m.enrol(m.MARKET, m.SECOND_KEY),
        "its own revocation": m.revoke(m.MARKET, SHARED),
        "a mandate": m.give(m.MARKET, m.FARM),
        "a place": place,
    }.items():  # fmt: skip
        book.no("key", note, *terminal, said)
    book.no("key", "labels", *terminal, labels, items=[m.CODED])
    book.ok("a mandate to the market", *stall, m.give(m.STALL, m.MARKET))
    book.ok("an event under it", *for_stall, m.event(m.CODED, step="receiving"))
    book.no("key", "a statement is never under it", *for_stall, place)
    book.no("authority", "a mandate for one who has a key of its own", *market,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    shared = m.SECOND_KEY
    book.ok("the stall's terminal", *stall, m.enrol(m.STALL, shared, kept="terminal"))
    book.ok("the stall revokes its own key", *stall, m.revoke(m.STALL, m.STALL_KEY))
    book.no("key", "the terminal gives no mandate", shared, m.STALL, m.give(m.STALL, m.FARM))
    book.ok("so the market enters it", *market,
            statement=m.give(m.STALL, m.MARKET, ["shipping"], paper=m.DIGEST))  # fmt: skip
    book.ok("and withdraws", *market, m.withdraw(m.STALL, m.MARKET))
    book.no("statement", "a recovery that leaves the terminal out", *market,
            statement=m.enrol(m.STALL, m.p256(48), revokes=[]))  # fmt: skip
    book.ok("a recovery, which ends the terminal too", *market,
            statement=m.enrol(m.STALL, m.p256(48), revokes=[shared.public.keyid]))  # fmt: skip
    book.no("key", "which signs no event any more", shared, m.STALL, m.event(m.CODED))
    return book.as_steps()


FILES = {"terminals": terminals}
