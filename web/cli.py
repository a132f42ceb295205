"""`suyuan` whole: the ledger's own commands, and those that serve it."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from suyuan.trace.cli.common import home_option, json_option, say
from suyuan.trace.cli.main import cli, run
from suyuan.trace.cli.witnessing import mirror_option
from suyuan.trace.home import home_folder, is_demo

from . import demos, following, serving
from .scripts_cli import command as scripts
from .witness_cli import witness

PORT = 8000
F = TypeVar("F", bound=Callable[..., Any])


def address_options(port: int | None) -> Callable[[F], F]:
    """--host ADDRESS and --port N."""

    def add(command: F) -> F:
        command = click.option(
            "--port",
            type=click.IntRange(1, 65_535),
            default=port,
            envvar="SUYUAN_PORT",
            help=f"The port to listen on [SUYUAN_PORT, default {PORT}].",
        )(command)
        return click.option(
            "--host",
            default="127.0.0.1",
            envvar="SUYUAN_HOST",
            help="The address to listen on, 0.0.0.0 for all [SUYUAN_HOST, default 127.0.0.1].",
        )(command)

    return add


@click.command
@home_option
@address_options(PORT)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    envvar="SUYUAN_WORKERS",
    help="How many processes answer [SUYUAN_WORKERS, default 1].",
)
@mirror_option
def serve(*, home: Path | None, host: str, port: int, workers: int, mirror: str | None) -> None:
    """Serve the ledger's pages and its API, with a `worker` beside it.

    Refuses a schema that is older or newer than this program's. Asks the witnesses of its policy
    first whether links were lost here: until then, and for 10 seconds at most, nothing is appended.
    A demo's labels lead to the address that is served, unless SUYUAN_BASE_URL says another.
    """
    folder = home_folder(home)
    base = demos.base_url(host, port) if is_demo(folder) else None
    serving.serve(folder, host, port, workers, base_url=base, mirror=mirror)


@click.command
@home_option
@mirror_option
@click.option("--parent", type=int, hidden=True)
@click.option("--gate", type=int, hidden=True)
def worker(*, home: Path | None, parent: int | None, gate: int | None, mirror: str | None) -> None:
    """Follow the ledger: derive what pages and queries need from new links, until ended.

    Has its checkpoints cosigned too, by the witnesses of its policy, and tells whom holds and
    recalls concern, by e-mail (SUYUAN_SMTP_URL) and webhooks.
    """
    following.follow(home_folder(home), parent, mirror=mirror, gate=gate)


@click.group(invoke_without_command=True)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("suyuan-demo"),
    envvar="SUYUAN_HOME",
    help="Where to make the city [SUYUAN_HOME, default ./suyuan-demo].",
)
@address_options(None)
@click.option("--seed", help="Another seed makes another city [default suyuan].")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the story ends [default today].",
)
@click.option("--no-serve", is_flag=True, help="Make the city and do not serve it.")
@json_option
@click.pass_context
def demo(
    context: click.Context,
    *,
    home: Path,
    host: str,
    port: int | None,
    seed: str | None,
    today: datetime | None,
    no_serve: bool,
    as_json: bool,
) -> None:
    """Make a small, real-looking city and serve it: nothing else is needed.

    A city that is in the folder already is served again. In it, and only there, `--key demo:NAME`
    signs as one of its people; a NAME that is none lists them all.
    """
    if context.invoked_subcommand is not None:
        return
    day: date | None = None if today is None else today.date()
    demos.make(home, seed, day)
    port = port or serving.free_port(host, PORT)
    base = demos.base_url(host, port)
    demos.show(home, base, as_json=as_json)
    say(demos.signing_in(home, base))
    say(f"A recall can be played in it: suyuan demo recall --home {home}")
    if no_serve:
        say(f"Nothing is served yet: suyuan serve --home {home} --port {port}")
    else:
        serving.serve(home, host, port, 1, base_url=base)


@demo.command("recall")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="The city's folder, as of `demo` itself.",
)
@click.option("--drill", is_flag=True, help="A drill of it: no page changes, nothing is stopped.")
@click.option("--pause", is_flag=True, help="Wait for Enter after each scene.")
@click.pass_context
def demo_recall(context: click.Context, *, home: Path | None, drill: bool, pause: bool) -> None:
    """Play a recall in the city: from a test at one stall to its closing, command by command.

    Each command is printed as anybody can type it, with what it says and what the pages of the
    labels then say. A server of the city may run beside it: its pages turn red as it goes on.
    """
    assert context.parent is not None
    demos.play(home or context.parent.params["home"], is_drill=drill, is_paused=pause)


for _command in (serve, worker, demo, witness, scripts):
    cli.add_command(_command)


def main() -> None:
    """The console script's entry."""
    sys.exit(run(cli))


if __name__ == "__main__":
    main()
