"""The verifiable log: full hash tiles, checkpoints that met their quorum, witnesses and alarms.

Revision ID: 0002
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store.migrations.freezing import freeze
from suyuan.trace.store.standing import LAST_STANDING
from suyuan.trace.store.tiling import Tiling, tile_id

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the tiles of the links that are there."""
    op.create_table(
        "tile",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile")),
    )
    op.create_table(
        "cosigned",
        sa.Column("size", _ID, autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_cosigned")),
    )
    op.create_table(
        "witness",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_witness")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.Column("stops", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("resolved", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.add_column(
        "log_state", sa.Column("standing", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(f"UPDATE log_state SET standing = ({LAST_STANDING})")  # noqa: S608  our own text
    for table in ("tile", "cosigned"):
        freeze(table)
    _fill()


def _fill() -> None:
    """The tiles, from the hashes of the links; an audit says whether those are right."""
    bind = op.get_bind()
    tile = sa.table("tile", *(sa.column(name) for name in ("id", "root", "hashes")))
    tiling = Tiling()

    def below(level: int, first: int, count: int) -> list[bytes]:
        start = tile_id(level, first)
        within = sa.and_(tile.c.id >= start, tile.c.id < start + count)
        query = sa.select(tile.c.root).where(within).order_by(tile.c.id)
        return [bytes(root) for root in bind.execute(query).scalars()]

    for hashes in _tiles_of_leaves(bind):
        made = tiling.extend(hashes, below)
        bind.execute(
            sa.insert(tile),
            [{"id": tile_id(t.level, t.number), "root": t.root, "hashes": t.hashes} for t in made],
        )


def _tiles_of_leaves(bind: sa.Connection) -> Iterator[list[bytes]]:
    link = sa.table("link", sa.column("leaf"), sa.column("hash"))
    start = 0
    while True:
        query = sa.select(link.c.leaf, link.c.hash).where(link.c.leaf >= start)
        rows = bind.execute(query.order_by(link.c.leaf).limit(WIDTH)).all()
        if [row.leaf for row in rows] != list(range(start, start + WIDTH)):
            return
        yield [bytes(row.hash) for row in rows]
        start += WIDTH
