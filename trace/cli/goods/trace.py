"""`suyuan trace`: what an item was made from, what was made from it, and who has it now."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from suyuan.trace.exchange import tracing
from suyuan.trace.exchange.tracing import Query
from suyuan.trace.format.epcis import MEDIA_TYPE as EPCIS_TYPE
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Language, msg, msgs
from suyuan.trace.format.messages import row as line
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import drawing_texts as words
from suyuan.trace.lineage.drawing import lineage_json as plains
from suyuan.trace.lineage.drawing.lineage_view import Direction, View, rows
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, as_of, command, option
from ..files import staged
from ..terminal import Cell, Text, columns, json_text, language, say, show, show_json

_TYPES = {"svg": svg.MEDIA_TYPE, "epcis": EPCIS_TYPE, "json": "application/json"}
_COLUMNS = ("depth", "name", "code", "made by", "made", "used", "holders", "containers", "marks")


@command("trace", json=True)
def trace(
    run: Run,
    items: tuple[str, ...] = argument(required=True, metavar="ITEM..."),
    is_back: bool = option("--back", help="What it was made from."),
    is_forward: bool = option("--forward", help="What was made from it."),
    one_step: bool = option(help="One making each way and no further."),
    depth: int | None = option(
        type=click.IntRange(1, 1000), help="So many makings and no further."
    ),
    holdings: bool = option(help="Only who has how much of it and of all that was made from it."),
    kind: str = option(
        "--format",
        type=click.Choice(["table", "json", "epcis", "svg"]),
        default="table",
        help="epcis: a document of all events about the lineage; svg: a graph to read and print.",
    ),
    out: Path | None = option("-o", "--out", help="A new file [default: standard output]."),
) -> None:
    """The lineage of ITEM: what it was made from, what was made from it, who has it now.

    Both ways and all makings, unless said otherwise. Several items are traced together.
    """
    if run.as_json and kind == "table":
        kind = "json"
    if one_step and depth not in (None, 1):
        raise LedgerError("--one-step and --depth exclude each other")
    both = is_back == is_forward
    direction = Direction.BOTH if both else Direction.BACK if is_back else Direction.FORWARD
    query = Query(direction, 1 if one_step else depth)
    lang = language()
    answer = _holdings if holdings else _epcis if kind == "epcis" else _lineage
    with run.following(patient=True) as reader:
        uris = dict.fromkeys(
            find_one(reader, run.ledger.trust, run.home, text).item for text in items
        )
        note, text = answer(run, reader, list(uris), query, kind, lang)
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        data = text.encode()
        with staged(out) as file:
            file.write(data)
        if run.as_json:
            show_json({"file": str(out), "bytes": len(data), "type": _TYPES.get(kind)})
        else:
            show([msg("%s: %s bytes", out, f"{len(data):,}")])
    say(note)


def _lineage(
    run: Run, reader: Reader, items: Sequence[str], query: Query, kind: str, lang: Language
) -> tuple[Text, str]:
    """The note for standard error, and the lineage in a form."""
    view = tracing.view(reader, run.ledger.trust, items, query, run.now())
    note = words.as_of_words(view, lang)
    if kind == "svg":
        return note, svg.render(svg.draw(view, lang))
    if kind == "json":
        return note, json_text(plains.lineage(view))
    return note, "\n".join(columns(_lineage_rows(view, lang)))


def _epcis(
    run: Run, reader: Reader, items: Sequence[str], query: Query, _kind: str, _lang: Language
) -> tuple[Text, str]:
    graph = tracing.graph(reader, items, query)
    document = tracing.epcis(reader, graph, run.ledger.attachments.get, run.now())
    events = len(document["epcisBody"]["eventList"])
    count = msgs("%(num)d event", "%(num)d events", events)
    more = msg("not all of it: there is more") if graph.is_cut else None
    return line(count, as_of(graph.size), more, gap=", "), json_text(document)


def _holdings(
    run: Run, reader: Reader, items: Sequence[str], query: Query, kind: str, lang: Language
) -> tuple[Text, str]:
    if query.direction is Direction.BACK or query.steps is not None:
        raise LedgerError("--holdings is of all that was made from it: leave out --back, --depth")
    if kind not in ("table", "json"):
        raise LedgerError("--holdings has no --format %s: table or json", kind)
    held = tracing.holdings(reader, run.ledger.trust, items, run.now())
    view, size = held.view, held.view.graph.size
    note = words.as_of(size).text(lang)
    if kind == "json":
        return note, json_text(plains.holdings(items, size, held.stocks, view))
    titles = [words.COLUMNS[name].text(lang) for name in ("name", "code", "holders", "quantity")]
    rows = [
        [
            view.item_name(stock.item, lang),
            view.label_code(stock) or view.code(stock.item),
            view.holder(stock, lang),
            words.amount(stock.quantity).text(lang),
        ]
        for stock in held.stocks
    ]
    return note, "\n".join(columns([titles, *rows]))


def _lineage_rows(view: View, lang: Language) -> Iterator[list[Cell]]:
    yield [words.COLUMNS[name].text(lang) for name in _COLUMNS]
    for row in rows(view):
        yield [
            msg("asked for") if row.is_root else f"{row.depth:+d}",
            view.item_name(row.item, lang),
            view.code(row.item),
            list(words.steps_words(view, row, lang)),
            list(words.amounts_words(row.made, lang)),
            list(words.amounts_words(row.used, lang)),
            list(words.holders_words(view, row, lang)),
            list(words.stays_words(view, row, lang)),
            list(words.marks_words(view, row.item, lang)),
        ]
