"""The values of a step as they were typed, and all that is wrong with them at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NoReturn, ParamSpec, TypeVar

from suyuan.trace.errors import LedgerError

MOST_DAYS = 36_500
P = ParamSpec("P")
T = TypeVar("T")


class FieldError(LedgerError):
    """A value that is not as it should be: where, what kind of mistake it is, and what."""

    def __init__(self, field: str, mistake: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.mistake = mistake


class FieldErrors(LedgerError):
    """All values of a form that are not as they should be; at least one, each field once."""

    def __init__(self, *found: FieldError) -> None:
        super().__init__("; ".join(map(str, found)))
        self.found = found


@dataclass(slots=True)
class Mistakes:
    """What is wrong with the values that were read so far: of each field the first."""

    found: dict[str, FieldError] = field(default_factory=dict)

    def read(self, reads: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """A value; None, and remembered, where it is not as it should be."""
        try:
            return reads(*args, **kwargs)
        except FieldError as error:
            self.found.setdefault(error.field, error)
            return None

    def tell(self) -> None:
        """Raise FieldErrors where anything is wrong."""
        if self.found:
            raise FieldErrors(*self.found.values())


def plain(text: str, field: str) -> str:
    """One line of text; FieldError for control characters."""
    if not text.isprintable():
        wrong(field, "text", "without line breaks and control characters")
    return text


def decimal(typed: str, field: str) -> Decimal:
    """A number as people type it, in the digits of whichever keyboard; else FieldError."""
    bare = typed.strip().replace("。", ".")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        wrong(field, "number", f"{typed[:40]!r} is no number")
    if not found.is_finite() or "e" in bare.lower() or "_" in bare:
        wrong(field, "number", f"{typed[:40]!r} is no number")
    return found


def days(typed: str, field: str) -> int:
    """A number of days, 0 to MOST_DAYS; else FieldError."""
    bare = typed.strip()
    if not (bare.isascii() and bare.isdigit()) or int(bare[:9]) > MOST_DAYS:
        wrong(field, "days", "a whole number of days")
    return int(bare)


def wrong(field: str, mistake: str, why: str) -> NoReturn:
    """Raise FieldError."""
    raise FieldError(field, mistake, why)
