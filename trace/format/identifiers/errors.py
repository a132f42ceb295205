"""The error family of identifiers that people type or files bring."""

from ..errors import MessageError


class IdentifierError(MessageError):
    """An identifier that is malformed; its text says what is wrong and what would be right."""
