"""The story that tests of evidence files are about, told once for a module."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.goods.evidence import (
    NORTH,
    SOUTH,
    STRANGER,
    Story,
    cosign,
    evidence_of,
    tell_story,
    trust_with,
)

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence.bundle import Bundle


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Told once, and changed by no test."""
    made = tell_story(tmp_path_factory.mktemp("story") / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture
def tale(tmp_path: Path) -> Iterator[Story]:
    """Told for one test, which goes on with it."""
    made = tell_story(tmp_path / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture(scope="module")
def plain(story: Story) -> Bundle:
    """The evidence of the mixed lot, signed by the log alone."""
    return evidence_of(story.world, story.mixed)


@pytest.fixture(scope="module")
def made(plain: Bundle) -> Bundle:
    """The same, cosigned by both witnesses and by somebody unknown."""
    return replace(plain, checkpoint=cosign(plain.checkpoint, NORTH, STRANGER[0], SOUTH))


@pytest.fixture(scope="module")
def trust(story: Story) -> Trust:
    """The trust file that asks for both witnesses."""
    return trust_with(story.trust, 2)
