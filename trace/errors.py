"""The error family of the ledger's own tools: what a person asked for cannot be done."""


class LedgerError(Exception):
    """A request that cannot be done; the text says what, where and what to do."""


class CannotDecide(LedgerError):
    """Something needed to decide is missing: a key, a network, a trust file (exit code 3)."""


class FetchError(CannotDecide):
    """A server that gives no answer that can be used: silent, slow, too long, unreachable."""


class Tampered(LedgerError):
    """What a ledger is made of disagrees in a way that only a change from outside explains."""
