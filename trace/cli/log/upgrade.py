"""`suyuan upgrade`, `rebuild`, `reseal`: the operator's care for the store."""

import click

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import msg, row
from suyuan.trace.ledger.home import database_url
from suyuan.trace.ledger.ledger import TRUST_FILE, read_trust
from suyuan.trace.store.beside.schema_beside import SEALED
from suyuan.trace.store.database import Database
from suyuan.trace.store.files.attachments import Attachments
from suyuan.trace.store.files.durable import OTHERS, make_private
from suyuan.trace.watch.resealing import reseal

from ..command import Run, argument, command, option
from ..terminal import FINDINGS, progress_bar, say, show


@command("upgrade")
def upgrade(run: Run) -> None:
    """Migrate the schema to this program's, and make anew what other rules had derived.

    Links and checkpoints are never touched. Of a ledger from before the first release all else that
    the entries give is made anew from them.
    """
    folder = run.home
    read_trust(folder / TRUST_FILE)  # a folder that is no home stays as it is
    database = Database.at(folder, database_url())
    attachments = Attachments(folder / "attachments")
    try:
        with progress_bar(msg("records")) as tell:
            revision = database.upgrade(attachments.get, tell)
    finally:
        database.close()
    show([msg("schema %s", revision)])
    if folder.stat().st_mode & OTHERS:
        make_private(folder)
        say("%s was open to other users of this machine: it is its owner's alone now", folder)
    followers = run.ledger.followers
    for name in followers.outdated():
        with progress_bar(name) as tell:
            size = followers.rebuild(name, tell)
        show([msg("%s made anew, as of %s records", name, size)])


@command("rebuild")
def rebuild(run: Run, name: str = argument()) -> None:
    """Make a follower's projection anew from the links."""
    followers = run.ledger.followers
    if name not in followers.names:
        raise LedgerError("no projection %s: one of %s", repr(name), followers.names)
    with progress_bar(name) as tell:
        size = followers.rebuild(name, tell)
    say("%s made anew, as of %s records", name, size)


_TABLE = click.Choice(sorted(SEALED.keys() - {"session"}))


@command("reseal")
def reseal_command(
    run: Run,
    rotate: bool = option(help="Seal by a new secret; older ones still verify."),
    forget: bool = option(help="Older secrets verify no more, once all is sealed."),
    renew: bool = option(help="The secret is lost: begin with a new one."),
    believe: tuple[str, ...] = option(type=_TABLE, help="Seal the rows of this table as they are."),
    drop: tuple[str, ...] = option(type=_TABLE, help="Take its rows that fail away."),
) -> int:
    """Seal the rows beside the ledger anew, and say which of them are believed.

    Rows whose seal fails stay as they are, and are not used, unless their table is named by
    --believe or --drop: look at them first. Sessions that fail are over. Exit code 1 where any
    row fails still. What is interrupted is done by running it again.
    """
    done = reseal(
        run.ledger.database, rotate=rotate, forget=forget, renew=renew, believe=believe, drop=drop
    )
    for name, (good, bad) in done.tables.items():
        show([msg("table %s: believed %s, failing %s", name, good, bad)])
    show(row(" ", msg("FAILS"), problem.reason) for problem in done.left)
    return FINDINGS if done.left else 0
