"""Settings: option over SUYUAN_X over SUYUAN_X_FILE over default."""

import os
import sys
from collections.abc import Mapping
from getpass import getpass
from gettext import gettext
from pathlib import Path

from .errors import PassphraseMissing, SettingError


def setting(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """The value of SUYUAN_`name`, or what the file that SUYUAN_`name`_FILE names holds.

    One line end at the file's end is taken off. Raises SettingError where both are set or the
    file cannot be read; None where neither is.
    """
    environ = os.environ if environ is None else environ
    variable = f"SUYUAN_{name}"
    value, file = environ.get(variable), environ.get(f"{variable}_FILE")
    if value is not None and file is not None:
        raise SettingError("both %s and %s_FILE are set: keep one of them", variable, variable)
    if file is None:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            "%s_FILE names %s, which cannot be read: %s", variable, file, error
        ) from None


def passphrase(name: str, *, confirm: bool = False) -> bytes:
    """The passphrase for `name`: SUYUAN_KEY_PASSPHRASE, its _FILE, or a prompt on a terminal.

    Raises PassphraseMissing where there is neither setting nor terminal, SettingError where it
    is empty or, with `confirm`, typed differently the second time.
    """
    value = setting("KEY_PASSPHRASE")
    if value is None:
        if not (sys.stdin and sys.stdin.isatty()):
            raise PassphraseMissing(name)
        try:
            value = getpass(gettext("Passphrase for %(name)s: ") % {"name": name})
            if confirm and getpass(gettext("Once more: ")) != value:
                raise SettingError("the two passphrases differ: nothing was written")
        except EOFError:
            raise SettingError("no passphrase was typed for %s", name) from None
    if not value:
        raise SettingError("the passphrase for %s is empty: private keys are kept encrypted", name)
    return value.encode(errors="surrogateescape")  # as the environment gives bytes that are no text
