"""The demo: made once, served as often as one likes."""

import ipaddress
import os
import shlex
import shutil
import socket
import sys
from datetime import date
from pathlib import Path

import click

from suyuan.keys.settings import setting
from suyuan.trace.cli.terminal import progress_bar, qr_code, say, show_json
from suyuan.trace.demo.city import build, read_demo
from suyuan.trace.demo.dice import Dice
from suyuan.trace.demo.parties import GREENS, people
from suyuan.trace.demo.showcase import showcase
from suyuan.trace.errors import LedgerError
from suyuan.trace.home import database_url, is_demo, open_ledger
from suyuan.trace.identifiers import codes
from suyuan.trace.labels.label import label_url

SEED = "suyuan"


def make(home: Path, seed: str | None, today: date | None) -> None:
    """The demo's city in `home`, unless it is there; LedgerError where something else is."""
    if is_demo(home):
        _require_same(home, seed, today)
        return
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise LedgerError(f"{home} holds something else: give another folder by --home")
    # Made beside its place and moved there whole: what was interrupted leaves nothing.
    part = home.absolute().with_name(f".{home.absolute().name}.part-{os.getpid()}")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with progress_bar("Making the city") as tell:
            ledger = build(part, seed=seed or SEED, today=today, url=database_url(), progress=tell)
            ledger.followers.catch_up(tell)
            ledger.close()
        if home.exists():
            home.rmdir()
        part.rename(home)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _require_same(home: Path, seed: str | None, today: date | None) -> None:
    made_of, made_for = read_demo(home)
    if seed not in (None, made_of) or today not in (None, made_for):
        raise LedgerError(
            f"{home} holds the city of seed {made_of} and of {made_for}: "
            "give another folder by --home"
        )
    say(f"The city that was made for {made_for} is here already; delete {home} for a new one.")


def base_url(host: str, port: int) -> str:
    """Where the demo's labels point: SUYUAN_BASE_URL, this machine's address, or localhost."""
    given = setting("BASE_URL")
    if given is not None:
        return given.rstrip("/")
    name = _reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _reachable(host: str) -> str:
    """The name under which others reach what listens on `host`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_loopback:
        return "localhost"
    if not address.is_unspecified:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a route
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"


def show(home: Path, base: str, *, as_json: bool) -> None:
    """The address, the labels to try first and the symbol of one, on standard output."""
    ledger = open_ledger(home)
    try:
        labels = [
            (chinese, english, codes.of_chain(item, actor), serial)
            for chinese, english, item, actor, serial in showcase(ledger)
        ]
    finally:
        ledger.close()
    urls = [f"{base}/t/{code}/{serial}" for _chinese, _english, code, serial in labels]
    if as_json:
        named = [
            {"zh": chinese, "en": english, "url": url}
            for (chinese, english, _code, _serial), url in zip(labels, urls, strict=True)
        ]
        show_json({"home": str(home), "url": f"{base}/", "labels": named})
        return
    click.echo(f"{base}/\n")
    for (chinese, english, _code, _serial), url in zip(labels, urls, strict=True):
        click.echo(f"{chinese} · {english}\n  {url}")
    _, _, code, serial = labels[0]
    click.echo(f"\n{qr_code(label_url(base, code, serial))}")
    sys.stdout.flush()


def signing_in(home: Path, base: str) -> str:
    """How one signs in as one of its people, whose keys are made of its seed, in one line."""
    who = people(Dice(read_demo(home)[0]))[GREENS]
    code, at = who.uri.rpartition("/")[2], shlex.quote(str(home))
    return (
        f"To sign in as {who.data.name}: suyuan party invite {code} --by {code} --base-url {base} "
        f"--home {at}; open the link, then suyuan keys enrol --invitation LINK --check LETTERS "
        f"--key demo:{GREENS} --home {at}"
    )
