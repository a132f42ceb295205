"""How long the long tests are: short every day, whole with SUYUAN_LONG=1."""

import os

IS_LONG = os.environ.get("SUYUAN_LONG", "") not in ("", "0")


def length(short: int, whole: int) -> int:
    """How many rounds, rows or examples now."""
    return whole if IS_LONG else short
