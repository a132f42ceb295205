"""`suyuan hold`: what may not be sent or sold for the time being (暂控)."""

from pathlib import Path

import click

from suyuan.trace.format.identifiers import codes
from suyuan.trace.recall import orders
from suyuan.trace.recall.course import act_code

from ..command import Run, command, option
from ..options import ACT, ITEMS, LISTS
from ..terminal import counted
from .acts import read_items, recorded, show_acts, sign, the_act

hold = click.Group("hold", help="Holds: what may not be sent or sold for the time being (暂控).")


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
        recorded([receipt], f"hold {codes.shown(code)} of {counted(count, 'item')} placed"),
    )


@command("release", hold, signs=True)
def release(
    run: Run, act: str = ACT, reason: str | None = option(help="Why it ends; open to all.")
) -> None:
    """End the hold ACT."""
    run.require_key()
    sign(run, orders.release(the_act(run, act, "hold"), reason), "released")


@command("list", hold, json=True)
def list_holds(run: Run, is_all: bool = option("--all", help="Released ones too.")) -> None:
    """Holds, the newest first."""
    show_acts(run, "hold", is_all=is_all)
