"""`suyuan recall`, `hold`: scope, order, what holders answer, and what changes or ends one."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.recall import orders
from suyuan.trace.recall.course import acknowledgement, act_code, read
from suyuan.trace.recall.course import scope as find_scope
from suyuan.trace.recall.orders import MAX_FILE, Fate
from suyuan.trace.recall.progress import progress
from suyuan.trace.recall.recall_json import scope_json
from suyuan.trace.recall.results import NotAdding, closing, require

from ..command import ACT, ITEMS, LISTS, Run, as_of, command, follow, if_given, option
from ..command_help import Group
from ..files import require_size
from ..names import Lots, much, namer, party_words
from ..terminal import FINDINGS, Text, say
from .acts import MAX_LIST, after, read_items, read_level, show_acts, sign, the_act
from .acts import items as count_items
from .show import drill_report, show, show_progress

_SHOWN = 200

recall = Group(
    "recall",
    help="Recalls and drills: scope, order, answers, progress, closing (召回、模拟召回).",
)
for _command in (show, drill_report):
    recall.add_command(_command)


@command("scope", recall, json=True)
def scope(
    run: Run,
    items: tuple[str, ...] = ITEMS,
    lists: tuple[Path, ...] = LISTS,
    forward: str | None = option(
        type=click.Choice(["everything"]),
        help="Also all that was made from them, in however many steps [the default].",
    ),
    only: bool = option(help="These items alone, without what was made from them."),
) -> None:
    """What a recall of ITEM… would reach, and how much of it is in whose hands."""
    if forward is not None and only:
        raise LedgerError("--forward everything and --only exclude each other")
    follow(run.ledger)
    wanted = read_items(run, items, lists)
    with run.reading() as reader:
        value = scope_json(find_scope(reader, wanted, forward=not only), run.host, namer(reader))
        lots = Lots(reader, run.host, (item["item"] for item in value["items"][:_SHOWN]))
    run.answer(value, _scope_lines(value, lots), *_scope_notes(value))


def _scope_lines(value: dict[str, Any], lots: Lots) -> Iterator[Text]:
    names = {holder["holder"]: holder["name"] for holder in value["holders"]}
    for item in value["items"][:_SHOWN]:
        recalls = [msg("recalled by %s", uri) for uri in item["recalled_by"]]
        made = None if item["asked"] else msg("made from it")
        yield row(lots.words(item["item"]), made, *recalls)
        for stock in item["remaining"]:
            yield row("  ", _stock(stock, names))
        if not item["remaining"]:
            yield row("  ", msg("nothing left in anybody's hands"))
    if value["count"] > _SHOWN:
        yield msg("and %s more: --json has them all", value["count"] - _SHOWN)


def _scope_notes(value: dict[str, Any]) -> Iterator[Text]:
    if value["inside"]:
        inside = count_items(len(value["inside"]))
        yield msg("note: in these containers: %s, in the scope only if named too", inside)
    if value["containers"]:
        yield msg(
            "note: some of it is in %s containers, which are stopped only if they are named too: "
            "%s",
            len(value["containers"]),
            value["containers"][:3],
        )
    total = list(map(much, value["remaining"])) or msg("nothing")
    count, holders = count_items(value["count"]), len(value["holders"])
    yield msg("%s, %s holders, %s left; %s", count, holders, total, as_of(value["size"]))


def _stock(stock: dict[str, Any], names: dict[str, str | None]) -> Message:
    uri = stock["holder"]
    holder = msg("a name outside the ledger") if uri is None else party_words(names.get(uri), uri)
    container = stock["container"]
    return row(
        much(stock["quantity"]),
        msg("on its way to %s", holder) if stock["in_transit"] else msg("with %s", holder),
        None if container is None else msg("in %s", container),
    )


@command("order", recall, signs=True, json=True)
def order(
    run: Run,
    items: tuple[str, ...] = ITEMS,
    lists: tuple[Path, ...] = LISTS,
    how: str = option("--level", help="I, II or III (1, 2, 3)."),
    reason: str = option(help="What was found, where, by whom; open to all."),
    known: str = option(help="Since when it is known, 2026-11-24T08:30."),
    planned: str | None = option(
        help="When the recall plan was made, if it is: days count from it."
    ),
    drill: bool = option(help="A drill: no consumer page changes, nothing is stopped."),
    include_made: bool = option(help="Also all that was made from them."),
    again: bool = option(help="Though some of it is recalled already."),
) -> None:
    """Order a recall of ITEM…, or of those in a file; prints the act's URI."""
    actor, level = run.pen.actor, read_level(how)
    wanted = read_items(run, items, lists)
    with run.following() as reader:
        more = find_scope(reader, wanted, forward=True).items if include_made else ()
        prepared = orders.order(
            reader,
            run.genesis,
            actor,
            wanted,
            level=level,
            known=run.instant(known),
            reason=reason,
            now=run.now(),
            planned=if_given(planned, run.instant),
            made=[reached.item for reached in more],
            is_drill=drill,
            is_again=again,
        )
    receipt = sign(run, prepared)[0]
    code, count = act_code(prepared.uri, run.host), count_items(prepared.count)
    shown = codes.shown(code)
    done = msg("recall %s of %s ordered", shown, count)
    if drill:
        done = msg("drill %s of %s ordered", shown, count)
    run.answer(
        {"act": prepared.uri, "code": code, "count": prepared.count, **receipt.to_dict()},
        [prepared.uri],
        after(done, [receipt]),
    )


@command("plan", recall, signs=True)
def plan(
    run: Run,
    act: str = ACT,
    planned: str = option(help="When its plan was made, 2026-12-02T10:00."),
) -> None:
    """State when the plan of the recall ACT was made: its days to finish may count from then."""
    run.require_key()
    meant, now = the_act(run, act), run.now()
    with run.reading() as reader:
        known = read(reader, meant).known
    sign(run, orders.plan(meant, run.instant(planned), known, now), msg("plan stated"))


@command("extend", recall, signs=True)
def extend(
    run: Run,
    act: str = ACT,
    items: tuple[str, ...] = ITEMS,
    lists: tuple[Path, ...] = LISTS,
    reason: str | None = option(help="Why they too; open to all."),
) -> None:
    """Take ITEM… into the recall ACT too."""
    run.require_key()
    meant, wanted = the_act(run, act), read_items(run, items, lists)
    with run.reading() as reader:
        prepared = orders.extend(reader, meant, wanted, reason)
    sign(run, prepared, msg("%s taken in", count_items(len(wanted))))


@command("clear", recall, signs=True)
def clear(
    run: Run,
    act: str = ACT,
    items: tuple[str, ...] = ITEMS,
    lists: tuple[Path, ...] = LISTS,
    reason: str = option(help="Why they are not concerned; open to all."),
) -> None:
    """Find ITEM… not concerned by the recall ACT: in its scope, or made from what is."""
    actor = run.pen.actor
    meant, wanted = the_act(run, act), read_items(run, items, lists)
    with run.reading() as reader:
        prepared = orders.clear(reader, meant, actor, wanted, reason)
    sign(run, prepared, msg("%s cleared", count_items(len(wanted))))


@command("withdraw", recall, signs=True)
def withdraw(
    run: Run, act: str = ACT, reason: str = option(help="Why it was a mistake; open to all.")
) -> None:
    """Withdraw the recall ACT: it was ordered by mistake."""
    run.require_key()
    sign(run, orders.withdraw(the_act(run, act), reason), msg("withdrawn"))


@command("close", recall, signs=True, json=True)
def close(
    run: Run,
    act: str = ACT,
    accept_missing: bool = option(help="Close it though not all of it was found."),
    reason: str | None = option(help="With --accept-missing: why it is closed all the same."),
) -> int:
    """Close the recall ACT, if its quantities add up; else say what is missing, and exit with 1."""
    if accept_missing and not (reason or "").strip():
        raise LedgerError("--accept-missing needs --reason: why it is closed all the same")
    run.require_key()
    meant = the_act(run, act)
    now = run.now()
    with run.following(patient=True) as reader:
        state = progress(reader, meant, now)
        result = closing(state)
        prepared = orders.close(meant, result.statement(), reason)
        try:
            require(result, reason, is_accepted=accept_missing)
        except NotAdding as why:
            show_progress(run, state, now, namer(reader))
            say("not closed: %s", why)
            say("Ask the holders for their reports, or close it by --accept-missing --reason …")
            return FINDINGS
    (receipt,) = sign(run, prepared)
    missing = [{"item": item, **quantity.to_dict()} for item, quantity in result.missing]
    done = msg("closed")
    if not result.adds_up:
        done = msg("closed, with what is missing said")
    value = {"act": meant.uri, "missing": missing, **receipt.to_dict()}
    run.answer(value, [], after(done, [receipt]))
    return 0


@command("list", recall, json=True)
def list_recalls(run: Run, is_all: bool = option("--all", help="Withdrawn ones too.")) -> None:
    """Recalls and drills, the newest first."""
    show_acts(run, "recall", is_all=is_all)


hold = Group("hold", help="Holds: what may not be sent or sold for now (暂停销售).")


@command("place", hold, signs=True, json=True)
def place(
    run: Run,
    items: tuple[str, ...] = ITEMS,
    lists: tuple[Path, ...] = LISTS,
    reason: str = option(help="Why; open to all."),
) -> None:
    """Put ITEM… on hold; prints the act's URI.

    The authority's and its officers' bind everybody, another party's only itself.
    """
    run.require_key()
    wanted = read_items(run, items, lists)
    with run.following() as reader:
        prepared = orders.hold(reader, run.genesis, wanted, reason)
    (receipt,) = sign(run, prepared)
    code, count = act_code(prepared.uri, run.host), len(wanted)
    run.answer(
        {"act": prepared.uri, "code": code, "count": count, **receipt.to_dict()},
        [prepared.uri],
        after(msg("hold %s of %s placed", codes.shown(code), count_items(count)), [receipt]),
    )


@command("release", hold, signs=True)
def release(
    run: Run, act: str = ACT, reason: str | None = option(help="Why it ends; open to all.")
) -> None:
    """End the hold ACT."""
    run.require_key()
    sign(run, orders.release(the_act(run, act, "hold"), reason), msg("released"))


@command("list", hold, json=True)
def list_holds(run: Run, is_all: bool = option("--all", help="Released ones too.")) -> None:
    """Holds, the newest first."""
    show_acts(run, "hold", is_all=is_all)


_COLUMNS = ("item", "kind", "value", "unit")
Amount = tuple[str, str] | None


@command("acknowledge", recall, signs=True, json=True)
def acknowledge(run: Run, act: str = ACT) -> None:
    """Say that a holder knows of the recall ACT. Said again it changes nothing."""
    actor, meant = run.pen.actor, the_act(run, act)
    with run.following() as reader:
        before = acknowledgement(reader, meant, actor)
        if before is not None:
            say("acknowledged already, at index %s", before.leaf)
            run.answer({"act": meant.uri, "index": before.leaf}, [])
            return
        prepared = orders.acknowledge(reader, meant, actor)
    (receipt,) = sign(run, prepared)
    value = {"act": meant.uri, **receipt.to_dict()}
    run.answer(value, [], after(msg("acknowledged"), [receipt]))


_METAVAR = "VALUE UNIT"


@command("report", recall, signs=True, json=True)
def report(
    run: Run,
    act: str = ACT,
    item: str | None = option(
        help="The item that the amounts are of; may be left out of a recall of one."
    ),
    recovered: Amount = option(
        metavar=_METAVAR, help="How much of ITEM is kept back here, as 12.5 kg."
    ),
    sold: Amount = option(
        metavar=_METAVAR, help="How much of ITEM was sold since the order, or ever."
    ),
    destroyed: Amount = option(metavar=_METAVAR, help="How much of ITEM was destroyed."),
    remaining: Amount = option(
        metavar=_METAVAR, help="How much of ITEM is here and not kept back yet."
    ),
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
    done = msg("reported, %s amounts, %s files", len(fates), len(files))
    value = {"act": meant.uri, "links": [receipt.to_dict() for receipt in receipts]}
    run.answer(value, [], after(done, receipts))


def _read(path: Path) -> list[Fate]:
    require_size(path, MAX_LIST)
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LedgerError("%s is no CSV file in UTF-8: %s", path, error) from None
    fates = []
    for number, fate in enumerate(rows, 2):
        values = [(fate.get(name) or "").strip() for name in _COLUMNS]
        if not all(values):
            raise LedgerError("%s, line %s: item, kind, value and unit are needed", path, number)
        fates.append(Fate(*values))
    return fates
