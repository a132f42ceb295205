"""Verifying an evidence file by itself: what it shows, what it cannot, and attacks on the file."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from conformance.reference import verdicts
from support.goods.evidence import (
    COSIGNED,
    NORTH,
    SOUTH,
    STRANGER,
    both,
    cosign,
    evidence_of,
    faults,
    file_of,
    indexes,
    judged,
    link_of,
    trust_with,
)
from support.ledger.lengths import length
from support.ledger.world import ORIGIN, event

from suyuan.keys import notes
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import TrustError
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import EvidenceError
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import parse

pytestmark = pytest.mark.slow


# What it shows.


def test_it_says_of_each_link_who_signed_it_for_whom_and_since_when(story, made, trust):
    verdict = verify(made, trust)
    assert (verdict.exit_code, faults(verdict), verdict.undecided) == (0, [], ())
    links = story.links()
    told = {one.index: one for one in verdict.links}
    assert list(told) == indexes(made)
    for index, one in told.items():
        assert (one.hash, one.actor) == (links[index].hash, links[index].actor)
        assert one.items == tuple(ref.item for ref in links[index].items)
        if one.keyid == story.trust.root.keyid:
            assert (one.signed_by, one.enrolled) == (story.trust.authority, None)
        else:
            enrolment = links[one.enrolled].statement
            assert enrolment["keyid"] == one.keyid and enrolment["party"] == one.signed_by
            assert one.enrolled < index
    received = [one for one in told.values() if one.said == "receiving"]
    assert len(received) == 2
    for one in received:
        assert (one.actor, one.signed_by) == (story.stall.uri, story.agent.uri)
        assert one.is_mandated and links[one.mandate].statement["type"] == "mandate"
    assert sum(one.is_mandated for one in told.values()) == 2
    assert sum(one.is_recovery for one in told.values()) == 1
    assert {one.part for one in told.values()} == {"history", "standing"}


def test_it_says_as_of_when_and_by_whose_word(made, trust):
    verdict = verify(made, trust)
    assert verdict.checkpoint.origin == ORIGIN
    assert [(one.name, one.time) for one in verdict.cosigned] == [
        (NORTH, COSIGNED),
        (SOUTH, COSIGNED + 2),
    ]
    assert verdict.time == COSIGNED + 2
    text = describe(verdict)
    assert f"as of size {verdict.checkpoint.size} of {ORIGIN}, cosigned at 2026-11-18 " in text
    assert "recorded no later than that" in text
    assert "recorded by 小王代记" in text and "for A 区 12 号" in text
    assert "No auditing witness of the trust file vouches" in text
    assert "a recovery" in text


def test_it_says_what_it_cannot_show(story, plain, made, trust):
    said = "\n".join(map(str, verify(made, trust).not_shown))
    for words in ("whether what was signed is true", "recorded later", "revocation",
                  "second record of the same number", "what others recorded of"):  # fmt: skip
        assert words in said
    assert "no witness" not in said
    alone = "\n".join(map(str, verify(plain, story.trust).not_shown))
    assert "no witness" in alone


def test_an_auditing_witness_is_named_for_what_it_vouches_for(story, made):
    verdict = verify(made, trust_with(story.trust, 2, auditing=[SOUTH]))
    assert [one.is_auditing for one in verdict.cosigned] == [False, True]
    assert any(SOUTH in what and "read every entry" in what for what in map(str, verdict.not_shown))
    assert f"{SOUTH} (auditing, " in describe(verdict)
    unasked = verify(made, trust_with(story.trust, 2, auditing=["nobody.example/a"]))
    assert not any(one.is_auditing for one in unasked.cosigned)


def test_lost_keys_and_gaps_of_other_items_are_told(tale):
    lots = sorted(tale.world.new_lot() for _ in range(2))
    both_lots = event("code", lots[0])
    both_lots["quantityList"] = [{"epcClass": lot} for lot in lots]
    tale.world.code(tale.farm, lots[1])
    tale.world.do(tale.farm, both_lots)
    keyid = tale.farm.signer.public.keyid
    tale.world.say(tale.farm, acts.revoke(tale.farm.uri, keyid, compromised_since=0))
    verdict = judged(evidence_of(tale.world, lots[0]), tale.trust, 0)
    (told,) = [one for one in verdict.links if one.part == "history"]
    assert told.is_reported_lost
    assert any("other items of the same records: 1" in str(what) for what in verdict.not_shown)
    assert "key reported lost" in describe(verdict)


def test_a_chain_that_begins_otherwise_is_said_to_begin_here(tale):
    lot = tale.world.new_lot()
    tale.world.do(tale.stall, event("receive", lot, "3"))
    verdict = judged(evidence_of(tale.world, lot), tale.trust)
    assert [(one.item, one.actor) for one in verdict.beginnings] == [(lot, tale.stall.uri)]
    assert "begins here" in describe(verdict)


# Who vouches for it: the policy.


def test_a_quorum_that_is_not_met_is_not_yet_witnessed(plain, trust):
    for names in ((), (NORTH,), (STRANGER[0],), (NORTH, STRANGER[0])):
        note = cosign(plain.checkpoint, *names) if names else plain.checkpoint
        verdict = verify(replace(plain, checkpoint=note), trust)
        assert verdict.exit_code == 3
        assert str(verdict.undecided[0]).startswith("not yet witnessed")
        assert "not yet witnessed" in describe(verdict)
        assert verdict.time is None


def test_without_a_policy_the_log_alone_is_said_to_vouch(story, made):
    verdict = verify(made, story.trust)
    assert (verdict.exit_code, verdict.cosigned, verdict.time) == (0, (), None)
    assert "names no witnesses" in describe(verdict)


def spoilt(note: str, name: str, at: int) -> str:
    """The note with one bit of a byte of this signature line's key id and signature changed."""
    found = notes.parse(note)
    lines = []
    for line in found.signatures:
        if line.name == name:
            raw = bytearray(line.hash + line.signature)
            raw[at] ^= 1
            line = notes.NoteSignature(name, bytes(raw[:4]), bytes(raw[4:]))
        lines.append(line)
    return notes.Note(found.text, tuple(lines)).encode()


@pytest.mark.parametrize("name", [NORTH, SOUTH, ORIGIN])
@pytest.mark.parametrize("at", [0, 3, 4, 11, 12, 40, -1])
def test_a_bad_line_of_a_known_key_breaks_the_file(story, made, name, at):
    for quorum in (1, 2):
        file = replace(made, checkpoint=spoilt(made.checkpoint, name, at))
        verdict = verify(file, trust_with(story.trust, quorum))
        assert (verdict.exit_code, verdict.checkpoint) == (1, None)
        assert [rule for rule, _ in faults(verdict)] == ["checkpoint"]
        assert "BROKEN" in describe(verdict)


def test_a_bad_line_of_an_unknown_key_is_ignored(made, trust):
    for at in (0, 4, 11, 12, -1):
        file = replace(made, checkpoint=spoilt(made.checkpoint, STRANGER[0], at))
        assert both(file, trust)[0] == 0


def test_another_ledgers_trust_file_accepts_nothing(story, made):
    other = LocalSigner.new().public
    for key in (VerifierKey("other.example/log", other), VerifierKey(ORIGIN, other)):
        assert verify(made, replace(story.trust, log=key)).exit_code == 1
    assert ("key", 0) in faults(verify(made, replace(story.trust, root=other)))


def test_a_trust_file_whose_policy_cannot_be_used_decides_nothing(story, made):
    other = trust_with(replace(story.trust, log=VerifierKey("o.example/l", story.trust.log.key)), 1)
    for policy in ("", "quorum", "nonsense\n", other.policy):
        with pytest.raises(TrustError):
            verify(made, replace(story.trust, policy=policy))


# Attacks on a file.


def test_each_removed_entry_is_missed_unless_it_ends_its_chains_and_nothing_names_it(story, plain):
    links = story.links()
    in_history = [one.index for one in verify(plain, story.trust).links]
    for gone in plain.entries:
        rest = tuple(one for one in plain.entries if one.index != gone.index)
        code = both(replace(plain, entries=rest), story.trust)[0]
        if code == 0:
            assert gone.index not in in_history[:-2]
            link = links[gone.index]
            others = [links[one.index] for one in rest]
            assert not any(ref.hash == link.hash for one in others for ref in one.after)
            assert not any(ref.prev == link.hash for one in others for ref in one.items)
            # What may be left out so: the end of a chain, here the labels and the mixing.
            assert gone.index >= max(indexes(plain)) - 1, link
        else:
            assert code == 1


def test_exchanged_moved_and_spoilt_proofs_are_found(story, plain):
    entries = list(plain.entries)
    for at in range(len(entries) - 1):
        one, two = entries[at : at + 2]
        swapped = [replace(one, proof=two.proof), replace(two, proof=one.proof)]
        exchanged = [replace(one, entry=two.entry), replace(two, entry=one.entry)]
        moved = [replace(one, index=two.index), replace(two, index=two.index + 1)]
        for pair in (swapped, exchanged, moved):
            rest = (*entries[:at], *pair, *entries[at + 2 :])
            file = replace(plain, entries=rest)
            verdict = verify(file, story.trust)
            assert both(file, story.trust)[0] == verdict.exit_code == 1
            assert ("log", one.index if pair is not moved else two.index) in faults(verdict)
        for proof in (one.proof[:-1], (*one.proof, bytes(32)), one.proof[::-1]):
            changed = replace(one, proof=proof)
            rest = (*entries[:at], changed, *entries[at + 1 :])
            if proof != one.proof:
                assert verify(replace(plain, entries=rest), story.trust).exit_code == 1


def test_every_truncation_and_a_doubled_entry_is_no_evidence_file(made):
    data = made.encode()
    doubled = replace(made, entries=(made.entries[0], *made.entries)).encode()
    for other in (doubled, *(data[:end] for end in range(0, len(data), 97))):
        with pytest.raises(EvidenceError):
            bundle.parse(other)


def test_the_item_cannot_be_exchanged(story, plain):
    for item in (story.world.new_lot(), "https://id.gs1.org/01/06901234567892/10/L1"):
        verdict = verify(replace(plain, item=item), story.trust)
        assert verdict.exit_code == 1
    # Another item of the file has less behind it, and what is left over is not its evidence.
    assert verify(replace(plain, item=story.first), story.trust).exit_code == 1


def test_a_time_that_no_calendar_has_is_told_all_the_same(plain, trust):
    file = replace(plain, checkpoint=cosign(plain.checkpoint, NORTH, SOUTH, at=(1 << 63) - 9))
    verdict = verify(file, trust)
    assert verdict.exit_code == 0
    assert "POSIX second" in describe(verdict)


def test_verifying_needs_no_database_and_no_front_end():
    program = (
        "import sys, suyuan.trace.evidence.verify_file, suyuan.trace.evidence.describe\n"
        "bad = {'sqlalchemy', 'flask', 'click', 'alembic', 'psycopg'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_random_bytes_changed(story, made):
    trust, data, dice = trust_with(story.trust, 1), made.encode(), random.Random(7)
    note = data.index(b'"checkpoint":'), data.index(b'"entries":')
    places = [dice.randrange(len(data)) for _ in range(length(60, 150))]
    places += range(*note, length(8, 1))
    for at in places:
        byte = (
            dice.choice(b'+/059AZaz\x00\xff"\\ ,:') if at % 2 else data[at] ^ 1 << dice.randrange(8)
        )
        both(data[:at] + bytes([byte]) + data[at + 1 :], trust)


def later_than_both(story):
    """Entries for the end of the log that say what no verifier of today knows, and the answer."""
    stall, lot = story.stall, story.mixed
    item, seq, _ = place = story.head(lot, stall.uri)

    def says(body, at=place, signer=stall.signer, **more):
        return link_of(stall.uri, signer, body, [at], **more)

    count, inspect = {"event": event("count", lot)}, {"statement": {"type": "inspect", "of": [1]}}
    merge = {"statement": {"type": "party", "op": "merge", "party": stall.uri, "name": 7}}
    known = says(inspect)
    yield 3, [known]
    yield 3, [known, says(count, (item, seq + 1, parse(known, newer=True).hash))]
    yield 3, [says(merge, story.head(stall.uri, stall.uri)), says(count)]  # which moves no party
    yield 1, [says(inspect, signer=LocalSigner.new())]
    yield 1, [says(inspect, (item, 0, None))]
    yield 1, [says(inspect, (item, seq, "0" * 64))]
    yield 1, [says(inspect, ledger="other.example/log")]
    yield 1, [says(inspect, after=[{"index": 1 << 40, "hash": "0" * 64}])]
    yield 1, [says({"statement": {"type": "inspect", "op": 1}})]
    yield 1, [says({"statement": {"type": 1}})]
    yield 1, [says({"statement": []})]
    later = says(count, v=2)
    yield 3, [later]
    yield 3, [later, says(count, (item, seq + 1, parse(says(count)).hash))]  # behind one unread
    yield 3, [says({"statement": 1, "parcel": {}}, v=9, ledger=1)]
    for version in (0, "2", True, 1.5):
        yield 1, [says(count, v=version)]


def test_what_is_newer_than_both_is_undecided_and_what_is_only_wrong_is_broken(story, made):
    entries, kept = story.entries(), [one.index for one in made.entries]
    trust, today = json.loads(story.trust.to_json()), date(2026, 11, 25)
    for answer, more in later_than_both(story):
        whole = [*entries, *more]
        indexes = {*kept, *range(len(entries), len(whole))}
        data = file_of(whole, story.mixed, indexes, story.world.log).encode()
        assert both(data, story.trust)[0] == answer, more
        assert ("undecided" in verdicts.judge(data, trust, None, today)[1]) is (answer == 3)
    for version, answer in ((3, 3), (2**53 - 1, 3), (0, 1), ('"3"', 1), ("true", 1)):
        changed = made.encode().replace(b'"v":1}', f'"v":{version}}}'.encode())
        assert changed != made.encode() and both(changed, story.trust) == (answer, ())
