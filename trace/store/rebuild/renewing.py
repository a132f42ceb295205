"""What the entries give made anew in place, of a ledger whose schema is older than the first."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, insert
from sqlalchemy.schema import DropTable

from suyuan.trace.admission import scopes
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

from .. import schema as t
from ..append import scoping
from ..append.link_rows import write_changes
from ..append.source import StoreSource
from ..errors import StoreError
from ..projections.followers import Attachment
from ..read.log_reader import StoredCheckpoint
from ..read.reader import Reader

Progress = Callable[[int, int], None]
_BLOCK = 1_000
_DAMAGED = "restore a backup, or see what `suyuan audit` of the version before says"


def replay_in_place(connection: Connection, attachment: Attachment, tell: Progress) -> None:
    """Make anew all rows that the entries give, in tables as they are defined now.

    In the caller's transaction, which is all that anybody sees of it. Links, checkpoints, tiles
    and what stands beside the ledger stay as they are. Raises StoreError where the entries are not
    what was signed, or the list of an act is not here.
    """
    tables = [one for one in t.metadata.sorted_tables if one.info["by"] is not None]
    tables += [t.follower, t.log_state]
    for table in reversed(tables):
        connection.execute(DropTable(table, if_exists=True))
    for table in tables:
        table.create(connection)
    reader, source, edge = Reader(connection), StoreSource(), Edge()
    trust = reader.trust()
    source.connection = connection
    newest = reader.checkpoint()
    size = 0 if newest is None else newest.size
    for links in _blocks(reader):
        state = State(trust.genesis, source, edge.size)
        source.prefetch([link for _, link in links])
        for index, link in links:
            if state.apply(link) != index:
                raise StoreError(f"the link at index {edge.size} is missing: {_DAMAGED}")
            edge.append(bytes.fromhex(link.hash))
        write_changes(connection, links, state.take(), source, trust.host)
        lost = write_scopes(connection, reader, state, links, attachment)
        if lost:
            raise StoreError(f"{min(lost.values())}, the list of an act, is not in attachments")
        source.forget_heads()
        tell(edge.size, size)
    if newest is not None and _root(newest, trust) != edge.root():
        raise StoreError(f"the links are not those that were signed: {_DAMAGED}")
    row = {"id": 1, "size": edge.size, "root": edge.root(), "edge": edge.encode()}
    row |= {"committed": 0 if newest is None else newest.committed}
    connection.execute(insert(t.log_state), row | {"standing": reader.last_standing()})


def _root(checkpoint: StoredCheckpoint, trust: Trust) -> bytes:
    try:
        return open_checkpoint(checkpoint.note, trust.log).root
    except LogError as error:
        raise StoreError(f"the newest checkpoint: {error}: {_DAMAGED}") from None


def _blocks(reader: Reader) -> Iterator[list[tuple[int, Link]]]:
    links: list[tuple[int, Link]] = []
    for stored in reader.links():
        try:
            links.append((stored.index, parse(stored.entry)))
        except Refused as error:
            raise StoreError(f"the entry at index {stored.index}: {error}: {_DAMAGED}") from None
        if len(links) == _BLOCK:
            yield links
            links = []
    if links:
        yield links


def write_scopes(
    connection: Connection,
    live: Reader,
    state: State,
    accepted: Sequence[tuple[int, Link]],
    attachment: Attachment,
) -> dict[int, str]:
    """Write what the lists of acts say; of those that are nowhere the act's leaf and the digest."""
    lost: dict[int, str] = {}
    for index, _, statement in scopes.lists(accepted):
        act = state.act(str(statement["uri"]))
        assert act is not None
        items = scoping.list_of(live.connection, statement, act.leaf, index, attachment)
        if items is None:
            lost[act.leaf] = str(statement["list"])
        else:
            scoping.write(connection, str(statement["op"]), items, act.leaf, index)
    return lost
