"""`suyuan upgrade`, `rebuild`, `reseal`: the operator's care for the store."""

from pathlib import Path

import click

from ..attachments import Attachments
from ..durable import make_private
from ..home import OTHERS, database_url, home_folder
from ..resealing import reseal
from ..store.database import Database
from ..store.schema_beside import SEALED
from .common import home_option, opened, plain, progress_bar, say

FAILS = 1


@click.command()
@home_option
def upgrade(*, home: Path | None) -> None:
    """Migrate the schema to this program's, and make anew what other rules had derived.

    Links and checkpoints are never touched. Of a ledger from before the first release all else that
    the entries give is made anew from them.
    """
    folder = home_folder(home)
    database = Database.at(folder, database_url())
    attachments = Attachments(folder / "attachments")
    try:
        with progress_bar("entries") as tell:
            revision = database.upgrade(attachments.get, tell)
    finally:
        database.close()
    click.echo(f"schema {revision}")
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


_BELIEVED = click.Choice(sorted(SEALED.keys() - {"session"}))


@click.command("reseal")
@click.option("--rotate", is_flag=True, help="Seal by a new secret; older ones still verify.")
@click.option("--forget", is_flag=True, help="Older secrets verify no more, once all is sealed.")
@click.option("--renew", is_flag=True, help="The secret is lost: begin with a new one.")
@click.option(
    "--believe", multiple=True, type=_BELIEVED, help="Seal the rows of this table as they are."
)
@click.option("--drop", multiple=True, type=_BELIEVED, help="Take its rows that fail away.")
@home_option
def reseal_command(
    *,
    home: Path | None,
    rotate: bool,
    forget: bool,
    renew: bool,
    believe: tuple[str, ...],
    drop: tuple[str, ...],
) -> int:
    """Seal the rows beside the ledger anew, and say which of them are believed.

    Rows whose seal fails stay as they are, and are not used, unless their table is named by
    --believe or --drop: look at them first. Sessions that fail are over. Exit code 1 where any
    row fails still. What is interrupted is done by running it again.
    """
    with opened(home) as ledger:
        done = reseal(
            ledger.database, rotate=rotate, forget=forget, renew=renew, believe=believe, drop=drop
        )
    for one in done.tables:
        click.echo(f"table {one.name}: believed {one.good}, failing {one.bad}")
    for problem in done.left:
        click.echo(plain(f"  FAILS  {problem.reason}"))
    return FAILS if done.left else 0


COMMANDS = (upgrade, rebuild, reseal_command)
