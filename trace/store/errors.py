"""The error family of the store."""


class StoreError(Exception):
    """The database cannot be used; the text says what is wrong and what to do."""


class SchemaError(StoreError):
    """The schema is older or newer than this program's."""


class Busy(StoreError):
    """Another process held the ledger's lock for too long; nothing was written."""
