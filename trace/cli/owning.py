"""`suyuan party owner`: whose a company prefix, a place or a product is."""

from pathlib import Path

import click

from .. import acts
from ..errors import LedgerError
from ..identifiers import parties
from ..ownership import LONGEST, SHORTEST
from ..statements import PREFIX_URN, is_owned
from .common import home_option, key_options, opened, plain
from .people import party, state


@party.command("owner")
@click.argument("what")
@click.argument("who", required=False)
@click.option("--dispute", help="Nobody's for now, for this reason.")
@click.option("--end", is_flag=True, help="Take back what was said of it.")
@key_options
@home_option
def party_owner(
    *,
    what: str,
    who: str | None,
    dispute: str | None,
    end: bool,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Say whose WHAT is: a company prefix of 7 to 12 digits, or the URI of a place or product.

    Only the authority does. With WHAT alone: whose it is by now.
    """
    uri = f"{PREFIX_URN}{what}" if what.isdigit() else what
    if not is_owned(uri):
        digits = f"{SHORTEST} to {LONGEST} digits"
        raise LedgerError(f"{what[:60]!r} is no company prefix of {digits} and no URI")
    if sum(map(bool, (who, dispute, end))) > 1:
        raise LedgerError("one of these: a party, --dispute, --end")
    with opened(home) as ledger:
        if who is not None:
            said = acts.assign(uri, parties.read(who, ledger.trust.host))
        elif dispute is not None:
            said = acts.dispute(uri, dispute)
        elif end:
            said = acts.disown(uri)
        else:
            with ledger.reading() as reader:
                found = reader.owner(uri)
            whose = "nothing is said of it" if found is None else found.party or "disputed"
            click.echo(plain(whose))
            return
        state(ledger, key_file, actor, said)


COMMANDS: tuple[click.Command, ...] = ()  # it belongs to `party`
