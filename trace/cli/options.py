"""Arguments and options that several commands have."""

from typing import Any
from urllib.parse import urlsplit

import click

from suyuan.trace.ledger.home import base_url

from .command import argument, option
from .terminal import say

ACT = argument()
INDEX = argument(type=click.IntRange(min=0))
ITEMS = argument()
LISTS = option("--list", help="A file with one item a line, besides or instead of ITEM.")
PLACE = option(help="Where: a place's URI.")
UNIT = option(default="KGM", help="UN/ECE unit code; - for pieces.")
CAME = option("--time", help="When it came, 2026-11-24T08:30 [default: now].")
MIRROR = option(
    metavar="URL",
    envvar="SUYUAN_MIRROR",
    help="A published copy of the log to compare with: its prefix [SUYUAN_MIRROR].",
)
HOST = option(
    default="127.0.0.1",
    envvar="SUYUAN_HOST",
    help="The address to listen on, 0.0.0.0 for all [SUYUAN_HOST, default 127.0.0.1].",
)
DAYS = click.IntRange(0, 36500)


def port_option(usual: int, default: int | None = None) -> Any:
    """--port N; `usual` is what is listened on where nothing else is said."""
    return option(
        type=click.IntRange(1, 65_535),
        default=default,
        envvar="SUYUAN_PORT",
        help=f"The port to listen on [SUYUAN_PORT, default {usual}].",
    )


def served_at(given: str | None, host: str) -> str:
    """Where pages are served, without a slash at the end: `given`, else as `base_url` says.

    What no network can have, a demo's host, is said to be so.
    """
    address = given.rstrip("/") if given else base_url(host)
    if (urlsplit(address).hostname or "").endswith(".invalid"):
        say(
            f"Nobody serves {address}: give the address that is served by --base-url or "
            "SUYUAN_BASE_URL, http://localhost:8000 say"
        )
    return address
