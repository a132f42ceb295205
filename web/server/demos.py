"""`suyuan demo`: the city, made once and served as often as one likes, and a recall in it."""

import io
import ipaddress
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path

import click
import orjson
from flask.testing import FlaskClient
from PIL import Image

from suyuan.keys.settings import setting
from suyuan.trace.cli.command import follow
from suyuan.trace.cli.demo import city as story
from suyuan.trace.cli.demo.city import Command, Scene, build, cast_of, showcase
from suyuan.trace.cli.main import cli, run
from suyuan.trace.cli.terminal import language, progress_bar, qr_code, say, show_json
from suyuan.trace.cli.terminal import show as show_lines
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.goods.verdicts import STATES, State
from suyuan.trace.labels.label import label_url
from suyuan.trace.ledger.home import database_url, is_demo, open_ledger, read_demo
from suyuan.trace.ledger.ledger import TRUST_FILE
from suyuan.web.factory import create_app

SEED = "suyuan"
# Whose keys the hints about signing in name.
SIGNER, INSPECTOR = "stall-greens", "inspector-lin"
FOLDER = "play"  # in the home: the photograph that is reported, the evidence that is written


def make(home: Path, seed: str | None, today: date | None) -> None:
    """The demo's city in `home`, unless it is there; LedgerError where something else is."""
    if is_demo(home):
        _require_same(home, seed, today)
        return
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise LedgerError("%s holds something else: give another folder by --home", home)
    # Made beside its place and moved there whole: what was interrupted leaves nothing.
    part = home.absolute().with_name(f".{home.absolute().name}.part-{os.getpid()}")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with progress_bar("Making the city") as progress:
            url = database_url()
            ledger = build(part, seed=seed or SEED, today=today, url=url, progress=progress)
            ledger.followers.catch_up(progress)
            story.give_seal(part, ledger.now())
            ledger.close()
        if home.exists():
            home.rmdir()
        part.rename(home)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _require_same(home: Path, seed: str | None, today: date | None) -> None:
    made = read_demo(home)
    if seed not in (None, made.seed) or today not in (None, made.today):
        raise LedgerError(
            "%s holds the city of seed %s and of %s: give another folder by --home",
            home,
            made.seed,
            made.today,
        )
    say("The city that was made for %s is here already; delete %s for a new one.", made.today, home)


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
    """The address, the labels to try first, the desk and the symbol of one, on standard output."""
    open_ledger(home).close()
    shown = showcase(home)
    labels = [
        {"zh": label.chinese, "en": label.english, "url": f"{base}/t/{label.code}/{label.serial}"}
        for label in shown
    ]
    desk = [{"zh": zh, "en": en, "url": f"{base}{path}"} for zh, en, path in story.desk(home)]
    if as_json:
        show_json({"home": str(home), "url": f"{base}/", "labels": labels, "desk": desk})
        return
    click.echo(f"{base}/\n")
    for places in (labels, desk):
        for place in places:
            click.echo(f"{place[language()]}\n  {place['url']}")
        click.echo()
    click.echo(f"{qr_code(label_url(base, shown[0].code, shown[0].serial))}")
    sys.stdout.flush()


def signing_in(home: Path, base: str, who: str = SIGNER) -> Message:
    """How one signs in as one of its people, whose keys are made of its seed, in one line."""
    party = cast_of(home).parties[who]
    code, at = party.uri.rpartition("/")[2], shlex.quote(str(home))
    return msg(
        "To sign in as %(name)s: suyuan party invite %(code)s --by %(code)s --base-url %(base)s "
        "--home %(home)s; open the link, then suyuan keys enrol --invitation LINK --check LETTERS "
        "--key demo:%(signer)s --home %(home)s",
        name=party.name,
        code=code,
        base=base,
        home=at,
        signer=who,
    )


# The recall.


def play(home: Path, *, is_drill: bool, is_paused: bool) -> None:
    """Play the recall in the city in `home`, scene by scene: each command, and what pages then say.

    CannotDecide where there is no city, LedgerError where it was played there before, or where a
    command ends otherwise than it should.
    """
    cast = cast_of(home)
    ledger = open_ledger(home)
    try:
        follow(ledger)
        with ledger.reading() as reader:
            story.require_new(reader, cast, is_drill=is_drill)
            names = story.props(reader, ledger) | _files(home)
        client = create_app(home, ledger=ledger).test_client()
        for number, scene in enumerate(story.scenes(is_drill=is_drill), 1):
            _play(scene, number, home, names)
            if scene.shows:
                _show_pages(client, names)
            if is_paused:
                click.pause(err=True)
    finally:
        ledger.close()


def _files(home: Path) -> dict[str, str]:
    """The files of the play: a picture that stands for the photographs, and where to write."""
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    photo, evidence = folder / "photo.jpg", folder / "recalled.suyuan"
    Image.radial_gradient("L").save(photo, "JPEG")
    evidence.unlink(missing_ok=True)
    return {"photo": str(photo), "evidence": str(evidence), "trust": str(home / TRUST_FILE)}


def _play(scene: Scene, number: int, home: Path, names: dict[str, str]) -> None:
    click.echo(f"\n{number}. {scene.zh if language() == 'zh' else scene.en}")
    for command in scene.commands:
        arguments = command.arguments(names)
        if "--trust" not in arguments:  # else it needs no ledger
            arguments += ["--home", str(home)]
        click.echo(f"\n$ suyuan {shlex.join(arguments)}")
        printed = _run(command, arguments)
        if command.keeps:
            names[command.keeps] = printed.split()[-1].rsplit("/", 1)[-1]


def _run(command: Command, arguments: list[str]) -> str:
    """Run a command; what it printed, where that is kept."""
    if not command.keeps:
        code, printed = run(cli, arguments), ""
    else:
        with redirect_stdout(io.StringIO()) as out:
            code = run(cli, arguments)
        printed = out.getvalue()
        click.echo(printed, nl=False)
    if code != command.ends:
        raise LedgerError(
            "this ended with %s and not with %s: the city is not as it was made. "
            "Make another by `suyuan demo --home DIR`",
            code,
            command.ends,
        )
    return printed


def _show_pages(client: FlaskClient, names: Mapping[str, str]) -> None:
    click.echo()
    for name, title in story.pages().items():
        item = orjson.loads(client.get(f"/api/v1/items/{names[name]}").data)
        show_lines([row(" ", STATES[State(item["verdict"])], f"/t/{names[name]}", title)])
