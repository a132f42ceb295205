"""Vectors about a new origin: the statement that names what the old log signed last."""

import hashlib

from conformance.vectors import making as m
from conformance.vectors.members_themes import TEXT, URIS, WORDS
from conformance.vectors.standing_themes import AUTHORITY

from suyuan.keys import base64, notes
from suyuan.keys.notes import VerifierKey
from suyuan.trace.log import checkpoint

OLD = "old.food.example/log"
OLD_KEY, OTHER_KEY = m.ed(48), m.ed(80)
ROOT_HASH = hashlib.sha256(b"\0whatever was said there").digest()
TEXT_OF_IT = f"{OLD}\n812\n{base64.encode(ROOT_HASH)}\n"
NOTE = notes.sign(TEXT_OF_IT, OLD, OLD_KEY)
LOG = str(VerifierKey(OLD, OLD_KEY.public))
WITNESS = f"\N{EM DASH} witness.example/w {base64.encode(bytes(76))}\n"


def origin(**members):
    """The statement; `None` takes a member away."""
    found = {
        "type": "origin", "party": m.AUTHORITY, "ledger": OLD, "log": LOG, "checkpoint": NOTE,
    } | members  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def signed(text, name=OLD, signer=OLD_KEY):
    """A note over any text under any name."""
    return notes.sign(text, name, signer)


def vkey(name, kind, raw):
    """A verifier key's text, whatever it is."""
    digest = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).hexdigest()[:8]
    return f"{name}+{digest}+{base64.encode(bytes([kind]) + raw)}"


def bad_logs():
    raw = OLD_KEY.public.spki[12:]
    name, digest, encoded = LOG.split("+", 2)
    return {
        "empty": "",
        "only a name": name,
        "another log's": str(VerifierKey("other.example/log", OLD_KEY.public)),
        "another key of the same name": str(VerifierKey(OLD, OTHER_KEY.public)),
        "a key id that is not the key's": f"{name}+00000000+{encoded}",
        "a key id in capitals": f"{name}+{digest.upper()}+{encoded}",
        "a key id cut short": f"{name}+{digest[:6]}+{encoded}",
        "no key": f"{name}+{digest}+",
        "a letter left out": LOG[:-1],
        "a line end behind it": LOG + "\n",
        "a blank before it": " " + LOG,
        "a witness's key, type 4": vkey(OLD, 4, raw),
        "type 0": vkey(OLD, 0, raw),
        "31 bytes": vkey(OLD, 1, raw[:31]),
        "33 bytes": vkey(OLD, 1, raw + b"\0"),
        "a key of small order": vkey(OLD, 1, bytes([1]) + bytes(31)),
    }


def bad_notes():
    line = NOTE.split("\n\n")[1]
    root = base64.encode(ROOT_HASH)
    bad_line = f"\N{EM DASH} {OLD} " + base64.encode(
        VerifierKey(OLD, OLD_KEY.public).hash + bytes(64)
    )
    return {
        "empty": "",
        "its text alone": TEXT_OF_IT,
        "no signature line": TEXT_OF_IT + "\n",
        "signed by a stranger under the name": signed(TEXT_OF_IT, signer=OTHER_KEY),
        "signed by the key under another name": signed(TEXT_OF_IT, "other.example/log"),
        "a signature that does not verify": f"{TEXT_OF_IT}\n{bad_line}\n",
        "the same line twice": NOTE + line,
        "a valid line and one that does not verify": f"{NOTE}{bad_line}\n",
        "another size under the signature": NOTE.replace("\n812\n", "\n813\n"),
        "a line that is none": NOTE + "witness.example/w AAAAAAAA\n",
        "a line whose signature is no base64": NOTE + "\N{EM DASH} witness.example/w A\n",
        "the last line end left out": NOTE.removesuffix("\n"),
        "a hundred lines of others": NOTE + WITNESS * 100,
        "a control character": signed(TEXT_OF_IT).replace("\n812", "\r\n812"),
        "a checkpoint of another log": signed(f"other.example/log\n812\n{root}\n"),
        "an extension line": signed(f"{TEXT_OF_IT}more\n"),
        "no root": signed(f"{OLD}\n812\n"),
        "a root of 31 bytes": signed(f"{OLD}\n812\n{base64.encode(bytes(31))}\n"),
        "a size with a zero before it": signed(f"{OLD}\n0812\n{root}\n"),
        "a size of 2^63": signed(f"{OLD}\n{2**63}\n{root}\n"),
        "a negative size": signed(f"{OLD}\n-1\n{root}\n"),
        "this log's own checkpoint": checkpoint.sign(
            checkpoint.Checkpoint(m.ORIGIN, 1, ROOT_HASH), m.LOG_KEY
        ),
    }


def refused_by_form(book, root):
    bads = {"party": URIS, "ledger": WORDS, "log": TEXT, "checkpoint": TEXT}
    for name, values in bads.items():
        book.no("members", f"no {name}", *root, origin(**{name: None}), items=[m.AUTHORITY])
        for value in values:
            if value is not None:
                book.no("members", f"{name}: {str(value)[:40]!r}", *root, items=[m.AUTHORITY],
                        statement=origin(**{name: value}))  # fmt: skip
    book.no("members", "a further member", *root, origin(size=812))
    book.no("members", "an op", *root, origin(op="admit"))


def origins():
    """A ledger that goes on where another ended."""
    book = m.Ledger("A new origin (section 4): the second link, about the old log's checkpoint.")
    root = m.AS_ROOT
    book.no("authority", "as the first link", *root, origin())
    book.ok("the authority admits itself", *root, AUTHORITY)
    refused_by_form(book, root)
    book.no("items", "about the old ledger", *root, origin(), items=["x:y"])
    book.no("key", "by a party that is not admitted", m.FARM_KEY, m.FARM, origin(party=m.FARM))
    book.no("statement", "about another party", *root, origin(party=m.FARM))
    own = VerifierKey(m.ORIGIN, OLD_KEY.public)
    book.no("statement", "from this ledger itself", *root, statement=origin(
        ledger=m.ORIGIN, log=str(own), checkpoint=signed(
            TEXT_OF_IT.replace(OLD, m.ORIGIN), m.ORIGIN)))  # fmt: skip
    book.no("statement", "another ledger than the key's and the note's", *root,
            statement=origin(ledger="other.example/log"))  # fmt: skip
    for why, log in bad_logs().items():
        book.no("statement", f"log: {why}", *root, origin(log=log))
    for why, note in bad_notes().items():
        book.no("statement", f"checkpoint: {why}", *root, origin(checkpoint=note))
    mixed = NOTE.replace("\n\n", "\n\n" + WITNESS) + WITNESS
    book.ok("it goes on from the old log, as two witnesses saw it", *root, origin(checkpoint=mixed))
    book.again("the same bytes", 1, bytes.fromhex(book.steps[-1]["hex"]))
    book.no("statement", "from another checkpoint too", *root, origin())
    book.ok("a farm", *root, m.party(m.FARM, roles=["producer"]))
    book.ok("the farm's key", *root, m.enrol(m.FARM, m.FARM_KEY))
    book.no("authority", "by the farm, about itself", m.FARM_KEY, m.FARM, origin(party=m.FARM))
    book.no("authority", "by the farm, about the authority", m.FARM_KEY, m.FARM, origin())
    book.ok("and the farm records", m.FARM_KEY, m.FARM, m.event(m.LOT))
    return book.as_steps()


def late_origin():
    """The statement at another index than 1."""
    book = m.Ledger("A new origin (section 4) said too late: it is the second link or none.")
    root = m.AS_ROOT
    book.ok("the authority admits itself", *root, AUTHORITY)
    book.ok("a farm", *root, m.party(m.FARM, roles=["producer"]))
    book.no("statement", "at index 2", *root, origin())
    book.ok("an event", *root, m.event(m.LOT))
    book.no("statement", "at index 3", *root, origin())
    return book.as_steps()


def empty_origin():
    """A log that had signed no link, and the most lines that a note may have."""
    book = m.Ledger("A new origin (section 4) after a log of size 0; a note of a hundred lines.")
    root = m.AS_ROOT
    book.ok("the authority admits itself", *root, AUTHORITY)
    empty = base64.encode(hashlib.sha256(b"").digest())
    private = {"_sd": sorted(base64.encode_url(bytes([n]) * 32) for n in range(8))}
    note = signed(f"{OLD}\n0\n{empty}\n") + WITNESS * 99
    said = origin(checkpoint=note, **{"suyuan:private": private})
    book.no("members", "its ledger hidden", *root, statement={
        name: value for name, value in said.items() if name != "ledger"})  # fmt: skip
    book.ok("from a checkpoint of size 0 with a hundred lines", *root, said)
    return book.as_steps()


FILES = {"origins": origins, "late-origin": late_origin, "empty-origin": empty_origin}
