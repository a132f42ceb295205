"""`suyuan recall acknowledge`, `report`: what a holder answers."""

import csv
from pathlib import Path

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.recall import orders
from suyuan.trace.recall.course import acknowledgement
from suyuan.trace.recall.orders import MAX_FILE, Fate

from ..command import ACT, Run, command, option
from ..files import require_size
from ..terminal import counted, say
from .acts import MAX_LIST, recorded, sign, the_act

_COLUMNS = ("item", "kind", "value", "unit")
Amount = tuple[str, str] | None


@command("acknowledge", signs=True, json=True)
def acknowledge(run: Run, act: str = ACT) -> None:
    """Say that a holder knows of the recall ACT. Said again it changes nothing."""
    actor, meant = run.pen.actor, the_act(run, act)
    with run.following() as reader:
        before = acknowledgement(reader, meant, actor)
        if before is not None:
            say(f"acknowledged already, at index {before.leaf}")
            run.answer({"act": meant.uri, "index": before.leaf}, [])
            return
        prepared = orders.acknowledge(reader, meant, actor)
    (receipt,) = sign(run, prepared)
    value = {"act": meant.uri, **receipt.to_dict()}
    run.answer(value, [], recorded([receipt], "acknowledged"))


def _amount(what: str) -> Amount:
    amount: Amount = option(metavar="VALUE UNIT", help=f"How much of ITEM {what}.")
    return amount


@command("report", signs=True, json=True)
def report(
    run: Run,
    act: str = ACT,
    item: str | None = option(
        help="The item that the amounts are of; may be left out of a recall of one."
    ),
    recovered: Amount = _amount("is kept back here, as 12.5 kg"),
    sold: Amount = _amount("was sold since the order, or ever"),
    destroyed: Amount = _amount("was destroyed"),
    remaining: Amount = _amount("is here and not kept back yet"),
    table: Path | None = option(
        help="Many amounts: a CSV file with the columns item, kind, value, unit."
    ),
    photos: tuple[Path, ...] = option(
        "--photo", help="A photograph (JPEG, PNG, WebP) or a PDF, open to all."
    ),
) -> None:
    """Say what became of a holder's part of the recall ACT.

    Each amount is the total so far and replaces what an earlier report says of its kind. What is
    destroyed or sold after it was reported as recovered is taken off that, unless the same report
    says anew how much is still kept back.
    """
    typed = {"recovered": recovered, "sold": sold, "destroyed": destroyed, "remaining": remaining}
    actor, meant = run.pen.actor, the_act(run, act)
    for path in photos:
        require_size(path, MAX_FILE)
    files = [path.read_bytes() for path in photos]
    fates = [] if table is None else _read(table)
    amounts = {kind: pair for kind, pair in typed.items() if pair is not None}
    if item is None and amounts:
        with run.reading() as reader:
            item = orders.only_item(reader, meant)
    fates += [Fate(item or "", kind, *pair) for kind, pair in amounts.items()]
    uris = {text: run.item(text) for text in {fate.item for fate in fates}}
    fates = [Fate(uris[fate.item], fate.kind, fate.value, fate.unit) for fate in fates]
    with run.following() as reader:
        prepared = orders.report(reader, meant, actor, fates, files)
    receipts = sign(run, prepared)
    done = f"reported, {counted(len(fates), 'amount')}, {counted(len(files), 'file')}"
    value = {"act": meant.uri, "links": [receipt.to_dict() for receipt in receipts]}
    run.answer(value, [], recorded(receipts, done))


def _read(path: Path) -> list[Fate]:
    require_size(path, MAX_LIST)
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LedgerError(f"{path} is no CSV file in UTF-8: {error}") from None
    fates = []
    for number, row in enumerate(rows, 2):
        values = [(row.get(name) or "").strip() for name in _COLUMNS]
        if not all(values):
            raise LedgerError(f"{path}, line {number}: item, kind, value and unit are needed")
        fates.append(Fate(*values))
    return fates
