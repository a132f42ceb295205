"""The error family of the parser of evidence files."""


class EvidenceError(Exception):
    """Bytes that are no evidence file."""


class NewerVersion(EvidenceError):
    """An evidence file of a later version: this program cannot decide on it."""
