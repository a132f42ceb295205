"""The error family of the log's parsers."""


class LogError(Exception):
    """A checkpoint or tree that is malformed or does not verify."""
