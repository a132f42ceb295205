"""What is wrong with the values of a form: all of it at once, each at its field."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, ParamSpec, TypeVar

from suyuan.trace.format.errors import LedgerError

P = ParamSpec("P")
T = TypeVar("T")


class FieldError(LedgerError):
    """A value that is not as it should be: where, what kind of mistake it is, and what."""

    def __init__(self, field: str, mistake: str, why: object) -> None:
        super().__init__(why)
        self.field = field
        self.mistake = mistake


class FieldErrors(LedgerError):
    """All values of a form that are not as they should be; at least one, each field once."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


@dataclass(slots=True)
class Mistakes:
    """The first mistake of each field among the values that were read so far."""

    by_field: dict[str, FieldError] = field(default_factory=dict)

    def read(self, reads: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The value that `reads` returns; None, with the mistake noted, for a FieldError."""
        try:
            return reads(*args, **kwargs)
        except FieldError as error:
            self.by_field.setdefault(error.field, error)
            return None

    def raise_any(self) -> None:
        """Raise FieldErrors where anything is wrong."""
        if self.by_field:
            raise FieldErrors(*self.by_field.values())


def wrong(field: str, mistake: str, why: object) -> NoReturn:
    """Raise FieldError."""
    raise FieldError(field, mistake, why)


@contextmanager
def as_mistake(field: str, mistake: str, *kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds are a mistake in a field, with what they say."""
    try:
        yield
    except kinds as error:
        wrong(field, mistake, error)
