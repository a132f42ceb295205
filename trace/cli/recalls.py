"""`suyuan recall`: scope, order, and what changes or ends one."""

from pathlib import Path

import click

from ..identifiers import codes
from ..ledger import Ledger
from ..recall import orders
from ..recall.course import act_code, read
from ..recall.progress import progress
from ..recall.recall_json import act_json, scope_json
from ..recall.results import NotAdding, closing, require
from ..recall.scope import scope as find_scope
from ..store.recalls import ActBook
from . import recall_answers, recall_views
from .acting import items_options, level, line, namer, read_items, sign, the_act, told
from .common import (
    counted,
    follow,
    home_option,
    instant,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
)

FOUND = 1
_SHOWN = 200


@click.group()
def recall() -> None:
    """Recalls and drills: scope, order, answers, progress, closing (召回、模拟召回)."""


@recall.command()
@items_options
@click.option(
    "--forward",
    type=click.Choice(["everything"]),
    help="Also all that was made from them, in however many steps [the default].",
)
@click.option("--only", is_flag=True, help="These items alone, without what was made from them.")
@json_option
@home_option
def scope(
    *,
    items: tuple[str, ...],
    lists: tuple[Path, ...],
    forward: str | None,
    only: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """What a recall of ITEM… would reach, and how much of it is in whose hands."""
    if forward is not None and only:
        raise click.UsageError("--forward everything and --only exclude each other")
    with opened(home) as ledger:
        follow(ledger)
        wanted = read_items(ledger, items, lists)
        with ledger.reading() as reader:
            found = find_scope(reader, wanted, forward=not only)
            shown = scope_json(found, ledger.trust.host, namer(reader))
    if as_json:
        show_json(shown)
        return
    for one in shown["items"][:_SHOWN]:
        marks = ["" if one["asked"] else "made from it"]
        marks += [f"recalled by {uri}" for uri in one["recalled_by"]]
        tail = "; ".join(mark for mark in marks if mark)
        click.echo(plain(f"{one['item']}  {one['name'] or ''}  {tail}".rstrip()))
        for stock in one["remaining"]:
            click.echo(plain(f"    {_stock(stock, shown)}"))
        if not one["remaining"]:
            click.echo("    nothing left in anybody's hands")
    if shown["count"] > _SHOWN:
        click.echo(f"and {shown['count'] - _SHOWN:,} more items: --json has them all")
    if shown["inside"]:
        inside = counted(len(shown["inside"]), "item")
        say(f"note: in these containers: {inside}, in the scope only if named too")
    if shown["containers"]:
        say(f"note: some of it is in {len(shown['containers']):,} containers, which are stopped "
            f"only if they are named too: {', '.join(shown['containers'][:3])}")  # fmt: skip
    total = ", ".join(f"{one['value']} {one['unit']}" for one in shown["remaining"]) or "nothing"
    count, holders = counted(shown["count"], "item"), counted(len(shown["holders"]), "holder")
    say(f"{count}, {holders}, {total} left; as of {counted(shown['size'], 'link')}")


def _stock(stock: dict, shown: dict) -> str:  # type: ignore[type-arg]
    names = {one["holder"]: one["name"] for one in shown["holders"]}
    much = stock["quantity"]
    said = "an amount not known" if much is None else f"{much['value']} {much['unit']}"
    who = names.get(stock["holder"]) or stock["holder"] or "a name outside the ledger"
    where = f"on its way to {who}" if stock["in_transit"] else f"with {who}"
    inside = "" if stock["container"] is None else f", in {stock['container']}"
    return f"{said} {where}{inside}"


@recall.command()
@items_options
@click.option("--level", "how", required=True, help="I, II or III (1, 2, 3).")
@click.option("--reason", required=True, help="What was found, where, by whom; open to all.")
@click.option("--known", required=True, help="Since when it is known, 2026-11-24T08:30.")
@click.option("--planned", help="When the recall plan was made, if it is: days count from it.")
@click.option(
    "--drill", is_flag=True, help="A drill: no consumer page changes, nothing is stopped."
)
@click.option("--include-made", is_flag=True, help="Also all that was made from them.")
@click.option("--again", is_flag=True, help="Though some of it is recalled already.")
@key_options
@json_option
@home_option
def order(
    *,
    items: tuple[str, ...],
    lists: tuple[Path, ...],
    how: str,
    reason: str,
    known: str,
    planned: str | None,
    drill: bool,
    include_made: bool,
    again: bool,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Order a recall of ITEM…, or of those in a file; prints the act's URI."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        number = level(how)
        wanted = read_items(ledger, items, lists)
        follow(ledger)
        with ledger.reading() as reader:
            found = find_scope(reader, wanted, forward=True).items if include_made else ()
            prepared = orders.order(
                reader,
                ledger.trust.genesis,
                pen.actor,
                wanted,
                level=number,
                known=instant(known, ledger.now()),
                reason=reason,
                now=ledger.now(),
                planned=None if planned is None else instant(planned, ledger.now()),
                made=[one.item for one in found],
                is_drill=drill,
                is_again=again,
            )
        receipt = sign(ledger, pen, prepared)[0]
        code = act_code(prepared.uri, ledger.trust.host)
        count = prepared.count
        if as_json:
            show_json({"act": prepared.uri, "code": code, "count": count, **receipt.to_dict()})
            return
        click.echo(prepared.uri)
        what = "drill" if drill else "recall"
        told([receipt], f"{what} {codes.shown(code)} of {counted(count, 'item')} ordered")


@recall.command()
@click.argument("act")
@click.option("--planned", required=True, help="When its plan was made, 2026-12-02T10:00.")
@key_options
@home_option
def plan(
    *, act: str, planned: str, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """State when the plan of the recall ACT was made: its days to finish may count from then."""
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "recall")
        now = ledger.now()
        with ledger.reading() as reader:
            known = read(reader, found).known
        prepared = orders.plan(found, instant(planned, now), known, now)
        told(sign(ledger, pen, prepared), "plan stated")


@recall.command()
@click.argument("act")
@items_options
@click.option("--reason", help="Why they too; open to all.")
@key_options
@home_option
def extend(
    *,
    act: str,
    items: tuple[str, ...],
    lists: tuple[Path, ...],
    reason: str | None,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Take ITEM… into the recall ACT too."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        found, wanted = the_act(ledger, act, "recall"), read_items(ledger, items, lists)
        with ledger.reading() as reader:
            prepared = orders.extend(reader, found, wanted, reason)
        told(sign(ledger, pen, prepared), f"{counted(len(wanted), 'item')} taken in")


@recall.command()
@click.argument("act")
@items_options
@click.option("--reason", required=True, help="Why they are not concerned; open to all.")
@key_options
@home_option
def clear(
    *,
    act: str,
    items: tuple[str, ...],
    lists: tuple[Path, ...],
    reason: str,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Find ITEM… not concerned by the recall ACT: in its scope, or made from what is."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        found, wanted = the_act(ledger, act, "recall"), read_items(ledger, items, lists)
        with ledger.reading() as reader:
            prepared = orders.clear(reader, found, pen.actor, wanted, reason)
        told(sign(ledger, pen, prepared), f"{counted(len(wanted), 'item')} cleared")


@recall.command()
@click.argument("act")
@click.option("--reason", required=True, help="Why it was a mistake; open to all.")
@key_options
@home_option
def withdraw(
    *, act: str, reason: str, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """Withdraw the recall ACT: it was ordered by mistake."""
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "recall")
        told(sign(ledger, pen, orders.withdraw(found, reason)), "withdrawn")


@recall.command()
@click.argument("act")
@click.option("--accept-missing", is_flag=True, help="Close it though not all of it was found.")
@click.option("--reason", help="With --accept-missing: why it is closed all the same.")
@key_options
@json_option
@home_option
def close(
    *,
    act: str,
    accept_missing: bool,
    reason: str | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> int:
    """Close the recall ACT, if its quantities add up; else say what is missing, and exit with 1."""
    if accept_missing and not (reason or "").strip():
        raise click.UsageError("--accept-missing needs --reason: why it is closed all the same")
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "recall")
        follow(ledger)
        now = ledger.now()
        with ledger.reading(patient=True) as reader:
            state = progress(reader, found, now)
            result = closing(state)
            name = namer(reader)
            prepared = orders.close(found, result.statement(), reason)
            try:
                require(result, reason, is_accepted=accept_missing)
            except NotAdding as why:
                recall_views.show_progress(state, now, ledger.trust.host, name, as_json=as_json)
                say(plain(f"not closed: {why}"))
                say("Ask the holders for their reports, or close it by --accept-missing --reason …")
                return FOUND
        (receipt,) = sign(ledger, pen, prepared)
        if as_json:
            missing = [{"item": item, **q.to_dict()} for item, q in result.missing]
            show_json({"act": found.uri, "missing": missing, **receipt.to_dict()})
        else:
            told([receipt], "closed" if result.adds_up else "closed, with what is missing said")
        return 0


@recall.command(name="list")
@click.option("--all", "is_all", is_flag=True, help="Withdrawn ones too.")
@json_option
@home_option
def list_recalls(*, is_all: bool, as_json: bool, home: Path | None) -> None:
    """Recalls and drills, the newest first."""
    with opened(home) as ledger:
        show_acts(ledger, "recall", is_all=is_all, as_json=as_json)


def show_acts(ledger: Ledger, kind: str, *, is_all: bool, as_json: bool) -> None:
    """The acts of one kind."""
    host = ledger.trust.host
    with ledger.reading() as reader:
        book, name = ActBook(reader), namer(reader)
        found = [act for act in book.all(kind) if is_all or act.is_in_force]
        counts = book.counts()
        rows = [(act, counts.get(act.leaf, 0), name(act.actor)) for act in found]
        if as_json:
            show_json({"acts": [{**act_json(a, host, name), "count": n} for a, n, _ in rows]})
            return
    for act, count, who in rows:
        click.echo(line(act, host, count, who))
    if not rows:
        say(f"no {kind} is in force")


recall.add_command(recall_answers.acknowledge)
recall.add_command(recall_answers.report)
recall.add_command(recall_views.show)
recall.add_command(recall_views.drill_report)

COMMANDS = (recall,)
