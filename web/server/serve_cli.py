"""`suyuan serve`, `worker`, `demo`: what serves a ledger, follows it, and shows one."""

from datetime import datetime
from pathlib import Path

import click

from suyuan.trace.cli.command import FOLDER, HOST, MIRROR, Run, command, option, port_option
from suyuan.trace.cli.terminal import say
from suyuan.trace.ledger.home import is_demo

from . import demos, following, serving

PORT = 8000


@command("serve")
def serve(
    run: Run,
    host: str = HOST,
    port: int = port_option(PORT, default=PORT),
    workers: int = option(
        type=click.IntRange(1, 64),
        default=1,
        envvar="SUYUAN_WORKERS",
        help="How many processes answer [SUYUAN_WORKERS, default 1].",
    ),
    mirror: str | None = MIRROR,
) -> None:
    """Serve the ledger's pages and its API, with a `worker` beside it.

    Refuses a schema that is older or newer than this program's. Asks the witnesses of its policy
    first whether links were lost here: until then, and for 10 seconds at most, nothing is appended.
    A demo's labels lead to the address that is served, unless SUYUAN_BASE_URL says another.
    """
    base = demos.base_url(host, port) if is_demo(run.home) else None
    serving.serve(run.home, host, port, workers, base_url=base, mirror=mirror)


@command("worker")
def worker(
    run: Run,
    mirror: str | None = MIRROR,
    parent: int | None = option(hidden=True),
    gate: int | None = option(hidden=True),
) -> None:
    """Follow the ledger: derive what pages and queries need from new links, until ended.

    Has its checkpoints cosigned too, by the witnesses of its policy, and tells whom holds and
    recalls concern, by e-mail (SUYUAN_SMTP_URL) and webhooks.
    """
    following.follow(run.home, parent, mirror=mirror, gate=gate)


@command("demo", home=False, json=True, is_group=True)
def demo(
    run: Run,
    home: Path = option(
        type=FOLDER,
        default=Path("suyuan-demo"),
        envvar="SUYUAN_HOME",
        help="Where to make the city [SUYUAN_HOME, default ./suyuan-demo].",
    ),
    host: str = HOST,
    port: int | None = port_option(PORT),
    seed: str | None = option(help="Another seed makes another city [default suyuan]."),
    today: datetime | None = option(
        type=click.DateTime(["%Y-%m-%d"]), help="The day on which the story ends [default today]."
    ),
    no_serve: bool = option(help="Make the city and do not serve it."),
) -> None:
    """Make a small, real-looking city and serve it: nothing else is needed.

    A city that is in the folder already is served again. In it, and only there, `--key demo:NAME`
    signs as one of its people; a NAME that is none lists them all.
    """
    if run.context.invoked_subcommand is not None:
        return
    demos.make(home, seed, None if today is None else today.date())
    port = port or serving.free_port(host, PORT)
    base = demos.base_url(host, port)
    demos.show(home, base, as_json=run.as_json)
    for who in (demos.SIGNER, demos.INSPECTOR):
        say(demos.signing_in(home, base, who))
    say("A recall can be played in it: suyuan demo recall --home %s", home)
    if no_serve:
        say("Nothing is served yet: suyuan serve --home %s --port %s", home, port)
    else:
        serving.serve(home, host, port, 1, base_url=base)


@command("recall", demo, home=False)
def demo_recall(
    run: Run,
    home: Path | None = option(type=FOLDER, help="The city's folder, as of `demo` itself."),
    drill: bool = option(help="A drill of it: no page changes, nothing is stopped."),
    pause: bool = option(help="Wait for Enter after each scene."),
) -> None:
    """Play a recall in the city: from a test at one stall to its closing, command by command.

    Each command is printed as anybody can type it, with what it says and what the pages of the
    labels then say. A server of the city may run beside it: its pages turn red as it goes on.
    """
    demos.play(run.home, is_drill=drill, is_paused=pause)
