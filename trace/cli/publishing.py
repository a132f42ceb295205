"""`suyuan publish`: the log as static files."""

import signal
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click

from ..errors import CannotDecide, Tampered
from ..ledger import Ledger
from ..publish import Published, publish
from ..storage import Storage, open_storage
from ..store.errors import StoreError
from .common import home_option, json_option, opened, progress_bar, say, show_json


@click.command("publish")
@click.argument("target", metavar="DIR|URL")
@click.option(
    "--watch",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Go on until ended, looking for news this often.",
)
@home_option
@json_option
def publish_command(*, target: str, watch: float | None, home: Path | None, as_json: bool) -> None:
    """Write the log as static files: checkpoint, tiles and entry bundles as /log/ serves them.

    To a folder, or to a bucket (s3://bucket/prefix, with AWS_ACCESS_KEY_ID and its like set). Only
    what is new is written. A target that holds another history is left as it is: exit code 1.
    """
    storage = open_storage(target)
    with opened(home) as ledger:
        found = _once(ledger, storage) if watch is None else _until_ended(ledger, storage, watch)
    if as_json:
        show_json(None if found is None else asdict(found))


def _once(ledger: Ledger, storage: Storage) -> Published:
    with progress_bar("publish") as tell:
        found = publish(ledger, storage, tell)
    say(f"{storage.shown} is at {found.size} links: {found.written} files written")
    return found


def _until_ended(ledger: Ledger, storage: Storage, seconds: float) -> Published | None:
    """Publish again and again; what cannot be decided now may be later, tampering ends it."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    found: Published | None = None
    while not ended.is_set():
        try:
            before = found
            found = publish(ledger, storage)
            if found.written or before is None:
                say(f"{storage.shown} is at {found.size} links: {found.written} files written")
        except Tampered:
            raise
        except (CannotDecide, StoreError) as error:
            say(f"suyuan: {error}")
        ended.wait(seconds)
    return found


COMMANDS = (publish_command,)
