"""Vectors about holds and recalls: their members, who may say what, and in which order.

The lists that the statements name stand beside them in the file: a server asks for them, and no
other verifier does. What is accepted here a server accepts too.
"""

import hashlib

from conformance.vectors import making as m
from conformance.vectors.members_themes import DIGESTS, PRIVATE, URIS, bads

from suyuan.keys import base64
from suyuan.trace.log.merkle import root_of_texts

HOLD = f"https://{m.HOST}/act/0000000000000000"
RECALL = f"https://{m.HOST}/act/1Q4T9ZC2KM8W0RB3"
OTHER = f"https://{m.HOST}/act/7K3QX9M2V8TDC4NB"
MADE = "https://id.gs1.org/01/06901234567892/10/M1"
FARM, STALL, MARKET = m.AS_FARM, m.AS_STALL, m.AS_MARKET
ROOT = m.AS_ROOT


def rendered(*items):
    """The attachment that a list is."""
    return "".join(f"{item}\n" for item in sorted(items)).encode()


def listed(*items):
    """Count, root and SHA-256 of the list of these items."""
    digest = hashlib.sha256(rendered(*items)).hexdigest()
    root = root_of_texts(sorted(items)).hex()
    return {"count": len(items), "root": root, "list": digest}


def place(uri=HOLD, items=(m.LOT,), **members):
    """A hold."""
    found = {"type": "hold", "op": "place", "uri": uri, "reason": "抽检待判"}
    return found | listed(*items) | members


def order(uri=RECALL, items=(m.LOT,), **members):
    """A recall."""
    found = {
        "type": "recall", "op": "order", "uri": uri, "level": 1, "drill": False,
        "known": "2026-11-24T07:00:00Z", "reason": "检出毒死蜱",
    }  # fmt: skip
    return found | listed(*items) | members


def say(kind, op, uri=None, **members):
    """Any other statement on an act."""
    return {"type": kind, "op": op, "uri": uri or (HOLD if kind == "hold" else RECALL)} | members


def extend(uri=RECALL, items=(MADE,), **members):
    """More items."""
    return say("recall", "extend", uri, **listed(*items)) | members


PLANNED = "2026-11-24T09:00:00Z"


def plan(uri=RECALL, planned=PLANNED):
    """When the plan of a recall was made."""
    return say("recall", "plan", uri, planned=planned)


def clear(uri=RECALL, items=(MADE,), **members):
    """Items that are not concerned."""
    return say("recall", "clear", uri, reason="不含该批次", **listed(*items)) | members


AMOUNT = {"item": m.LOT, "kind": "recovered", "value": "12.5", "unit": "kg"}
REPORT = say("recall", "report", quantities=[AMOUNT], files=[m.DIGEST])
MISSING = {name: AMOUNT[name] for name in ("item", "value", "unit")}
CLOSE = say("recall", "close", missing=[MISSING], reason="一箱未找到")


def _amounts(good, *more):
    """Lists that are none of amounts."""
    yield from ([None], [[]], [{}], ["x"], None, {}, "x", [good, None])
    for name in good:
        yield [{key: value for key, value in good.items() if key != name}]
    yield [good | {"note": "x"}]
    for name, values in (
        ("item", URIS),
        ("value", ["", "-1", "+1", "01", ".5", "1.", "1e3", "1,5", "１", 1, 1.5, None]),
        ("unit", ["KGM", "kG", "", "斤", 1, None]),
        *more,
    ):
        for value in values:
            yield [good | {name: value}]


KINDS = ("kind", ["found", "", "Sold", 1, None])
LEVELS = [0, 4, -1, "1", 1.5, True, None, []]
DRILLS = [0, 1, "true", None, []]
FATES = [*_amounts(AMOUNT, KINDS), [AMOUNT] * 401, [MISSING]]
FILES_OF = [*([part] for part in DIGESTS), "", None, {}, m.DIGEST]

# For each statement: a good one, the members that may be absent, and bad values for each member.
STATEMENTS = [
    (place(), [], bads("uri reason count root list")),
    (say("hold", "release", reason="复检合格"), ["reason"], bads("uri reason")),
    (order(), [],
     bads("uri level drill known reason count root list", level=LEVELS, drill=DRILLS)),
    (plan(), [], bads("uri planned")),
    (extend(reason="又查出"), ["reason"], bads("uri reason count root list")),
    (clear(), [], bads("uri reason count root list")),
    (say("recall", "acknowledge"), [], bads("uri")),
    (REPORT, ["files"], bads("uri quantities files", quantities=FATES, files=FILES_OF)),
    (CLOSE, ["reason"],
     bads("uri missing reason", missing=[*_amounts(MISSING), [AMOUNT]])),
    (say("recall", "withdraw", reason="误发"), [], bads("uri reason")),
]  # fmt: skip


def _with(book, *lists):
    """The file, with the lists that its statements name."""
    found = book.as_steps()
    found["lists"] = {
        hashlib.sha256(data).hexdigest(): base64.encode(data)
        for data in (rendered(*items) for items in lists)
    }
    return found


def act_members():
    """`members` of each statement on a hold or a recall."""
    book = m.city(m.Ledger("Statements on holds and recalls: members (section 4, rule members)."))
    hidden = {"suyuan:private": {"_sd": PRIVATE}}
    book.ok("the farm's lot", *FARM, m.event(m.LOT, action="ADD", step="commissioning"))
    book.ok("what was made of it", *FARM, m.event(MADE, action="ADD", step="commissioning"))
    for said, _, _ in STATEMENTS[:9]:
        book.ok(f"{said['type']} {said['op']}", *FARM, said)
    book.ok("recall report of nothing, after the closing, by another", *STALL,
            statement=say("recall", "report", quantities=[]))  # fmt: skip
    fates = [
        AMOUNT | {"kind": kind, "unit": unit, "value": value}
        for kind, unit, value in (
            ("sold", "1", "0"),
            ("destroyed", "L", "0.000001"),
            ("remaining", "m", "123456789012345678901234567890"),
        )
    ]
    book.ok("recall report of every kind and unit", *FARM,
            statement=say("recall", "report", quantities=fates))  # fmt: skip
    book.ok("recall report of 400", *FARM,
            statement=say("recall", "report", quantities=[AMOUNT] * 400, files=[]))  # fmt: skip
    without = {name: value for name, value in order(OTHER, level=3, drill=True).items()
               if name != "reason"}  # fmt: skip
    book.ok("recall order, a drill, its reason hidden", *FARM, without | hidden)
    book.ok("recall withdraw", *FARM, say("recall", "withdraw", OTHER, reason="演练结束"))

    def spoilt(why, said, change):
        book.spoil(why, *FARM, [m.LOT], said, change)

    for said, optional, wrong in STATEMENTS:
        name = f"{said['type']} {said['op']}"
        for member in said:
            if member not in (*optional, "type", "op"):
                spoilt(f"{name}: no {member}", said, lambda s, k=member: s.pop(k))
                if member != "reason":
                    spoilt(f"{name}: {member} hidden, which may not be", said | hidden,
                           lambda s, k=member: s.pop(k))  # fmt: skip
        for member, values in wrong.items():
            for value in values:
                spoilt(f"{name}: {member} is {m.shown(value)}", said,
                       lambda s, k=member, v=value: s.update({k: v}))  # fmt: skip
        spoilt(f"{name}: a further member", said, lambda s: s.update(note="x"))
        spoilt(f"{name}: no op", said, lambda s: s.pop("op"))
        spoilt(f"{name}: of the other type", said,
               lambda s: s.update(type="recall" if s["type"] == "hold" else "hold"))  # fmt: skip
    spoilt("hold release with a list", STATEMENTS[1][0], lambda s: s.update(listed(m.LOT)))
    spoilt("recall order without a list: of nothing", order(), lambda s: s.update(count=0))
    return _with(book, [m.LOT], [MADE])


def acts():
    """Who begins, extends, clears, answers and ends an act, and when."""
    book = m.city(m.Ledger("Holds and recalls (sections 4 and 5): who, and in which order."))
    coded = {"action": "ADD", "step": "commissioning"}
    book.ok("the farm's lot", *FARM, m.event(m.LOT, **coded))
    book.ok("another lot of the farm's", *FARM, m.event(MADE, **coded))
    book.ok("an item with a code of this ledger, by the stall", *STALL, m.event(m.CODED, **coded))

    book.no("statement", "a release of what was never on hold", *FARM, say("hold", "release"))
    for op, more in (
        ("plan", {"planned": PLANNED}),
        ("extend", listed(m.LOT)), ("clear", listed(m.LOT) | {"reason": "x"}),
        ("acknowledge", {}), ("report", {"quantities": []}), ("close", {"missing": []}),
        ("withdraw", {"reason": "x"}),
    ):  # fmt: skip
        book.no("statement", f"{op} of a recall that was never ordered", *FARM,
                statement=say("recall", op, **more))  # fmt: skip
    book.no("items", "a hold about another subject", *FARM, place(), items=[m.LOT])
    book.no("items", "an order whose subject is the party", *FARM, order(), items=[m.FARM])
    book.no("key", "an order by a party that is not admitted", m.STRANGER_KEY, "x:y", order())

    begun = book.ok("a hold by its holder", *FARM, place())
    book.no("statement", "the hold's URI as a recall that is planned", *FARM, plan(HOLD))
    book.no("statement", "the same hold again", *FARM, place())
    book.no("statement", "a recall under the hold's URI", *FARM, order(HOLD))
    book.no("statement", "the hold's URI as a recall that is acknowledged", *STALL,
            statement=say("recall", "acknowledge", HOLD))  # fmt: skip
    book.no("statement", "the hold's URI as a recall that is withdrawn", *FARM,
            statement=say("recall", "withdraw", HOLD, reason="x"))  # fmt: skip
    book.no("authority", "a release by another party", *STALL, say("hold", "release"))
    book.no("authority", "a release by a registrar", *MARKET, say("hold", "release"))
    book.ok("a release by its holder, after its own hold", *FARM,
            statement=say("hold", "release", reason="复检合格"))  # fmt: skip
    book.no("statement", "a release twice", *FARM, say("hold", "release"))
    book.no("statement", "a release twice, by the authority", *ROOT, say("hold", "release"))
    book.no("statement", "the hold again after its release", *FARM, place())
    book.ok("another hold of the same lot", *FARM, place(OTHER))
    book.ok("a release by the authority", *ROOT, say("hold", "release", OTHER))
    book.no("authority", "a second release by another: authority before statement", *STALL,
            statement=say("hold", "release", OTHER))  # fmt: skip

    ordered = book.ok("a recall by the producer", *FARM, order())
    book.no("statement", "the same recall again, by the authority", *ROOT, order())
    book.no("authority", "the plan, by a holder", *STALL, plan())
    book.no("authority", "the plan, by a registrar", *MARKET, plan())
    book.ok("the plan, by who ordered", *FARM, plan())
    book.ok("another time for it, by the authority", *ROOT, plan(planned="2026-11-24T08:30:00Z"))
    book.no("authority", "an extension by another", *STALL, extend(items=[m.CODED]))
    book.ok("an acknowledgement, joined to the order", *STALL, after=[ordered],
            statement=say("recall", "acknowledge"))  # fmt: skip
    book.ok("a second acknowledgement of the same party", *STALL, say("recall", "acknowledge"))
    book.no("after", "an acknowledgement that names an order elsewhere", *STALL,
            say("recall", "acknowledge"), after=[{"index": ordered, "hash": m.DIGEST}])  # fmt: skip
    book.ok("an extension by who ordered", *FARM, extend())
    book.ok("an extension by the authority, by what was in it and what was not", *ROOT,
            statement=extend(items=[m.CODED, MADE]))  # fmt: skip
    book.ok("the authority clears the stall's lot", *ROOT, clear(items=[m.CODED]))
    book.ok("the stall, its coder, says so too", *STALL, clear(items=[m.CODED]))
    book.ok("a report", *STALL, REPORT)
    book.no("authority", "a closing by a holder", *STALL, CLOSE)
    book.no("authority", "a withdrawal by a registrar", *MARKET,
            statement=say("recall", "withdraw", reason="x"))  # fmt: skip
    book.no("statement", "a release of a recall", *FARM, say("hold", "release", RECALL))
    book.ok("a closing with something missing", *FARM, CLOSE)
    for op, said in (
        ("closed", CLOSE), ("extended", extend()), ("planned", plan()),
        ("withdrawn", say("recall", "withdraw", reason="x")),
    ):  # fmt: skip
        book.no("statement", f"a closed recall {op}", *FARM, said)
        book.no("statement", f"a closed recall {op} by the authority", *ROOT, said)
    book.ok("after the closing: an acknowledgement", *MARKET, say("recall", "acknowledge"))
    book.ok("after the closing: a report of what was found yet", *STALL, REPORT)
    book.ok("after the closing: a clearing", *FARM, clear())

    drill = f"https://{m.HOST}/act/drill"
    book.ok("a drill by the stall, of its own lot", *STALL,
            statement=order(drill, [m.CODED], drill=True, level=3))  # fmt: skip
    book.ok("the drill withdrawn by the authority", *ROOT,
            statement=say("recall", "withdraw", drill, reason="误发"))  # fmt: skip
    book.ok("a later acknowledgement all the same", *FARM, say("recall", "acknowledge", drill))
    assert begun < ordered
    mandate = m.give(m.STALL, m.FARM, ("shipping",))
    book.ok("a mandate, which covers events only", *STALL, mandate)
    book.no("key", "an acknowledgement under a mandate", m.FARM_KEY, m.STALL,
            statement=say("recall", "acknowledge"))  # fmt: skip
    return _with(book, [m.LOT], [MADE], [m.CODED], [m.CODED, MADE])


FILES = {"acts": acts, "act-members": act_members}
