"""An item that this program fails on stops no other, and is told of."""

import pytest
from support.ledger.world import World
from support.watch.audits import audit

from suyuan.trace.lineage.model import Story
from suyuan.trace.store.projections import follow_lineage as follower
from suyuan.trace.store.read.lineage_reader import Lineage


def test_what_nobody_foresaw_of_one_item_is_a_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm = world.party("青山农场", "producer")
    bad, good = world.new_lot(), world.new_lot()
    real = follower.story_of

    def failing(known: object) -> Story:
        if known.item == bad:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real(known)  # type: ignore[arg-type]

    monkeypatch.setattr(follower, "story_of", failing)
    sent = world.code(farm, bad)
    world.code(farm, good)
    with world.caught_up() as reader:
        lineage = Lineage(reader)
        (finding,) = lineage.findings()
        assert (finding.rule, finding.subject, finding.leaf) == ("underived", bad, sent.index)
        assert "ZeroDivisionError" in str(finding.message)
        assert "ZeroDivisionError" in finding.message.text("zh")
        assert lineage.stock([bad]) == [] and len(lineage.stock([good])) == 1
    assert not audit(world.ledger).findings
    monkeypatch.setattr(follower, "story_of", real)
    world.ledger.followers.rebuild("lineage")
    with world.ledger.reading() as reader:
        assert Lineage(reader).findings() == [] and len(Lineage(reader).stock([bad])) == 1
