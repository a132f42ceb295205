"""`suyuan witness`: run a witness, for any log of that kind."""

from pathlib import Path

from suyuan.keys.notes import VerifierKey
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner
from suyuan.trace.cli.command import FOLDER, HOST, Run, command, option, port_option
from suyuan.trace.cli.command_help import Group
from suyuan.trace.cli.files import read_trust
from suyuan.trace.cli.terminal import show
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.watch.witness.folder import KEY, Folder
from suyuan.trace.watch.witness.witness import LogToWitness

PORT = 8001

_FOLDER = option(
    type=FOLDER,
    default=Path("suyuan-witness"),
    envvar="SUYUAN_WITNESS_FOLDER",
    help="The witness's folder [SUYUAN_WITNESS_FOLDER, default ./suyuan-witness].",
)

witness = Group(
    "witness", help="Run a witness: it cosigns the checkpoints of logs that only ever grow."
)


@command("init", witness, home=False)
def init(
    run: Run,
    name: str = option(help="A URL without its scheme: witness.example/w1."),
    folder: Path = _FOLDER,
) -> None:
    """Make a new witness with a key of its own; prints its verifier key.

    Logs put the key into their policy. The folder is the witness's memory: a witness whose folder
    was lost, or restored from a copy, is to be given up, key and all.
    """
    secret = passphrase(str(folder / KEY), confirm=True)
    show([str(Folder.create(folder, name, LocalSigner.new(), secret).key)])


@command("add-log", witness, home=False)
def add_log(
    run: Run,
    log_key: str | None = option("--log", metavar="VKEY", help="The log's verifier key."),
    trust: Path | None = option(help="A Suyuan ledger's trust file, in place of --log."),
    audit: bool = option(help="Read every entry, and cosign only if all rules hold."),
    url: str | None = option(help="Where the log is read: its prefix, without /checkpoint."),
    folder: Path = _FOLDER,
) -> None:
    """Take a log on; prints its origin. A running witness is to be started again."""
    if (log_key is None) == (trust is None):
        raise LedgerError("give the log by --log VKEY or by --trust FILE")
    if audit and (trust is None or url is None):
        raise LedgerError("--audit needs --trust FILE and --url URL")
    opened = Folder.open(folder)
    if trust is None:
        assert log_key is not None
        log = LogToWitness((VerifierKey.parse(log_key),), url)
    else:
        ledger = read_trust(trust)
        log = LogToWitness((ledger.log,), url, ledger if audit else None)
    show([opened.add_log(log)])


@command("serve", witness, home=False)
def serve(
    run: Run,
    folder: Path = _FOLDER,
    host: str = HOST,
    port: int = port_option(PORT, default=PORT),
) -> None:
    """Answer logs (POST add-checkpoint) and monitors (GET <origin hash>/checkpoint)."""
    from .witness_serving import serve as serve_folder

    serve_folder(folder, host, port)


@command("show", witness, home=False, json=True)
def show_witness(run: Run, folder: Path = _FOLDER) -> None:
    """The witness, its logs, and what it cosigned of each last."""
    opened = Folder.open(folder)
    logs = []
    for origin, log in opened.logs().items():
        latest = opened.keeper.latest(origin)
        logs.append(
            {
                "origin": origin,
                "url": log.url,
                "audit": log.audit is not None,
                "size": None if latest is None else latest.checkpoint.size,
                "note": None if latest is None else latest.note,
            }
        )
    evidence, key = opened.keeper.evidence(), opened.key
    lines = [str(key)]
    for row in logs:
        size = "never cosigned" if row["size"] is None else f"cosigned at size {row['size']}"
        lines.append(f"{row['origin']}: {size}{', audited' if row['audit'] else ''}")
    note = f"{len(evidence)} inconsistent requests are kept in {folder / 'evidence'}"
    value = {"name": key.name, "vkey": str(key), "logs": logs, "evidence": evidence}
    run.answer(value, lines, *([note] if evidence else []))
