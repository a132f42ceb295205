"""Vectors of pure functions: codes, canonical JSON, the tree, checkpoints."""

from conformance.vectors import bytes_themes, curve
from conformance.vectors import making as m

from suyuan.keys import base64, notes
from suyuan.trace.format.identifiers import codes
from suyuan.trace.log import checkpoint, merkle

UNIT = "https://id.gs1.org/00/069012340000000016"


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
    "codes": trace_codes,
    "canonical-json": canonical_json,
    "merkle": tree,
    "checkpoints": checkpoints,
}
