"""The story that tests of evidence files are about, told once for a module."""

from collections.abc import Iterator

import pytest
from support.goods.evidence import Story, tell_story, trust_with

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence import closure
from suyuan.trace.evidence.bundle import Bundle
from suyuan.trace.goods import history


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Told once, and changed by no test."""
    made = tell_story(tmp_path_factory.mktemp("story") / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture(scope="module")
def plain(story: Story) -> Bundle:
    """The evidence of the mixed lot, signed by the log alone."""
    ledger = story.world.ledger
    with ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
        return closure.bundle(reader, found, ledger.attachments.get)


@pytest.fixture(scope="module")
def trust(story: Story) -> Trust:
    """The trust file that asks for both witnesses."""
    return trust_with(story.trust, 2)
