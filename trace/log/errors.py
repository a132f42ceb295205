"""The error family of the log's parsers."""


class LogError(Exception):
    """A checkpoint or tree that is malformed or does not verify."""


class ClockError(LogError):
    """A witness's clock and ours differ; `seconds` is by how much its is ahead."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"a cosignature whose time is {seconds} seconds from ours: see to the clocks"
        )
        self.seconds = seconds
