"""Plausibility."""

from .rule import Context, Doubt


def check(story: object, context: Context) -> list[Doubt]:
    """Nothing yet."""
    return []
