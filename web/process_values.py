"""The values of a step as they were typed; FieldError for what is wrong."""

from decimal import Decimal, InvalidOperation

from .mistakes import wrong

MOST_DAYS = 36_500


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
    digits = bare.lstrip("0") or "0"
    if not (bare.isascii() and bare.isdigit()) or len(digits) > 9 or int(digits) > MOST_DAYS:
        wrong(field, "days", f"a whole number of days, {MOST_DAYS} at most")
    return int(digits)
