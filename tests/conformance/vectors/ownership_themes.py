"""Vectors about whose a company prefix, a place or a product is: the statement `ownership`."""

from conformance.vectors import making as m
from conformance.vectors.erasure_themes import HIDING
from conformance.vectors.members_themes import URIS

ROOT, FARM, MARKET = m.AS_ROOT, m.AS_FARM, m.AS_MARKET
PREFIX = "urn:suyuan:prefix:"
GOOD = f"{PREFIX}6901234"
PLACE = "https://id.gs1.org/414/6901234000009"
REASONS = ["", None, 1, ["x"]]
DIGITS = ["", "690123", "6901234567890", "690123x", "6901234 ", "-6901234", "６９０１２３４"]


def said(op, uri=GOOD, **members):
    return {"type": "ownership", "op": op, "uri": uri} | members


def ownership_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement ownership: its members (section 4, rule members)."))
    assign, dispute, end = (
        said("assign", party=m.FARM), said("dispute", reason="两家都称为己有"), said("end"),
    )  # fmt: skip
    for note, one in {
        "a prefix of 7 digits": assign,
        "of 12 digits": said("assign", f"{PREFIX}690123400000", party=m.FARM),
        "a place": said("assign", PLACE, party=m.FARM),
        "a product": said("assign", f"https://{m.HOST}/product/1Q4T9ZC2KM8W0RB3", party=m.FARM),
        "to a party that was never admitted": said("assign", party="x:y"),
        "a dispute": dispute,
        "a dispute whose reason is hidden": said("dispute") | HIDING,
        "its end": end,
        "an end with its reason": said("end", reason="已判定"),
    }.items():
        book.ok(note, *ROOT, one)

    def spoilt(why, good, change):
        book.spoil(why, *ROOT, [GOOD], good, change)

    for good, names in ((assign, ("uri", "party")), (dispute, ("uri", "reason")), (end, ("uri",))):
        op = good["op"]
        for name in names:
            spoilt(f"{op}: no {name}", good, lambda s, k=name: s.pop(k))
        for value in [*URIS, *(PREFIX + digits for digits in DIGITS)]:
            spoilt(f"{op}: uri is {str(value)[:60]!r}", good, lambda s, v=value: s.update(uri=v))
        spoilt(f"{op}: a further member", good, lambda s: s.update(note="x"))
    for value in URIS:
        spoilt(f"party is {str(value)[:60]!r}", assign, lambda s, v=value: s.update(party=v))
    for value in REASONS:
        spoilt(f"dispute: reason is {value!r}", dispute, lambda s, v=value: s.update(reason=v))
        spoilt(f"end: reason is {value!r}", end, lambda s, v=value: s.update(reason=v))
    spoilt("assign: a reason", assign, lambda s: s.update(reason="x"))
    spoilt("no op", assign, lambda s: s.pop("op"))
    spoilt("another op", assign, lambda s: s.update(op="give"))
    return book.as_steps()


def ownership():
    """Who says it, about what, and that it refuses nothing else."""
    book = m.city(m.Ledger("Whose a prefix, a place or a product is (section 4): the authority."))
    mine, theirs = said("assign", party=m.FARM), said("assign", party=m.STALL)
    product = {
        "type": "product", "uri": "https://id.gs1.org/01/06901234567892", "name": "上海青",
        "category": "vegetables", "unit": "KGM",
    }  # fmt: skip
    book.no("authority", "the owner itself", *FARM, mine)
    book.no("authority", "a registrar", *MARKET, said("assign", party=m.STALL))
    book.no("authority", "a dispute by the one who disputes", m.STALL_KEY, m.STALL,
            statement=said("dispute", reason="x"))  # fmt: skip
    book.no("items", "about the owner", *ROOT, mine, items=[m.FARM])
    book.ok("the authority", *ROOT, mine)
    book.ok("once more", *ROOT, mine)
    book.ok("a longer one of another: each stands", *ROOT,
            statement=said("assign", f"{PREFIX}69012345", party=m.STALL))  # fmt: skip
    book.ok("transferred", *ROOT, theirs)
    book.ok("disputed", *ROOT, said("dispute", reason="两家都称为己有"))
    book.ok("the dispute ends", *ROOT, said("end"))
    book.ok("an end of what was never said", *ROOT, said("end", PLACE))
    book.ok("a product under another's prefix, by anybody", *FARM, product)
    book.ok("a lot under it, coded by anybody", *FARM,
            event=m.event(m.LOT, step="commissioning", action="ADD"))  # fmt: skip
    return book.as_steps()


FILES = {"ownership": ownership, "ownership-members": ownership_members}
