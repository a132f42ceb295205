"""`suyuan witness`: run a witness, for any log of that kind."""

from pathlib import Path

import click

from suyuan.keys.notes import VerifierKey
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner
from suyuan.trace.cli.common import json_option, say, show_json
from suyuan.trace.errors import CannotDecide
from suyuan.trace.trust import Trust
from suyuan.trace.witness.folder import KEY, Folder
from suyuan.trace.witness.witness import LogToWitness

PORT = 8001

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("suyuan-witness"),
    envvar="SUYUAN_WITNESS_FOLDER",
    help="The witness's folder [SUYUAN_WITNESS_FOLDER, default ./suyuan-witness].",
)


@click.group()
def witness() -> None:
    """Run a witness: it cosigns the checkpoints of logs that only ever grow."""


@witness.command("init")
@click.option("--name", required=True, help="A URL without its scheme: witness.example/w1.")
@folder_option
def init(name: str, folder: Path) -> None:
    """Make a new witness with a key of its own; prints its verifier key.

    Logs put the key into their policy. The folder is the witness's memory: a witness whose folder
    was lost, or restored from a copy, is to be given up, key and all.
    """
    made = Folder.create(
        folder, name, LocalSigner.new(), passphrase(str(folder / KEY), confirm=True)
    )
    click.echo(str(made.key))


@witness.command("add-log")
@click.option("--log", "log_key", metavar="VKEY", help="The log's verifier key.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A Suyuan ledger's trust file, in place of --log.",
)
@click.option("--audit", is_flag=True, help="Read every entry, and cosign only if all rules hold.")
@click.option("--url", help="Where the log is read: its prefix, without /checkpoint.")
@folder_option
def add_log(
    *, log_key: str | None, trust: Path | None, audit: bool, url: str | None, folder: Path
) -> None:
    """Take a log on; prints its origin. A running witness is to be started again."""
    if (log_key is None) == (trust is None):
        raise click.UsageError("give the log by --log VKEY or by --trust FILE")
    if audit and (trust is None or url is None):
        raise click.UsageError("--audit needs --trust FILE and --url URL")
    opened = Folder.open(folder)
    if trust is None:
        assert log_key is not None
        log = LogToWitness((VerifierKey.parse(log_key),), url)
    else:
        found = _read_trust(trust)
        log = LogToWitness((found.log,), url, found if audit else None)
    click.echo(opened.add_log(log))


@witness.command("serve")
@folder_option
@click.option(
    "--host",
    default="127.0.0.1",
    envvar="SUYUAN_HOST",
    help="The address to listen on, 0.0.0.0 for all [SUYUAN_HOST, default 127.0.0.1].",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=PORT,
    envvar="SUYUAN_PORT",
    help=f"The port to listen on [SUYUAN_PORT, default {PORT}].",
)
def serve(folder: Path, host: str, port: int) -> None:
    """Answer logs (POST add-checkpoint) and monitors (GET <origin hash>/checkpoint)."""
    from .witness_serving import serve as serve_folder

    serve_folder(folder, host, port)


@witness.command("show")
@folder_option
@json_option
def show(folder: Path, *, as_json: bool) -> None:
    """The witness, its logs, and what it cosigned of each last."""
    opened = Folder.open(folder)
    logs = []
    for origin, log in opened.logs().items():
        kept = opened.keeper.latest(origin)
        logs.append(
            {
                "origin": origin,
                "url": log.url,
                "audit": log.audit is not None,
                "size": None if kept is None else kept.checkpoint.size,
                "note": None if kept is None else kept.note,
            }
        )
    evidence = opened.keeper.evidence()
    if as_json:
        show_json(
            {
                "name": opened.key.name,
                "vkey": str(opened.key),
                "logs": logs,
                "evidence": evidence,
            }
        )
        return
    click.echo(str(opened.key))
    for one in logs:
        size = "never cosigned" if one["size"] is None else f"cosigned at size {one['size']}"
        click.echo(f"{one['origin']}: {size}{', audited' if one['audit'] else ''}")
    if evidence:
        say(f"{len(evidence)} inconsistent requests are kept in {folder / 'evidence'}")


def _read_trust(path: Path) -> Trust:
    try:
        return Trust.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotDecide(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotDecide(f"{path} is no trust file") from None
