"""Vectors about parties and registrars: admission, change, leaving, remits."""

from conformance.vectors import making as m
from conformance.vectors.standing_themes import (
    AUTHORITY,
    HARBOUR,
    ISLAND,
    NOBODY,
    appoint,
    dismiss,
    leave,
)

PLACE = "https://id.gs1.org/414/6901234000009"
PLACE_2 = f"https://{m.HOST}/place/Y"
HARBOUR_KEY = m.ed(80)
OFFICE, OTHER = "urn:uscc:11350206000000001A", "urn:uscc:11350206000000002B"
PERSON = f"https://{m.HOST}/party/P"
OFFICE_KEY, OTHER_KEY, PERSON_KEY = m.OFFICE_KEY, m.ed(48), m.ed(112)


def parties():
    """Parties: admitted, changed, gone, back."""
    book = m.city(m.Ledger("Parties (sections 4 and 5): admission, change, leaving, return."))
    root, market, stall, farm = m.AS_ROOT, m.AS_MARKET, m.AS_STALL, m.AS_FARM
    lot = m.event(m.LOT)
    second = m.party(m.STALL_2)
    for op in ("admit", "change"):
        book.no("authority", f"{op} by a party that is no registrar", *farm, m.party(m.STALL_2, op))
    book.no("authority", "leaving by oneself", *farm, leave(m.FARM))
    book.no("authority", "a change of oneself", *farm, m.party(m.FARM, "change"))
    book.no("statement", "admit of one admitted", *root, m.party(m.FARM))
    book.no("statement", "the same, by a registrar", *market, m.party(m.STALL))
    for who, by in (("the authority", root), ("a registrar", market)):
        book.no("statement", f"change of one not admitted, by {who}", *by,
                statement=m.party(m.STALL_2, "change"))  # fmt: skip
        book.no("statement", f"leaving of one not admitted, by {who}", *by, leave(m.STALL_2))
        book.no("statement", f"a key revoked of one not admitted, by {who}", *by,
                statement=m.revoke(NOBODY, m.FARM_KEY))  # fmt: skip
        book.no("statement", f"a mandate withdrawn of one not admitted, by {who}", *by,
                statement=m.withdraw(NOBODY, m.FARM))  # fmt: skip
    book.ok("a second stall, for whom the market acts from paper", *market, second)
    book.ok("a mandate to the market", *market, statement=m.give(
        m.STALL_2, m.MARKET, ["storing"], paper=m.DIGEST))  # fmt: skip
    book.ok("the stall gives the farm a mandate", *stall, m.give(m.STALL, m.FARM, ["storing"]))
    book.ok("the farm acts for the stall", m.FARM_KEY, m.STALL, lot)
    book.ok("the stall leaves", *market, leave(m.STALL))
    book.no("key", "and signs nothing more", *stall, lot)
    book.no("key", "no statement either", *stall, m.enrol(m.STALL, m.SECOND_KEY))
    book.no("key", "nobody acts for it", m.FARM_KEY, m.STALL, lot)
    book.no("statement", "it leaves once more", *market, leave(m.STALL))
    book.no("statement", "a change of one that left", *root, m.party(m.STALL, "change"))
    book.no("statement", "a key of one that left", *root,
            m.enrol(m.STALL, m.SECOND_KEY, revokes=[m.STALL_KEY.public.keyid]))  # fmt: skip
    book.no("authority", "a mandate of one that left, which has a good key still", *root,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    book.no("statement", "an appointment of one that left", *root, appoint(m.STALL, "3502"))
    book.no("authority", "admitted again into another's remit", *market,
            statement=m.party(m.STALL, division="350212"))  # fmt: skip
    book.ok("admitted again", *market, m.party(m.STALL))
    book.ok("its key is good again", *stall, lot)
    book.ok("and its mandate", m.FARM_KEY, m.STALL, lot)
    book.ok("it leaves again", *market, leave(m.STALL))
    book.no("authority", "its last registration counts for the remit: a change to elsewhere",
            *market, statement=m.party(m.STALL, "change", division="350212"))  # fmt: skip
    book.ok("its key is revoked though it left", *market, m.revoke(m.STALL, m.STALL_KEY))
    book.no("statement", "a mandate of one that left", *root,
            statement=m.give(m.STALL, m.MARKET, paper=m.DIGEST))  # fmt: skip
    book.ok("its mandate is withdrawn though it left", *market, m.withdraw(m.STALL, m.FARM))
    book.ok("admitted elsewhere by the authority", *root, m.party(m.STALL, division="350212"))
    book.no("authority", "now outside the market's remit", *market, leave(m.STALL))
    book.ok("it leaves there", *root, leave(m.STALL))
    book.no("authority", "the market may not revoke there", *market, m.revoke(m.STALL, m.STALL_KEY))
    book.ok("it comes back to the market: only the new registration counts", *market,
            statement=m.party(m.STALL))  # fmt: skip
    book.no("key", "a revoked key stays revoked", *stall, lot)
    book.ok("the market acts for the second stall", m.MARKET_KEY, m.STALL_2, lot)
    book.ok("the market leaves", *root, leave(m.MARKET))
    book.no("key", "and registers nobody", *market, m.party(NOBODY))
    book.no("key", "nor acts for the second stall, which is there still", m.MARKET_KEY, m.STALL_2,
            event=lot)  # fmt: skip
    book.no("statement", "its appointment ended: nothing to dismiss", *root, dismiss(m.MARKET))
    book.no("statement", "nor is one appointed that left", *root, appoint(m.MARKET, "350206"))
    book.ok("the market is admitted again", *root, m.party(m.MARKET))
    book.ok("its key and the mandate to it count again", m.MARKET_KEY, m.STALL_2, lot)
    book.ok("its key signs for itself", *market, lot)
    book.no("authority", "but it is no registrar: the appointment does not come back", *market,
            statement=m.party(NOBODY))  # fmt: skip
    book.no("authority", "nor revokes a key", *market, m.revoke(m.STALL, m.STALL_KEY))
    book.no("statement", "nothing to dismiss still", *root, dismiss(m.MARKET))
    book.ok("it is appointed anew", *root, appoint(m.MARKET, "350206"))
    book.ok("and registers", *market, m.party(NOBODY))
    book.ok("dismissed", *root, dismiss(m.MARKET))
    book.ok("it leaves without an appointment", *root, leave(m.MARKET))
    book.ok("and comes back without one", *root, m.party(m.MARKET))
    book.no("authority", "it registers nobody", *market, m.party(NOBODY, "change"))
    return book.as_steps()


def registrars():
    """Registrars: appointment, remits, and what they may not do."""
    book = m.city(
        m.Ledger(
            "Registrars (section 4): remits of divisions and of places; the authority and "
            "registrars, which are in none."
        )
    )
    root, market, stall = m.AS_ROOT, m.AS_MARKET, m.AS_STALL
    harbour = HARBOUR_KEY, HARBOUR
    first = m.STALL_KEY.public.keyid

    # Attacks on the authority.
    book.ok("the authority is in no remit, whatever its division", *root,
            statement=AUTHORITY | {"op": "change", "division": "350206"})  # fmt: skip
    key = m.enrol(m.AUTHORITY, m.SECOND_KEY)
    for why, said in {
        "enrols a key of its own for the authority": key,
        "recovers the authority's key": key | {"revokes": []},
        "makes the authority leave": leave(m.AUTHORITY),
        "changes the authority": m.party(m.AUTHORITY, "change"),
        "admits the authority": m.party(m.AUTHORITY),
        "revokes the root key": m.revoke(m.AUTHORITY, m.ROOT),
        "gives a mandate of the authority": m.give(m.AUTHORITY, m.MARKET, paper=m.DIGEST),
        "withdraws one": m.withdraw(m.AUTHORITY, m.MARKET),
        "appoints a registrar": appoint(m.STALL, "350206"),
        "appoints itself, with more": appoint(m.MARKET, "35"),
        "dismisses itself": dismiss(m.MARKET),
    }.items():
        book.no("authority", f"a registrar {why}", *market, said)
    book.no("authority", "a stall appoints itself", *stall, appoint(m.STALL, "35"))
    book.no("statement", "an appointment of one not admitted", *root, appoint(NOBODY, "35"))
    book.no("statement", "a dismissal of one that is no registrar", *root, dismiss(m.FARM))
    book.no("statement", "a dismissal of one not admitted", *root, dismiss(NOBODY))

    # The remit before and after a change.
    away = m.party(m.STALL, "change", division="350212")
    book.no("authority", "a change out of the remit", *market, away)
    book.no("authority", "a change into the remit", *market, m.party(m.FARM, "change"))
    book.no("authority", "an admission outside", *market, m.party(m.STALL_2, division="350212"))
    book.ok("a change within", *market, m.party(m.STALL, "change", division="350206004"))
    own = m.ed(48)
    for why, said in {
        "changes itself, within its remit": m.party(m.MARKET, "change"),
        "changes itself, out of it": m.party(m.MARKET, "change", division="350212"),
        "makes itself leave": leave(m.MARKET),
        "admits itself, being there": m.party(m.MARKET),
    }.items():
        book.no("authority", f"the market {why}", *market, said)
    book.ok("the market enrols a further key of its own", *market, m.enrol(m.MARKET, own))
    book.ok("and revokes it", *market, m.revoke(m.MARKET, own))
    book.ok("it gives a mandate", *market, m.give(m.MARKET, m.FARM))
    book.ok("and withdraws it", *market, m.withdraw(m.MARKET, m.FARM))
    book.ok("the authority changes the market", *root, m.party(m.MARKET, "change"))
    book.ok("the authority takes the stall away", *root, away)
    for why, said in {
        "takes it back": m.party(m.STALL, "change"),
        "makes it leave": leave(m.STALL),
        "recovers its key": m.enrol(m.STALL, m.SECOND_KEY, revokes=[first]),
        "revokes its key": m.revoke(m.STALL, m.STALL_KEY),
    }.items():
        book.no("authority", f"outside the remit: {why}", *market, said)
    book.ok("the authority brings it back", *root, m.party(m.STALL, "change"))

    # Divisions: trailing levels of zeros, prefixes by level.
    number = 0
    for remit, division, fits in (
        ("350206", "350206", True), ("350206", "350206004", True), ("350206", "350206000", True),
        ("350206", "3502", False), ("350206", "350200", False), ("350206", "350216", False),
        ("350206000000", "350206", True), ("350206000000", "350206004001", True),
        ("350206000", "350206004", True), ("350200", "350206", True), ("350200", "3502", True),
        ("350200", "350306", False), ("350000000000", "350206004", True), ("350000", "36", False),
        ("3500", "350206", True), ("350206004", "350206004001", True),
        ("350206004", "350206005", False), ("350206004000", "350206004", True),
        ("350206004001", "350206004", False), ("350206004001", "350206004001", True),
        ("350206010", "350206010", True), ("350206010", "350206011", False),
        ("350206100", "350206109", False), ("100000", "11", False), ("100000", "100206", True),
        ("350006", "350006", True), ("350006", "35", False), ("000000", "110101", True),
        ("00", "35", True),
    ):  # fmt: skip
        book.ok(f"the market's remit is {remit}", *root, appoint(m.MARKET, remit))
        number += 1
        uri = f"https://{m.HOST}/party/N{number}"
        said = m.party(uri, division=division)
        if fits:
            book.ok(f"{remit} covers {division}", *market, said)
        else:
            book.no("authority", f"{remit} does not cover {division}", *market, said)

    # Places.
    book.ok("a remit of a place and a far division", *root, appoint(m.MARKET, "36", PLACE, PLACE_2))
    for places, fits in (
        ([PLACE], True), ([PLACE, PLACE_2], True), ([PLACE, PLACE], True), ([], False),
        ([PLACE, "https://x/z"], False), (["https://x/z"], False), ([PLACE + "/254/1"], False),
    ):  # fmt: skip
        number += 1
        uri = f"https://{m.HOST}/party/N{number}"
        said = m.party(uri, division="110101", places=places)
        note = f"places {', '.join(places) or 'none'}"
        if fits:
            book.ok(note, *market, said)
            book.no("authority", f"{note}: a change to a place outside", *market,
                    statement=said | {"op": "change", "places": ["https://x/z"]})  # fmt: skip
        else:
            book.no("authority", note, *market, said)
    number += 1
    book.ok(
        "one of the remit's divisions is enough",
        *market,
        statement=m.party(
            f"https://{m.HOST}/party/N{number}", division="360101", places=["https://x/z"]
        ),
    )
    book.ok("a remit of nothing", *root, appoint(m.MARKET))
    book.no("authority", "covers no division", *market, m.party(NOBODY))
    book.no("authority", "and no party without places", *market, leave(m.STALL))

    # Several registrars; dismissal.
    book.ok("the market's remit again", *root, appoint(m.MARKET, "350206"))
    book.ok("the harbour", *root, m.party(HARBOUR, roles=["office"]))
    book.no("authority", "a key for the harbour by a stall", *stall, m.enrol(HARBOUR, HARBOUR_KEY))
    book.ok("its first key, by the market", *market, m.enrol(HARBOUR, HARBOUR_KEY))
    book.no("authority", "the harbour is no registrar yet", *harbour, m.party(NOBODY))
    book.ok("changed by the market, which it is in the remit of", *market,
            statement=m.party(HARBOUR, "change"))  # fmt: skip
    book.ok("the harbour becomes one too", *root, appoint(HARBOUR, "350206", "350205"))
    harbour = _among_registrars(book), HARBOUR
    book.ok("a stall in both remits, by the harbour", *harbour, m.party(NOBODY))
    book.ok("changed by the market", *market, m.party(NOBODY, "change", name="乙"))
    book.no("authority", "moved by the market out of its own remit", *market,
            statement=m.party(NOBODY, "change", division="350205"))  # fmt: skip
    book.ok("moved by the harbour", *harbour, m.party(NOBODY, "change", division="350205"))
    book.ok("the market is dismissed", *root, dismiss(m.MARKET))
    book.no("authority", "and admits nobody", *market, m.party(m.STALL_2))
    book.no("authority", "nor revokes", *market, m.revoke(m.STALL, m.STALL_KEY))
    book.no("authority", "nor recovers", *market, m.enrol(m.STALL, m.SECOND_KEY, revokes=[first]))
    book.no("statement", "dismissed again", *root, dismiss(m.MARKET))
    book.ok("whom it admitted stays", *stall, m.event(m.LOT))
    book.ok("the harbour changes the market, which is no registrar now", *harbour,
            statement=m.party(m.MARKET, "change"))  # fmt: skip
    book.ok("and makes it leave", *harbour, leave(m.MARKET))
    book.ok("the harbour leaves", *root, leave(HARBOUR))
    book.no("statement", "which ended its appointment: nothing to dismiss", *root, dismiss(HARBOUR))
    book.ok("the market comes back, by the authority", *root, m.party(m.MARKET))
    book.ok("appointed anew", *root, appoint(m.MARKET, "350206"))
    book.ok("one that left is no registrar: its key is the market's to revoke", *market,
            statement=m.revoke(HARBOUR, harbour[0]))  # fmt: skip
    book.ok("and the market admits it again", *market, m.party(HARBOUR))
    book.ok("and recovers its key", *market, m.enrol(HARBOUR, m.THIRD_KEY, revokes=[]))
    book.no("authority", "the harbour is back without its appointment", m.THIRD_KEY, HARBOUR,
            statement=m.party(NOBODY, "change"))  # fmt: skip
    return book.as_steps()


def _among_registrars(book):
    """What registrars may not do to each other, each in the other's divisions; a new key."""
    root, market, harbour = m.AS_ROOT, m.AS_MARKET, (HARBOUR_KEY, HARBOUR)
    other = m.ed(112)
    paper = {"paper": m.DIGEST}
    for by, who, key in ((market, HARBOUR, HARBOUR_KEY), (harbour, m.MARKET, m.MARKET_KEY)):
        for why, said in {
            "recovers another registrar's key": m.enrol(
                who, m.THIRD_KEY, revokes=[key.public.keyid]
            ),
            "enrols a further key for it": m.enrol(who, m.THIRD_KEY),
            "revokes its key": m.revoke(who, key),
            "changes it": m.party(who, "change"),
            "moves it out of all remits": m.party(who, "change", division="350212"),
            "admits it, which is there": m.party(who),
            "makes it leave": leave(who),
            "gives a mandate for it": m.give(who, by[1], **paper),
            "withdraws one for it": m.withdraw(who, by[1]),
            "dismisses it": dismiss(who),
            "gives it more": appoint(who, "35"),
        }.items():
            book.no("authority", f"a registrar {why}: {who[-4:]}", *by, said)
    book.no("authority", "the harbour changes itself", *harbour, m.party(HARBOUR, "change"))
    book.ok("the harbour enrols a further key of its own", *harbour, m.enrol(HARBOUR, m.SECOND_KEY))
    book.ok("and revokes it by that key", m.SECOND_KEY, HARBOUR, m.revoke(HARBOUR, m.SECOND_KEY))
    book.ok("the authority recovers the harbour's key", *root, statement=m.enrol(
        HARBOUR, m.OFFICE_KEY, revokes=[HARBOUR_KEY.public.keyid]))  # fmt: skip
    book.no("key", "so the first is gone", *harbour, m.party(NOBODY))
    book.ok("and revokes the new one", *root, m.revoke(HARBOUR, m.OFFICE_KEY))
    book.no("authority", "a registrar recovers one that has no key now", *market,
            statement=m.enrol(HARBOUR, m.THIRD_KEY, revokes=[]))  # fmt: skip
    book.no("authority", "or gives a mandate for it", *market, m.give(HARBOUR, m.MARKET, **paper))
    book.ok("the authority gives one for it", *root, m.give(HARBOUR, m.MARKET, **paper))
    book.no("authority", "which the market may not withdraw", *market,
            statement=m.withdraw(HARBOUR, m.MARKET))  # fmt: skip
    book.ok("but the authority", *root, m.withdraw(HARBOUR, m.MARKET))
    new = m.p256(16)
    book.ok("and it has a new key of the authority", *root, m.enrol(HARBOUR, new, revokes=[]))

    book.ok("an island office, in the market's division", *root, m.party(ISLAND))
    book.ok("appointed before it has a key, with a remit of nothing", *root, appoint(ISLAND))
    for why, said in {
        "its first key": m.enrol(ISLAND, other),
        "a change": m.party(ISLAND, "change"),
        "leaving": leave(ISLAND),
        "a mandate": m.give(ISLAND, m.MARKET, **paper),
    }.items():
        book.no("authority", f"a registrar of nothing is in no remit either: {why}", *market, said)
    book.ok("its first key, by the authority", *root, m.enrol(ISLAND, other))
    book.no("authority", "it changes itself", other, ISLAND, m.party(ISLAND, "change"))
    book.no("authority", "it admits nobody", other, ISLAND, m.party(m.STALL_2))
    book.ok("the island is dismissed", *root, dismiss(ISLAND))
    book.ok("and is in the market's remit again", *market, m.party(ISLAND, "change"))
    book.ok("its key too", *market, m.enrol(ISLAND, m.p256(48), revokes=[other.public.keyid]))
    return new


def inspectors():
    """Persons of an office: who registers them, takes their keys back, and what they may sign."""
    book = m.city(m.Ledger("Inspectors (section 4): persons of an office, and whose they are."))
    root, market, office = m.AS_ROOT, m.AS_MARKET, (OFFICE_KEY, OFFICE)
    other, person = (OTHER_KEY, OTHER), (PERSON_KEY, PERSON)
    for uri, key in ((OFFICE, OFFICE_KEY), (OTHER, OTHER_KEY)):
        book.ok("an office", *root, m.party(uri, roles=["office"]))
        book.ok("its key", *root, m.enrol(uri, key))

    def of(uri, op="admit", **members):
        return m.party(PERSON, op, **{"roles": ["inspector"], "part_of": uri} | members)

    book.no("authority", "a registrar admits one for an office", *market, of(OFFICE))
    book.no("authority", "nor for itself, which is no office", *market, of(m.MARKET))
    book.no("authority", "an office admits one for another", *office, of(OTHER))
    book.no("authority", "or one with a further role", *office,
            of(OFFICE, roles=["inspector", "stall"]))  # fmt: skip
    book.no("authority", "or somebody else", *office, m.party(PERSON))
    book.no("authority", "a stall makes itself one", *m.AS_STALL,
            m.party(m.STALL, "change", roles=["inspector"], part_of=OFFICE))  # fmt: skip
    book.no("authority", "an office takes a stall for one", *office,
            m.party(m.STALL, "change", roles=["inspector"], part_of=OFFICE))  # fmt: skip
    book.ok("an office admits its own, whatever its remit", *office, of(OFFICE, division="351100"))
    book.ok("and gives it a mandate", *office, m.give(OFFICE, PERSON, ["inspecting"]))
    book.no("authority", "a registrar enrols a key for it", *market, m.enrol(PERSON, PERSON_KEY))
    book.no("authority", "nor does another office", *other, m.enrol(PERSON, PERSON_KEY))
    book.ok("its office does", *office, m.enrol(PERSON, PERSON_KEY))
    inspection = m.event(m.LOT, step="inspecting")
    book.ok("it inspects for its office", PERSON_KEY, OFFICE, inspection)
    book.no("key", "no other step", PERSON_KEY, OFFICE, m.event(m.LOT))
    book.no("key", "no statement of its office's", PERSON_KEY, OFFICE, m.party(NOBODY))
    book.no("key", "nothing for another office", PERSON_KEY, OTHER, inspection)
    book.no("authority", "it registers nobody", *person, m.party(NOBODY))
    book.no("authority", "not itself either", *person, of(OFFICE, "change", division="350200"))
    lost = {"revokes": [PERSON_KEY.public.keyid]}
    for who, by in (("a registrar", market), ("another office", other)):
        for what, said in {
            "recovers its key": m.enrol(PERSON, m.SECOND_KEY, **lost),
            "revokes its key": m.revoke(PERSON, PERSON_KEY),
            "moves it": of(OFFICE, "change"),
            "takes it over": of(by[1], "change"),
            "makes it a stall": m.party(PERSON, "change"),
            "lets it leave": leave(PERSON),
        }.items():
            book.no("authority", f"{who} {what}", *by, said)
    book.no("authority", "its office makes it somebody else", *office, m.party(PERSON, "change"))
    book.ok("it leaves", *office, leave(PERSON))
    book.no("key", "and inspects no more", PERSON_KEY, OFFICE, inspection)
    book.no("authority", "a registrar admits who left as a stall", *market, m.party(PERSON))
    book.ok("it is back, as only its office or the authority says", *office, of(OFFICE))
    book.ok("the authority gives it to the other", *root, of(OTHER, "change"))
    book.no("authority", "its first office enrols no key more", *office,
            m.enrol(PERSON, m.SECOND_KEY, **lost))  # fmt: skip
    book.ok("its new office recovers it", *other, m.enrol(PERSON, m.SECOND_KEY, **lost))
    book.ok("the other is an office no more", *root, m.party(OTHER, "change", roles=["market"]))
    book.no("authority", "and registers no inspectors", *other, of(OTHER, "change"))
    book.ok("an inspector whom the authority appoints registrar", *root, appoint(PERSON, "3502"))
    book.no("authority", "is its office's no more", *office, of(OFFICE, "change"))
    return book.as_steps()


FILES = {"parties": parties, "registrars": registrars, "inspectors": inspectors}
