"""Records that no code changes: types hold that, and making one costs what a plain one does.

A frozen dataclass sets each member through `object.__setattr__`: 1 to 3 µs for each of a dozen
records that a link is made of. Types see these as frozen (PEP 681), so that mypy refuses an
assignment; the interpreter does not.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Cls = TypeVar("Cls")


@dataclass_transform(frozen_default=True)
def record(cls: type[Cls]) -> type[Cls]:
    """A slotted dataclass, compared and hashed by its members, none of which is assigned again."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
