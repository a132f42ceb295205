"""The lists that the statements on a hold or a recall name, for whoever wants to read them."""

from dataclasses import dataclass

from sqlalchemy import select

from .. import scopes
from ..link import parse
from ..rules import Refused
from . import schema as t
from .read import Reader
from .scoping import Attachment, list_of
from .source import entry_payload


@dataclass(frozen=True, slots=True)
class Listed:
    """A statement that names a list: its leaf index, op and actor; what it says of the list."""

    index: int
    op: str
    actor: str
    count: int
    root: str
    list: str


def lists(reader: Reader, uri: str) -> list[Listed]:
    """The statements on the act under a URI that name a list, in the order of the log."""
    number = reader.subject_numbers({uri}).get(uri)
    if number is None:
        return []
    query = (
        select(t.link.c.leaf, t.link.c.entry)
        .join(t.link_item, t.link_item.c.leaf == t.link.c.leaf)
        .join(t.chain, t.chain.c.id == t.link_item.c.chain)
        .where(t.chain.c.subject == number)
        .order_by(t.link.c.leaf)
    )
    found = []
    for leaf, entry in reader.connection.execute(query):
        if entry_payload(entry).get("statement", {}).get("list") is None:
            continue
        try:
            link = parse(entry)
        except Refused:  # changed behind the ledger's back: the audit names it
            continue
        said = link.statement
        if said is None or not scopes.has_list(link):
            continue
        about = str(said["op"]), link.actor, int(said["count"]), str(said["root"])
        found.append(Listed(leaf, *about, str(said["list"])))
    return found


def content(reader: Reader, act: int, one: Listed, attachment: Attachment) -> bytes | None:
    """A list as its SHA-256 names it; None where neither the file nor the rows give it.

    `act` is the leaf index at which the act began.
    """
    said = {"op": one.op, "count": one.count, "root": one.root, "list": one.list}
    items = list_of(reader.connection, said, act, one.index, attachment)
    return None if items is None else scopes.render(items)
