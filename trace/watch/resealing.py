"""Sealing the rows beside the ledger anew: by another secret, or after the secret was lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.store.beside.schema_beside import SEALED
from suyuan.trace.store.beside.sealed_rows import Broken, broken, reseal_table
from suyuan.trace.store.beside.seals import MISSING
from suyuan.trace.store.database import Database
from suyuan.trace.store.engine import writing

from .auditing import counts


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many rows of each table are believed, and how many were not; and what is wrong still."""

    tables: Mapping[str, tuple[int, int]]
    left: tuple[Broken, ...]


def reseal(
    database: Database,
    *,
    rotate: bool = False,
    forget: bool = False,
    renew: bool = False,
    believe: Collection[str] = (),
    drop: Collection[str] = (),
) -> Outcome:
    """Seal all rows that are believed by the newest secret, each table in one transaction.

    Of the tables in `believe` the rows whose seal fails are sealed as they are; of those in `drop`
    they are taken away, as failing sessions always are. Raises CannotDecide where the secret is
    not here and not to `renew`, LedgerError where it is here and was to be, or one is to be put
    first and the older ones forgotten at once.
    """
    seals = database.seals
    if both := sorted(set(believe) & set(drop)):
        raise LedgerError("believe or drop the rows of table %s, not both", both[0])
    if rotate and forget:
        raise LedgerError(
            "what is being written now is sealed by the older secret: forget it once that is over, "
            "by running again with --forget alone. Nothing was changed"
        )
    if renew and seals.is_here:
        raise LedgerError("the secret is here: --rotate puts another first. Nothing was changed")
    if not renew and not seals.is_here:
        raise CannotDecide(
            "%s: that takes --renew, and --believe TABLE for each table whose rows "
            "are to be believed as they are",
            MISSING,
        )
    if rotate or renew:
        seals.make()
    tables = {}
    for name, table in SEALED.items():
        with writing(database.engine) as connection:
            drops = name in drop or name == "session"
            tables[name] = reseal_table(connection, table, believe=name in believe, drop=drops)
    if {*believe, *drop} & set(counts.GROWING):
        counts.forget(database.home)
    if forget:
        seals.forget()
    with database.reading(patient=True) as reader:
        return Outcome(tables, tuple(broken(reader)))
