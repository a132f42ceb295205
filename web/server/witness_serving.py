"""The witness's server: granian, one process with several threads."""

import os
from pathlib import Path

import click

from suyuan.keys.errors import KeyFileError
from suyuan.keys.settings import passphrase
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.log.tlog_witness import MAX_BODY
from suyuan.trace.watch.witness.auditing_witness import Auditor
from suyuan.trace.watch.witness.folder import KEY, Folder
from suyuan.trace.watch.witness.witness import Audit

from .serving import require_free, server_of, shown
from .whole import Limits, Rsgi, whole
from .witness_app import create_app

FOLDER = "SUYUAN_WITNESS_FOLDER"
THREADS = 16


def serve(path: Path, host: str, port: int) -> None:
    """Serve the witness in a folder until interrupted.

    Raises CannotDecide where there is no witness, its key does not open or a log cannot be audited;
    LedgerError where its files are damaged or the address cannot be listened on. The passphrase is
    asked for once.
    """
    folder = Folder.open(path)
    try:
        secret = passphrase(str(path / KEY))
        signer = folder.signer(secret)
    except KeyFileError as error:
        raise CannotDecide(str(error)) from None
    folder.open_witness(signer, audit_of(folder))
    require_free(host, port)
    os.environ[FOLDER] = str(path.absolute())
    os.environ.pop("SUYUAN_KEY_PASSPHRASE_FILE", None)
    os.environ["SUYUAN_KEY_PASSPHRASE"] = os.fsdecode(secret)
    target = "suyuan.web.server.witness_serving:app_of_process"
    server = server_of(target, host, port, 1, connections=THREADS * 16)
    server.on_startup(
        lambda: click.echo(f"{folder.key.name} witnesses on {shown(host, port)}", err=True)
    )
    server.serve()


def app_of_process() -> Rsgi:
    """The app of granian's process."""
    os.setpgrp()
    folder = Folder.open(Path(os.environ[FOLDER]))
    witness = folder.open_witness(folder.signer(passphrase(KEY)), audit_of(folder))
    app = create_app(witness, folder.path / "instance")
    limits = Limits(MAX_BODY + 1, grace=10.0, seconds=10.0, threads=THREADS)
    return whole(app.wsgi_app, limits)


def audit_of(folder: Folder) -> Audit | None:
    """How those logs are audited that are to be; None where none is."""
    logs = folder.logs()
    if all(log.audit is None for log in logs.values()):
        return None
    return Auditor(folder.path, logs)
