"""A recall played in the demo city: each command as it is typed, and what the pages then say."""

import io
import shlex
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

import click
import orjson
from flask.testing import FlaskClient
from PIL import Image

from suyuan.trace.cli.command import follow
from suyuan.trace.cli.main import cli, run
from suyuan.trace.demo import recall_play
from suyuan.trace.demo.city import read_demo
from suyuan.trace.demo.recall_play import Command, Scene, filled
from suyuan.trace.errors import LedgerError
from suyuan.trace.home import open_ledger
from suyuan.trace.ledger import TRUST_FILE

from .app import create_app

FOLDER = "play"  # in the home: the photograph that is reported, the evidence that is written


def play(home: Path, *, is_drill: bool, is_paused: bool) -> None:
    """Play the recall in the city in `home`, scene by scene.

    CannotDecide where there is no city, LedgerError where it was played there before, or where a
    command ends otherwise than it should.
    """
    read_demo(home)
    ledger = open_ledger(home)
    try:
        follow(ledger)
        with ledger.reading() as reader:
            recall_play.require_new(reader, ledger, is_drill=is_drill)
            names = recall_play.props(reader, ledger) | _files(home)
        client = create_app(home, ledger=ledger).test_client()
        for number, scene in enumerate(recall_play.scenes(is_drill=is_drill), 1):
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
    found = {"photo": photo, "evidence": evidence, "trust": home / TRUST_FILE}
    return {name: str(path) for name, path in found.items()}


def _play(scene: Scene, number: int, home: Path, names: dict[str, str]) -> None:
    click.echo(f"\n{number}. {scene.chinese} · {scene.english}")
    for command in scene.commands:
        arguments = filled(command.arguments, names)
        if "--trust" not in arguments:  # else it needs no ledger
            arguments += ["--home", str(home)]
        click.echo(f"\n$ suyuan {shlex.join(arguments)}")
        said = _run(command, arguments)
        if command.keeps:
            names[command.keeps] = said.split()[-1].rsplit("/", 1)[-1]


def _run(command: Command, arguments: list[str]) -> str:
    if not command.keeps:
        code, said = run(cli, arguments), ""
    else:
        with redirect_stdout(io.StringIO()) as out:
            code = run(cli, arguments)
        said = out.getvalue()
        click.echo(said, nl=False)
    if code != command.code:
        raise LedgerError(
            f"this ended with {code} and not with {command.code}: the city is not as it was made. "
            "Make another by `suyuan demo --home DIR`"
        )
    return said


def _show_pages(client: FlaskClient, names: Mapping[str, str]) -> None:
    click.echo()
    for name, title, _who, _lot in recall_play.PAGES:
        found = orjson.loads(client.get(f"/api/v1/items/{names[name]}").data)
        click.echo(f"  {found['verdict']:<18} /t/{names[name]}  {title}")
