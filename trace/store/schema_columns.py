"""What the table definitions share: metadata, columns, and whose rows a table has."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# URIs and codes compare as bytes: SQLite's default, PostgreSQL's "C".
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")
Id = BigInteger().with_variant(Integer, "sqlite")
APPEND = "append"  # the projection that the append transaction itself writes


def own_id(name: str) -> Column[int]:
    """A table's own key, which the database does not draw."""
    return Column(name, Id, primary_key=True, autoincrement=False)


def numbered(name: str, *, primary_key: bool = False, of: str = "subject") -> Column[int]:
    """The number of a subject or a chain, without the foreign key that each link would pay for."""
    return Column(
        name, Id, primary_key=primary_key, nullable=False, autoincrement=False, info={"of": of}
    )


def subject_id(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """The number of a subject that has to be there."""
    return Column(
        name,
        Id,
        ForeignKey("subject.id"),
        primary_key=primary_key,
        nullable=nullable,
        autoincrement=False,
        info={"of": "subject"},
    )


def seal() -> Column[bytes]:
    """The last column of a table beside the ledger: the seal over all others (seals.py)."""
    return Column("seal", LargeBinary)


def amount() -> tuple[Column[int], Column[str]]:
    """The two columns of a quantity: 10⁻⁶ of its unit, and the unit."""
    return Column("quantity", BigInteger), Column("unit", String(2))


ALL = ""  # categories, together
LEVELS = (0, 2, 4, 6, 9, 12)  # the digits that name a division, from the whole ledger down
MEASURES = (
    "lots", "products", "sourced", "supplied", "handed", "answered", "reached", "through",
)  # fmt: skip


def counts() -> list[Column[int]]:
    """What lots are counted by: how many, of how many products, and how far they are traced."""
    return [Column(name, BigInteger, nullable=False) for name in MEASURES]


def table(
    name: str,
    *parts: SchemaItem,
    by: str | None = None,
    key: tuple[str, ...] = (),
    rowid: bool = True,
    counted: bool = False,
) -> Table:
    """A table of the store.

    `by` is the projection that its rows belong to, if the links give them: APPEND or a follower's
    name. `key` are the columns that tell rows of a projection apart where the primary key is a
    number of this store's own. Of a sealed one that is `counted`, a row that is gone is missed.
    """
    info = {"by": by, "key": key, "counted": counted}
    return Table(name, metadata, *parts, info=info, sqlite_with_rowid=rowid)


def of_projection(name: str) -> tuple[Table, ...]:
    """The tables of a projection, in the order of their definition."""
    return tuple(t for t in metadata.tables.values() if t.info["by"] == name)
