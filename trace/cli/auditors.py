"""`suyuan auditors`: who may read the entries of a ledger that keeps them private."""

from pathlib import Path

import click

from ..auditors import Auditors
from ..ledger import Ledger
from .common import home_option, opened, say


@click.group()
def auditors() -> None:
    """Who reads the entries of a ledger whose trust file says `entries: private`.

    Besides inspectors who are signed in. An auditor sets SUYUAN_LOG_TOKEN to the token.
    """


@auditors.command()
@click.argument("name")
@home_option
def add(*, name: str, home: Path | None) -> None:
    """Give an auditor, a witness say, a token; it is shown once."""
    with opened(home) as ledger:
        click.echo(_of(ledger).add(name))
        if ledger.trust.entries == "public":
            say("the entries of this ledger are public: nobody needs a token to read them")


@auditors.command("list")
@home_option
def list_(*, home: Path | None) -> None:
    """The auditors by name."""
    with opened(home) as ledger:
        for name in _of(ledger).names():
            click.echo(name)


@auditors.command()
@click.argument("name")
@home_option
def remove(*, name: str, home: Path | None) -> None:
    """Take an auditor's token away, from now on."""
    with opened(home) as ledger:
        _of(ledger).remove(name)
        click.echo(f"removed: {name}")


def _of(ledger: Ledger) -> Auditors:
    return Auditors(ledger.home, ledger.trust.origin)


COMMANDS = (auditors,)
