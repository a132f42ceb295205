"""`suyuan labels`: serials issued by a signed statement, then the file to print."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

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
from ..members import Object
from ..pen import Draft
from .common import follow, home_option, key_options, opened, pen_for, say, staged
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
    with opened(home) as ledger, staged(output) as file:
        pen = pen_for(ledger, key_file, actor, or_gateway=True)
        uri = find_item(ledger, item)
        name, lines = _product(ledger, uri, pen.actor)
        code = codes.of_chain(uri, pen.actor)
        with ledger.reading() as reader:
            owner = reader.code(code)
        if owner != (uri, pen.actor):
            raise LedgerError(
                f"trace code {codes.shown(code)} of this chain names {owner and owner[0]} already: "
                "a label with it would open another page. Record the goods under a lot of your own"
            )
        issued = serials.new(count)
        address = base or base_url(ledger.trust.host)
        found = [label(address, code, serial, name, lines) for serial in issued]
        drawn = (
            render_sheet_svg(found, columns=columns).encode()
            if kind == ".svg"
            else render_sheet_png(found, columns=columns)
        )
        file.write(drawn)
        serials.keep(ledger.home, issued)
        (receipt,) = ledger.write(pen, [Draft(statement=acts.labels(issued), items=(uri,))])
        follow(ledger)
        for one in found:
            click.echo(one.url)
        say(f"{count} labels issued at index {receipt.index}, written to {output}")


def _product(ledger: Ledger, item: str, actor: str) -> tuple[str, tuple[str, ...]]:
    """What the item is called on a label, as coded, else its code; and what else was coded."""
    with ledger.reading() as reader:
        if (item, actor) not in {(head.item, head.actor) for head in reader.chains(item)}:
            raise LedgerError(f"{actor} has recorded nothing of {item}: it issues no labels for it")
        found = history.path(reader, ledger.trust.genesis, item, actor)
    for checked in found.about(item):
        ilmd = (checked.link.event or {}).get("ilmd") if checked.link is not None else None
        name = ilmd.get("suyuan:product") if isinstance(ilmd, dict) else None
        if isinstance(ilmd, dict) and isinstance(name, str) and name:
            return name, tuple(_lines(item, ilmd))
    return codes.shown(codes.of_uri(item, ledger.trust.host)), ()


def _lines(item: str, ilmd: Object) -> Iterator[str]:
    lot = ilmd.get("suyuan:lot") or (unquote(item.rsplit("/", 1)[1]) if "/10/" in item else None)
    for heading, value, unit in (
        ("批号", lot, ""),
        ("生产日期", ilmd.get("suyuan:productionDate"), ""),
        ("保质期", ilmd.get("suyuan:shelfLifeDays"), " 天"),
    ):
        if isinstance(value, str | int):
            yield f"{heading} {value}{unit}"


COMMANDS = (labels,)
