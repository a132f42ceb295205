"""What parties have chosen: settings beside the ledger, which no link knows."""

from collections.abc import Mapping

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader

OVERDRAW = "overdraw"
REFUSE = "refuse"
# By name: what may be chosen, the default first.
CHOICES: Mapping[str, tuple[str, ...]] = {OVERDRAW: ("allow", REFUSE)}


def chosen(reader: Reader, party: str, name: str) -> str:
    """What a party has chosen, or the default. KeyError for a name that is no choice."""
    query = select(t.choice).where(t.choice.c.party == party, t.choice.c.name == name)
    found = sealed_rows.believed(reader.connection, t.choice, query)
    return next((row.value for row in found if row.value in CHOICES[name]), CHOICES[name][0])


def choosers(reader: Reader, name: str, value: str) -> set[str]:
    """The parties that have chosen a value."""
    query = select(t.choice).where(t.choice.c.name == name, t.choice.c.value == value)
    return {row.party for row in sealed_rows.believed(reader.connection, t.choice, query)}


def choose(engine: Engine, party: str, name: str, value: str) -> None:
    """Keep a party's choice; the default is kept by keeping nothing.

    Raises ValueError for what is no choice, StoreError where the database cannot be written.
    """
    if value not in CHOICES.get(name, ()):
        raise ValueError(f"{name}={value} is no choice")
    here = (t.choice.c.party == party, t.choice.c.name == name)
    try:
        with writing(engine) as connection:
            sealed_rows.remove(connection, t.choice, here)
            if value != CHOICES[name][0]:
                row = {"party": party, "name": name, "value": value}
                sealed_rows.add(connection, t.choice, row)
    except SQLAlchemyError as error:
        said = str(error).splitlines()[0][:300]
        raise StoreError(f"the choice cannot be kept: {said}") from None
