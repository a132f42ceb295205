"""What an audit knows, kept in a file: to go on after an interruption, or since the last audit."""

import os
import pickle
import tempfile
from contextlib import suppress
from pathlib import Path

from suyuan.trace.recording.committed_files import NamedFile

from .audited_prefix import Prefix

_VERSION = 4
FILE = "audit.state"


class _Plain(pickle.Unpickler):
    """Of a file that only its owner writes; even so nothing but our own two classes."""

    def find_class(self, module: str, name: str) -> type:
        for known in (Prefix, NamedFile):
            if (module, name) == (known.__module__, known.__name__):
                return known
        raise pickle.UnpicklingError(f"{module}.{name} has no place here")


def load(path: Path, origin: str) -> tuple[Prefix, bool] | None:
    """What an audit of this origin left, and whether it came to its end; None where nothing is."""
    try:
        with path.open("rb") as file:
            version, ours, is_whole, prefix = _Plain(file).load()
    except Exception:  # noqa: BLE001  a file that is missing, cut or another's is no knowledge
        return None
    if (version, ours) != (_VERSION, origin) or not isinstance(prefix, Prefix):
        return None
    return prefix, bool(is_whole)


def save(path: Path, origin: str, prefix: Prefix, *, is_whole: bool) -> None:
    """Keep it, readable by the owner only; a file that cannot be written costs only time."""
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                pickle.dump((_VERSION, origin, is_whole, prefix), file)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
