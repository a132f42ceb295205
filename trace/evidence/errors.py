"""The error family of the parser of evidence files."""


class EvidenceError(Exception):
    """Bytes that are no evidence file of version 1."""


class NewerVersion(EvidenceError):
    """An evidence file of another version: this program cannot decide on it."""
