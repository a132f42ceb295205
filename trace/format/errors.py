"""The error family of the ledger's own tools: a person's request cannot be done."""

from .messages import message_of


class MessageError(Exception):
    """An error whose message says what is wrong: a text with a `%s` for each of its places.

    A text without places may be one that no language changes, such as another error's.
    """

    def __init__(self, text: object = "", /, *places: object) -> None:
        self.message = message_of(text, *places)
        super().__init__(self.message)


class LedgerError(MessageError):
    """A request that cannot be done; its message says what, where and what to do."""


class CannotDecide(LedgerError):
    """Something needed to decide is missing: a key, a network, a trust file (exit code 3)."""


class FetchError(CannotDecide):
    """A server that gives no answer that can be used: silent, slow, too long, unreachable."""


class Tampered(LedgerError):
    """Parts of a ledger disagree in a way that only a change from outside explains."""
