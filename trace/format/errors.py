"""The error family of the ledger's own tools: what a person asked for cannot be done."""

from .messages import Message, as_message


class MessageError(Exception):
    """An error whose message, or a text that no language changes, says what is wrong."""

    @property
    def message(self) -> Message:
        """What it says, to be put into words at the edge; an English text is a message as it is."""
        said = self.args[0] if self.args else ""
        return as_message(said if isinstance(said, Message) else str(self))


class LedgerError(MessageError):
    """A request that cannot be done; its message says what, where and what to do."""


class CannotDecide(LedgerError):
    """Something needed to decide is missing: a key, a network, a trust file (exit code 3)."""


class FetchError(CannotDecide):
    """A server that gives no answer that can be used: silent, slow, too long, unreachable."""


class Tampered(LedgerError):
    """What a ledger is made of disagrees in a way that only a change from outside explains."""
