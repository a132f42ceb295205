"""Choosing disclosures: by the name or pointer of the field that they show."""

from collections.abc import Iterable, Iterator, Sequence

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Disclosed
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

ALL = "all"


def matches(found: Disclosed, name: str) -> bool:
    """Whether a name means this disclosure: `all`, its field's pointer or name, or its digest."""
    if name in (ALL, found.digest):
        return True
    if found.field is None:
        return False
    last = found.field.pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    return name in (found.field.pointer, last, last.removeprefix("suyuan:"))


def chosen(found: Iterable[Disclosed], names: Sequence[str]) -> list[Disclosed]:
    """Those that these names mean; LedgerError for a name that means none that is here."""
    there = [one for one in found if one.stored is not None]
    for name in names:
        if name != ALL and not any(matches(one, name) for one in there):
            fields = ", ".join(one.field.pointer for one in there if one.field is not None)
            raise LedgerError(
                "no disclosure of %s is kept here for these records; there are: %s",
                name[:80],
                fields or "none",
            )
    return [one for one in there if any(matches(one, name) for name in names)]


def of_entries(ledger: Ledger, reader: Reader, entries: Iterable[bytes]) -> Iterator[Disclosed]:
    """What is kept of the hidden fields of some links, by their bytes."""
    for entry in entries:
        yield from ledger.disclosures.of_link(reader, parse(entry))


def link_at(reader: Reader, index: int) -> Link:
    """The link at an index; LedgerError where there is none, or none that can be read."""
    stored = reader.link(index)
    if stored is None:
        raise LedgerError("this ledger has no link at index %s", index)
    try:
        return parse(stored.entry)
    except Refused as refused:
        raise LedgerError("the link at index %s cannot be read: %s", index, refused.why) from None
