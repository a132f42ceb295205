"""Vectors about an office's work: cases, draws, and signatures under documents."""

from conformance.vectors import making as m
from conformance.vectors.further_themes import HIDING, SALTED, spoil_members
from conformance.vectors.members_themes import DIGESTS, PRIVATE, SECONDS, URIS, WORDS
from conformance.vectors.parties_themes import (
    OFFICE,
    OFFICE_KEY,
    OTHER,
    OTHER_KEY,
    PERSON,
    PERSON_KEY,
    leave,
)

from suyuan.keys import base64

CASE = f"https://{m.HOST}/case/1Q4T9ZC2KM8W0RB3"
DRAW = f"https://{m.HOST}/draw/7K3QX9M2V8TDC4NB"
ROOT, FARM, STALL, MARKET = m.AS_ROOT, m.AS_FARM, m.AS_STALL, m.AS_MARKET
AS_OFFICE, AS_OTHER, AS_PERSON = (OFFICE_KEY, OFFICE), (OTHER_KEY, OTHER), (PERSON_KEY, PERSON)
RECORD = {"index": 0, "hash": m.DIGEST}
TOKENS = ["", "Open", "-a", "a-", "a_b", "1a", "a b", "a" * 33, 1, None, [], {}]
DAYS = ["", "2028-2-9", "2027-02-29", "2028-13-01", "20280101", "2028-01-01T00:00:00Z", 2028, None]
RECORDS = [
    "x", None, {}, [None], [{}], [{"index": 0}], [{"hash": m.DIGEST}], [RECORD | {"note": "x"}],
    *([RECORD | {"index": value}] for value in (-1, "0", None, True, 0.5)),
    *([RECORD | {"hash": value}] for value in DIGESTS),
]  # fmt: skip
SHOWN = RECORD | {"digests": PRIVATE[:2]}
LISTS = ["x", None, {}, [None], [""], [1], ["AB" * 32]]
NONCES = [  # 15 and 65 bytes, bits left over
    "",
    "!",
    base64.encode_url(bytes(15)),
    base64.encode_url(bytes(65)),
    "A" * 21 + "B",
    1,
    None,
]


def of_case(op, /, **members):
    """A statement about the case; `open` and `record` say of which kind and stage."""
    usual = {"open": {"kind": "complaint"}, "record": {"stage": "accepted"},
             "answer": {"stage": "answered"}, "assign": {"to": OTHER}}  # fmt: skip
    return {"type": "case", "op": op, "uri": CASE} | usual.get(op, {}) | members


def of_draw(op, /, **members):
    """A statement about the draw."""
    usual = {
        "commit": {
            **dict.fromkeys(("pool", "inspectors", "parameters", "nonce"), m.DIGEST),
            "beacon": "drand quicknet", "round": "30123456", "from": "2026-11-25T00:00:00Z",
        },
        "replace": {"reason": "停业"}, "abort": {"reason": "名单有误"},
        "reveal": {"value": "ab" * 32, "nonce": base64.encode_url(bytes(16))},
    }  # fmt: skip
    return {"type": "draw", "op": op, "uri": DRAW} | usual[op] | members


def signed(**members):
    """A signature under a document."""
    return {"type": "signature", "sha256": m.DIGEST, "form": "rectification",
            "number": "厦市监责改〔2026〕12号", "capacity": "officer"} | members  # fmt: skip


def offices(about):
    """A city with two offices, one of which has a person."""
    book = m.city(m.Ledger(about))
    for uri, key in ((OFFICE, OFFICE_KEY), (OTHER, OTHER_KEY)):
        book.ok("an office", *ROOT, m.party(uri, roles=["office"]))
        book.ok("its key", *ROOT, m.enrol(uri, key))
    person = m.party(PERSON, roles=["inspector"], part_of=OFFICE)
    book.ok("a person of the first", *AS_OFFICE, person)
    book.ok("its key", *AS_OFFICE, m.enrol(PERSON, PERSON_KEY))
    return book


def cases():
    """Who opens a case, goes on with it, answers in it, and when it is over."""
    book = offices("Cases (section 4): an office's, by its people; anybody answers.")
    for who, by in (("a stall", STALL), ("a registrar", MARKET)):
        book.no("authority", f"{who} opens one", *by, of_case("open"))
    for op in ("record", "assign", "answer", "close"):
        book.no("statement", f"{op} of none", *AS_OFFICE, of_case(op))
    book.no("items", "about a party", *AS_OFFICE, of_case("open"), items=[m.STALL])
    book.ok("a person opens one for its office", *AS_PERSON, of_case("open", party=m.STALL))
    book.no("statement", "it is begun once", *AS_OFFICE, of_case("open"))
    book.no("authority", "and by its office alone", *AS_OTHER, of_case("open"))
    book.ok("its office goes on", *AS_OFFICE, of_case("record", until="2026-12-24"))
    book.no("authority", "another does not", *AS_OTHER, of_case("record"))
    book.no("authority", "nor does the party", *STALL, of_case("record"))
    book.ok("the authority does", *ROOT, of_case("record", stage="supervised"))
    book.ok("the party answers", *STALL, of_case("answer", files=[m.DIGEST]))
    book.ok("whoever answers, it is only said", *FARM, of_case("answer"))
    book.no("statement", "it is no draw", *AS_OFFICE, of_draw("abort", uri=CASE))
    book.no("statement", "nor a hold", *ROOT, {"type": "hold", "op": "release", "uri": CASE})
    book.no("statement", "handed to a stall", *AS_OFFICE, of_case("assign", to=m.STALL))
    book.no("statement", "handed to a person", *AS_OFFICE, of_case("assign", to=PERSON))
    book.no("authority", "taken by another office", *AS_OTHER, of_case("assign"))
    book.ok("handed to another office", *AS_PERSON, of_case("assign"))
    book.no("authority", "by whom it was, it is no more", *AS_OFFICE, of_case("record"))
    book.no("authority", "nor by who opened it", *AS_PERSON, of_case("close"))
    book.ok("by the other it is", *AS_OTHER, of_case("close"))
    book.no("statement", "closed once", *ROOT, of_case("close"))
    book.ok("what is published is shown later", *AS_OTHER, of_case("record", stage="published"))
    book.ok("the other office is a stall now", *ROOT, m.party(OTHER, "change"))
    book.no("authority", "and does no office's work", *AS_OTHER, of_case("record"))
    more = f"{CASE[:-1]}4"
    book.ok("another case", *AS_PERSON, of_case("open", uri=more))
    book.ok("the person leaves", *AS_OFFICE, leave(PERSON))
    book.no("key", "and opens none", *AS_PERSON, of_case("open", uri=f"{CASE[:-1]}5"))
    book.ok("its case goes on", *AS_OFFICE, of_case("close", uri=more))
    book.ok("a mandate", *AS_OFFICE, m.give(OFFICE, m.MARKET, ["inspecting"]))
    book.no("key", "no case under a mandate", m.MARKET_KEY, OFFICE, of_case("open", uri=more))
    return book.as_steps()


def case_members():
    """`members` of the five."""
    book = offices("The statement case: its members (section 4, rule members).")
    common = {"uri": URIS, "files": LISTS, "said": [{}, "x", None]}
    full = {"of": [RECORD], "files": [m.DIGEST], "until": "2028-02-29"}
    opened = of_case("open", party=m.STALL, **full)
    book.ok("open, with all that may stand in clear", *AS_OFFICE, opened)
    other = f"{CASE[:-1]}4"
    book.ok("open, with a hidden field", *AS_OFFICE, of_case("open", uri=other) | HIDING)
    shown = of_case("record", shows=[SHOWN], stage="a" * 32, **full)
    book.ok("record, with all", *AS_OFFICE, shown)
    closed = of_case("close", of=[], files=[])
    answered = of_case("answer", files=[])
    book.ok("answer, with nothing named", *STALL, answered)
    dated = {"of": RECORDS, "until": DAYS}
    shows = ["x", None, {}, [RECORD], [SHOWN | {"note": "x"}],
             *([SHOWN | {"digests": value}] for value in SALTED)]  # fmt: skip
    for said, bad, needed in (
        (opened, {"kind": TOKENS, "party": URIS, **dated}, ("uri", "kind")),
        (shown, {"stage": TOKENS, "shows": shows, **dated}, ("uri", "stage")),
        (of_case("assign"), {"to": URIS}, ("uri", "to")),
        (answered, {"stage": TOKENS}, ("uri", "stage")),
        (closed, {"of": RECORDS}, ("uri",)),
    ):
        bad = {name: values for name, values in (common | bad).items()
               if name != "files" or said["op"] != "assign"}  # fmt: skip
        about = (*AS_OFFICE, [CASE], said)
        spoil_members(book, about, bad, "state", optional=set(bad) - set(needed))
    return book.as_steps()


def draws():
    """A draw is committed to once, and revealed or aborted once."""
    book = offices("Draws (section 4): committed to, then revealed or aborted.")
    for who, by in (("a stall", STALL), ("a registrar", MARKET)):
        book.no("authority", f"{who} commits to one", *by, of_draw("commit"))
    for op in ("replace", "reveal", "abort"):
        book.no("statement", f"{op} of none", *AS_OFFICE, of_draw(op))
    book.ok("an office commits", *AS_OFFICE, of_draw("commit"))
    book.no("statement", "once", *AS_PERSON, of_draw("commit"))
    book.ok("a person replaces what was drawn", *AS_PERSON, of_draw("replace"))
    book.ok("for a reason that is hidden", *AS_PERSON,
            {k: v for k, v in of_draw("replace").items() if k != "reason"} | HIDING)  # fmt: skip
    book.no("authority", "another office does not", *AS_OTHER, of_draw("replace"))
    book.no("authority", "nor reveals it", *AS_OTHER, of_draw("reveal"))
    book.ok("the office reveals", *AS_OFFICE, of_draw("reveal"))
    book.no("statement", "once", *AS_OFFICE, of_draw("reveal"))
    book.no("statement", "and aborts it no more", *AS_OFFICE, of_draw("abort"))
    again = f"{DRAW[:-1]}C"
    book.ok("another", *AS_OFFICE, of_draw("commit", uri=again))
    book.ok("which is aborted, by the authority", *ROOT, of_draw("abort", uri=again))
    book.no("statement", "and revealed no more", *AS_OFFICE, of_draw("reveal", uri=again))
    book.no("statement", "an act is no draw", *AS_OFFICE, of_case("close", uri=DRAW))
    return book.as_steps()


def draw_members():
    """`members` of the four."""
    book = offices("The statement draw: its members (section 4, rule members).")
    book.ok("committed to", *AS_OFFICE, of_draw("commit"))
    digests = dict.fromkeys(("pool", "inspectors", "parameters", "nonce"), DIGESTS)
    for op, bad in {
        "commit": {**digests, "beacon": WORDS, "round": WORDS, "from": SECONDS},
        "replace": {"said": [{}, "x", None]},
        "reveal": {"value": WORDS, "nonce": NONCES},
        "abort": {},
    }.items():
        bad = {"uri": URIS} | bad
        about = (*AS_OFFICE, [DRAW], of_draw(op))
        spoil_members(book, about, bad, "state", optional={"said"} & set(bad))
    return book.as_steps()


def document_signatures():
    """Anybody signs a document by its digest."""
    book = offices("Signatures under documents (section 4), by their digest.")
    book.no("items", "about its actor", *STALL, signed(), items=[m.STALL])
    book.no("key", "by a party that is not admitted", m.STRANGER_KEY, "x:y", signed())
    book.ok("a person signs", *AS_PERSON, signed(of=CASE))
    book.ok("so does the party", *STALL, signed(capacity="party"))
    book.ok("once more", *STALL, signed(capacity="party"))
    bad = {"sha256": DIGESTS, "form": TOKENS, "number": WORDS, "capacity": TOKENS, "of": URIS}
    about = (*STALL, [f"urn:suyuan:document:{m.DIGEST}"], signed(of=CASE))
    spoil_members(book, about, bad, "sign", optional={"of"})
    return book.as_steps()


FILES = {
    "cases": cases, "case-members": case_members, "draws": draws, "draw-members": draw_members,
    "document-signatures": document_signatures,
}  # fmt: skip
