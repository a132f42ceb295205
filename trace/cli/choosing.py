"""`suyuan party refuse-overdrawing`: what a party has chosen about its own records."""

from pathlib import Path

import click

from ..errors import LedgerError
from ..identifiers import parties
from ..store.preferences import CHOICES, OVERDRAW, REFUSE, choose
from .common import home_option, opened, say
from .people import party

_VALUES = {"on": REFUSE, "off": CHOICES[OVERDRAW][0]}


@party.command("refuse-overdrawing")
@click.argument("who")
@click.argument("switch", metavar="on|off", type=click.Choice(sorted(_VALUES)))
@home_option
def refuse_overdrawing(*, who: str, switch: str, home: Path | None) -> None:
    """Whether WHO's own records are refused where they take more of a lot than WHO has.

    Kept beside the ledger: what others have received is never blocked, and no history changes.
    """
    with opened(home) as ledger:
        uri = parties.read(who, ledger.trust.host)
        with ledger.reading() as reader:
            if reader.party(uri) is None:
                raise LedgerError(f"{uri} is not admitted to this ledger")
        choose(ledger.database.engine, uri, OVERDRAW, _VALUES[switch])
        say(f"{uri}: what overdraws its lots is {'refused' if switch == 'on' else 'kept'}")


COMMANDS = ()
