"""`suyuan trace`: what an item was made from, what was made from it, and who has it now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import orjson
from rich.cells import cell_len

from .. import tracing
from ..epcis.document import MEDIA_TYPE as EPCIS_TYPE
from ..errors import LedgerError
from ..ledger import Ledger
from ..lineage import plain as plains
from ..lineage import rows as lines
from ..lineage import svg, words
from ..lineage.view import Direction, View
from ..messages import Language, msg
from ..resolve import resolve
from ..store.read import Reader
from ..tracing import Asked
from .common import follow, home_option, json_option, opened, plain, say, show_json, staged

_TYPES = {"svg": svg.MEDIA_TYPE, "epcis": EPCIS_TYPE, "json": "application/json"}
_COLUMNS = ("depth", "name", "code", "made by", "made", "used", "holders", "containers", "marks")


@click.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--back", "is_back", is_flag=True, help="What it was made from.")
@click.option("--forward", "is_forward", is_flag=True, help="What was made from it.")
@click.option("--one-step", is_flag=True, help="One making each way and no further.")
@click.option("--depth", type=click.IntRange(1, 1000), help="So many makings and no further.")
@click.option(
    "--holdings", is_flag=True,
    help="Only who has how much of it and of all that was made from it.",
)  # fmt: skip
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "json", "epcis", "svg"]),
    default="table",
    show_default=True,
    help="epcis: a document of all events about the lineage; svg: a graph to read and print.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="A new file [default: standard output].",
)  # fmt: skip
@click.option("--lang", type=click.Choice(get_args(Language)), default="en", show_default=True,
              help="The language of tables and graphs.")  # fmt: skip
@json_option
@home_option
def trace(
    *,
    items: Sequence[str],
    is_back: bool,
    is_forward: bool,
    one_step: bool,
    depth: int | None,
    holdings: bool,
    kind: str,
    out: Path | None,
    lang: Language,
    as_json: bool,
    home: Path | None,
) -> int:
    """The lineage of ITEM: what it was made from, what was made from it, who has it now.

    Both ways and all makings, unless said otherwise. Several items are traced together.
    """
    if as_json and kind == "table":
        kind = "json"
    if one_step and depth not in (None, 1):
        raise LedgerError("--one-step and --depth exclude each other")
    asked = Asked(_direction(is_back=is_back, is_forward=is_forward), 1 if one_step else depth)
    with opened(home) as ledger:
        follow(ledger)
        with ledger.reading(patient=True) as reader:
            wanted = [resolve(reader, ledger.trust, text).item for text in items]
            one = _Question(ledger, reader, list(dict.fromkeys(wanted)), asked, kind, lang)
            said, text = one.holdings() if holdings else one.lineage()
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        data = text.encode()
        with staged(out) as file:
            file.write(data)
        if as_json:
            show_json({"file": str(out), "bytes": len(data), "type": _TYPES.get(kind)})
        else:
            click.echo(f"{out}: {len(data):,} bytes")
    say(plain(said))
    return 0


def _direction(*, is_back: bool, is_forward: bool) -> Direction:
    if is_back == is_forward:
        return Direction.BOTH
    return Direction.BACK if is_back else Direction.FORWARD


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked; its answers are what goes to standard error, and the answer itself."""

    ledger: Ledger
    reader: Reader
    items: Sequence[str]
    asked: Asked
    kind: str
    lang: Language

    def lineage(self) -> tuple[str, str]:
        """In the form that was asked for."""
        if self.kind == "epcis":
            return self._epcis()
        made = self.ledger.now()
        view = tracing.view(self.reader, self.ledger.trust, self.items, self.asked, made)
        said = lines.as_of_words(view, self.lang)
        if self.kind == "svg":
            return said, svg.render(svg.draw(view, self.lang))
        if self.kind == "json":
            return said, _json(plains.lineage(view))
        return said, _table(_lineage_rows(view, self.lang))

    def _epcis(self) -> tuple[str, str]:
        graph = tracing.graph(self.reader, self.items, self.asked)
        attachments = self.ledger.attachments
        found = tracing.epcis(self.reader, graph, attachments.get, self.ledger.now())
        events = len(found["epcisBody"]["eventList"])
        whole = "; not all of it: there is more" if graph.is_cut else ""
        return f"{events:,} events, as of {graph.size} links{whole}", _json(found)

    def holdings(self) -> tuple[str, str]:
        """Who has how much."""
        if self.asked.direction is Direction.BACK or self.asked.steps is not None:
            raise LedgerError(
                "--holdings is of all that was made from it: leave out --back, --depth"
            )
        if self.kind not in ("table", "json"):
            raise LedgerError(f"--holdings has no --format {self.kind}: table or json")
        made = self.ledger.now()
        found = tracing.holdings(self.reader, self.ledger.trust, self.items, made)
        view, size = found.view, found.view.graph.size
        said = words.as_of(size).text(self.lang)
        if self.kind == "json":
            return said, _json(plains.holdings(self.items, size, found.stocks, view))
        titles = ("name", "code", "holders", "quantity")
        cells = [[[words.COLUMNS[name].text(self.lang)] for name in titles]]
        cells += [
            [
                [view.item_name(one.item, self.lang)],
                [view.code(one.item)],
                [view.holder(one, self.lang)],
                [words.amount(one.quantity).text(self.lang)],
            ]
            for one in found.stocks
        ]
        return said, _table(cells)


def _lineage_rows(view: View, lang: Language) -> Iterator[list[list[str]]]:
    yield [[words.COLUMNS[name].text(lang)] for name in _COLUMNS]
    for row in lines.rows(view):
        yield [
            [msg("asked for").text(lang) if row.is_root else f"{row.depth:+d}"],
            [view.item_name(row.item, lang)],
            [view.code(row.item)],
            list(lines.steps_words(view, row, lang)),
            list(lines.amounts_words(row.made, lang)),
            list(lines.amounts_words(row.used, lang)),
            list(lines.holders_words(view, row, lang)),
            list(lines.stays_words(view, row, lang)),
            list(lines.marks_words(view, row.item, lang)),
        ]


def _table(rows: Iterable[Sequence[Sequence[str]]]) -> str:
    """Columns one beside the other, whatever width their letters have; empty ones are left out.

    A cell may have several lines; nothing is cut.
    """
    cells = [[[plain(line) for line in cell] for cell in row] for row in rows]
    used = [at for at in range(len(cells[0])) if any(any(row[at]) for row in cells[1:])]
    widths = [max(cell_len(line) for row in cells for line in row[at] or [""]) for at in used]
    return "\n".join(
        "  ".join(
            _padded(row[at][line] if line < len(row[at]) else "", wide)
            for at, wide in zip(used, widths, strict=True)
        ).rstrip()
        for row in cells
        for line in range(max(len(row[at]) for at in used))
    )


def _padded(text: str, wide: int) -> str:
    return text + " " * max(0, wide - cell_len(text))


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


COMMANDS = (trace,)
