"""What all table definitions share."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Text

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


def seal() -> Column[bytes]:
    """The last column of a table beside the ledger: the seal over all others (store/seals.py)."""
    return Column("seal", LargeBinary)
