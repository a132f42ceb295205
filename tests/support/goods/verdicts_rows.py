"""Made histories that acts, tests, lost keys and documents bear on."""

from support.goods.verdicts_market import refs
from support.goods.verdicts_ways import (
    ROWS,
    SAMPLED,
    SOLD,
    joined_by_the_firm_that_the_stall_is_part_of,
    verdict,
)
from support.web.acting import clear, hold, order

from suyuan.trace.admission import acts
from suyuan.trace.recording.bulk import SourceFile

__all__ = ["ROWS"]

SHORT = {
    "overdrawn": ("contradicted", SOLD, lambda m, lot, _: m.do(m.stall, "sell", lot, kilos="31")),
    "overdrawn_within_what_scales_differ": (
        "verified", SOLD, lambda m, lot, _: m.do(m.stall, "sell", lot, kilos="30.6")),
    "recalled": ("recalled", SOLD, lambda m, lot, _: order(m.world, m.farm, lot)),
    "a_recall_closed": ("recalled", SOLD, lambda m, lot, _: m.world.say(
        m.farm, acts.recall_close(order(m.world, m.farm, lot), []))),
    "a_recall_withdrawn": ("verified", SOLD, lambda m, lot, _: m.world.say(
        m.farm, acts.recall_withdraw(order(m.world, m.farm, lot), "弄错了"))),
    "a_drill": ("verified", SOLD, lambda m, lot, _: order(m.world, m.farm, lot, drill=True)),
    "on_hold_by_an_officer": ("on_hold", SOLD, lambda m, lot, _: hold(m.world, m.office, lot)),
    "on_hold_by_its_holder": ("on_hold", SOLD, lambda m, lot, _: hold(m.world, m.stall, lot)),
    "on_hold_and_released": ("verified", SOLD, lambda m, lot, _: m.world.say(
        m.office, acts.hold_release(hold(m.world, m.office, lot)))),
    "a_test_failed": (
        "test_failed", SAMPLED, lambda m, lot, sample: m.test(m.lab, lot, "不合格", sample)),
    "failed_by_a_rival": (
        "verified", SAMPLED, lambda m, lot, sample: m.test(m.rival, lot, "不合格", sample)),
    "failed_by_a_laboratory_of_a_registrars_making": (
        "verified", SAMPLED, lambda m, lot, sample: m.test(m.sham, lot, "不合格", sample)),
}  # fmt: skip
for _name, (_state, _of, _build) in SHORT.items():
    _colour = "red" if _state in ("recalled", "test_failed") else None
    _page = "contradicted" if _name == "overdrawn_within_what_scales_differ" else None
    verdict(_state, colour=_colour, of=_of, name=_name, on_page=_page)(_build)


@verdict("test_failed", of=SOLD)
def failed_by_its_own_holder(m, lot, _):
    m.test(m.stall, lot, "FAIL")


@verdict("contains_recalled")
def an_ingredient_recalled(m):
    lot, mixed = m.sold()[0], m.world.new_lot()
    m.made("mix", [lot], mixed)
    order(m.world, m.farm, lot)
    return mixed, m.stall


@verdict("verified", of=SOLD)
def a_recalled_ingredient_of_which_it_was_cleared(m, lot, _):
    uri = order(m.world, m.farm, lot)
    clear(m.world, m.world.authority, uri, lot)


@verdict("verified", of=SOLD)
def on_hold_by_a_stranger(m, lot, _):
    m.hand(m.farm, m.rival, lot)
    hold(m.world, m.rival, lot)


@verdict("test_failed", colour="red")
def a_test_of_what_it_was_made_of_failed(m):
    lot, sample = m.sampled()
    made = m.world.new_lot()
    m.made("mix", [lot], made)
    m.test(m.lab, lot, "铅超标，不合格", sample)
    return made, m.stall


@verdict("verified", on_page="contradicted")  # of 20 kg made, it sent 30
def what_its_sender_mixed_in_after_the_way_left_it_failed(m):
    lot, other = m.lot(), m.lot()
    m.hand(m.farm, m.stall, lot)
    sample = m.do(m.farm, "sample", other)
    m.made("mix", [other], lot, by=m.farm)
    m.test(m.lab, other, "不合格", sample)
    return lot, m.stall


@verdict("test_failed")
def failed_by_its_market(m):
    lot, _ = joined_by_the_firm_that_the_stall_is_part_of(m)
    sample = m.do(m.tenant, "sample", lot)
    m.test(m.firm, lot, "阳性", sample)
    return lot, m.tenant


@verdict("verified", of=SAMPLED)
def failed_then_tested_again_and_passed(m, lot, sample):
    failed = m.test(m.lab, lot, "不合格", sample)
    m.test(m.other_lab, lot, "合格", sample, failed)


@verdict("verified", of=SAMPLED)
def failed_then_passed_by_one_who_names_the_failure_alone(m, lot, sample):
    failed = m.test(m.lab, lot, "不合格", sample)
    m.test(m.other_lab, lot, "合格", failed)


@verdict("test_failed", colour="red", of=SAMPLED)
def failed_then_passed_by_a_laboratory_of_a_registrars_making(m, lot, sample):
    failed = m.test(m.lab, lot, "不合格", sample)
    m.test(m.sham, lot, "合格", sample, failed)


@verdict("test_failed", colour="red", of=SAMPLED)
def failed_and_the_pass_that_followed_declared_wrong(m, lot, sample):
    failed = m.test(m.lab, lot, "不合格", sample)
    passed = m.event("test", lot, extra={"suyuan:result": "合格"})
    m.world.do(m.other_lab, passed, after=refs(sample, failed))
    m.wrong(m.other_lab, passed, [sample, failed])


def tested_with_a_lot_of_anothers(m):
    lot, sample = m.sampled()
    other = m.lot()
    m.hand(m.farm, m.rival, other)
    extra = {"suyuan:result": "不合格"}
    return lot, m.do(m.lab, "test", lot, other, after=[sample], extra=extra)


@verdict("test_failed", colour="red")
def failed_together_with_a_lot_of_anothers(m):
    return tested_with_a_lot_of_anothers(m)[0], m.stall


@verdict("verified")
def failed_together_with_a_lot_of_anothers_then_passed(m):
    lot, failed = tested_with_a_lot_of_anothers(m)
    m.test(m.other_lab, lot, "合格", failed)
    return lot, m.stall


@verdict("verified", of=SAMPLED)
def failed_then_declared_wrong(m, lot, sample):
    failed = m.event("test", lot, extra={"suyuan:result": "不合格"})
    m.world.do(m.lab, failed, after=refs(sample))
    m.wrong(m.lab, failed, [sample])


@verdict("test_failed", colour="red", of=SAMPLED)
def twelve_passes_of_accomplices_beside_one_failure(m, lot, sample):
    failed = m.test(m.lab, lot, "不合格", sample)
    for actor in (m.rival, m.sham, m.tenant, m.agent) * 3:
        m.test(actor, lot, "合格", sample, failed)


@verdict("contradicted")
def signed_with_a_key_reported_lost(m):
    thief = m.world.party("某某")
    lot = m.lot()
    _, got = m.hand(m.farm, thief, lot)
    keyid = thief.signer.public.keyid
    m.world.say(m.world.authority, acts.revoke(thief.uri, keyid, compromised_since=got.index))
    return lot, thief


@verdict("verified")
def signed_before_the_key_was_lost(m):
    owner = m.world.party("某某")
    lot = m.lot()
    _, got = m.hand(m.farm, owner, lot)
    keyid = owner.signer.public.keyid
    m.world.say(m.world.authority, acts.revoke(owner.uri, keyid, compromised_since=got.index + 1))
    return lot, owner


def imported(m, kind, *, is_ended, count=1):
    lot = m.world.new_lot()
    file = SourceFile.of(lot.encode(), "application/json", kind)
    m.do(m.stall, "code", lot, kilos="9", document=file.member)
    for _ in range(count - 1):
        m.do(m.stall, "feed", lot, document=file.member)
    if is_ended:
        m.world.say(m.stall, acts.document(file.member["sha256"], file.member["size"], count))
    return lot, m.stall


@verdict("unsourced")
def reported_from_a_document(m):
    return imported(m, "received", is_ended=True)


@verdict("unsourced", "undecided")
def reported_from_a_document_not_finished(m):
    return imported(m, "received", is_ended=False)


@verdict("verified")
def recorded_from_an_own_document(m):
    return imported(m, "own", is_ended=True, count=2)


@verdict("undecided")
def recorded_from_an_own_document_not_finished(m):
    return imported(m, "own", is_ended=False, count=2)


@verdict("verified", of=SOLD)
def flooded_by_a_stranger(m, lot, receipt):
    m.world.do(m.rival, *(m.event("count", lot, kilos="1") for _ in range(40)))
    for step in ("destroy", "sell", "test"):
        m.do(m.rival, step, lot, after=[receipt])
