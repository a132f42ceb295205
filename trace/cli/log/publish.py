"""`suyuan publish`: the log as static files."""

import signal
import threading
from dataclasses import asdict

import click

from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.format.messages import message_of, msg, row
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.errors import StoreError
from suyuan.trace.watch.publishing.publish import Published, publish
from suyuan.trace.watch.publishing.storage import Storage, open_storage

from ..command import Run, argument, command, option
from ..terminal import progress_bar, say, show_json


@command("publish", json=True)
def publish_command(
    run: Run,
    target: str = argument(metavar="DIR|URL"),
    watch: float | None = option(
        type=click.FloatRange(min=0.1),
        metavar="SECONDS",
        help="Go on until ended, looking for news this often.",
    ),
) -> None:
    """Write the log as static files: checkpoint, tiles and entry bundles as /log/ serves them.

    To a folder, or to a bucket (s3://bucket/prefix, with AWS_ACCESS_KEY_ID and its like set). Only
    what is new is written. A target that holds another history is left as it is: exit code 1.
    """
    storage = open_storage(target)
    if watch is not None:
        published = _until_ended(run.ledger, storage, watch)
    else:
        with progress_bar(msg("publishing")) as tell:
            published = publish(run.ledger, storage, tell)
        _report(storage, published)
    if run.as_json:
        show_json(None if published is None else asdict(published))


def _report(storage: Storage, published: Published) -> None:
    say("%s is at %s records: %s files written", storage.shown, published.size, published.written)


def _until_ended(ledger: Ledger, storage: Storage, seconds: float) -> Published | None:
    """Publish until a signal, through CannotDecide and StoreError; the last report."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    published: Published | None = None
    while not ended.is_set():
        try:
            before, published = published, publish(ledger, storage)
            if published.written or before is None:
                _report(storage, published)
        except Tampered:
            raise
        except (CannotDecide, StoreError) as error:
            say(row("suyuan", message_of(error), gap=": "))
        ended.wait(seconds)
    return published
