"""What a rival tries with results of tests: a failure on another's page, a pass over one's own."""

import pytest
from support.goods.provenance import after, seen
from support.ledger.world import World, event
from support.web.acting import hold

from suyuan.trace.admission import acts
from suyuan.trace.evidence import closure
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history

FAILED, PASSED = {"suyuan:result": "不合格"}, {"suyuan:result": "合格"}


@pytest.fixture
def world(small):
    return small


@pytest.fixture
def goods(world):
    """A farm, a stall with its lot, a laboratory of the authority's admission."""
    farm, stall = world.party("青山农场", "producer"), world.party("老实摊")
    laboratory = world.party("市检测中心", "laboratory")
    lot = world.coded_lot(farm)
    receipt = world.hand_over(farm, stall, lot)
    return lot, farm, stall, laboratory, receipt


def test_a_rivals_failure_is_no_headline(world, goods):
    lot, _farm, stall, _laboratory, receipt = goods
    rival = world.party("隔壁摊")
    for _ in range(3):
        world.do(rival, event("test", lot, extra=FAILED), after=after(receipt))
    found = seen(world, lot, stall)
    assert (found.states, found.colour) == (["verified"], "good")
    folded = found.page[found.page.index("Tests reported by others") :]
    assert "隔壁摊" in folded and "<h1>Verified</h1>" in found.page


def test_a_retest_that_passed_takes_the_headline_back_and_both_are_shown(world, goods):
    lot, _farm, stall, laboratory, receipt = goods
    second = world.party("复检机构", "laboratory")
    (failed,) = world.do(laboratory, event("test", lot, extra=FAILED), after=after(receipt))
    (retest,) = world.do(second, event("test", lot, extra=PASSED), after=after(failed))
    found = seen(world, lot, stall)
    assert found.states == ["verified"]
    assert "<b>Failed</b>" in found.page and "复检机构" in found.page
    assert f"see record no. {retest.index}" in found.page


def test_what_was_examined_brings_nobody_goods(world: World, goods):
    lot, _farm, _stall, laboratory, receipt = goods
    world.do(laboratory, event("sample", lot, "0.5"), after=after(receipt))
    world.do(laboratory, event("test", lot, extra=PASSED))
    found = seen(world, lot, laboratory)
    assert found.states[0] == "unsourced" and found.actors == {laboratory.uri}


@pytest.mark.parametrize("blank", ["\ufeff", "\x1c", "\x85", "\u3000 \ufeff"])
def test_white_space_before_a_failure_hides_it_from_nobody(world, goods, blank):
    lot, _farm, stall, laboratory, receipt = goods
    said = event("test", lot, extra={"suyuan:result": f"{blank}FAILED: lead"})
    world.do(laboratory, said, after=after(receipt))
    assert seen(world, lot, stall).colour == "bad"


def test_a_markets_failure_that_a_dispatch_names_is_on_the_page_as_in_the_file(world, goods):
    lot, farm, _stall, _laboratory, _receipt = goods
    market, shop = world.party("市场", "market"), world.party("摊位")
    said = acts.admit(shop.uri, "摊位", ["stall"], "350206", part_of=market.uri)
    world.say(world.authority, said | {"op": "change"})
    other = world.new_lot()
    (named,) = world.do(farm, event("count", lot, "70"))
    stranger = world.code(world.party("别人"), other)
    (failed,) = world.do(
        market, event("test", lot, extra=FAILED), after=(*after(named), *after(stranger))
    )
    sent = event("dispatch", lot, "5", recipient=shop.uri)
    (dispatch,) = world.do(farm, sent, after=after(failed))
    world.do(shop, event("receive", lot, "5"), after=after(dispatch))
    assert seen(world, lot, shop).states == ["test_failed"]


def test_no_registrar_silences_a_laboratory(world, goods):
    lot, _farm, stall, laboratory, receipt = goods
    market = world.party("市场", "market")
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    world.do(laboratory, event("test", lot, extra=FAILED), after=after(receipt))
    again = acts.admit(laboratory.uri, "市检测中心", ["stall"], "350206", op="change")
    world.say(market, again, acts.leave(laboratory.uri))
    assert seen(world, lot, stall).states[0] == "test_failed"
    # Only the authority makes it none.
    world.say(world.authority, acts.admit(laboratory.uri, "不再检测", ["stall"], "350206"))
    assert seen(world, lot, stall).states == ["verified"]


def test_no_registrar_ends_the_word_of_an_officer(world, goods):
    lot, _farm, stall, _laboratory, _receipt = goods
    office, market = world.party("市场监管所", "office"), world.party("市场", "market")
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    hold(world, office, lot)
    world.say(market, acts.admit(office.uri, "摊", ["stall"], "350206", op="change"))
    assert seen(world, lot, stall).states[0] == "on_hold"


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
