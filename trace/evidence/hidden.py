"""Hidden fields in an evidence file: what its disclosures show, and what was erased."""

from collections.abc import Iterator, Mapping, Sequence

from ..link import Link
from ..private import pointers
from ..private.digests import body_of, committed, digest, read
from ..statements import is_newer
from .lineage import Links
from .verdict import Erased, Fault, Shown


def faults(disclosures: Sequence[str], links: Links) -> Iterator[Fault]:
    """The disclosures that no link of the file commits to."""
    hidden = {name for link in links.values() for name in committed(link)}
    for number, stored in enumerate(disclosures):
        if digest(stored) not in hidden:
            yield Fault("disclosure", f"no link of the file commits to disclosure {number}")


def shown(disclosures: Sequence[str], links: Links) -> Iterator[Shown]:
    """What disclosures show, in order of the links that commit to them."""
    by_digest = {digest(stored): stored for stored in disclosures}
    for index, link in sorted(links.items()):
        body = body_of(link)
        for name in committed(link):
            if name not in by_digest:
                continue
            field = read(by_digest[name])
            if field is None:
                yield Shown(index, name, None, None, False)
                continue
            made = pointers.put(body, field.pointer, field.value)
            body = body if made is None else made
            yield Shown(index, name, field.pointer, field.value, made is not None)


def erased(links: Mapping[int, Link], names: Mapping[str, str | None]) -> Iterator[Erased]:
    """What the erasures among these links take away, of links that are among them.

    `names` are what parties are called.
    """
    for by, link in sorted(links.items()):
        said = link.statement
        if said is None or is_newer(said) or said["type"] != "erasure":
            continue
        index = int(said["index"])
        found = links.get(index)
        if found is not None and found.hash == said["hash"]:
            count = len(set(said["digests"]) & set(committed(found)))
            name = names.get(link.actor)
            yield Erased(index, by, count, link.actor, name, link.signed_at)
