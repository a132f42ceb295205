"""How an error becomes one sentence and an exit code."""

import os
import sys

from suyuan.keys.errors import KeysError
from suyuan.trace.admission.trust import TrustError
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.rules import Refused
from suyuan.trace.log.errors import LogError
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.store.errors import SchemaError, StoreError

from .terminal import DONE, FINDINGS, UNDECIDED, USAGE, say

_OURS = (
    LedgerError,
    StoreError,
    Refused,
    EpcisError,
    IdentifierError,
    TableError,
    KeysError,
    LogError,
    TrustError,
)


def describe(error: Exception) -> int:
    """Say on standard error what failed, without a traceback unless SUYUAN_DEBUG; the exit code."""
    if isinstance(error, _OURS):
        say(f"suyuan: {error}")
        return _code(error)
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return DONE
    if isinstance(error, OSError):
        say(f"suyuan: {error.filename or ''}: {error.strerror or error}")
        return USAGE
    if os.environ.get("SUYUAN_DEBUG"):
        raise error
    reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    say(f"suyuan: it failed in a way that it should not: {reason}")
    say("Set SUYUAN_DEBUG=1 to see where, and please report it.")
    return UNDECIDED


def _code(error: Exception) -> int:
    if isinstance(error, CannotDecide | StoreError) and not isinstance(error, SchemaError):
        return UNDECIDED
    return FINDINGS if isinstance(error, Tampered) else USAGE
