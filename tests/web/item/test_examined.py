"""A laboratory's result on the page of whoever it was sampled at, and on no other."""

from datetime import timedelta
from decimal import Decimal

import pytest
from support.ledger.world import HOST, days_ago, event, in_english
from support.web.client import english, page_of

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.verdicts import is_failure


def examined(small, stall, laboratory, lot, result):
    (sampled,) = small.do(stall, event("sample", lot))
    extra = {"suyuan:result": result, "suyuan:certificate": "食检字第1号"}
    after = (AfterRef(sampled.index, sampled.hash),)
    (found,) = small.do(laboratory, event("test", lot, extra=extra), after=after)
    small.ledger.followers.catch_up()
    return found.index


@pytest.fixture
def market(small, farm):
    laboratory, lot = small.party("市检测中心", "laboratory"), small.coded_lot(farm)
    stalls = small.party("一号摊"), small.party("二号摊")
    for stall in stalls:
        small.hand_over(farm, stall, lot)
    return lot, stalls, laboratory


def test_a_failed_test_of_a_sample_from_the_stall_is_the_labels_answer(client, small, market):
    lot, (one, two), laboratory = market
    leaf = examined(small, one, laboratory, lot, "不合格")
    text = english(client, page_of(lot, one.uri))
    assert "<h1>A test of it failed</h1>" in text
    assert "<h1>Verified</h1>" not in text
    assert f'<a href="#l{leaf}">Record no. {leaf}</a>' in text
    assert "Tests and certificates" in text and "食检字第1号" in text
    assert text.index("Tests and certificates") > text.index("From the source to here")
    assert "<h1>Verified</h1>" in english(client, page_of(lot, two.uri))


def test_a_good_result_stands_under_tests(client, small, market):
    lot, (one, _two), laboratory = market
    examined(small, one, laboratory, lot, "合格")
    text = english(client, page_of(lot, one.uri))
    assert "<h1>Verified</h1>" in text and "<b>Passed</b>" in text


def test_a_result_whose_chain_leads_to_others_is_told_without_them(client, small, market):
    lot, (one, two), laboratory = market
    examined(small, two, laboratory, lot, "合格")
    leaf = examined(small, one, laboratory, lot, "不合格")
    text = english(client, page_of(lot, one.uri))
    assert "<h1>A test of it failed</h1>" in text
    assert f"reported by them in record no. {leaf}" in text
    assert "二号摊" not in text
    assert "二号摊" not in english(client, f"/t/{codes.in_uri(lot, HOST)}")


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        ("不合格", True), ("不合格（毒死蜱）", True), ("检验结论：不合格", True), ("FAIL", True),
        ("Positive for Salmonella", True), ("合格", False), ("阴性", False), ("passed", False),
        ("no fail", False), ("", False),
    ],
)  # fmt: skip
def test_what_counts_as_failed(result, failed):
    assert is_failure(result) is failed


def test_a_firms_own_test_an_inspection_that_objects_and_a_paper_are_called_what_they_are(
    client, small, market
):
    """And never stand in the colour of a laboratory's pass."""
    lot, (one, _two), laboratory = market
    paper = {"sha256": "0" * 64, "size": 9, "type": "application/pdf", "as": "other"}
    small.do(one, event("test", lot, extra={"suyuan:result": "合格"}))
    small.do(one, event("count", lot, "30", extra={"suyuan:attachments": [paper]}))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, one.uri))
    tests = text[text.index('id="tests"') :]
    assert (
        '<li class="is-plain"><b>Passed</b> <span class="tag">own test, no laboratory&#39;s'
        in tests
    )
    assert tests.count('<li class="is-') == 1  # the paper is no certificate
    assert 'class="result is-good"' not in text and "A laboratory" not in text
    (sampled,) = small.do(one, event("sample", lot))
    after = (AfterRef(sampled.index, sampled.hash),)
    found = {"suyuan:result": "objection", "suyuan:outcomes": ["papers"]}
    found["suyuan:inspected"] = one.uri
    small.do(laboratory, event("test", lot, extra=found), after=after)
    small.ledger.followers.catch_up()
    assert '<li class="is-warn"><b>' in english(client, page_of(lot, one.uri))


def test_a_basin_has_the_dates_of_what_went_in_and_expires_with_them(client, small, farm, stall):
    fresh, old = small.new_lot(), small.new_lot()
    for lot, made, days in ((fresh, days_ago(1), 9), (old, days_ago(1), 2)):
        small.do(farm, event("code", lot, "100", extra=steps.coding("菜", made, days, None)))
        small.hand_over(farm, stall, lot)
    basin = small.new_lot()
    small.do(
        stall,
        event("mix", basin, "4", inputs=[Portion(lot, Decimal(2), "KGM") for lot in (fresh, old)]),
    )
    small.ledger.followers.catch_up()
    text = english(client, page_of(basin, stall.uri))
    for part in ("no test of it on record", "mixed here from 2 lots", "<dt>Mixed on</dt>",
                 in_english(days_ago(-1)), "1 day left", "<dt>Seller</dt>"):  # fmt: skip
        assert part in text
    later = small.ledger.now() + timedelta(days=2)
    small.ledger.clock = lambda: later
    assert "<h1>Past its shelf life</h1>" in english(client, page_of(basin, stall.uri))
