"""A draw's file: what it shows, and that each way to bend a draw is found, or is seen by all."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conformance.reference import draws as reference
from hypothesis import given
from hypothesis import strategies as st
from support.goods.evidence import NORTH, cosign
from support.ledger.world import World
from support.watch.draws import COUNTS, PEOPLE, POOL, VALUE, DrawOffice, rules
from support.watch.witnessing import one_round, three

from suyuan.keys import base64, canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.evidence.bundle import EvidenceError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.private.audience import OWN
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection.draws import draw, draw_book, draw_check, draw_drafts, draw_file
from suyuan.trace.inspection.draws.draw import DrawError
from suyuan.trace.inspection.draws.draw_drafts import Beacon, DrawOver
from suyuan.trace.inspection.draws.draw_keeping import FOLDER
from suyuan.trace.ledger import backup
from suyuan.trace.log import tlog_proof


@pytest.fixture
def office(small) -> DrawOffice:
    return DrawOffice(small)


def test_a_draw_from_its_commitment_to_what_anybody_recomputes(office):
    """Two replacements on the way; the second implementation gives the same."""
    code = office.commit()
    drawn = office.picks(code)
    one = office.replace(code, drawn[0][0])
    assert one.to not in {pick for pick, _ in drawn}
    team = dict(office.picks(code))[one.to]
    office.replace(code, team[1], at=one.to)
    office.reveal(code)
    verdict = office.check(office.file(code))
    assert (verdict.exit_code, verdict.faults, verdict.undecided) == (0, (), ())
    assert verdict.is_shown_before
    assert [step.op for step in verdict.stated] == ["commit", "replace", "replace", "reveal"]
    said = [change.said() for change in verdict.replaced]
    kept = office.kept.find(code)
    expected = reference.recompute(kept.uri, kept.files.all(), VALUE, kept.nonce, said)
    assert [[pick.id, list(pick.team)] for pick in verdict.picks] == expected
    assert len(verdict.picks) == sum(COUNTS.values())
    assert not any(PEOPLE[0] in pick.team for pick in verdict.picks if pick.id.endswith("00"))
    assert json.loads(json.dumps(verdict.to_dict()))["verdict"] == "verified"
    assert "recomputed" in str(next(draw_check.describe(verdict)))


# Before it is over.


def test_nobody_can_be_tipped_off_by_what_is_public_before_the_reveal(office):
    """Neither entries nor file nor the value say who is drawn, or whom the office replaced."""
    code = office.commit()
    change = office.replace(code, office.picks(code)[0][0])
    file = office.export(code)
    assert (file.files, file.evidence.disclosures) == ({}, ())
    kept = office.kept.find(code)
    with office.ledger.reading() as reader:
        public = file.encode() + b"".join(row.entry for row in reader.links(0, reader.size()))
    decoded = public + b"".join(entry.entry for entry in file.evidence.entries)
    for secret in (kept.nonce, change.of, change.to, kept.files.pool.decode()[:60]):
        assert secret.encode() not in decoded
    verdict = office.check(office.cosigned(file))
    assert (verdict.exit_code, verdict.picks, verdict.faults) == (3, None, ())
    assert any("not over" in str(why) for why in verdict.undecided)


def test_what_the_office_keeps_is_its_own_and_in_its_backup(office):
    code = office.commit()
    path = office.world.home / FOLDER / code
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert FOLDER in backup.PARTS[backup.LEDGER]
    assert office.kept.find(code) == office.kept.require(code)
    with pytest.raises(CannotDecide, match="value"):
        office.kept.find(code).ranking()
    path.write_bytes(path.read_bytes()[:-9])
    assert office.kept.find(code) is None
    with pytest.raises(CannotDecide, match="not in this home"):
        office.kept.require(code)


# Attacks: each is a fault, is not shown, or stands in the draw's own course.


def test_a_pool_that_was_changed_after_the_commitment(office):
    """One firm is put in, or a rival taken out, in the file that is shown."""
    code = office.commit()
    office.reveal(code)
    file = office.file(code)
    for pool in (POOL | {"urn:uscc:rival": "A"}, dict(list(POOL.items())[1:])):
        other = office.files(pool)
        digests = office.kept.find(code).files.digests
        files = dict(file.files)
        del files[digests["pool"]]
        verdict = office.check(replace(file, files=files | {other.digests["pool"]: other.pool}))
        assert (verdict.exit_code, rules(verdict), verdict.picks) == (1, {"files"}, None)
        # Left out is not the same as changed: nothing was shown, and nothing recomputed.
        verdict = office.check(replace(file, files=files))
        assert (verdict.exit_code, verdict.faults, verdict.picks) == (3, (), None)


def test_a_nonce_that_was_chosen_when_the_value_was_known(office):
    """Tried until a friend is spared: it is not the one that was committed to."""
    code = office.commit()
    kept = office.kept.learn(code, VALUE)
    for number in range(100):
        nonce = base64.encode_url(b"%032d" % number)
        other = replace(kept, nonce=nonce)
        if "urn:uscc:firm01" not in {pick.id for pick in other.ranking().drawn()}:
            break
    office.open(code, nonce)
    verdict = office.check(office.file(code))
    assert (verdict.exit_code, rules(verdict)) == (1, {"nonce"})


@pytest.mark.parametrize("before", [1, 0, -86_400])
def test_a_draw_committed_to_when_the_value_was_known_is_not_shown_before(office, before):
    """The office dates it as it likes: the first cosignature that covers it decides."""
    code = office.commit()
    office.reveal(code)
    verdict = office.check(office.file(code, before))
    assert (verdict.exit_code, verdict.is_shown_before, verdict.faults) == (3, False, ())
    assert any("not shown" in str(why) for why in verdict.undecided)
    assert office.check(office.file(code, 2)).exit_code == 0


def test_without_witnesses_nothing_is_shown_before(office):
    code = office.commit()
    office.reveal(code)
    file = office.export(code)
    for trust in (office.trust, office.world.trust):  # a quorum that is not met; none at all
        verdict = draw_check.check(file, trust, VALUE)
        assert (verdict.exit_code, verdict.is_shown_before, verdict.committed) == (3, False, None)
    # One of two is no quorum.
    proof = tlog_proof.parse(file.committed)
    at = int(office.from_.timestamp()) - 9
    note = cosign(proof.note, NORTH, at=at)
    one = replace(file, committed=tlog_proof.encode(proof.index, proof.hashes, note))
    assert not draw_check.check(one, office.trust, VALUE).is_shown_before


def test_a_value_that_is_said_to_exist_later_than_it_does(office):
    """drand's rounds have their own second: an office cannot look first and commit then."""
    now = office.ledger.now()
    pulse = str(int(now.timestamp() - 1_692_803_367) // 3)
    with pytest.raises(LedgerError, match="does not exist yet"):
        office.commit(beacon=Beacon("drand quicknet", pulse, office.from_))
    kept = draw_drafts.commit(
        office.files(), Beacon("x", "1", office.from_), office.world.trust.host, now
    )
    stated = kept.draft.statement | {"beacon": "drand quicknet", "round": pulse}
    office.kept.keep(kept.code, kept.kept)
    office.ledger.write(office.office.pen, [Draft(statement=stated)])
    office.reveal(kept.code)
    verdict = office.check(office.file(kept.code))
    assert verdict.exit_code == 1 and rules(verdict) == {"from"}
    assert not verdict.is_shown_before


def test_another_value_than_the_beacon_gave(office):
    code = office.commit()
    office.reveal(code)
    file = office.file(code)
    assert rules(office.check(file, "00" * 32)) == {"value"}
    verdict = office.check(file, None)
    assert verdict.exit_code == 0 and any("look it up" in str(why) for why in verdict.not_shown)


def test_an_inspector_who_was_swapped_for_a_friend(office):
    """A replacement that names another than the next rank, signed by the office itself."""
    code = office.commit()
    drawn, team = office.picks(code)[0]
    ranks = office.kept.find(code).ranking().inspectors(drawn)
    friend = ranks[3]
    assert friend not in team and friend != ranks[2]
    stated = acts.draw_replace(office.read(code).act.uri, "生病")
    change = {"at": drawn, "of": team[0], "to": friend}
    body, stored = leave_out({**stated, "said": change}, ["/said"])
    hidden = [Kept(text, office.office.uri, OWN) for text in stored]
    office.ledger.write(office.office.pen, [Draft(statement=body)], disclosures=hidden)
    with pytest.raises(DrawError, match="has the next rank"):  # our own tool opens no such draw
        office.reveal(code)
    office.open(code)
    verdict = office.check(office.file(code))
    assert (verdict.exit_code, rules(verdict), verdict.picks) == (1, {"rank"}, None)


def test_a_replacement_that_hides_whom_it_names_for_ever(office):
    code = office.commit()
    office.replace(code, office.picks(code)[0][0])
    office.reveal(code)
    file = office.file(code)
    verdict = office.check(replace(file, evidence=replace(file.evidence, disclosures=())))
    assert (verdict.exit_code, verdict.picks) == (3, None)
    # One that hides nobody at all is none.
    other = office.commit()
    stated = acts.draw_replace(office.read(other).act.uri, "停业")
    office.ledger.write(office.office.pen, [Draft(statement=stated)])
    office.open(other)
    assert rules(office.check(office.file(other))) == {"replace"}


def test_a_replacement_after_the_draw_was_opened_is_seen(office):
    """Then whoever is next is known to all: the ledger keeps it, and no draw counts it."""
    code = office.commit()
    office.reveal(code)
    drawn = office.check(office.file(code)).picks
    stated = acts.draw_replace(office.read(code).act.uri, "停业")
    office.ledger.write(office.office.pen, [Draft(statement=stated)])
    verdict = office.check(office.file(code))
    assert (verdict.exit_code, rules(verdict), verdict.picks) == (1, {"late"}, drawn)
    with pytest.raises(DrawOver):
        office.replace(code, drawn[0].id)


def test_a_reveal_that_leaves_out_a_replacement(office):
    """It is a fault; and what a reveal names cannot be left out of a file."""
    codes, authority = [office.commit(), office.commit()], office.world.authority
    before = office.read(codes[0]).after(authority.uri)
    for code in codes:
        office.replace(code, office.picks(code)[0][0])
    office.open(codes[0], by=authority, after=before)
    assert rules(office.check(office.file(codes[0]))) == {"after"}
    office.open(codes[1], by=authority)
    file = office.file(codes[1])
    assert office.check(file).exit_code == 0
    hidden = next(one.index for one in office.check(file).stated if one.op == "replace")
    entries = tuple(entry for entry in file.evidence.entries if entry.index != hidden)
    cut = replace(file, evidence=replace(file.evidence, entries=entries, disclosures=()))
    assert "after" in rules(office.check(cut))


@pytest.mark.parametrize("near", [0, draw_book.NEAR])
def test_a_draw_that_is_silently_repeated_is_named_by_the_first(office, near, monkeypatch):
    """Same list, same value, or near in time: with one less on the list and the next value too."""
    monkeypatch.setattr(draw_book, "NEAR", near)
    first = office.commit()
    again = office.commit()
    other_list = office.commit(office.files(dict(list(POOL.items())[:9])))
    apart = office.commit(
        office.files(dict(list(POOL.items())[:8])), Beacon("福彩双色球", "2026140", office.from_)
    )
    elsewhere = DrawOffice(office.world)
    elsewhere.commit()
    office.ledger.write(
        office.office.pen, [draw_drafts.abort(office.read(first), "系统故障", office.office.uri)]
    )
    with office.ledger.reading() as reader:
        acts_of = {code: office.read(code).act for code in (first, again, other_list, apart)}
        like = {code: {one.uri for one in draw_book.siblings(reader, act)}
                for code, act in acts_of.items()}  # fmt: skip
        listed = [act.uri for act in draw_book.draws_of(reader, office.office.uri)]
    uri = {code: act.uri for code, act in acts_of.items()}
    near_it = {uri[apart]} if near else set()
    assert like[again] == {uri[first], uri[other_list]} | near_it
    assert like[first] == {uri[again], uri[other_list]} | near_it
    assert like[apart] == (set(uri.values()) - near_it if near else set())
    assert listed == [uri[code] for code in (apart, other_list, again, first)]
    verdict = office.check(office.file(first))
    assert verdict.exit_code == 0 and verdict.picks is None
    assert verdict.stated[-1].statement["reason"] == "系统故障"


def test_nobody_else_states_anything_of_a_draw_or_is_read(office):
    code = office.commit()
    kept = office.kept.find(code)
    other = office.world.party("翔安分局", "office", division="350213")
    stall = office.world.party("乙")
    for actor in (other, stall):
        for stated in (
            acts.draw_reveal(kept.uri, VALUE, kept.nonce),
            acts.draw_abort(kept.uri, "x"),
            acts.draw_replace(kept.uri, "x"),
        ):
            with pytest.raises(Refused, match="authority"):
                office.ledger.write(actor.pen, [Draft(statement=stated)])
    office.reveal(code, by=office.world.authority)
    assert office.check(office.file(code)).exit_code == 0


def test_a_commitment_of_another_draw_under_the_proof(office):
    """An older draw's proof shows that one alone."""
    first, second = office.commit(), office.commit()
    office.reveal(second)
    file = office.file(second)
    verdict = office.check(replace(file, committed=office.file(first).committed))
    assert "committed" in rules(verdict)
    assert "committed" in rules(office.check(replace(file, committed="x")))


def test_the_first_cosigned_checkpoint_is_the_one_in_the_file(office, around):
    """By real witnesses: what they cosign later does not make the commitment younger or older."""
    three(around, office.world, 2)
    code = office.commit()
    one_round(office.world)
    first = tlog_proof.parse(office.export(code).committed).note
    office.world.party("乙")
    one_round(office.world)
    office.reveal(code)
    one_round(office.world)
    file = office.export(code)
    assert tlog_proof.parse(file.committed).note == first
    verdict = draw_check.check(file, office.world.ledger.trust, VALUE)
    assert verdict.exit_code == 0 and verdict.is_shown_before
    assert verdict.committed <= datetime.now(UTC).timestamp()


# The bytes.


@pytest.fixture(scope="module")
def good(tmp_path_factory, founded):
    world = World(tmp_path_factory.mktemp("draws") / "home", founded=founded)
    office = DrawOffice(world)
    code = office.commit()
    office.reveal(code)
    yield office, office.file(code)
    world.ledger.close()


@given(st.integers(0, 1 << 30), st.integers(0, 7))
def test_one_bit_that_is_changed_is_found(good, at, bit):
    office, file = good
    data = bytearray(file.encode())
    data[at % len(data)] ^= 1 << bit
    try:
        verdict = draw_check.check(draw_file.parse(bytes(data)), office.trust, VALUE)
    except EvidenceError:
        return
    assert verdict.exit_code != 0


@given(st.binary(max_size=200))
def test_what_is_no_file_is_said_to_be_none(data):
    for text in (data, b'{"committed":"' + data, b'{"evidence":{' + data):
        with pytest.raises(EvidenceError):
            draw_file.parse(text)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 0}, {"v": 9}, {"more": 1}, {"files": []}, {"committed": 1}, {"evidence": {}},
        {"files": {"00": "AA=="}}, {"files": {"0" * 64: "AA=="}}, {"evidence": []},
    ],
)  # fmt: skip
def test_other_members_are_refused(good, change):
    _, file = good
    value = canonical.parse(file.encode()) | change
    with pytest.raises(EvidenceError):
        draw_file.parse(canonical.dumps(value))


def test_a_draw_of_files_that_nothing_can_be_drawn_from(office):
    """Committed to past our own tool: the files are as they were, and give nothing."""
    kept = draw_drafts.commit(
        office.files(), Beacon("x", "1", office.from_), office.world.trust.host, office.ledger.now()
    )
    bad = canonical.dumps([])
    digest = hashlib.sha256(bad).hexdigest()
    stated = kept.draft.statement | {"pool": digest}
    office.kept.keep(kept.code, kept.kept)
    office.ledger.write(office.office.pen, [Draft(statement=stated)])
    office.reveal(kept.code)
    file = office.file(kept.code)
    files = {digest: bad} | {
        name: data for name, data in file.files.items() if name in stated.values()
    }
    verdict = office.check(replace(file, files=files))
    assert (verdict.exit_code, rules(verdict), verdict.picks) == (1, {"files"}, None)


def test_no_faster_than_the_day(office):
    """A draw whose value exists already is not begun."""
    late = office.ledger.now() - timedelta(seconds=1)
    with pytest.raises(LedgerError, match="does not exist yet"):
        office.commit(beacon=Beacon("x", "1", late))
    with pytest.raises(LedgerError, match="from when on"):
        office.commit(beacon=Beacon("x", "1"))
    assert draw.exists_from("x", "1") is None
