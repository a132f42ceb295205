"""`suyuan upgrade`, `rebuild`: the operator's care for the store."""

from pathlib import Path

import click

from ..durable import make_private
from ..home import OTHERS, database_url, home_folder
from ..store.database import Database
from .common import home_option, opened, progress_bar, say


@click.command()
@home_option
def upgrade(*, home: Path | None) -> None:
    """Migrate the schema to this program's, and make anew what other rules had derived.

    Links and checkpoints are never touched.
    """
    folder = home_folder(home)
    database = Database.at(folder, database_url())
    click.echo(f"schema {database.upgrade()}")
    database.close()
    if folder.stat().st_mode & OTHERS:
        make_private(folder)
        say(f"{folder} was open to other users of this machine: it is its owner's alone now")
    with opened(home) as ledger:
        for name in ledger.followers.outdated():
            with progress_bar(name) as tell:
                size = ledger.followers.rebuild(name, tell)
            click.echo(f"{name} made anew, as of {size} links")


@click.command()
@click.argument("name")
@home_option
def rebuild(*, name: str, home: Path | None) -> None:
    """Make a follower's projection anew from the links."""
    with opened(home) as ledger:
        followers = ledger.followers
        if name not in followers.names:
            raise click.UsageError(f"no projection {name!r}: one of {', '.join(followers.names)}")
        with progress_bar(name) as tell:
            size = followers.rebuild(name, tell)
        say(f"{name} is as of {size} links")


COMMANDS = (upgrade, rebuild)
