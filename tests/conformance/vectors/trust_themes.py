"""Vectors of what a verifier trusts: trust files, policies, cosignatures (sections 8 and 9)."""

import json

from conformance.vectors import making as m

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey, NoteSignature
from suyuan.trace.log import checkpoint, cosignature
from suyuan.trace.log.policy import Policy

NORTH, SOUTH, STRANGE = "witness.example/north", "witness.example/south", "stranger.example/w"
WITNESSES = {NORTH: m.ed(48), SOUTH: m.ed(80), STRANGE: m.ed(112)}
AT = 1_795_000_000  # 2026-11-18T11:06:40Z


def trusts():
    """The trust files that cases are judged under, by name."""
    keys = [CosignerKey.of(name, WITNESSES[name].public) for name in (NORTH, SOUTH)]
    none = json.loads(m.trust_file().to_json())
    policies = {f"{n} of 2": Policy.of(m.trust_file().log, keys, n).text() for n in (1, 2)}
    return {"none": none, **{name: {**none, "policy": text} for name, text in policies.items()}}


def cosigned(note, *names, at=AT):
    """The note with cosignatures of these, a second apart."""
    text = notes.parse(note).text
    lines = [cosignature.sign(text, name, WITNESSES[name], at + n) for n, name in enumerate(names)]
    return notes.merge(note, lines)


def moved(note, name, more="", flip=(0, 0)):
    """The note whose line of this name has more in its name, or bits of one byte turned over."""
    parsed, (at, bits) = notes.parse(note), flip
    lines = []
    for line in parsed.signatures:
        if line.name == name:
            raw = bytearray(line.hash + line.signature)
            raw[at] ^= bits
            line = NoteSignature(name + more, bytes(raw[:4]), bytes(raw[4:]))
        lines.append(line)
    return notes.Note(parsed.text, tuple(lines)).encode()


def _bad_trusts(good):
    yield "nothing", ""
    yield "no object", "[]"
    for name in good:
        yield f"no {name}", {k: v for k, v in good.items() if k != name}
    yield "another member", good | {"x": 1}
    for name, values in {
        "v": (0, 2, "1"), "log": ("", "no key", NORTH), "host": ("", 1), "policy": ("", None),
        "auditing": ("north", [1]), "entries": ("secret", None), "authority": ({}, "x"),
    }.items():  # fmt: skip
        for value in values:
            yield f"{name}: {m.shown(value)}", good | {name: value}
    witness = str(CosignerKey.of(NORTH, WITNESSES[NORTH].public))
    yield "log: a witness's key", good | {"log": witness}
    yield "spki: no key", good | {"authority": {"party": m.AUTHORITY, "spki": "AAAA"}}
    yield "party: no URI", good | {"authority": good["authority"] | {"party": "the office"}}
    yield "a member twice", json.dumps(good)[:-1] + ', "v": 1}'


def trust_files():
    """Texts that are a trust file, and texts that are none."""
    named = trusts()
    good = [{"note": name, "text": json.dumps(trust)} for name, trust in named.items()]
    audited = named["1 of 2"] | {"auditing": [NORTH], "entries": "private"}
    good.append({"note": "private, audited", "text": json.dumps(audited, indent=1)})
    bad = [
        {"note": note, "text": value if isinstance(value, str) else json.dumps(value)}
        for note, value in _bad_trusts(named["none"])
    ]
    return {"about": "section 9: trust files", "good": good, "bad": bad}


def policies():
    """Policies with sets of witnesses that meet them or do not, and texts that are none."""
    log = m.trust_file().log
    keys = [CosignerKey.of(name, WITNESSES[name].public) for name in WITNESSES]
    lines = [f"witness {letter} {key}\n" for letter, key in zip("abc", keys, strict=True)]
    three, located = "".join(lines), f"{lines[0][:-1]} https://w.example/\n"
    good = [
        ("none", "quorum none\n", [[]], []),
        ("one witness", f"{lines[0]}quorum a\n", [["a"]], [[]]),
        ("a comment, empty lines, tabs", f"# who\n\n \t\n{lines[0]}quorum\t a \n", [["a"]], [[]]),
        ("any", f"{three}group g any a b c\nquorum g\n", [["a"], ["b", "c"]], [[]]),
        ("all", f"{three}group g all a b c\nquorum g\n", [["a", "b", "c"]], [["a", "b"]]),
        ("two of three", f"{three}group g 2 a b c\nquorum g\n", [["a", "c"]], [["b"]]),
        ("groups in groups", f"{three}group g any a b\ngroup h all g c\nquorum h\n",
         [["a", "c"], ["b", "c"]], [["a", "b"], ["c"]]),
        ("a witness that the quorum leaves out", f"{three}quorum b\n", [["b"]], [["a", "c"]]),
        ("a log and URLs", f"log {log} https://{m.HOST}/\n{located}quorum a\n", [["a"]], [[]]),
    ]  # fmt: skip
    many = "# \n" * 999
    good.append(("1,000 lines", f"{many}quorum none\n", [[]], []))
    bad = {
        "nothing": "", "no quorum": lines[0], "two quorums": "quorum none\nquorum none\n",
        "no line end": "quorum none", "a carriage return": "quorum none\r\n",
        "a quorum that is not defined": "quorum a\n", "another word": "quota a\n",
        "a group before its member": f"group g any a\n{lines[0]}quorum g\n",
        "a name twice": f"{lines[0]}{lines[1].replace(' b ', ' a ')}quorum a\n",
        "a name that is none": f"{lines[0].replace(' a ', ' none ')}quorum none\n",
        "one key twice": f"{lines[0]}{lines[0].replace(' a ', ' b ')}quorum a\n",
        "a member of two groups": f"{three}group g any a b\ngroup h any a c\nquorum h\n",
        "a member twice": f"{three}group g any a a\nquorum g\n",
        "0 of a group": f"{three}group g 0 a b\nquorum g\n",
        "3 of two": f"{three}group g 3 a b\nquorum g\n",
        "02 of three": f"{three}group g 02 a b c\nquorum g\n",
        "a group of nobody": f"{three}group g any\nquorum g\n",
        "a log's key for a witness": f"witness a {log}\nquorum a\n",
        "a witness's key for a log": f"log {keys[0]}\nquorum none\n",
        "a key with another id": f"witness a {str(keys[0]).replace('+', '+0', 1)}\nquorum a\n",
        "too many words": f"{located[:-1]} x\nquorum a\n",
        "1,001 lines": f"{many}\nquorum none\n", "over 64 KiB": f"#{'x' * 65_536}\nquorum none\n",
    }  # fmt: skip
    return {
        "about": "section 8: policies",
        "good": [
            {"note": note, "text": text, "met": met, "unmet": unmet}
            for note, text, met, unmet in good
        ],
        "bad": [{"note": note, "text": text} for note, text in bad.items()],
    }


def cosignatures():
    """Notes, a witness's key, and the time of its cosignature: null for none, or it fails."""
    note = checkpoint.sign(checkpoint.Checkpoint(m.ORIGIN, 3, bytes(range(32))), m.LOG_KEY)
    key = CosignerKey.of(NORTH, WITNESSES[NORTH].public)
    both = cosigned(note, NORTH, SOUTH)
    own = next(line for line in both.splitlines(keepends=True) if NORTH in line)
    good = [
        ("cosigned", both, AT), ("not cosigned", note, None),
        ("by another", cosigned(note, SOUTH), None),
        ("at 0", cosigned(note, NORTH, at=0), 0),
        ("at the last second", cosigned(note, NORTH, at=2**63 - 1), 2**63 - 1),
        ("under another name, which is an unknown key", moved(both, NORTH, more="x"), None),
        ("under another id, which is an unknown key", moved(both, NORTH, flip=(0, 1)), None),
    ]  # fmt: skip
    other = note.replace("\n3\n", "\n4\n", 1)
    bad = {
        "twice": both + own, "another time": moved(both, NORTH, flip=(11, 1)),
        "a time of 2^63": moved(both, NORTH, flip=(4, 0x80)),
        "another signature": moved(both, NORTH, flip=(40, 1)),
        "over another checkpoint": other + own, "without a signature": _short(both, 12),
        "a signature of 63 bytes": _short(both, 75),
    }  # fmt: skip
    return {
        "about": "section 8: cosignature lines of one witness's key on notes",
        "key": str(key),
        "good": [{"note": what, "text": text, "time": time} for what, text, time in good],
        "bad": [{"note": what, "text": text} for what, text in bad.items()],
    }


def _short(note, length):
    """The note whose line of the witness has so many bytes of key id, time and signature."""
    parsed = notes.parse(note)
    (line,) = (line for line in parsed.signatures if line.name == NORTH)
    short = NoteSignature(line.name, line.hash, line.signature[: length - 4])
    return notes.Note(parsed.text, (parsed.signatures[0], short)).encode()


FILES = {"trust-files": trust_files, "policies": policies, "cosignatures": cosignatures}
