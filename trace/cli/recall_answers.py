"""`suyuan recall acknowledge`, `report`: what a holder answers."""

import csv
from pathlib import Path

import click

from ..errors import LedgerError
from ..recall import orders
from ..recall.course import acknowledgement
from ..recall.orders import MAX_FILE, Fate
from ..statements import FATES
from .acting import MAX_LIST, sign, the_act, told
from .common import (
    counted,
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    say,
    show_json,
)
from .recording import find_item

_COLUMNS = ("item", "kind", "value", "unit")


@click.command()
@click.argument("act")
@key_options
@json_option
@home_option
def acknowledge(
    *, act: str, key_file: str | None, actor: str | None, as_json: bool, home: Path | None
) -> None:
    """Say that a holder knows of the recall ACT. Said again it changes nothing."""
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "recall")
        follow(ledger)
        with ledger.reading() as reader:
            before = acknowledgement(reader, found, pen.actor)
            prepared = None if before is not None else orders.acknowledge(reader, found, pen.actor)
        if before is not None:
            say(f"acknowledged already, at index {before.leaf}")
            if as_json:
                show_json({"act": found.uri, "index": before.leaf})
            return
        assert prepared is not None
        (receipt,) = sign(ledger, pen, prepared)
        if as_json:
            show_json({"act": found.uri, **receipt.to_dict()})
        else:
            told([receipt], "acknowledged")


def _amount_options(command: click.decorators.FC) -> click.decorators.FC:
    for kind in reversed(FATES):
        command = click.option(
            f"--{kind}", nargs=2, metavar="VALUE UNIT", help=f"How much of ITEM {_HELP[kind]}."
        )(command)
    return command


_HELP = {
    "recovered": "is kept back here, as 12.5 kg",
    "sold": "was sold since the order, or ever",
    "destroyed": "was destroyed",
    "remaining": "is here and not kept back yet",
}


@click.command()
@click.argument("act")
@click.option(
    "--item", help="The item that the amounts are of; may be left out of a recall of one."
)
@_amount_options
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Many amounts: a CSV file with the columns item, kind, value, unit.",
)
@click.option(
    "--photo",
    "photos",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A photograph (JPEG, PNG, WebP) or a PDF, open to all.",
)
@key_options
@json_option
@home_option
def report(
    *,
    act: str,
    item: str | None,
    recovered: tuple[str, str] | None,
    sold: tuple[str, str] | None,
    destroyed: tuple[str, str] | None,
    remaining: tuple[str, str] | None,
    table: Path | None,
    photos: tuple[Path, ...],
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Say what became of a holder's part of the recall ACT.

    Each amount is the total so far and replaces what an earlier report says of its kind. What is
    destroyed or sold after it was reported as recovered is taken off that, unless the same report
    says anew how much is still kept back.
    """
    given = {"recovered": recovered, "sold": sold, "destroyed": destroyed, "remaining": remaining}
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "recall")
        files = [_file(path) for path in photos]
        fates = [] if table is None else _read(table)
        amounts = {kind: pair for kind, pair in given.items() if pair is not None}
        if item is None and amounts:
            with ledger.reading() as reader:
                item = orders.only_item(reader, found)
        fates += [Fate(item or "", kind, *pair) for kind, pair in amounts.items()]
        named = {text: find_item(ledger, text) for text in {fate.item for fate in fates}}
        fates = [Fate(named[f.item], f.kind, f.value, f.unit) for f in fates]
        follow(ledger)
        with ledger.reading() as reader:
            prepared = orders.report(reader, found, pen.actor, fates, files)
        receipts = sign(ledger, pen, prepared)
        if as_json:
            show_json({"act": found.uri, "links": [receipt.to_dict() for receipt in receipts]})
        else:
            told(
                receipts,
                f"reported, {counted(len(fates), 'amount')}, {counted(len(files), 'file')}",
            )


def _file(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE:
        raise LedgerError(f"{path} has over {MAX_FILE >> 20} MiB")
    return path.read_bytes()


def _read(path: Path) -> list[Fate]:
    if path.stat().st_size > MAX_LIST:
        raise LedgerError(f"{path} has over {MAX_LIST >> 20} MiB")
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LedgerError(f"{path} is no CSV file in UTF-8: {error}") from None
    found = []
    for number, row in enumerate(rows, 2):
        values = [(row.get(name) or "").strip() for name in _COLUMNS]
        if not all(values):
            raise LedgerError(f"{path}, line {number}: item, kind, value and unit are needed")
        found.append(Fate(*values))
    return found
