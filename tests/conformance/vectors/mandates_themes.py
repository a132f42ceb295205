"""Vectors about mandates: who gives them, what they cover, when."""

from conformance.vectors import making as m
from conformance.vectors.standing_themes import ISLAND, NOBODY, leave


def mandates():
    """Mandates: who gives them, what they cover, when."""
    book = m.city(m.Ledger("Mandates (section 4): what they cover, and who gives them."))
    root, market, stall, farm = m.AS_ROOT, m.AS_MARKET, m.AS_STALL, m.AS_FARM
    start, until = m.moment(100), m.moment(200)
    last = until.replace(":20:00Z", ":19:59Z")
    before = start.replace(":40:00Z", ":39:59Z")
    assert start.endswith("09:40:00Z") and until.endswith("11:20:00Z")

    def by(at=start, step="receiving", **members):
        return {"at": at, "event": m.event(m.CODED, step=step, **members)}

    act = m.MARKET_KEY, m.STALL
    book.no("key", "before any mandate", *act, **by())
    book.no("authority", "given by another while the giver has a good key", *market,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    book.no("authority", "given by the authority while the giver has a good key", *root,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    book.no("authority", "taken by the one that it is for", *farm,
            statement=m.give(m.STALL, m.FARM, paper=m.DIGEST))  # fmt: skip
    book.no("statement", "nothing to withdraw", *stall, m.withdraw(m.STALL, m.MARKET))
    book.ok("the stall gives one", *stall,
            statement=m.give(m.STALL, m.MARKET, ["receiving", "x:y"], start, until))  # fmt: skip
    book.ok("at exactly `from`", *act, **by(start))
    book.ok("one second before `until`", *act, **by(last))
    book.no("key", "at exactly `until`", *act, **by(until))
    book.no("key", "one second before `from`", *act, **by(before))
    for name in (
        "https://ref.gs1.org/cbv/BizStep-receiving", "urn:epcglobal:cbv:bizstep:receiving",
        "cbv:BizStep-receiving", "x:y", "cbv:BizStep-x:y",
    ):  # fmt: skip
        book.ok(f"bizStep {name}", *act, **by(step=name))
    for name in (
        "shipping", "Receiving", "receiving ", "", "cbv:BizStep-", "cbv:bizstep-receiving",
        "http://ref.gs1.org/cbv/BizStep-receiving", "gs1:BizStep-receiving",
        "cbv:BizStep-cbv:BizStep-receiving", "urn:suyuan:step:receiving",
        "https://ref.gs1.org/cbv/BizStep-urn:epcglobal:cbv:bizstep:receiving", None, 1,
        ["receiving"],
    ):  # fmt: skip
        book.no("key", f"bizStep {name!r}", *act, **by(step=name))
    bare = m.event(m.CODED)
    bare.pop("bizStep")
    book.no("key", "no bizStep", *act, bare, at=start)
    book.no("key", "an event by reference", *act, at=start, event_ref=m.reference())
    labels = {"type": "labels", "op": "issue", "count": 1, "root": m.DIGEST}
    book.no("key", "a statement", *act, labels, at=start, items=[m.CODED])
    book.no("key", "a key, for the giver", *act, m.enrol(m.STALL, m.SECOND_KEY), at=start)
    book.no("key", "to another than the market", m.FARM_KEY, m.STALL, **by())
    book.no("key", "the other way about", m.STALL_KEY, m.MARKET, **by())
    own = {"sha256": m.DIGEST, "size": 1, "type": "text/csv", "as": "received"}
    book.ok("a received event", *act, **by(), document=own)
    book.ok("the market's further key", *market, m.enrol(m.MARKET, m.SECOND_KEY))
    book.ok("which acts under the same mandate", m.SECOND_KEY, m.STALL, **by())
    book.ok("a mandate is not handed on: the market gives the farm one", *market,
            statement=m.give(m.MARKET, m.FARM, ["receiving"], start, until))  # fmt: skip
    book.no("key", "which is for the market only", m.FARM_KEY, m.STALL, **by())
    book.ok("a second mandate to the market", *stall,
            statement=m.give(m.STALL, m.MARKET, ["shipping"], start, until))  # fmt: skip
    book.ok("a step of the second", *act, **by(step="shipping"))
    book.ok("a step of the first, still", *act, **by())
    book.no("authority", "withdrawn by the one that it is for", *farm,
            statement=m.withdraw(m.STALL, m.MARKET))  # fmt: skip
    book.no("authority", "withdrawn by the authority while the giver has a good key", *root,
            statement=m.withdraw(m.STALL, m.MARKET))  # fmt: skip
    book.ok("a mandate to the farm too", *stall,
            m.give(m.STALL, m.FARM, ["receiving"], start, until))  # fmt: skip
    book.ok("both of the market's withdrawn in one", *stall, m.withdraw(m.STALL, m.MARKET))
    book.ok("the farm's stands", m.FARM_KEY, m.STALL, **by())
    book.no("key", "the first is gone", *act, **by())
    book.no("key", "the second is gone", *act, **by(step="shipping"))
    book.no("statement", "withdrawn again", *stall, m.withdraw(m.STALL, m.MARKET))
    book.ok("given anew", *stall, m.give(m.STALL, m.MARKET, ["receiving"], start, until))
    book.ok("and good", *act, **by())
    book.ok("the stall's key is revoked", *stall, m.revoke(m.STALL, m.STALL_KEY))
    book.ok("its mandate stands", *act, **by())
    book.ok("the market withdraws it, the stall having no key", *market,
            statement=m.withdraw(m.STALL, m.MARKET))  # fmt: skip
    book.no("key", "withdrawn", *act, **by())
    book.no("statement", "entered for a party without a key, without paper", *market,
            statement=m.give(m.STALL, m.MARKET, ["receiving"], start, until))  # fmt: skip
    book.no("statement", "the same by the authority", *root,
            statement=m.give(m.STALL, m.MARKET, ["receiving"], start, until))  # fmt: skip
    book.no("authority", "entered by a party that is no registrar", *farm,
            statement=m.give(m.STALL, m.FARM, paper=m.DIGEST))  # fmt: skip
    book.ok("entered from paper", *market, statement=m.give(
        m.STALL, m.MARKET, ["receiving"], start, until, paper=m.DIGEST))  # fmt: skip
    book.ok("and good", *act, **by())
    book.no("statement", "for a party never admitted", *root,
            statement=m.give(NOBODY, m.MARKET, paper=m.DIGEST))  # fmt: skip
    book.ok("the market's second key is revoked", *market, m.revoke(m.MARKET, m.SECOND_KEY))
    book.no("key", "and is no good under a mandate either", m.SECOND_KEY, m.STALL, **by())

    # Admission: the giver's and that of the one who acts.
    book.ok("its first key is", *act, **by())
    book.ok("the market leaves", *root, leave(m.MARKET))
    book.no("key", "and records for nobody, though mandate and key stand", *act, **by())
    book.ok("the market comes back", *root, m.party(m.MARKET))
    book.ok("and mandate and key count again", *act, **by())
    book.ok("it leaves again", *root, leave(m.MARKET))
    book.ok("a mandate to one that left may be withdrawn", *root, m.withdraw(m.STALL, m.MARKET))
    book.ok("and given", *root, statement=m.give(
        m.STALL, m.MARKET, ["shipping"], start, until, paper=m.DIGEST))  # fmt: skip
    book.no("key", "it covers nothing yet", *act, **by(step="shipping"))
    book.ok("back once more", *root, m.party(m.MARKET))
    book.ok("under what was given in its absence", *act, **by(step="shipping"))
    book.no("key", "not under what was withdrawn", *act, **by())
    book.ok("the giver leaves", *root, leave(m.STALL))
    book.no("key", "nobody records for it", *act, **by(step="shipping"))
    book.ok("the giver comes back", *root, m.party(m.STALL))
    book.ok("and its mandate counts", *act, **by(step="shipping"))
    book.ok("a mandate to one never admitted", *root, statement=m.give(
        m.STALL, ISLAND, ["shipping"], start, until, paper=m.DIGEST))  # fmt: skip
    book.ok("who is admitted later", *root, m.party(ISLAND))
    book.no("key", "and has no key yet", m.OFFICE_KEY, m.STALL, **by(step="shipping"))
    book.ok("its key", *root, m.enrol(ISLAND, m.OFFICE_KEY))
    book.ok("then it records", m.OFFICE_KEY, m.STALL, **by(step="shipping"))
    return book.as_steps()


FILES = {"mandates": mandates}
