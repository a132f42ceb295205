"""`suyuan hold`: what may not be sent or sold for the time being (暂控)."""

from pathlib import Path

import click

from ..identifiers import codes
from ..recall import orders
from ..recall.course import act_code
from .acting import items_options, read_items, sign, the_act, told
from .common import (
    counted,
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    show_json,
)
from .recalls import show_acts


@click.group()
def hold() -> None:
    """Holds: what may not be sent or sold for the time being (暂控)."""


@hold.command()
@items_options
@click.option("--reason", required=True, help="Why; open to all.")
@key_options
@json_option
@home_option
def place(
    *,
    items: tuple[str, ...],
    lists: tuple[Path, ...],
    reason: str,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Put ITEM… on hold; prints the act's URI.

    The authority's and its officers' bind everybody, another party's only itself.
    """
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        wanted = read_items(ledger, items, lists)
        follow(ledger)
        with ledger.reading() as reader:
            prepared = orders.hold(reader, ledger.trust.genesis, wanted, reason)
        (receipt,) = sign(ledger, pen, prepared)
        code = act_code(prepared.uri, ledger.trust.host)
        if as_json:
            count = len(wanted)
            show_json({"act": prepared.uri, "code": code, "count": count, **receipt.to_dict()})
            return
        click.echo(prepared.uri)
        told([receipt], f"hold {codes.shown(code)} of {counted(len(wanted), 'item')} placed")


@hold.command()
@click.argument("act")
@click.option("--reason", help="Why it ends; open to all.")
@key_options
@home_option
def release(
    *, act: str, reason: str | None, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """End the hold ACT."""
    with opened(home) as ledger:
        pen, found = pen_for(ledger, key_file, actor), the_act(ledger, act, "hold")
        told(sign(ledger, pen, orders.release(found, reason)), "released")


@hold.command(name="list")
@click.option("--all", "is_all", is_flag=True, help="Released ones too.")
@json_option
@home_option
def list_holds(*, is_all: bool, as_json: bool, home: Path | None) -> None:
    """Holds, the newest first."""
    with opened(home) as ledger:
        show_acts(ledger, "hold", is_all=is_all, as_json=as_json)


COMMANDS = (hold,)
