"""What is wrong with a confidential field or its disclosure."""

from ..errors import LedgerError


class PrivateError(LedgerError):
    """A field that cannot be hidden so, or a disclosure that shows nothing."""
