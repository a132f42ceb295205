"""What was tested on a path is on it: a result reaches the label of whoever was tested."""

import pytest
from support.ledger.world import event

from suyuan.trace.evidence import closure
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.goods import history


def after(receipt):
    return (AfterRef(receipt.index, receipt.hash),)


@pytest.fixture
def stalls(small):
    """A lot, its farm, two stalls that have some of it, a laboratory."""
    farm, one = small.party("青山农场", "producer"), small.party("一号摊")
    two, laboratory = small.party("二号摊"), small.party("市检测中心", "laboratory")
    lot = small.coded_lot(farm)
    small.hand_over(farm, one, lot)
    small.hand_over(farm, two, lot)
    return lot, farm, one, two, laboratory


def examined(small, stall, laboratory, lot, result="不合格"):
    (sampled,) = small.do(stall, event("sample", lot))
    extra = {"suyuan:result": result}
    (found,) = small.do(laboratory, event("test", lot, extra=extra), after=after(sampled))
    small.ledger.followers.catch_up()
    return found.index


def path(small, lot, actor):
    with small.ledger.reading() as reader:
        found = history.path(reader, small.trust.genesis, lot, actor.uri)
        made = closure.bundle(reader, found, small.ledger.attachments.get)
        return found, made, sorted(found.aside)


def test_a_result_reaches_the_path_that_it_names_and_its_evidence(small, stalls):
    lot, _farm, one, two, laboratory = stalls
    leaf = examined(small, one, laboratory, lot)
    found, made, others = path(small, lot, one)
    assert leaf in found.links and found.is_good and others == []
    assert leaf in {entry.index for entry in made.entries}
    assert verify(made, small.trust).exit_code == 0
    found, made, others = path(small, lot, two)
    assert leaf not in found.links and others == []
    assert {parse(entry.entry).actor for entry in made.entries}.isdisjoint({one.uri})
    with small.ledger.reading() as reader:
        assert leaf not in history.common(reader, small.trust.genesis, lot).links


def test_a_test_of_the_source_is_common_to_all(small, stalls):
    lot, farm, _one, two, laboratory = stalls
    other = small.coded_lot(farm)
    leaf = examined(small, farm, laboratory, other, "合格")
    small.hand_over(farm, two, other)
    small.ledger.followers.catch_up()
    assert leaf in path(small, other, two)[0].links
    with small.ledger.reading() as reader:
        assert leaf in history.common(reader, small.trust.genesis, other).links
    assert lot != other


def test_where_the_laboratorys_chain_leads_to_others_only_its_failure_is_in_the_file(small, stalls):
    lot, _farm, one, two, laboratory = stalls
    first = examined(small, one, laboratory, lot)
    second = examined(small, two, laboratory, lot)
    assert first in path(small, lot, one)[0].links
    found, made, others = path(small, lot, two)
    assert second not in found.links and others == [second]
    assert second in {entry.index for entry in made.entries}
    said = verify(made, small.trust, holder=two.uri)
    assert said.exit_code == 0 and [str(one) for one in said.judged.states] == ["test_failed"]


def test_a_pass_that_leads_to_others_names_them_to_nobody(small, stalls):
    lot, _farm, one, two, laboratory = stalls
    examined(small, one, laboratory, lot, "合格")
    examined(small, two, laboratory, lot, "合格")
    _found, made, others = path(small, lot, two)
    assert others == [] and one.uri not in {parse(entry.entry).actor for entry in made.entries}


def test_a_result_that_names_nothing_here_is_nobodys(small, stalls):
    lot, _farm, one, _two, laboratory = stalls
    small.do(laboratory, event("test", lot, extra={"suyuan:result": "不合格"}))
    small.ledger.followers.catch_up()
    found, _made, others = path(small, lot, one)
    assert others == [] and laboratory.uri not in {
        checked.link.actor for checked in found.links.values()
    }
