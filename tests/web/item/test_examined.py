"""A laboratory's result on the page of whoever it was sampled at, and on no other."""

import pytest
from support.ledger.world import HOST, event
from support.web.client import english, page_of

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
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
