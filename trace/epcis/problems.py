"""What is wrong with a document, said so that its sender can put it right.

Everything in this package that reads bytes or JSON from outside reports `Problem`s and raises
only `EpcisError`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LIMIT = 100
"""No more problems than this are reported of one document."""

_SHOWN = 60
_LISTED = 5


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    `path` is a JSON Pointer (RFC 6901) into the document or event, "" for all of it; where a
    member is missing it points to where that member would be. `what` says what is wrong, with
    the value shortened; `fix` what would be right.
    """

    path: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path or 'the document'}: {self.what} ({self.fix})"


class EpcisError(Exception):
    """A document or event that is refused: the only error family of this boundary.

    `problems` holds at least one and at most `LIMIT` problems, in the order of their paths;
    `cut` is true where there were more. The text lists the first few.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(problems, key=_order)
        self.cut = len(found) > LIMIT
        self.problems: tuple[Problem, ...] = tuple(found[:LIMIT])
        super().__init__(_sentence(self.problems, self.cut))


def pointer(parts: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of a sequence of member names and list positions."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: Any) -> str:
    """A value as people may read it: short, on one line, and always encodable as UTF-8."""
    if isinstance(value, dict):
        return f"an object of {len(value)} members"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        cut = value[:_SHOWN] + ("…" if len(value) > _SHOWN else "")
        text = json.dumps(cut, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > 10**_SHOWN:
        return "a number of many digits"
    return str(value)[:_SHOWN]


def in_path_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by path, the tenth element of a list after the second."""
    return tuple(sorted(problems, key=_order))


def _order(problem: Problem) -> tuple[list[tuple[bool, int, str]], str]:
    steps = problem.path.split("/")
    return [_step(step) for step in steps], problem.what


def _step(step: str) -> tuple[bool, int, str]:
    number = step.isascii() and step.isdigit() and len(step) < _SHOWN
    return (not number, int(step) if number else 0, step)


def _sentence(problems: Sequence[Problem], cut: bool) -> str:
    count = f"more than {LIMIT} problems" if cut else f"{len(problems)} problems"
    head = "This cannot be read as EPCIS 2.0"
    if len(problems) == 1:
        return f"{head}: {problems[0]}."
    listed = "; ".join(str(problem) for problem in problems[:_LISTED])
    more = "; and others" if cut or len(problems) > _LISTED else ""
    return f"{head}, {count}: {listed}{more}."
