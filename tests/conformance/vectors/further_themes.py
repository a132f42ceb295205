"""Vectors about statements that say nothing of who may sign."""

from conformance.vectors import making as m
from conformance.vectors.members_themes import DIGESTS, PRIVATE, URIS, WHOLES, WORDS

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.format import link

FARM, STALL, MARKET, ROOT = m.AS_FARM, m.AS_STALL, m.AS_MARKET, m.AS_ROOT
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


def spoil_members(book, said, bad, op, *, optional=()):
    """A statement without, with hidden and with bad members, with a further one and with an op."""
    for name in [name for name in bad if name not in optional]:
        book.spoil(f"no {name}", *said, lambda s, k=name: s.pop(k))
        book.spoil(f"{name} hidden, which may not be", *said,
                   lambda s, k=name: (s.pop(k), s.update(HIDING)))  # fmt: skip
    for name, values in bad.items():
        for value in values:
            why = f"{name} is {m.shown(value)}"
            book.spoil(why, *said, lambda s, k=name, v=value: s.update({k: v}))
    book.spoil("a further member", *said, lambda s: s.update(note="x"))
    book.spoil("an op", *said, lambda s: s.update(op=op))


def erasure_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement erasure: its members (section 4, rule members)."))
    at = book.ok("a record that hides something", *FARM, m.event(m.LOT, **HIDING))
    good = erasure(book, at, PRIVATE[:1], reason="本人要求")
    book.ok("an erasure with a reason", *FARM, good)
    book.ok("one without, of all digests", *FARM, erasure(book, at))
    without = {name: value for name, value in good.items() if name != "reason"}
    book.ok("one whose reason is hidden", *FARM, without | HIDING)
    said = (*FARM, [f"urn:suyuan:link:{good['hash']}"], good)
    bad = {"index": WHOLES, "hash": DIGESTS, "digests": SALTED, "reason": WORDS}
    spoil_members(book, said, bad, "erase", optional=("reason",))
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


RELEASE = {"keys.js": "ab" * 32, "link.js": "cd" * 32, "service.js": "ef" * 32}
ONE_FILE = {"name": "a.js", "sha256": m.DIGEST}
RELEASES = ["", "a" * 15, "a" * 17, "A" * 16, "g" * 16, None, 1, ["a" * 16]]
FILE_LISTS = [
    [], {}, "x", None, ["a.js"], [None], [{}], [{"name": "a.js"}], [{"sha256": m.DIGEST}],
    [ONE_FILE, ONE_FILE], [{**ONE_FILE, "name": "b.js"}, ONE_FILE],
    [{**ONE_FILE, "size": 1}], [{**ONE_FILE, "name": 1}],
    *([{**ONE_FILE, "name": name}]
      for name in ("", ".js", "-a.js", "a b", "a/b", "\u00e9.js", "a" * 101)),
    *([{**ONE_FILE, "sha256": value}] for value in DIGESTS),
]  # fmt: skip


def scripts_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement scripts: its members (section 4, rule members)."))
    good = acts.scripts(RELEASE)
    book.ok("a release of three files", *ROOT, good)
    book.ok("of one file, its name as long as it may be", *ROOT,
            statement=acts.scripts({"Z" * 100: m.DIGEST}))  # fmt: skip
    book.ok("with something hidden beside it", *ROOT, good | HIDING)
    said = (*ROOT, [f"urn:suyuan:scripts:{good['release']}"], good)
    spoil_members(book, said, {"release": RELEASES, "files": FILE_LISTS}, "issue")
    return book.as_steps()


def scripts():
    """The release that files are, its subject, and who may say it."""
    book = m.city(m.Ledger("Scripts of a release (sections 4 and 5): what is signed in browsers."))
    good, other = acts.scripts(RELEASE), acts.scripts(RELEASE | {"keys.js": "aa" * 32})
    book.no("statement", "files of another release", *ROOT, good | {"files": other["files"]})
    book.no("statement", "a file less than the release has", *ROOT,
            statement=good | {"files": good["files"][:-1]})  # fmt: skip
    book.no("statement", "a file under another name", *ROOT,
            statement=good | {"files": [*good["files"][:2], {**good["files"][2], "name": "x.js"}]},
            )  # fmt: skip
    book.no("items", "about the actor", *ROOT, good, items=[m.AUTHORITY])
    book.no("items", "about another release", *ROOT,
            items=[f"urn:suyuan:scripts:{other['release']}"], statement=good)  # fmt: skip
    book.no("key", "by a party that is not admitted", m.STRANGER_KEY, "x:y", good)
    book.ok("by the authority", *ROOT, good)
    book.ok("once more", *ROOT, good)
    book.ok("by a party, which counts for nothing and is refused by nobody", *FARM, good)
    book.ok("the next release", *ROOT, other)
    book.ok("a mandate, which covers events only", *FARM, m.give(m.FARM, m.MARKET, ("storing",)))
    book.no("key", "under a mandate", m.MARKET_KEY, m.FARM, other)
    return book.as_steps()


PREFIX = "urn:suyuan:prefix:"
OWNED = f"{PREFIX}6901234"
PLACE = "https://id.gs1.org/414/6901234000009"
REASONS = ["", None, 1, ["x"]]
DIGITS = ["", "690123", "6901234567890", "690123x", "6901234 ", "-6901234", "６９０１２３４"]


def said(op, uri=OWNED, **members):
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
        book.spoil(why, *ROOT, [OWNED], good, change)

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


PHOTO = {"sha256": m.DIGEST, "size": 75123, "type": "image/jpeg"}
LICENCE = {"kind": "production", "number": "SC10435021200017", "expires": "2028-02-29"}
PROFILE = {
    "type": "profile", "uri": "https://id.gs1.org/01/06901234567892",
    "names": {"zh": "上海青", "en": "Shanghai greens"}, "description": {"en": "Grown in Tong'an."},
    "photos": [PHOTO], "coordinates": {"latitude": "24.7233", "longitude": "118.1520"},
    "ingredients": {"zh": "上海青"}, "allergens": ["soy", "celery"], "storage": {"zh-Hans": "冷藏"},
    "net": {"value": "0.5", "unit": "kg"}, "standard": "NY/T 743-2020", "licences": [LICENCE],
}  # fmt: skip
TRANSLATIONS = [
    "x", None, [], {"en": ""}, {"en": 1}, {"en": None}, {"": "x"}, {"e": "x"}, {"EN": "x"},
    {"en_GB": "x"}, {"engl": "x"}, {"en-": "x"}, {"en-G": "x"}, {"en-abcdefghi": "x"},
]  # fmt: skip
PROFILE_BAD = {
    "uri": URIS, **dict.fromkeys(("names", "description", "ingredients", "storage"), TRANSLATIONS),
    "photos": [
        "x", None, {}, [None], [{}], [PHOTO] * 9, [m.DIGEST], [{**PHOTO, "as": "photo"}],
        *([{**PHOTO, "sha256": value}] for value in DIGESTS),
        *([{**PHOTO, "size": value}] for value in (0, 7340033, 1.5, "1", True, None)),
        *([{**PHOTO, "type": value}] for value in ("application/pdf", "image/svg+xml", "", None)),
    ],
    "coordinates": [
        "24,118", None, [], {}, {"latitude": "24"}, {"longitude": "24"},
        *({"latitude": value, "longitude": "0"} for value in (
            "90.1", "91", "-90.0000001", "+1", "01", "1.", ".5", "1.00000001", "", 24, None)),
        *({"latitude": "0", "longitude": value} for value in (
            "180.1", "181", "-190", "0180", "1e2", "", 118.1, None)),
        {"latitude": "0", "longitude": "0", "altitude": "0"},
    ],
    "allergens": ["soy", None, {}, [""], ["Soy"], ["dust"], [1], [None]],
    "net": [
        "500 g", None, [], {}, {"value": "1"}, {"unit": "kg"}, {"value": 1, "unit": "kg"},
        {"value": "01", "unit": "kg"}, {"value": "1", "unit": "g"},
        {"value": "1", "unit": "kg", "kind": "x"},
    ],
    "standard": WORDS,
    "licences": [
        "x", None, {}, [None], [{}], [{"kind": "production"}], [{"number": "x"}],
        [LICENCE | {"kind": "driving"}], [LICENCE | {"number": ""}], [LICENCE | {"number": 1}],
        [LICENCE | {"expires?": "2028-01-01"}], [LICENCE | {"note": "x"}],
        *([LICENCE | {"expires": day}] for day in (
            "", "2028-2-9", "2027-02-29", "2028-13-01", "0000-01-01", "20280101",
            "2028-01-01T00:00:00Z", "2028-01-01 ", 2028, None)),
    ],
    "person": WORDS, "phone": ["13900000000", *WORDS], "address": WORDS,
}  # fmt: skip


def profile_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement profile: its members (section 4, rule members)."))
    bare = {"type": "profile", "uri": PROFILE["uri"]}
    for note, said in {
        "with all that may stand in clear": PROFILE,
        "with nothing": bare,
        "with lists and objects that are empty": bare | {
            "names": {}, "photos": [], "allergens": [], "licences": []},
        "of a party: a person, whose name and telephone are hidden": bare | HIDING | {
            "uri": m.FARM, "licences": [{"kind": "enforcement", "number": "13020001"}]},
        "as far as degrees and sizes go": bare | {
            "coordinates": {"latitude": "-90", "longitude": "180.0000000"},
            "photos": [PHOTO | {"size": 7340032, "type": "image/webp"}] * 8,
            "names": {"sr-Latn-RS": "x", "yue": "x", "zh": " "}},
    }.items():  # fmt: skip
        book.ok(note, *FARM, said)
    said = (*FARM, [PROFILE["uri"]], PROFILE)
    spoil_members(book, said, PROFILE_BAD, "state", optional=set(PROFILE_BAD) - {"uri"})
    return book.as_steps()


def profiles():
    """Anybody says it of anything, nothing is refused for it, and no event under a mandate is."""
    book = m.city(m.Ledger("Profiles (section 4): what is said further of a thing, by anybody."))
    book.no("items", "about its actor", *FARM, PROFILE, items=[m.FARM])
    book.no("key", "by a party that is not admitted", m.STRANGER_KEY, "x:y", PROFILE)
    book.ok("of a product", *FARM, PROFILE)
    book.ok("anew: it goes on with the chain", *FARM, PROFILE | {"net": PROFILE["net"]})
    book.ok("of the same product by another, who is refused by nobody", *STALL, PROFILE)
    book.ok("of a party by the one who registers it", *MARKET, PROFILE | {"uri": m.STALL})
    book.ok("of a party that is not there", *FARM, PROFILE | {"uri": "x:y"})
    book.ok("a mandate, which covers events only", *FARM, m.give(m.FARM, m.MARKET, ("storing",)))
    book.no("key", "under a mandate", m.MARKET_KEY, m.FARM, PROFILE)
    return book.as_steps()


FILES = {
    "erasures": erasures, "erasure-members": erasure_members, "scripts": scripts,
    "scripts-members": scripts_members, "ownership": ownership,
    "ownership-members": ownership_members, "profiles": profiles,
    "profile-members": profile_members,
}  # fmt: skip
