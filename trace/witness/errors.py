"""What keeps a witness from deciding; what a request does wrong is an answer, not an error."""

from ..errors import CannotDecide


class Later(CannotDecide):
    """Nothing can be said yet: ask again in `seconds`. Answered with 503."""

    def __init__(self, why: str, seconds: int = 5) -> None:
        super().__init__(why)
        self.seconds = seconds
