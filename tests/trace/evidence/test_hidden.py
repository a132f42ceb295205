"""Hidden fields in evidence files: disclosed, erased, forged; two verifiers agree on each."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from support.goods.evidence import both, evidence_of, file_of, judged, link_of
from support.ledger.flood import about, flood
from support.ledger.private import PRICE, erase, priced, shown
from support.ledger.world import Actor, World, days_ago, event
from support.web.acting import hold
from support.web.client import change, client_of, page_of

from suyuan.keys import base64, canonical
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle, EvidenceError, Run
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verdict import BROKEN, UNDECIDED, VERIFIED
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.errors import Tampered
from suyuan.trace.format.link import link_hash, parse
from suyuan.trace.format.private.digests import digest, hide
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods import history
from suyuan.trace.goods.disclosures import erasure_statement, erasure_subject

pytestmark = pytest.mark.slow


@pytest.fixture
def farm(small: World) -> Actor:
    return small.party("青山农场", "producer")


@pytest.fixture
def lot(small: World, farm: Actor) -> str:
    return small.coded_lot(farm)


def file_about(world: World, lot: str, actor: Actor) -> Bundle:
    return evidence_of(world, lot, history.path, actor.uri)


def test_a_disclosed_field_is_checked_and_shown(small: World, farm: Actor, lot: str) -> None:
    receipt, stored = priced(small, farm, lot)
    plain = file_about(small, lot, farm)
    assert judged(plain, small.trust, 0).shown == ()
    found = judged(replace(plain, disclosures=(stored,)), small.trust, 0)
    ((one),) = found.shown
    assert (one.index, one.pointer, one.value, one.is_placed) == (
        receipt.index, PRICE, "3.20 元", True
    )  # fmt: skip
    assert f"disclosed: index {receipt.index} /suyuan:price" in describe(found)
    assert found.to_dict()["disclosed"][0]["value"] == "3.20 元"


def test_one_of_another_link_is_no_part_of_the_file(small: World, farm: Actor, lot: str) -> None:
    priced(small, farm, lot)
    _, other = priced(small, farm, small.new_lot())
    plain = file_about(small, lot, farm)
    found = judged(replace(plain, disclosures=(other,)), small.trust, 1)
    assert [fault.rule for fault in found.all_faults()] == ["disclosure"]
    assert verify(plain, small.trust, disclosures=[other]).exit_code == 1


def test_the_erasure_goes_with_the_link_that_it_is_of(small: World, farm: Actor, lot: str) -> None:
    shop = small.party("和顺")
    receipt, stored = priced(small, farm, lot)
    small.hand_over(farm, shop, lot)
    gone = erase(small, small.authority, receipt.index, stored, reason="本人要求")
    file = file_about(small, lot, shop)
    assert gone.index in {one.index for one in file.entries}
    found = judged(file, small.trust, 0)
    ((one),) = found.erased
    assert (one.index, one.by, one.count, one.actor_name) == (
        receipt.index, gone.index, 1, "厦门市市场监督管理局"
    )  # fmt: skip
    assert f"index {receipt.index} were erased at index {gone.index}" in describe(found)
    # A copy that somebody has still proves what was signed.
    held = judged(replace(file, disclosures=(stored,)), small.trust, 0)
    assert [one.value for one in held.shown] == ["3.20 元"]
    assert shown(small, receipt.index) == {}
    # Nothing of other links comes along.
    other, more = priced(small, farm, small.new_lot())
    erase(small, farm, other.index, more)
    assert len(file_about(small, lot, shop).entries) == len(file.entries)


def test_without_the_erased_link_an_erasure_says_nothing(small, farm, lot):
    receipt, stored = priced(small, farm, small.new_lot())
    gone = erase(small, farm, receipt.index, stored)
    file = file_about(small, lot, farm)
    with small.ledger.reading() as reader:
        entries = [one.entry for one in reader.links()]
    indexes = {*(one.index for one in file.entries), gone.index}
    assert judged(file_of(entries, lot, indexes, small.log), small.trust, 0).erased == ()


@pytest.mark.parametrize("wrong", ["actor", "hash", "later", "subject"])
def test_a_forged_erasure_breaks_the_file(small: World, farm: Actor, lot: str, wrong: str) -> None:
    """An operator who logs what no ledger would accept."""
    spy = small.party("探子")
    receipt, stored = priced(small, farm, lot)
    with small.ledger.reading() as reader:
        entries = [one.entry for one in reader.links()]
    link = parse(entries[receipt.index])
    said = erasure_statement(receipt.index, link, [digest(stored)])
    said |= {
        "hash": {"hash": link_hash(entries[0])}, "later": {"index": len(entries) + 3},
    }.get(wrong, {})  # fmt: skip
    who = spy if wrong == "actor" else farm
    subject = lot if wrong == "subject" else erasure_subject(said["hash"])
    place = (subject, 0, None)
    if wrong == "subject":
        with small.ledger.reading() as reader:
            head = reader.heads([(lot, farm.uri)])[lot, farm.uri]
        place = (lot, head.seq + 1, head.hash)
    forged = link_of(who.uri, who.signer, {"statement": said}, [place])
    kept = {one.index for one in file_about(small, lot, farm).entries}
    indexes = {*range(len(entries)), len(entries)} if wrong == "actor" else {*kept, len(entries)}
    verdict = verify(file_of([*entries, forged], lot, indexes, small.log), small.trust)
    rules = {fault.rule for fault in verdict.all_faults()}
    expected = {"actor": "authority", "subject": "items"}.get(wrong, "statement")
    assert verdict.exit_code == 1 and expected in rules, rules
    assert verdict.erased == ()


@pytest.mark.parametrize(
    ("pointer", "is_placed"),
    [("/suyuan:x/y", True), ("/eventTime", False), ("/epcList", False), ("no pointer", False),
     ("/suyuan:taken", False), ("/__proto__/x", True)],
)  # fmt: skip
def test_what_a_signer_hid_in_a_wrong_place_is_told_and_put_nowhere(
    small: World, farm: Actor, lot: str, pointer: str, is_placed: bool
) -> None:
    private, (stored,) = hide({pointer: "x\u202e\n\x1b[2J"})
    body = event("count", lot, "1", extra={"suyuan:taken": 1}) | {"suyuan:private": private}
    small.do(farm, body)
    file = replace(file_about(small, lot, farm), disclosures=(stored,))
    ((one),) = judged(file, small.trust, 0).shown
    assert one.is_placed is is_placed
    assert "\x1b" not in describe(verify(file, small.trust))


def test_what_is_no_disclosure_by_its_form_is_told_as_such(small, farm, lot):
    for text in ("x", base64.encode_url(b"[1,2]"), base64.encode_url(b'{"a":1}')):
        digests = sorted([digest(text), *(base64.encode_url(bytes([n]) * 32) for n in range(7))])
        small.do(farm, event("count", lot, "1") | {"suyuan:private": {"_sd": digests}})
        found = judged(replace(file_about(small, lot, farm), disclosures=(text,)), small.trust, 0)
        assert [one.pointer for one in found.shown] == [None]
        assert "no disclosure of a field" in describe(found)


@pytest.mark.parametrize("odd", [7, [], {}, {"_sd": 7}, {"_sd": [1, None, "x", {}]}, {"x": 1}])
def test_odd_digests_in_an_event_hide_nothing(small: World, farm: Actor, lot: str, odd) -> None:
    small.do(farm, event("count", lot, "1") | {"suyuan:private": odd})
    file = file_about(small, lot, farm)
    assert judged(file, small.trust, 0).shown == ()
    assert judged(replace(file, disclosures=("WyJhIl0",)), small.trust, 1).exit_code == 1


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history of over 60 links is too long, and a chain of over 20."""
    monkeypatch.setattr(history, "MAX_LINKS", 60)
    monkeypatch.setattr(closure, "MAX_LINKS", 60)
    monkeypatch.setattr(closure, "_LONG", (None, 20, 5))


class Way:
    """A lot from a farm by a wholesaler, who floods its chain, to a stall."""

    def __init__(self, world: World, count: int = 100) -> None:
        self.world = world
        self.farm, self.middle = (
            world.party("青山农场", "producer"),
            world.party("批发", "wholesaler"),
        )
        self.stall, self.lot = world.party("A 区 12 号"), world.new_lot()
        self.coded = world.code(self.farm, self.lot)
        self.bought = world.hand_over(self.farm, self.middle, self.lot)
        flood(world, self.middle, about(world, self.lot, self.bought, count))
        self.middle.pen.forget()
        self.got = world.hand_over(self.middle, self.stall, self.lot, "20")
        world.ledger.followers.catch_up()

    def file(self, item: str | None = None, actor: Actor | None = None) -> Bundle:
        return file_about(self.world, item or self.lot, actor or self.stall)


@pytest.mark.usefixtures("long")
def test_a_wholesaler_floods_its_chain_before_it_sends(small: World) -> None:
    way = Way(small)
    file = way.file()
    assert bundle.parse(file.encode()) == file and b'"v":2' in file.encode()
    # Its receipt, a hundred counts, and its dispatch: both ends are there.
    (run,) = file.runs
    assert (run.item, run.actor, run.start, run.stop) == (way.lot, way.middle.uri, 1, 100)
    assert {way.coded.index, way.bought.index, way.got.index} <= {e.index for e in file.entries}
    assert both(file, small.trust)[0] == UNDECIDED
    verdict = verify(file, small.trust)
    assert f"100 records of {way.middle.uri} about {way.lot} are not in this file" in map(
        str, verdict.undecided
    )
    assert verdict.faults == ()


def test_a_file_that_can_be_whole_is_of_version_1(small: World) -> None:
    way = Way(small)
    file = way.file()
    assert file.runs == () and b'"v":1' in file.encode()
    assert both(file, small.trust)[0] == VERIFIED


@pytest.mark.usefixtures("long")
def test_a_maker_floods_an_ingredient_before_it_uses_it(world: World) -> None:
    way = Way(world)
    mixed, when = world.new_lot(), datetime.now(UTC)
    used = [Portion(way.lot, Decimal(5), "KGM")]
    mix = steps.event("mix", when, [Portion(mixed, Decimal(5), "KGM")], inputs=used)
    world.do(way.stall, mix)
    flood(world, way.stall, about(world, mixed, way.got, 50))
    way.stall.pen.forget()
    buyer = world.party("B 区 3 号")
    got = world.hand_over(way.stall, buyer, mixed, "1")
    world.ledger.followers.catch_up()
    file = way.file(mixed, buyer)
    assert [(run.item, run.count) for run in file.runs] == sorted([(mixed, 50), (way.lot, 100)])
    there = {entry.index for entry in file.entries}
    assert {way.coded.index, way.bought.index, way.got.index, got.index} <= there
    assert both(file, world.trust)[0] == UNDECIDED


@pytest.mark.usefixtures("long")
def test_a_product_stated_over_and_over_denies_nothing(small: World) -> None:
    farm, stall, lot = small.party("青山农场", "producer"), small.party("摊位"), small.new_lot()
    uri = "https://trace.food.example/product/7K3QX9M2V8TDC4NB"
    said = {"type": "product", "uri": uri, "name": "菜", "category": "蔬菜", "unit": "KGM"}
    flood(small, farm, (Draft(statement=said) for _ in range(100)))
    farm.pen.forget()
    coding = steps.coding("上海青", days_ago(1), 5, "350212")
    coding["ilmd"]["suyuan:productId"] = uri
    small.do(farm, event("code", lot, "10", extra=coding))
    small.hand_over(farm, stall, lot, "1")
    flood(small, stall, about(small, lot, None, 100))
    small.ledger.followers.catch_up()
    file = file_about(small, lot, stall)
    assert {(run.item, run.count) for run in file.runs} == {(uri, 98), (lot, 99)}
    assert both(file, small.trust)[0] == UNDECIDED


@pytest.mark.usefixtures("long")
def test_who_hides_links_says_a_run_that_is_not_there(small: World) -> None:
    file = Way(small).file()
    (run,) = file.runs
    wrong = [
        [replace(run, stop=99)], [replace(run, start=2)], [replace(run, prev="0" * 64)],
        [replace(run, actor=f"{run.actor}x")], [replace(run, item=f"{run.item}x")],
        [run, replace(run, start=run.stop + 2, stop=run.stop + 9)],
        [replace(run, start=run.stop + 2, stop=run.stop + 9)],
    ]  # fmt: skip
    for runs in wrong:
        hiding = replace(file, runs=tuple(sorted(runs)))
        assert both(hiding, small.trust)[0] == BROKEN, runs
    assert both(replace(file, runs=()), small.trust)[0] == BROKEN  # it says to be of version 1


@pytest.mark.usefixtures("long")
def test_a_link_in_the_file_is_not_said_to_be_left_out(small: World) -> None:
    """The dispatch, number 101, cannot be cut out of the chain by a run over it."""
    way = Way(small)
    file = way.file()
    (run,) = file.runs
    cut = replace(file, runs=(replace(run, stop=101),))
    assert both(cut, small.trust)[0] == BROKEN


def test_runs_have_one_form(small: World) -> None:
    file = Way(small, 0).file()
    run = Run(file.item, file.item, 1, 2, "0" * 64)
    good = json.loads(replace(file, runs=(run,)).encode())
    (said,) = good["runs"]
    for value in (
        good | {"v": 1},
        good | {"runs": []},
        good | {"runs": [said, said]},
        *(good | {"runs": [said | part]} for part in (
            {"from": 0}, {"from": 3}, {"from": "1"}, {"to": 2.5}, {"to": True}, {"prev": None},
            {"prev": "0" * 63}, {"item": "x"}, {"actor": 1}, {"more": 1},
        )),
        {name: part for name, part in good.items() if name != "runs"},
    ):  # fmt: skip
        data = canonical.dumps(value)
        with pytest.raises(EvidenceError):
            bundle.parse(data)
        assert both(data, small.trust)[0] == BROKEN


@pytest.mark.usefixtures("long")
def test_a_broken_link_on_the_path_still_gives_no_evidence(small: World) -> None:
    way = Way(small)
    with small.ledger.reading() as reader:
        entry = bytearray(reader.link(way.coded.index).entry)
    entry[entry.index(b'"sig":"') + 9] ^= 1
    change(small.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", bytes(entry), way.coded.index)
    with pytest.raises(Tampered):
        way.file()


@pytest.mark.usefixtures("long")
def test_the_server_gives_the_file_of_a_flooded_path(small: World) -> None:
    way = Way(small)
    answer = client_of(small.ledger).get(f"{page_of(way.lot, way.stall.uri)}", headers={
        "Accept": "application/json"})  # fmt: skip
    assert answer.status_code == 200 and answer.json["v"] == 2


def test_a_rival_s_holds_are_not_in_the_lot_s_evidence(small: World) -> None:
    """They bind only the rival; and the file stands under the checkpoint that it stood under."""
    way, rival = Way(small, 0), small.party("对手")
    small.do(rival, event("count", way.lot, "1"))
    office = small.party("市局", "office")
    theirs = hold(small, way.stall, way.lot), hold(small, office, way.lot)
    small.ledger.followers.catch_up()
    before = way.file()
    hold(small, rival, way.lot)
    after = way.file()
    assert [one.entry for one in after.entries] == [one.entry for one in before.entries]
    verdict = verify(after, small.trust)
    assert {one.act for one in verdict.scopes} == set(theirs) and verdict.exit_code == VERIFIED
