"""A ledger that the command line has made, with a farm."""

from pathlib import Path

import pytest
from support.ledger.commands import Suyuan
from support.ledger.copies import filled


@pytest.fixture
def farm(suyuan: Suyuan, kept: Path) -> str:
    """A ledger with a farm whose key lies in farm.key."""
    (uri,) = filled(kept, lambda: [founded(suyuan)])
    return uri


def founded(suyuan: Suyuan) -> str:
    """The URI of the farm of a new ledger."""
    suyuan.init()
    more = ("91350212MA2XN7T503", "--division", "350212", "--gs1", "6901234")
    return suyuan.party("青山农场", "producer", *more, key="farm")
