"""The error family of the store."""

from suyuan.trace.format.errors import MessageError


class StoreError(MessageError):
    """The database cannot be used; the text says what is wrong and what to do."""


def first_line(error: Exception, most: int = 300) -> str:
    """The beginning of an error's text, for messages."""
    return str(error).splitlines()[0][:most]


class Conflict(StoreError):
    """A row of the same key is there already."""


class SchemaError(StoreError):
    """The schema is older or newer than this program's."""


class SealError(StoreError):
    """The secret that seals rows beside the ledger is not here, or cannot be changed."""


class Busy(StoreError):
    """The ledger's lock or its queue could not be had in time; nothing was written.

    `retry_after` says in how many seconds another try makes sense.
    """

    retry_after = 1


class Unreachable(StoreError):
    """The database does not answer, or cannot write: trying again at once would not help."""


class Stopped(StoreError):
    """The log signs nothing until its operator has resolved an alarm; nothing was written."""
