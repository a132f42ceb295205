"""Vectors of pure functions: identifiers, codes, canonical JSON, the tree, checkpoints."""

from conformance.vectors import bytes_themes, curve
from conformance.vectors import making as m

from suyuan.keys import base64, notes
from suyuan.trace.format.identifiers import codes
from suyuan.trace.log import checkpoint, merkle

G = "06901234567892"
LOT, PIECE = (f"https://id.gs1.org/01/{G}/{ai}/" for ai in ("10", "21"))
UNIT = "https://id.gs1.org/00/069012340000000016"
SAME = object()

# identifier: its item, SAME as written, None where it is no item. Written by hand.
IDENTIFIERS = {
    # URNs
    "urn:epc:class:lgtin:6901234.056789.L24": LOT + "L24",
    "urn:epc:class:lgtin:6901234.056789.L%2F24-11": LOT + "L%2F24-11",
    "urn:epc:class:lgtin:6901234.056789.L%2f24": LOT + "L%2F24",
    "urn:epc:class:lgtin:6901234.056789.a.b.c": LOT + "a.b.c",
    "urn:epc:class:lgtin:6901234.056789.A/B": LOT + "A%2FB",
    "urn:epc:class:lgtin:6901234.056789.A?b#c": LOT + "A%3Fb%23c",
    "urn:epc:class:lgtin:6901234.056789.A B": LOT + "A%20B",
    "urn:epc:class:lgtin:6901234.056789.A\nB": LOT + "A%0AB",
    "urn:epc:class:lgtin:6901234.056789.A\rB": LOT + "A%0DB",
    "urn:epc:class:lgtin:6901234.056789.A\u2028B": LOT + "A%E2%80%A8B",
    "urn:epc:class:lgtin:6901234.056789.批": LOT + "%E6%89%B9",
    "urn:epc:class:lgtin:690123.4056789.L": "https://id.gs1.org/01/46901230567894/10/L",
    "urn:epc:class:lgtin:690123456789.0.L": "https://id.gs1.org/01/06901234567892/10/L",
    "urn:epc:class:lgtin:6901234.156789.L": "https://id.gs1.org/01/16901234567899/10/L",
    "urn:epc:class:lgtin:6901234.056789.": SAME,
    "urn:epc:class:lgtin:6901234.056789": SAME,
    "urn:epc:class:lgtin:6901234.05678.L": SAME,
    "urn:epc:class:lgtin:6901234.0567890.L": SAME,
    "urn:epc:class:lgtin:69012.34056789.L": SAME,
    "urn:epc:class:lgtin:6901234567890..L": SAME,
    "urn:epc:class:lgtin:690123456789012.L": SAME,
    "urn:epc:class:lgtin:6901234.05678x.L": SAME,
    "urn:epc:class:lgtin:6901234.056789.L%2": SAME,
    "urn:epc:class:lgtin:6901234.056789.L%zz": SAME,
    "URN:EPC:CLASS:LGTIN:6901234.056789.L": SAME,
    "urn:EPC:class:lgtin:6901234.056789.L": SAME,
    "urn:epc:id:sgtin:6901234.056789.400": PIECE + "400",
    "urn:epc:id:sgtin:6901234.056789.A%2FB": PIECE + "A%2FB",
    "urn:epc:id:sgtin:6901234.056789.A\nB": PIECE + "A%0AB",
    "urn:epc:id:sgtin:6901234.056789.A\n": PIECE + "A%0A",
    "urn:epc:id:sgtin:6901234.056789.\r\n": PIECE + "%0D%0A",
    "urn:epc:id:sgtin:6901234\n.056789.A": None,  # as written, which is no URI
    "urn:epc:id:sgtin:6901234.056789\n.A": None,
    "\nurn:epc:id:sgtin:6901234.056789.A": None,
    "urn:epc:id:sgtin:6901234.056789": SAME,
    "urn:epc:id:sgtin:6901234.056789.": SAME,
    "urn:epc:class:sgtin:6901234.056789.400": SAME,
    "urn:epc:id:lgtin:6901234.056789.400": SAME,
    "urn:epc:id:sscc:6901234.0000000001": UNIT,
    "urn:epc:id:sscc:6901234.0000000001\n": None,
    "urn:epc:id:sscc:6901234.1000000001": "https://id.gs1.org/00/169012340000000013",
    "urn:epc:id:sscc:690123.40000000001": "https://id.gs1.org/00/469012300000000018",
    "urn:epc:id:sscc:690123400000.00001": "https://id.gs1.org/00/069012340000000016",
    "urn:epc:id:sscc:6901234.00000001": SAME,
    "urn:epc:id:sscc:6901234.00000000001": SAME,
    "urn:epc:id:sscc:69012.340000000001": SAME,
    "urn:epc:id:sscc:6901234.000000000x": SAME,
    "urn:epc:id:sscc:6901234.0000000001.1": SAME,
    "urn:epc:id:sgln:6901234.05678.0": None,
    "urn:epc:id:pgln:6901234.05678": None,
    "urn:epc:id:grai:6901234.05678.1": None,
    "urn:epc:id:giai:6901234.5678": None,
    "urn:epc:id:gsrn:6901234.0567890123": None,
    "urn:epc:id:gsrnp:6901234.0567890123": None,
    "urn:epc:id:gdti:6901234.05678.1": None,
    "urn:epc:id:sgcn:6901234.05678.1": None,
    "urn:epc:id:sgln:": None,
    "urn:epc:idpat:sgtin:6901234.056789.*": None,
    "urn:epc:idpat:sscc:6901234.*": None,
    "urn:epc:idpat:anything at all": None,
    "urn:epc:id:sgln": SAME,
    "urn:epc:idpat": SAME,
    "urn:epc:id:itip:6901234.056789.01.02.9": SAME,
    "urn:epc:id:upui:6901234.056789.x": SAME,
    "urn:epc:id:cpi:6901234.98.12": SAME,
    "urn:epc:id:gid:31415.3271.16": SAME,
    "urn:epc:tag:sgtin-96:1.6901234.056789.400": SAME,
    "urn:uuid:00000000-0000-4000-8000-000000000001": SAME,
    "urn:uscc:91350211M000100Y46": SAME,
    # Digital Links
    f"https://id.gs1.org/01/{G}/10/L24": SAME,
    f"https://id.gs1.org/01/{G}/21/400": SAME,
    f"http://id.gs1.org/01/{G}/10/L24": LOT + "L24",
    f"HTTPS://ID.GS1.ORG/01/{G}/10/L24": LOT + "L24",
    f"hTtP://shop.example/01/{G}/10/L24": LOT + "L24",
    f"https://shop.example/en/food/01/{G}/10/L24": LOT + "L24",
    f"https://shop.example//01/{G}/10/L24": LOT + "L24",
    f"https://shop.example:8443/01/{G}/10/L24": LOT + "L24",
    f"https://user:word@shop.example/01/{G}/10/L24": LOT + "L24",
    f"https://[2001:db8::1]/01/{G}/10/L24": LOT + "L24",
    f"https://市场.example/店/01/{G}/10/L24": LOT + "L24",
    f"https://shop example/01/{G}/10/L24": LOT + "L24",
    f"https://x/01/{G}/10/L24?17=261127": LOT + "L24",
    f"https://x/01/{G}/10/L24#frag?x": LOT + "L24",
    f"https://x/01/{G}/10/L24?a=/21/400#b": LOT + "L24",
    f"https://x/01/{G}/10/L24?": LOT + "L24",
    f"https://x/01/{G}/10/L24#": LOT + "L24",
    f"https://x/01/{G}/10/L24?市#场": LOT + "L24",
    f"https://x/01/{G}/22/V1/10/L24": LOT + "L24",
    f"https://x/01/{G}/22/V1/21/400": PIECE + "400",
    f"https://x/01/{G}/22/V1/10/L24/21/400": PIECE + "400",
    f"https://x/01/{G}/10/L24/21/400": PIECE + "400",
    f"https://x/01/{G}/10/21": LOT + "21",
    f"https://x/01/{G}/10/10/21/21": PIECE + "21",
    f"https://x/01/{G}/21/10": PIECE + "10",
    f"https://x/01/{G}/22/10/10/22": LOT + "22",
    f"https://x/01/{G}/10/A%2Fb": LOT + "A%2Fb",
    f"https://x/01/{G}/10/%41%62": LOT + "Ab",
    f"https://x/01/{G}/10/A!*'()": LOT + "A%21%2A%27%28%29",
    f"https://x/01/{G}/10/A-._~": LOT + "A-._~",
    f"https://x/01/{G}/10/A+B": LOT + "A%2BB",
    f"https://x/01/{G}/10/A%20B": LOT + "A%20B",
    f"https://x/01/{G}/10/A B": LOT + "A%20B",
    f"https://x/01/{G}/10/A%25B": LOT + "A%25B",
    f"https://x/01/{G}/10/%252F": LOT + "%252F",
    f"https://x/01/{G}/10/%00": LOT + "%00",
    f"https://x/01/{G}/10/%ff": LOT + "%FF",
    f"https://x/01/{G}/10/批次": LOT + "%E6%89%B9%E6%AC%A1",
    f"https://x/01/{G}/10/\U0001f600": LOT + "%F0%9F%98%80",
    f"https://x/01/{G}/10/A\nB": LOT + "A%0AB",
    f"https://x/01/{G}/10/A\\B": LOT + "A%5CB",
    f"https://x/01/{G}/10/..": LOT + "..",
    f"https://x/01/{G}/10/%2e%2E": LOT + "..",
    f"https://x/a/../01/{G}/10/L": LOT + "L",
    f"https://x/01/{G}/10/a/01/{G}/10/b": LOT + "b",
    f"https://x/01/{G}/10/A;B:C@D=E&F,G": LOT + "A%3BB%3AC%40D%3DE%26F%2CG",
    f"https://x/01/{G}": None,
    f"https://id.gs1.org/01/{G}?10=L": None,
    f"https://x/01/{G}/22/V1": None,
    f"https://x/01/{G}/": SAME,
    f"https://x/01/{G}/10/": SAME,
    f"https://x/01/{G}/10/L/": SAME,
    f"https://x/01/{G}/10//21/400": SAME,
    f"https://x/01/{G}/21/400/10/L": SAME,
    f"https://x/01/{G}/10/L/22/V": SAME,
    f"https://x/01/{G}/10/L/10/M": SAME,
    f"https://x/01/{G}/235/X": SAME,
    f"https://x/01/{G}/10/L/235/X": SAME,
    f"https://x/01/{G}/11/261124": SAME,
    f"https://x/01/{G}/10/L%2": SAME,
    f"https://x/01/{G}/10/L%": SAME,
    f"https://x/01/{G}/10/L%G1": SAME,
    f"https://x/01/{G}/22/%zz/10/L": SAME,
    f"https://x/01/{G}/10/%zz/21/400": SAME,
    "https://x/01/06901234567893/10/L": SAME,
    "https://x/01/06901234567893": SAME,
    "https://x/01/6901234567892/10/L": SAME,
    "https://x/01/006901234567892/10/L": SAME,
    "https://x/01/0690123456789x/10/L": SAME,
    "https://x/01/００９０１２３４５６７８９２/10/L": None,
    "https://x/gtin/06901234567892/lot/L": SAME,
    f"https://x/1/{G}/10/L": SAME,
    f"https://01/{G}/10/L": SAME,
    f"https://x01/{G}/10/L": SAME,
    f"https:///01/{G}/10/L": SAME,
    f"https:/x/01/{G}/10/L": SAME,
    f"ftp://x/01/{G}/10/L": SAME,
    f"httpx://x/01/{G}/10/L": SAME,
    f"http\u017f://x/01/{G}/10/L": None,
    f" https://x/01/{G}/10/L": None,
    f"https://x?/01/{G}/10/L": SAME,
    f"https://x#/01/{G}/10/L": SAME,
    f"https://x/%30%31/{G}/10/L": SAME,
    "https://x/00/069012340000000016": UNIT,
    "https://id.gs1.org/00/069012340000000016": SAME,
    "http://x/a/b/00/069012340000000016?x#y": UNIT,
    "https://x/00/069012340000000017": SAME,
    "https://x/00/69012340000000016": SAME,
    "https://x/00/069012340000000016/": SAME,
    "https://x/00/069012340000000016/02/06901234567892": SAME,
    "https://x/sscc/069012340000000016": SAME,
    f"https://x/01/{G}/00/069012340000000016": UNIT,
    "https://id.gs1.org/414/6901234000009": None,
    "https://id.gs1.org/414/6901234000009/254/1": None,
    "https://id.gs1.org/414/6901234000009?x": None,
    "https://shop.example/a/414/whatever": None,
    "https://id.gs1.org/417/6901234000009": None,
    "https://id.gs1.org/417/6901234000009/7040/1ABC": None,
    "https://id.gs1.org/8003/06901234000009A": None,
    "https://id.gs1.org/8004/6901234A": None,
    "https://id.gs1.org/8004/6901234A/7040/1ABC": None,
    "https://id.gs1.org/8018/690123400000000001": None,
    "https://id.gs1.org/8018/690123400000000001/8019/1": None,
    "https://id.gs1.org/8017/690123400000000001": None,
    "https://id.gs1.org/8017/690123400000000001/8019/1": None,
    "https://id.gs1.org/253/6901234000009A": None,
    "https://id.gs1.org/255/6901234000009A": None,
    "https://id.gs1.org/414/": SAME,
    "https://id.gs1.org/414": SAME,
    "https://id.gs1.org/414/6901234000009/": SAME,
    "https://id.gs1.org/414/6901234000009/7040/1": None,
    "https://id.gs1.org/414/6901234000009/8019/1": SAME,
    "https://id.gs1.org/414/6901234000009/254/": SAME,
    "https://id.gs1.org/414/6901234000009/254/1/7040/1": SAME,
    "https://id.gs1.org/8003/06901234000009A/254/1": SAME,
    "https://id.gs1.org/415/6901234000009": SAME,
    "https://414/6901234000009": SAME,
    # all else
    "https://trace.food.example/t/1Q4T9ZC2KM8W0RB3": SAME,
    "https://x": SAME,
    "https://x/": SAME,
    "https://x/y?z#w": SAME,
    "a:b": SAME,
    "A1+-.:~": SAME,
    "mailto:x@y": SAME,
    "a:" + "x" * 510: SAME,
    "a:" + "x" * 511: None,
    "https://x/" + "y" * 600 + f"/01/{G}/10/L": LOT + "L",
    f"https://x/01/{G}/10/" + "批" * 51: LOT + "%E6%89%B9" * 51,
    f"https://x/01/{G}/10/" + "批" * 53: None,
    "": None,
    "x": None,
    ":": None,
    "a:": None,
    "1a:b": None,
    "-a:b": None,
    "a b:c": None,
    "a:b c": None,
    "a:b\t": None,
    "a:b\n": None,
    "a:\x7f": None,
    "a:批": None,
    "批:a": None,
    "/01/06901234567892/10/L": None,
    "06901234567892": None,
}


def identifiers():
    cases = [
        {"identifier": name, "item": name if item is SAME else item}
        for name, item in IDENTIFIERS.items()
    ]
    return {
        "about": "Identifiers as they stand in an event, and the item's canonical URI; null where "
        "it is no item (section 3).",
        "cases": cases,
    }


def trace_codes():
    own = f"https://{m.HOST}/t/"
    good = [codes.from_bits(n) for n in (0, 1, 31, 32, 2**75 - 1, 0x123456789ABCDEF0123)]
    uris = [
        own + good[0], own + good[5], own + good[5].lower(), own + good[5][:-1] + "U",
        "https://trace.other.example/t/" + good[5], own + good[5] + "/", m.LOT, UNIT, m.FARM,
        "urn:epc:id:sscc:6901234.00000001", "a:b",
    ]  # fmt: skip
    typed = {
        codes.shown(good[5]): good[5],
        good[5].lower(): good[5],
        " " + " - ".join(good[5]) + " ": good[5],
        "oooo-oooo-oooo-ooo" + good[0][-1]: good[0],
        "OoOoOoOoOoOoOol" + good[1][-1]: good[1],
        "OoOoOoOoOoOoOoi" + good[1][-1]: good[1],
        "OoOoOoOoOoOoOoI" + good[1][-1]: good[1],
    }
    wrong = [
        "", "0", good[5][:-1], good[5] + "0", good[5][:-1] + "U", good[5].replace("A", "U", 1),
        good[5][1] + good[5][0] + good[5][2:], "Z" + good[5][1:], good[0][:-1] + "1",
        good[5].replace("0", "０"), own + good[5], "1234567890123456",
    ]  # fmt: skip
    return {
        "about": "Trace codes (section 3): of URIs, of chains, as people type them.",
        "host": m.HOST,
        "uris": [{"uri": uri, "code": codes.of_uri(uri, m.HOST)} for uri in uris],
        "chains": [
            {"item": item, "actor": actor, "code": codes.of_chain(item, actor)}
            for item in (m.LOT, own + good[5])
            for actor in (m.FARM, m.STALL)
        ],
        "typed": [{"typed": text, "code": code} for text, code in typed.items()],
        "bad": wrong,
    }


# RFC 8785 appendix B.
NUMBERS = [
    "9.999999999999997e+22", "1e+23", "1.0000000000000001e+23", "1e+21", "9.999999999999997e-7",
    "0.000001", "333333333.3333332", "333333333.33333325", "333333333.3333333",
    "333333333.3333334", "333333333.33333343", "-0.0000033333333333333333", "1424953923781206.2",
    "-5e-324", "-1.7976931348623157e+308",
]  # fmt: skip
LARGE = ["999999999999999700000", "999999999999999900000", "295147905179352830000"]


def canonical_json():
    good = {why: text.encode() for why, text in bytes_themes.GOOD_VALUES.items()}
    good |= {f"a number of RFC 8785: {text}": text.encode() for text in NUMBERS}
    good["nested exactly 64 deep, as it stands here"] = b"[" * 64 + b"]" * 64
    good |= {"null": b"null", "an empty object": b"{}", "a string": b'"x"'}
    bad = {why: text.encode() for why, text in bytes_themes.BAD_VALUES.items()}
    bad.pop("nested 65 deep")
    bad.pop("objects nested 65 deep")
    bad |= bytes_themes.BAD_BYTES
    bad |= {f"an integer of RFC 8785: {text}": text.encode() for text in LARGE}
    bad["nested 65 deep, as it stands here"] = b"[" * 65 + b"]" * 65
    bad |= {
        "nothing": b"", "a byte order mark": b"\xef\xbb\xbf{}", "a space before": b" {}",
        "a space after": b"{} ", "two values": b"{}{}", "quotes without end": b'"' + b'\\"' * 500,
        "a bracket without end": b"[" * 70,
    }  # fmt: skip
    return {
        "about": "Bytes that are the RFC 8785 form of their own parse, with nothing that section "
        "2 excludes, or are refused. Each value counts as depth 1.",
        "good": [{"note": why, "hex": data.hex()} for why, data in good.items()],
        "bad": [{"note": why, "hex": data.hex()} for why, data in bad.items()],
    }


CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
             "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def tree():
    def roots(leaves, sizes):
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        return [{"size": n, "root": merkle.root(hashes[:n]).hex()} for n in sizes]

    known = [bytes.fromhex(leaf) for leaf in CT_LEAVES]
    found = roots(known, range(9))
    assert found[8]["root"] == CT_ROOT
    numbers = [str(n).encode() for n in range(1025)]
    serials = ["7ZZZZZZZZZZZZ", "0000000000000", "B000000000000", "A000000000000"]
    return {
        "about": "RFC 6962 trees (section 8). `leaves` in hex; in `numbers` leaf n is the decimal "
        "number n as text; `serials` is a list as labels and acts commit to: sorted by bytes, one "
        "leaf each.",
        "leaves": CT_LEAVES,
        "roots": found,
        "numbers": roots(numbers, (1, 2, 3, 7, 31, 32, 33, 255, 256, 257, 1000, 1024, 1025)),
        "serials": {"texts": serials, "root": merkle.root_of_texts(serials).hex()},
    }


def checkpoints():
    key = notes.VerifierKey(m.ORIGIN, m.LOG_KEY.public)
    root = merkle.root([merkle.leaf_hash(b"x")])
    good = checkpoint.sign(checkpoint.Checkpoint(m.ORIGIN, 1, root), m.LOG_KEY)
    text = f"{m.ORIGIN}\n1\n{base64.encode(root)}\n"
    line = good.split("\n\n")[1]
    other = notes.sign(text, "other.example/w", m.STRANGER_KEY).split("\n\n")[1]
    same_name = notes.sign(text, m.ORIGIN, m.STRANGER_KEY).split("\n\n")[1]
    stamped = f"— other.example/w {base64.encode(bytes(4) + bytes(8) + bytes(64))}\n"
    bad_line = line[:-5] + ("A" if line[-5] != "A" else "B") + line[-4:]

    def signed(body, name=m.ORIGIN):
        key_id = notes.key_hash(name, notes.ED25519, m.LOG_KEY.public.spki[12:])
        return f"{body}\n— {name} {base64.encode(key_id + m.LOG_KEY.sign(body.encode()))}\n"

    empty = checkpoint.Checkpoint(m.ORIGIN, 0, merkle.EMPTY_ROOT)
    large = checkpoint.Checkpoint(m.ORIGIN, 2**63 - 1, root)
    fine = {
        "one leaf": (good, 1, root),
        "no leaf": (checkpoint.sign(empty, m.LOG_KEY), 0, merkle.EMPTY_ROOT),
        "2^63 - 1 leaves": (checkpoint.sign(large, m.LOG_KEY), 2**63 - 1, root),
        "a line of an unknown key after": (good + other, 1, root),
        "a line of an unknown key before": (text + "\n" + other + line, 1, root),
        "a line of an unknown key of the same name": (good + same_name, 1, root),
        "a cosignature line of an unknown witness": (good + stamped, 1, root),
    }
    value = base64.encode(root)
    wrong = {
        "nothing": "",
        "the log's line twice": good + line,
        "the text alone": text,
        "no signature line": text + "\n",
        "only an unknown key's line": text + "\n" + other,
        "only the same name's line by another key": text + "\n" + same_name,
        "a bad signature of the log": text + "\n" + bad_line,
        "a good and a bad signature of the log": good + bad_line,
        "another size than was signed": good.replace("\n1\n", "\n2\n"),
        "another root than was signed": good.replace(value, base64.encode(bytes(32))),
        "no last line end": good[:-1],
        "no blank line": good.replace("\n\n", "\n"),
        "a hyphen for the dash": good.replace("—", "-"),
        "a line that is no signature": good + "x\n",
        "a signature that is no base64": good + "— other.example/w ***\n",
        "a signature of 4 bytes": good + f"— other.example/w {base64.encode(bytes(4))}\n",
        "a blank line at the end": good + "\n",
        "an extension line": signed(text + "x\n"),
        "two lines": signed(f"{m.ORIGIN}\n1\n"),
        "a size with a leading zero": signed(f"{m.ORIGIN}\n01\n{value}\n"),
        "a size with a sign": signed(f"{m.ORIGIN}\n+1\n{value}\n"),
        "a negative size": signed(f"{m.ORIGIN}\n-1\n{value}\n"),
        "a size in other digits": signed(f"{m.ORIGIN}\n１\n{value}\n"),
        "a size of 2^63": signed(f"{m.ORIGIN}\n{2**63}\n{value}\n"),
        "an empty size": signed(f"{m.ORIGIN}\n\n{value}\n"),
        "a root of 31 bytes": signed(f"{m.ORIGIN}\n1\n{base64.encode(root[:31])}\n"),
        "a root of 33 bytes": signed(f"{m.ORIGIN}\n1\n{base64.encode(root + b'x')}\n"),
        "a root in hex": signed(f"{m.ORIGIN}\n1\n{root.hex()}\n"),
        "a root whose unused bits are not zero": signed(
            f"{m.ORIGIN}\n1\n{bytes_themes.unused_bits(value)}\n"),
        "another origin, signed by this log's name": signed(f"other.example/log\n1\n{value}\n"),
        "an empty origin": signed(f"\n1\n{value}\n"),
        "line ends of Windows": signed(text.replace("\n", "\r\n")),
        "the log's key under another name": signed(text, "other.example/log"),
    }  # fmt: skip
    return {
        "about": "Signed checkpoints (section 8), opened with the log's verifier key.",
        "key": str(key),
        "good": [
            {"note": why, "checkpoint": text, "size": size, "root": root.hex()}
            for why, (text, size, root) in fine.items()
        ],
        "bad": [{"why": why, "checkpoint": text} for why, text in wrong.items()],
    }


def public_keys():
    """SubjectPublicKeyInfo bytes, whoever holds the secret."""
    good = {
        "Ed25519": m.FARM_KEY, "Ed25519, another": m.STRANGER_KEY,
        "ECDSA-P256": m.STALL_KEY, "ECDSA-P256, another": m.p256(16),
    }  # fmt: skip
    bad = {name: curve.ED_START + raw for name, raw in curve.NOT_CANONICAL.items()}
    bad |= {
        "the neutral element": curve.ED_START + curve.NEUTRAL,
        "order 2": curve.ED_START + curve.ORDER_2,
        "order 4": curve.ED_START + curve.ORDER_4,
        "order 8": curve.ED_START + curve.ORDER_8,
        "a good key plus a point of order 8": curve.mixed_key(m.FARM_KEY),
        "y = 2, on no curve": curve.ED_START + (2).to_bytes(32, "little"),
    }
    for y in range(19):
        for sign in (0, 2**255):
            raw = (sign + y + curve.P).to_bytes(32, "little")
            bad[f"y = p + {y}, x {'odd' if sign else 'even'}"] = curve.ED_START + raw
    spki = m.STALL_KEY.public.spki
    bad["a P-256 point off the curve"] = spki[:-1] + bytes([spki[-1] ^ 1])
    bad["a P-256 point of zeros"] = spki[:27] + bytes(64)
    bad["a P-256 key and one more byte"] = spki + b"\0"
    bad["a P-256 key short of a byte"] = spki[:-1]
    bad["a P-256 point in hybrid form"] = spki[:26] + bytes([6 + spki[-1] % 2]) + spki[27:]
    bad["nothing"] = b""
    return {
        "about": "SubjectPublicKeyInfo bytes (section 2): keys that may be enrolled, their keyid, "
        "and bytes that are no key.",
        "good": [
            {
                "alg": name.split(",")[0],
                "spki": signer.public.spki.hex(),
                "keyid": signer.public.keyid,
            }
            for name, signer in good.items()
        ],
        "bad": [{"why": why, "spki": data.hex()} for why, data in bad.items()],
    }


FILES = {
    "public-keys": public_keys,
    "identifiers": identifiers,
    "codes": trace_codes,
    "canonical-json": canonical_json,
    "merkle": tree,
    "checkpoints": checkpoints,
}
