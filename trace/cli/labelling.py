"""`suyuan labels`: serials issued by a signed statement, then the file to print."""

from pathlib import Path

import click

from .. import acts, history
from ..errors import LedgerError
from ..home import base_url
from ..identifiers import codes
from ..labels import serials
from ..labels.label import label
from ..labels.png import render_sheet_png
from ..labels.svg import render_sheet_svg
from ..ledger import Ledger
from ..pen import Draft
from .common import home_option, key_options, opened, pen_for, say
from .recording import find_item

_MOST = 1_000


@click.command()
@click.argument("item")
@click.option("--count", type=click.IntRange(1, _MOST), default=1, show_default=True)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="FILE.svg or FILE.png.",
)  # fmt: skip
@click.option("--base-url", "base", help="Where pages are served [SUYUAN_BASE_URL].")
@click.option("--columns", type=click.IntRange(1, 10), default=3, show_default=True)
@key_options
@home_option
def labels(
    *,
    item: str,
    count: int,
    output: Path,
    base: str | None,
    columns: int,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Labels for ITEM with QR codes that open its page, each with a serial of its own."""
    kind = output.suffix.lower()
    if kind not in (".svg", ".png"):
        raise LedgerError(f"{output}: labels are written as .svg or .png")
    if output.exists():
        raise LedgerError(f"{output} is there already: give another name, labels are issued once")
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        uri = find_item(ledger, item)
        name = _product(ledger, uri, pen.actor)
        code = codes.of_chain(uri, pen.actor)
        issued = serials.new(count)
        address = base or base_url(ledger.trust.host)
        found = [label(address, code, serial, name) for serial in issued]
        drawn = (
            render_sheet_svg(found, columns=columns).encode()
            if kind == ".svg"
            else render_sheet_png(found, columns=columns)
        )
        serials.keep(ledger.home, issued)
        (receipt,) = ledger.write(pen, [Draft(statement=acts.labels(issued), items=(uri,))])
        ledger.followers.catch_up()
        output.write_bytes(drawn)
        for one in found:
            click.echo(one.url)
        say(f"{count} labels issued at index {receipt.index}, written to {output}")


def _product(ledger: Ledger, item: str, actor: str) -> str:
    """What the item is called on a label: as coded, else its code."""
    with ledger.reading() as reader:
        if (item, actor) not in {(head.item, head.actor) for head in reader.chains(item)}:
            raise LedgerError(f"{actor} has recorded nothing of {item}: it issues no labels for it")
        found = history.path(reader, ledger.trust.genesis, item, actor)
    for checked in found.about(item):
        ilmd = (checked.link.event or {}).get("ilmd") if checked.link is not None else None
        name = ilmd.get("suyuan:product") if isinstance(ilmd, dict) else None
        if isinstance(name, str) and name:
            return name
    return codes.shown(codes.of_uri(item, ledger.trust.host))


COMMANDS = (labels,)
