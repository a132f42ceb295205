"""`suyuan labels`: serials issued by a signed statement, then the file to print."""

from collections.abc import Sequence
from pathlib import Path

import click

from .. import acts
from ..errors import LedgerError
from ..identifiers import codes
from ..labels import of_item, serials
from ..labels.issued import again
from ..labels.sizes import SIZES, find
from ..labels.writing import KINDS, Options, render
from ..ledger import Ledger
from ..messages import LANGUAGES, TAGS, Language
from ..pen import Draft, Pen
from ..recall.course import act_code
from .common import (
    counted,
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    served_at,
    show_json,
    staged,
)
from .recording import find_item

_MOST = 10_000


class _Labels(click.Group):
    """Prints where no other of its commands is named: `suyuan labels ITEM …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["print", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Labels)
def labels() -> None:
    """Labels with QR codes, each with a serial of its own: `suyuan labels ITEM -o FILE`.

    The same as `suyuan labels print`; its options by `suyuan labels print --help`.
    """


@labels.command(name="print")
@click.argument("item")
@click.option("--count", type=click.IntRange(1, _MOST), help="How many [default: 1].")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help=f"FILE{', FILE'.join(KINDS)}.",
)  # fmt: skip
@click.option(
    "--size", type=click.Choice(list(SIZES)), default="60x40", show_default=True,
    help="Of a roll's label in millimetres, or a sheet's grid.",
)  # fmt: skip
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option("--base-url", "base", help="Where pages are served [SUYUAN_BASE_URL].")
@click.option("--dpi", type=int, help="Of the printer [default: 203; for .png 300].")
@click.option("--columns", type=click.IntRange(1, 10), default=3, show_default=True)
@click.option("--skip", type=click.IntRange(0), default=0, help="Labels used up on the sheet.")
@click.option("--gap", type=click.FloatRange(0, 20), default=2.0, show_default=True,
              help="Millimetres between labels, for .tspl.")  # fmt: skip
@click.option("--reprint", is_flag=True, help="Labels that were issued, with their serials.")
@click.option("--issue", type=int, help="With --reprint: index of the statement [default: last].")
@click.option("--serial", "chosen", multiple=True, help="With --reprint: this one only.")
@click.option("--force", is_flag=True, help="Also for what is recalled or on hold.")
@key_options
@home_option
def print_labels(
    *,
    item: str,
    count: int | None,
    output: Path,
    size: str,
    language: Language,
    base: str | None,
    dpi: int | None,
    columns: int,
    skip: int,
    gap: float,
    reprint: bool,
    issue: int | None,
    chosen: tuple[str, ...],
    force: bool,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Labels for ITEM with QR codes that open its page.

    The serials are issued by a signed statement; with --reprint nothing is signed.
    """
    suffix = output.suffix.lower()
    if suffix not in KINDS:
        raise LedgerError(f"{output}: labels are written as {', '.join(KINDS)}")
    if reprint and count is not None:
        raise LedgerError("--reprint prints what was issued: name --issue or --serial, no --count")
    if not reprint and (issue is not None or chosen):
        raise LedgerError("--issue and --serial choose what to --reprint")
    with opened(home) as ledger, staged(output) as file:
        pen = None if reprint and actor else pen_for(ledger, key_file, actor, or_gateway=True)
        who = pen.actor if pen is not None else str(actor)
        uri = find_item(ledger, item)
        follow(ledger)
        kind = _kind(ledger, uri, who, language, force=force)
        found = _again(ledger, uri, who, issue, chosen) if reprint else serials.new(count or 1)
        address = served_at(base, ledger.trust.host)
        made = [kind.label(address, serial, is_again=reprint) for serial in found]
        options = Options(
            find(size), ledger.now(), f"{kind.product} {codes.shown(kind.code)}",
            TAGS[kind.language], dpi, columns, skip, gap,
        )  # fmt: skip
        file.write(render(suffix, made, options))
        said = f"{counted(len(made), 'label')} printed again"
        if pen is not None and not reprint:
            index = _sign(ledger, pen, uri, found, "issue")
            said = f"{counted(len(made), 'label')} issued at index {index}"
        for one in made:
            click.echo(one.url)
        say(f"{said}, written to {output}")


@labels.command()
@click.argument("item")
@click.argument("spoiled", nargs=-1)
@click.option("--issue", type=int, help="All of the statement at this index.")
@key_options
@home_option
def void(
    *,
    item: str,
    spoiled: tuple[str, ...],
    issue: int | None,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Declare labels of ITEM void: SPOILED are serials, or what the labels' codes say.

    Their pages then say so.
    """
    if bool(spoiled) == (issue is not None):
        raise LedgerError("name the spoiled labels by their serials, or all of one --issue")
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor, or_gateway=True)
        uri = find_item(ledger, item)
        found = _again(ledger, uri, pen.actor, issue, spoiled)
        index = _sign(ledger, pen, uri, found, "void")
        say(f"{counted(len(found), 'label')} declared void at index {index}")


@labels.command(name="list")
@click.argument("item")
@click.option("--serials", "is_long", is_flag=True, help="Each serial that is good.")
@json_option
@key_options
@home_option
def list_labels(
    *,
    item: str,
    is_long: bool,
    as_json: bool,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """What was issued and voided of a holder's labels of ITEM."""
    with opened(home) as ledger:
        who = actor or pen_for(ledger, key_file, None, or_gateway=True).actor
        uri = find_item(ledger, item)
        with ledger.reading() as reader:
            found = list(of_item.issues(reader, ledger.home, uri, who))
        good = of_item.good_serials(found) if as_json or is_long else []
        if as_json:
            told = [{"index": one.index, "op": one.op, "count": one.count} for one in found]
            show_json({"item": uri, "actor": who, "statements": told, "good": good})
        elif is_long:
            for serial in good:
                click.echo(serial)
        else:
            for one in found:
                lost = "" if one.serials is not None else ", their list is not here"
                click.echo(f"{one.index}\t{one.op}\t{one.count}{lost}")


@labels.command(name="scale")
@json_option
@key_options
@home_option
def scale_list(
    *, as_json: bool, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """The numbers to key into a scale for the lots that a party has now."""
    with opened(home) as ledger:
        who = actor or pen_for(ledger, key_file, None, or_gateway=True).actor
        follow(ledger)
        with ledger.reading() as reader:
            found = of_item.scale_codes_of(reader, who)
            names = of_item.names_of(reader, ledger.trust.genesis, sorted(found), who)
        rows = sorted((number, item) for item, number in found.items())
        if as_json:
            show_json([{"scale": n, "item": item, "product": names[item]} for n, item in rows])
            return
        for number, item in rows:
            code = codes.shown(codes.of_chain(item, who))
            click.echo(f"{number}\t{code}\t{plain(names[item] or item)}")


def _kind(
    ledger: Ledger, item: str, actor: str, language: Language, *, force: bool
) -> of_item.Kind:
    """What its labels say; LedgerError where it is recalled or on hold, unless by `force`."""
    host = ledger.trust.host
    with ledger.reading() as reader:
        kind = of_item.kind(reader, ledger.trust, item, actor, language)
    for one in (*kind.stopped, *kind.made_of):
        what = "recalled" if one.is_recall else "on hold"
        act = f"act {codes.shown(act_code(one.act.uri, host))}"
        if one in kind.stopped and not force:
            raise LedgerError(
                f"{item} is {what} ({act} by {one.act.actor}): labels would put it on sale. What "
                "must be labelled all the same is, with --force"
            )
        how = "is" if one in kind.stopped else "was made of what is"
        say(f"note: {item} {how} {what} ({act}); the label's page says so")
    return kind


def _again(
    ledger: Ledger, item: str, actor: str, issue: int | None, chosen: Sequence[str]
) -> list[str]:
    with ledger.reading() as reader:
        return again(reader, ledger.home, item, actor, issue=issue, chosen=chosen)


def _sign(ledger: Ledger, pen: Pen, item: str, found: Sequence[str], op: str) -> int:
    """Keep the list of serials, then sign the statement; the index of its link."""
    serials.keep(ledger.home, found)
    (receipt,) = ledger.write(pen, [Draft(statement=acts.labels(found, op), items=(item,))])
    follow(ledger)
    return receipt.index


COMMANDS = (labels,)
