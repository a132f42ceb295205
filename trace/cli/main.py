"""`suyuan`: the group of commands, and how errors become exit codes."""

import os
import sys
from collections.abc import Sequence

import click

from suyuan.keys.errors import KeysError

from ..epcis import EpcisError
from ..errors import CannotDecide, LedgerError, Tampered
from ..home import OTHERS
from ..identifiers.errors import IdentifierError
from ..imports.errors import TableError
from ..log.errors import LogError
from ..rules import Refused
from ..store.errors import SchemaError, StoreError
from ..trust import TrustError
from . import (
    admin,
    alarms,
    arriving,
    auditing,
    auditors,
    buying,
    choosing,
    complaining,
    disclosing,
    doubting,
    enrolling,
    exporting,
    files,
    founding,
    holding,
    holds,
    inviting,
    labelling,
    looking,
    monitoring,
    notices,
    owning,
    people,
    policies,
    publishing,
    recalls,
    recording,
    tracing,
    verifying,
    witnessing,
)

DONE, TAMPERED, USAGE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
_OURS = (
    LedgerError,
    Refused,
    EpcisError,
    IdentifierError,
    TableError,
    KeysError,
    LogError,
    TrustError,
    SchemaError,
)


@click.group(
    context_settings={"auto_envvar_prefix": "SUYUAN", "help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="suyuan", prog_name="suyuan")
def cli() -> None:
    """A food traceability ledger that everyone can check (溯源，一品一码).

    Exit codes: 0 verified or done, 1 evidence of tampering or a finding, 2 usage or bad input,
    3 could not decide (no key, no network, no trust file).
    """


for _module in (
    founding,
    people,
    owning,
    inviting,
    enrolling,
    recording,
    arriving,
    buying,
    holding,
    files,
    exporting,
    looking,
    tracing,
    doubting,
    choosing,
    verifying,
    auditing,
    holds,
    recalls,
    labelling,
    complaining,
    disclosing,
    admin,
    publishing,
    policies,
    auditors,
    witnessing,
    alarms,
    notices,
    monitoring,
):
    for _command in _module.COMMANDS:
        cli.add_command(_command)


def run(group: click.Group, arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Errors are one sentence on standard error, no traceback."""
    before = os.umask(OTHERS)  # whatever is kept is its owner's alone; what is given away says so
    try:
        return _run(group, arguments)
    finally:
        os.umask(before)


def _run(group: click.Group, arguments: Sequence[str] | None) -> int:
    try:
        found = group.main(arguments, prog_name="suyuan", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except (CannotDecide, StoreError) as error:
        click.echo(f"suyuan: {error}", err=True)
        return USAGE if isinstance(error, SchemaError) else UNDECIDED
    except Tampered as error:
        click.echo(f"suyuan: {error}", err=True)
        return TAMPERED
    except _OURS as error:
        click.echo(f"suyuan: {error}", err=True)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        click.echo(f"suyuan: {error.filename or ''}: {error.strerror or error}", err=True)
        return USAGE
    except Exception as error:
        if os.environ.get("SUYUAN_DEBUG"):
            raise
        said = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        click.echo(f"suyuan: it failed in a way that it should not: {said}", err=True)
        click.echo("Set SUYUAN_DEBUG=1 to see where, and please report it.", err=True)
        return UNDECIDED
    return found if isinstance(found, int) else DONE


def main() -> None:
    """The console script's entry, without the front-end's commands."""
    sys.exit(run(cli))
