"""`suyuan labels`: serials issued by a signed statement, then the file to print."""

from collections.abc import Sequence
from pathlib import Path

import click

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import LANGUAGES, TAGS, Language, Message, msg, msg_in, msgs, row
from suyuan.trace.labels import issued_labels, item_labels
from suyuan.trace.labels.issued_labels import again
from suyuan.trace.labels.label_files import KINDS, Options, render
from suyuan.trace.labels.label_sizes import SIZES, find
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.files import serial_index, serials

from ..command import Run, argument, command, follow, option, served_at
from ..command_help import Group
from ..files import staged
from ..names import party_words
from ..terminal import say, show, show_json

_MOST = 10_000


class _Labels(Group):
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


@command("print", labels, signs=True, or_gateway=True)
def print_labels(
    run: Run,
    item: str = argument(),
    count: int | None = option(type=click.IntRange(1, _MOST), help="How many [default: 1]."),
    output: Path = option("-o", "--output", help="FILE.pdf, .svg, .png, .zpl or .tspl."),
    size: str = option(
        type=click.Choice(list(SIZES)),
        default="60x40",
        help="Of a roll's label in millimetres, or a sheet's grid.",
    ),
    language: Language = option(type=click.Choice(LANGUAGES), default="zh"),
    base: str | None = option("--base-url", help="Where pages are served [SUYUAN_BASE_URL]."),
    dpi: int | None = option(help="Of the printer [default: 203; for .png 300]."),
    columns: int = option(type=click.IntRange(1, 10), default=3),
    skip: int = option(
        type=click.IntRange(0), default=0, show_default=False, help="Labels used up on the sheet."
    ),
    gap: float = option(
        type=click.FloatRange(0, 20), default=2.0, help="Millimetres between labels, for .tspl."
    ),
    reprint: bool = option(help="Labels that were issued, with their serials."),
    issue: int | None = option(help="With --reprint: index of the statement [default: last]."),
    chosen: tuple[str, ...] = option("--serial", help="With --reprint: this one only."),
    force: bool = option(help="Also for what is recalled or on hold."),
) -> None:
    """Labels for ITEM with QR codes that open its page.

    The serials are issued by a signed statement; with --reprint nothing is signed.
    """
    suffix = output.suffix.lower()
    if suffix not in KINDS:
        raise LedgerError("%s: labels are written as %s", output, ", ".join(KINDS))
    if reprint and count is not None:
        raise LedgerError("--reprint prints what was issued: name --issue or --serial, no --count")
    if not reprint and (issue is not None or chosen):
        raise LedgerError("--issue and --serial choose what to --reprint")
    ledger = run.ledger
    with staged(output) as file:
        actor = run.actor if reprint else run.pen.actor
        uri = run.item(item)
        follow(ledger)
        kind = _kind(run, uri, actor, language, force=force)
        numbers = _again(run, uri, actor, issue, chosen) if reprint else serials.new(count or 1)
        address = served_at(base, run.host)
        made = [kind.label(address, serial, is_again=reprint) for serial in numbers]
        title = f"{kind.product} {codes.shown(kind.code)}"
        tag = TAGS[kind.language]
        options = Options(find(size), run.now(), title, tag, dpi, columns, skip, gap)
        file.write(render(suffix, made, options))
        index = None if reprint else _sign(run, uri, numbers, "issue")
        done = msg("printed again") if index is None else msg("issued at index %s", index)
        show(label.url for label in made)
        say("%s %s, written to %s", _labels(len(made)), done, output)


@command("void", labels, signs=True, or_gateway=True)
def void(
    run: Run,
    item: str = argument(),
    spoiled: tuple[str, ...] = argument(),
    issue: int | None = option(help="All of the statement at this index."),
) -> None:
    """Declare labels of ITEM void: SPOILED are serials, or what the labels' codes say.

    Their pages then say so.
    """
    if bool(spoiled) == (issue is not None):
        raise LedgerError("name the spoiled labels by their serials, or all of one --issue")
    actor = run.pen.actor
    uri = run.item(item)
    numbers = _again(run, uri, actor, issue, spoiled)
    index = _sign(run, uri, numbers, "void")
    say("%s declared void at index %s", _labels(len(numbers)), index)


def _labels(count: int) -> Message:
    return msgs("%(num)d label", "%(num)d labels", count)


@command("list", labels, signs=True, json=True, or_gateway=True)
def list_labels(
    run: Run,
    item: str = argument(),
    is_long: bool = option("--serials", help="Each serial that is good."),
) -> None:
    """What was issued and voided of a holder's labels of ITEM."""
    actor = run.actor
    uri = run.item(item)
    with run.reading() as reader:
        issues = list(issued_labels.issues(reader, run.home, uri, actor))
    good = issued_labels.good_serials(issues) if run.as_json or is_long else []
    if run.as_json:
        listed = [{"index": issue.index, "op": issue.op, "count": issue.count} for issue in issues]
        show_json({"item": uri, "actor": actor, "statements": listed, "good": good})
    elif is_long:
        show(good)
    else:
        done = {"issue": msg_in("labels", "issued"), "void": msg_in("labels", "voided")}
        lost = msg("their list is not here")
        show(
            row(
                f"{issue.index:>6}",
                done.get(issue.op, issue.op),
                _labels(issue.count),
                None if issue.serials is not None else lost,
            )
            for issue in issues
        )


@command("scale", labels, signs=True, json=True, or_gateway=True)
def scale_list(run: Run) -> None:
    """The numbers to key into a scale for the lots that a party has now."""
    actor = run.actor
    with run.following() as reader:
        numbers = item_labels.scale_codes_of(reader, actor)
        names = item_labels.names_of(reader, run.genesis, sorted(numbers), actor)
    rows = sorted((number, item) for item, number in numbers.items())
    if run.as_json:
        show_json([{"scale": n, "item": item, "product": names[item]} for n, item in rows])
        return
    shown = {item: codes.shown(codes.of_chain(item, actor)) for _, item in rows}
    show(f"{number}  {shown[item]}  {names[item] or item}" for number, item in rows)


def _kind(run: Run, item: str, actor: str, language: Language, *, force: bool) -> item_labels.Kind:
    """The text of an item's labels; LedgerError where it is recalled or on hold, unless `force`."""
    with run.reading() as reader:
        kind = item_labels.kind(reader, run.ledger.trust, item, actor, language)
        named = {uri: party_words(reader.name(uri), uri) for uri in _actors(kind)}
    for standing in (*kind.stopped, *kind.made_of):
        state = msg("recalled") if standing.is_recall else msg("on hold")
        act = codes.shown(act_code(standing.act.uri, run.host))
        if standing in kind.stopped and not force:
            raise LedgerError(
                "%s is %s (act %s by %s): labels would put it on sale. What must be "
                "labelled all the same is, with --force",
                item,
                state,
                act,
                named[standing.act.actor],
            )
        if standing in kind.stopped:
            say("note: %s is %s (act %s); the label's page says so", item, state, act)
        else:
            say("note: %s was made of what is %s (act %s)", item, state, act)
    return kind


def _actors(kind: item_labels.Kind) -> set[str]:
    return {standing.act.actor for standing in (*kind.stopped, *kind.made_of)}


def _again(run: Run, item: str, actor: str, issue: int | None, chosen: Sequence[str]) -> list[str]:
    with run.reading() as reader:
        return again(reader, run.home, item, actor, issue=issue, chosen=chosen)


def _sign(run: Run, item: str, numbers: Sequence[str], op: str) -> int:
    """Keep the list of serials, then sign the statement; the index of its link."""
    serials.keep(run.home, numbers)
    serial_index.note(run.home, codes.of_chain(item, run.pen.actor), numbers)
    (receipt,) = run.sign([Draft(statement=acts.labels(numbers, op), items=(item,))])
    return receipt.index
