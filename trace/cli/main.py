"""`suyuan`: the commands by name, and how errors become exit codes."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from suyuan.trace.store.files.durable import OTHERS

from .command_help import Command, Group, Option, lang_option
from .table import COMMANDS
from .terminal import DONE, FINDINGS, INTERRUPTED, UNDECIDED, USAGE, say, speaking


class _Unloaded(Command):
    """A command that is known by its name, its module and its short help."""

    def __init__(self, name: str, module: str, short_help: str) -> None:
        super().__init__(name, help=short_help)
        self._module = module

    def load(self) -> click.Command:
        """The command of this name in its module.

        What a module makes stays: looking through it for garbage, while it is made and after, took
        a third of a small command's time.
        """
        if self._module not in sys.modules:
            gc.disable()
            try:
                import_module(self._module)
            finally:
                gc.freeze()
                gc.enable()
        values = vars(sys.modules[self._module]).values()
        commands = (value for value in values if isinstance(value, click.Command))
        return next(command for command in commands if command.name == self.name)


class Commands(Group):
    """The commands, each loaded where it is run."""

    def add(self, package: str, table: Mapping[str, tuple[str, str]]) -> None:
        """Take on commands of a package: by name its module and its short help."""
        for name, (module, short_help) in table.items():
            self.add_command(_Unloaded(name, f"{package}.{module}", short_help))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that arguments name, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, _Unloaded) else command, rest


@click.group(
    cls=Commands,
    context_settings={"auto_envvar_prefix": "SUYUAN", "help_option_names": ["-h", "--help"]},
)
@click.version_option(
    package_name="suyuan", prog_name="suyuan", cls=Option, help="Show the version and exit."
)
def cli() -> None:
    """A food traceability ledger that everyone can check (溯源，一品一码).

    Exit codes: 0 verified or done, 1 evidence of tampering or a finding, 2 usage or bad input,
    3 could not decide (no key, no network, no trust file).
    """


cli.params.insert(0, lang_option())
cli.add("suyuan.trace.cli", COMMANDS)


def run(group: click.Group, arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Errors are one sentence on standard error, no traceback."""
    before = os.umask(OTHERS)  # whatever is kept is its owner's alone; what is given away says so
    try:
        with speaking():
            return _run(group, arguments)
    finally:
        os.umask(before)


def _run(group: click.Group, arguments: Sequence[str] | None) -> int:
    try:
        code = group.main(arguments, prog_name="suyuan", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  each becomes a sentence, or is raised again
        return _describe(error)
    return code if isinstance(code, int) else DONE


def _describe(error: Exception) -> int:
    """Say on standard error what failed, without a traceback unless SUYUAN_DEBUG; the exit code."""
    # The modules of these errors are loaded only where one is raised.
    from suyuan.keys.errors import KeysError
    from suyuan.trace.admission.trust import TrustError
    from suyuan.trace.format.epcis.json_reading import EpcisError
    from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
    from suyuan.trace.format.identifiers.errors import IdentifierError
    from suyuan.trace.format.messages import message_of, row
    from suyuan.trace.format.rules import Refused
    from suyuan.trace.log.errors import LogError
    from suyuan.trace.recording.imports.cells import TableError
    from suyuan.trace.store.errors import SchemaError, StoreError

    ours = (LedgerError, StoreError, Refused, EpcisError, IdentifierError, TableError, KeysError)
    if isinstance(error, (*ours, LogError, TrustError)):
        rule = error.rule if isinstance(error, Refused) else None
        say(row("suyuan", rule, message_of(error), gap=": "))
        if isinstance(error, CannotDecide | StoreError) and not isinstance(error, SchemaError):
            return UNDECIDED
        return FINDINGS if isinstance(error, Tampered) else USAGE
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return DONE
    if isinstance(error, OSError):
        say(row("suyuan", error.filename, error.strerror or str(error), gap=": "))
        return USAGE
    if os.environ.get("SUYUAN_DEBUG"):
        raise error
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    say("suyuan: it failed in a way that it should not: %s", reason)
    say("Set SUYUAN_DEBUG=1 to see where, and please report it.")
    return UNDECIDED


def main() -> None:
    """The console script's entry, without the front-end's commands."""
    sys.exit(run(cli))
