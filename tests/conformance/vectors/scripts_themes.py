"""Vectors about the scripts of a release: their members, and the release that they are."""

from conformance.vectors import making as m
from conformance.vectors.erasure_themes import HIDING
from conformance.vectors.members_themes import DIGESTS

from suyuan.trace.admission import acts

FARM, ROOT = m.AS_FARM, m.AS_ROOT
GOOD = {"keys.js": "ab" * 32, "link.js": "cd" * 32, "service.js": "ef" * 32}
ONE = {"name": "a.js", "sha256": m.DIGEST}
RELEASES = ["", "a" * 15, "a" * 17, "A" * 16, "g" * 16, None, 1, ["a" * 16]]
LISTS = [
    [], {}, "x", None, ["a.js"], [None], [{}], [{"name": "a.js"}], [{"sha256": m.DIGEST}],
    [ONE, ONE], [{**ONE, "name": "b.js"}, ONE], [{**ONE, "size": 1}], [{**ONE, "name": 1}],
    *([{**ONE, "name": name}]
      for name in ("", ".js", "-a.js", "a b", "a/b", "\u00e9.js", "a" * 101)),
    *([{**ONE, "sha256": value}] for value in DIGESTS),
]  # fmt: skip


def scripts_members():
    """`members` of the statement."""
    book = m.city(m.Ledger("The statement scripts: its members (section 4, rule members)."))
    good = acts.scripts(GOOD)
    book.ok("a release of three files", *ROOT, good)
    book.ok("of one file, its name as long as it may be", *ROOT,
            statement=acts.scripts({"Z" * 100: m.DIGEST}))  # fmt: skip
    book.ok("with something hidden beside it", *ROOT, good | HIDING)
    items = [f"urn:suyuan:scripts:{good['release']}"]

    def spoilt(why, change):
        book.spoil(why, *ROOT, items, good, change)

    for name in ("release", "files"):
        spoilt(f"no {name}", lambda s, k=name: s.pop(k))
        spoilt(f"{name} hidden, which may not be", lambda s, k=name: (s.pop(k), s.update(HIDING)))
    for name, values in (("release", RELEASES), ("files", LISTS)):
        for value in values:
            spoilt(f"{name} is {m.shown(value)}", lambda s, k=name, v=value: s.update({k: v}))
    spoilt("a further member", lambda s: s.update(note="x"))
    spoilt("an op", lambda s: s.update(op="issue"))
    return book.as_steps()


def scripts():
    """The release that files are, its subject, and who may say it."""
    book = m.city(m.Ledger("Scripts of a release (sections 4 and 5): what is signed in browsers."))
    good, other = acts.scripts(GOOD), acts.scripts(GOOD | {"keys.js": "aa" * 32})
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


FILES = {"scripts": scripts, "scripts-members": scripts_members}
