"""The error of the decoders."""


class NotDecoded(Exception):
    """A file that is refused; the text says why, and what would be read."""
