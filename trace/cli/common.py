"""What commands share: options, the ledger, the signer, progress, output."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..errors import LedgerError
from ..home import base_url, home_folder, open_ledger, signer_from
from ..ledger import Ledger
from ..pen import Pen
from ..store.errors import StoreError
from ..times import zone

F = TypeVar("F", bound=Callable[..., Any])

_SHOWN_AFTER = 1.0
_UMASK = 0o022
_SMALL = 2 << 20


def home_option(command: F) -> F:
    """--home DIR."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="The ledger's folder [SUYUAN_HOME, default ./suyuan-data].",
    )(command)


def key_options(command: F) -> F:
    """--key FILE and --actor URI."""
    command = click.option(
        "--actor",
        help="The party whose record it is, where the key's party has its mandate.",
    )(command)
    return click.option(
        "--key",
        "key_file",
        type=click.Path(dir_okay=False),
        help="The encrypted key that signs [SUYUAN_KEY, SUYUAN_KEY_FILE]; in a demo demo:NAME.",
    )(command)


def json_option(command: F) -> F:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON document on standard output."
    )(command)


@contextmanager
def opened(home: Path | None) -> Iterator[Ledger]:
    """The ledger in a home, closed at the end."""
    ledger = open_ledger(home_folder(home))
    try:
        yield ledger
    finally:
        ledger.close()


def pen_for(
    ledger: Ledger, key_file: str | None, actor: str | None, *, or_gateway: bool = False
) -> Pen:
    """The pen of the signer that options and settings name."""
    signer = signer_from(key_file, or_gateway=or_gateway)(ledger.home)
    return ledger.pen(actor or ledger.actor_of(signer), signer)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, shown once something takes over a second."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    started = time.monotonic()
    task = bar.add_task(what, total=None)
    is_shown = False

    def tell(done: int, total: int) -> None:
        nonlocal is_shown
        if not is_shown and time.monotonic() - started > _SHOWN_AFTER and console.is_terminal:
            bar.start()
            is_shown = True
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        if is_shown:
            bar.stop()


@contextmanager
def staged(path: Path) -> Iterator[BinaryIO]:
    """A new file that is there, whole, once the block has ended well, and else is not.

    Opened before the block begins, so that what cannot be written fails before anything is
    signed. Raises LedgerError where `path` is there already: nothing is ever written over.
    """
    if path.exists():
        raise LedgerError(f"{path} is there already: give another name")
    try:
        descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        part.chmod(0o666 & ~_UMASK)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def follow(ledger: Ledger) -> None:
    """Bring the followers up, where this process may write."""
    try:
        ledger.followers.catch_up()
    except StoreError as error:
        say(f"what is derived from the links is not brought up: {error}")


def served_at(given: str | None, host: str) -> str:
    """Where pages are served, without a slash at the end: `given`, else as `base_url` says.

    What no network can have, a demo's host, is said to be so.
    """
    found = given.rstrip("/") if given else base_url(host)
    if (urlsplit(found).hostname or "").endswith(".invalid"):
        say(
            f"Nobody serves {found}: give the address that is served by --base-url or "
            "SUYUAN_BASE_URL, http://localhost:8000 say"
        )
    return found


def say(text: str) -> None:
    """For people, on standard error."""
    click.echo(text, err=True)


def plain(text: str) -> str:
    """A stranger's text as a terminal may have it: what would move its cursor, as escapes."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def head(path: Path) -> str:
    """The text of a small file from outside: its first 2 MiB, more than any note or receipt has."""
    with path.open("rb") as file:
        return file.read(_SMALL).decode("utf-8", errors="replace")


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def instant(text: str | None, default: datetime) -> datetime:
    """The moment that a person typed, in the ledger's zone unless it has a zone of its own."""
    if text is None:
        return default
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise LedgerError(f"{text!r} is no date and time: write 2026-11-24T08:30") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone())


def counted(count: int, noun: str) -> str:
    """A number of things in words: `1 item`, `12,000 items`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
