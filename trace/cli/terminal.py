"""Output of commands: lines and columns for people, one JSON document for programs.

What is for people is a message, or a text that no language changes; it is translated here, into
the one language that `language` gives. What is for programs is never translated.
"""

import gettext
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from suyuan.trace.format.messages import (
    FOLDER,
    LOCALE,
    Language,
    Message,
    as_message,
    message_of,
    msg,
)
from suyuan.trace.format.times import from_micros, zone

if TYPE_CHECKING:
    from rich.progress import Progress

# Exit codes: done, evidence of tampering or a finding, bad input, could not decide.
DONE, FINDINGS, USAGE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
_SHOWN_AFTER = 1.0
UNREADABLE = msg("at a time that cannot be read")
_CHOSEN, _ITS_OWN = "SUYUAN_LANG", "LANGUAGE"  # the second is what gettext itself goes by

Text = str | Message
Cell = Text | Sequence[Text]


def language() -> Language:
    """The language for people: of --lang or SUYUAN_LANG, else of the locale, else English."""
    names = (_CHOSEN, "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[name] for name in names if os.environ.get(name)), "en")
    return "zh" if chosen.lower().startswith("zh") else "en"


def speak(chosen: str | None = None) -> None:
    """Say all from now on in this language, or in that of the environment; click's words too."""
    if chosen is not None:
        os.environ[_CHOSEN] = chosen
    gettext.bindtextdomain("messages", FOLDER)
    os.environ[_ITS_OWN] = LOCALE if language() == "zh" else "en"


@contextmanager
def speaking() -> Iterator[None]:
    """The environment's language, whatever the block chooses: it is as before when that ends."""
    before = {name: os.environ.get(name) for name in (_CHOSEN, _ITS_OWN)}
    speak()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def words(text: Text) -> str:
    """A message in the terminal's language, a text as it is; both as `plain` has them."""
    return plain(text if isinstance(text, str) else text.text(language()))


def say(text: Text, *places: object) -> None:
    """For people, on standard error: a message, or its text with a `%s` for each of its places."""
    lines = message_of(text, *places).text(language()).split("\n")
    click.echo("\n".join(map(plain, lines)), err=True)


def plain(text: str) -> str:
    """A text with escapes for all that a terminal would not print, such as cursor moves."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def show(lines: Iterable[Text]) -> None:
    """Lines on standard output, each as `words` has it."""
    for line in lines:
        click.echo(words(line))


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """A JSON document as people can read it too."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def columns(rows: Iterable[Sequence[Cell]], *, with_empty: bool = False) -> Iterator[str]:
    """A table's lines, its columns side by side whatever width their letters have.

    The first row is the heading; columns that have nothing but it are left out, unless
    `with_empty`. A cell may have several lines; nothing is cut.
    """
    from rich.cells import cell_len

    cells = [
        [[words(line) for line in ([cell] if isinstance(cell, Text) else cell)] for cell in row]
        for row in rows
    ]
    used = [
        at for at in range(len(cells[0])) if with_empty or any(any(row[at]) for row in cells[1:])
    ]
    widths = [max(cell_len(line) for row in cells for line in row[at] or [""]) for at in used]
    for row in cells:
        for number in range(max(len(row[at]) for at in used)):
            texts = [row[at][number] if number < len(row[at]) else "" for at in used]
            padded = (t + " " * (w - cell_len(t)) for t, w in zip(texts, widths, strict=True))
            yield "  ".join(padded).rstrip()


def moment(micros: int | None) -> str | None:
    """An instant of the store for programs: UTC, to the second."""
    if micros is None:
        return None
    try:
        return f"{from_micros(micros):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, TypeError):
        return str(UNREADABLE)


def local_time(instant: datetime | int) -> Message:
    """An instant, of the store too, as people read it: in the ledger's zone, to the minute."""
    try:
        moment = from_micros(instant) if isinstance(instant, int) else instant
        return as_message(f"{moment.astimezone(zone()):%Y-%m-%d %H:%M}")
    except (OverflowError, TypeError):
        return UNREADABLE


def qr_code(url: str) -> str:
    """A QR code in half blocks, dark on light whatever the terminal's colours."""
    from qrcode import QRCode

    symbol = QRCode(border=2)
    symbol.add_data(url)
    symbol.make()
    out = io.StringIO()
    symbol.print_ascii(out=out, invert=True)
    return out.getvalue()


@contextmanager
def progress_bar(title: Text) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, shown once something takes over a second."""
    started = time.monotonic()
    bar: Progress | None = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - started > _SHOWN_AFTER and sys.stderr.isatty():
            bar = _bar(words(title))
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done, total=total)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.stop()


def _bar(title: str) -> "Progress":
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task(title, total=None)
    bar.start()
    return bar
