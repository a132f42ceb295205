"""Verifying an evidence file by itself: what it shows, what it cannot, and every attack on it."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.evidence import (
    COSIGNED,
    NORTH,
    SOUTH,
    STRANGER,
    cosign,
    file_of,
    link_of,
    meaning,
    tell_story,
    trust_with,
)
from support.ledger.lengths import length
from support.ledger.world import HOST, ORIGIN, event

from suyuan.keys import canonical, notes
from suyuan.keys.base64 import encode_url
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import TrustError
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle, EvidenceError
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = tell_story(tmp_path_factory.mktemp("story") / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture(scope="module")
def plain(story):
    """The evidence of the mixed lot, signed by the log alone."""
    ledger = story.world.ledger
    with ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
        return closure.bundle(reader, found, ledger.attachments.get)


@pytest.fixture(scope="module")
def made(plain):
    """The same, cosigned by both witnesses and by somebody unknown."""
    return replace(plain, checkpoint=cosign(plain.checkpoint, NORTH, STRANGER[0], SOUTH))


@pytest.fixture(scope="module")
def trust(story):
    return trust_with(story.trust, 2)


def faults(verdict):
    return [(fault.rule, fault.index) for fault in verdict.all_faults()]


def indexes(found: Bundle) -> list[int]:
    return [one.index for one in found.entries]


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
    assert f"as of size {verdict.checkpoint.size} of {ORIGIN}, cosigned at 2026-11-18T" in text
    assert "recorded no later than that" in text
    assert "recorded by 小王代记" in text and "for A 区 12 号" in text
    assert "No auditing witness of the trust file vouches" in text
    assert "a recovery" in text


def test_it_says_what_it_cannot_show(story, plain, made, trust):
    said = "\n".join(verify(made, trust).not_shown)
    for words in ("whether what was signed is true", "recorded later", "revocation",
                  "second link of the same number", "others about"):  # fmt: skip
        assert words in said
    assert "no witness" not in said
    alone = "\n".join(verify(plain, story.trust).not_shown)
    assert "no witness" in alone


def test_an_auditing_witness_is_named_for_what_it_vouches_for(story, made):
    verdict = verify(made, trust_with(story.trust, 2, auditing=[SOUTH]))
    assert [one.is_auditing for one in verdict.cosigned] == [False, True]
    assert any(SOUTH in what and "read every entry" in what for what in verdict.not_shown)
    assert f"{SOUTH} (auditing, " in describe(verdict)
    unasked = verify(made, trust_with(story.trust, 2, auditing=["nobody.example/a"]))
    assert not any(one.is_auditing for one in unasked.cosigned)


def test_lost_keys_and_gaps_of_other_items_are_told(tmp_path):
    story = tell_story(tmp_path / "home")
    lots = sorted(story.world.new_lot() for _ in range(2))
    both = event("code", lots[0])
    both["quantityList"] = [{"epcClass": lot} for lot in lots]
    story.world.code(story.farm, lots[1])
    story.world.do(story.farm, both)
    story.world.say(
        story.farm,
        acts.revoke(story.farm.uri, story.farm.signer.public.keyid, compromised_since=0),
    )
    with story.world.ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, lots[0])
        file = closure.bundle(reader, found, lambda name: None)
    verdict = verify(file, story.trust)
    assert verdict.exit_code == 0
    (told,) = [one for one in verdict.links if one.part == "history"]
    assert told.is_reported_lost
    assert any("other items in the same records: 1" in what for what in verdict.not_shown)
    assert "key reported lost" in describe(verdict)
    story.world.ledger.close()


def test_a_chain_that_begins_otherwise_is_said_to_begin_here(tmp_path):
    story = tell_story(tmp_path / "home")
    lot = story.world.new_lot()
    story.world.do(story.stall, event("receive", lot, "3"))
    with story.world.ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, lot)
        verdict = verify(closure.bundle(reader, found, lambda name: None), story.trust)
    assert [(one.item, one.actor) for one in verdict.beginnings] == [(lot, story.stall.uri)]
    assert "begins here" in describe(verdict)
    story.world.ledger.close()


# Who vouches for it: the policy.


def test_a_quorum_that_is_not_met_is_not_yet_witnessed(plain, trust):
    for names in ((), (NORTH,), (STRANGER[0],), (NORTH, STRANGER[0])):
        note = cosign(plain.checkpoint, *names) if names else plain.checkpoint
        verdict = verify(replace(plain, checkpoint=note), trust)
        assert verdict.exit_code == 3
        assert verdict.undecided[0].startswith("not yet witnessed")
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


def test_one_character_may_spoil_a_key_id_and_a_time_at_once(story, made):
    note = spoilt(made.checkpoint, NORTH, 3)
    line = next(one for one in notes.parse(note).signatures if one.name == NORTH)
    changed = replace(line, signature=bytes([line.signature[0] | 0x60]) + line.signature[1:])
    file = replace(made, checkpoint=note.replace(line.encode(), changed.encode()))
    assert verify(file, trust_with(story.trust, 1)).exit_code == 1


@pytest.mark.parametrize("at", [0, 4, 11, 12, -1])
def test_a_bad_line_of_an_unknown_key_is_ignored(made, trust, at):
    file = replace(made, checkpoint=spoilt(made.checkpoint, STRANGER[0], at))
    assert verify(file, trust).exit_code == 0


def test_a_known_witness_under_another_name_breaks_the_file(story, made):
    """Else who cosigned would be told wrong by one changed byte, where the quorum is met still."""
    file = replace(made, checkpoint=made.checkpoint.replace(f"— {NORTH}", "— vitness.example/n"))
    assert verify(file, trust_with(story.trust, 1)).exit_code == 1


def test_another_ledgers_trust_file_accepts_nothing(story, made):
    other = LocalSigner.new().public
    for key in (VerifierKey("other.example/log", other), VerifierKey(ORIGIN, other)):
        assert verify(made, replace(story.trust, log=key)).exit_code == 1


def test_another_authority_accepts_nothing(story, plain):
    trust = replace(story.trust, root=LocalSigner.new().public)
    assert ("key", 0) in faults(verify(plain, trust))


def test_a_trust_file_whose_policy_cannot_be_used_decides_nothing(story, made):
    other = trust_with(replace(story.trust, log=VerifierKey("o.example/l", story.trust.log.key)), 1)
    for policy in ("", "quorum", "nonsense\n", other.policy):
        with pytest.raises(TrustError):
            verify(made, replace(story.trust, policy=policy))


# Attacks on a file.


def test_each_removed_entry_is_missed_unless_it_ends_its_chains_and_nothing_names_it(story, plain):
    links = story.links()
    for gone in plain.entries:
        rest = tuple(one for one in plain.entries if one.index != gone.index)
        verdict = verify(replace(plain, entries=rest), story.trust)
        if verdict.exit_code == 0:
            link = links[gone.index]
            others = [links[one.index] for one in rest]
            assert not any(ref.hash == link.hash for one in others for ref in one.after)
            assert not any(ref.prev == link.hash for one in others for ref in one.items)
            # What may be left out so: the end of a chain, here the labels and the mixing.
            assert gone.index >= max(indexes(plain)) - 1, link
        else:
            assert verdict.exit_code == 1


def test_every_middle_entry_of_the_history_is_missed(story, plain):
    verdict = verify(plain, story.trust)
    for told in verdict.links[:-2]:
        rest = tuple(one for one in plain.entries if one.index != told.index)
        assert verify(replace(plain, entries=rest), story.trust).exit_code == 1, told


def test_exchanged_moved_and_spoilt_proofs_are_found(story, plain):
    entries = list(plain.entries)
    for at in range(len(entries) - 1):
        one, two = entries[at : at + 2]
        swapped = [replace(one, proof=two.proof), replace(two, proof=one.proof)]
        exchanged = [replace(one, entry=two.entry), replace(two, entry=one.entry)]
        moved = [replace(one, index=two.index), replace(two, index=two.index + 1)]
        for pair in (swapped, exchanged, moved):
            rest = (*entries[:at], *pair, *entries[at + 2 :])
            verdict = verify(replace(plain, entries=rest), story.trust)
            assert verdict.exit_code == 1
            assert ("log", one.index if pair is not moved else two.index) in faults(verdict)
        for proof in (one.proof[:-1], (*one.proof, bytes(32)), one.proof[::-1]):
            changed = replace(one, proof=proof)
            rest = (*entries[:at], changed, *entries[at + 1 :])
            if proof != one.proof:
                assert verify(replace(plain, entries=rest), story.trust).exit_code == 1


def test_a_doubled_entry_is_no_evidence_file(plain):
    data = replace(plain, entries=(plain.entries[0], *plain.entries)).encode()
    with pytest.raises(EvidenceError):
        bundle.parse(data)


def test_every_truncation_is_no_evidence_file(made):
    data = made.encode()
    for end in range(0, len(data), 97):
        with pytest.raises(EvidenceError):
            bundle.parse(data[:end])


def test_the_item_cannot_be_exchanged(story, plain):
    for item in (story.world.new_lot(), "https://id.gs1.org/01/06901234567892/10/L1"):
        verdict = verify(replace(plain, item=item), story.trust)
        assert verdict.exit_code == 1
    # Another item of the file has less behind it, and what is left over is not its evidence.
    assert verify(replace(plain, item=story.one), story.trust).exit_code == 1


def test_unnamed_attachments_and_disclosures_are_no_part_of_it(story, plain):
    from hashlib import sha256

    file = replace(plain, attachments={sha256(b"x").hexdigest(): b"x"})
    assert faults(verify(file, story.trust)) == [("attachment", None)]
    file = replace(plain, disclosures=("WyJhIl0",))
    assert faults(verify(file, story.trust)) == [("disclosure", None)]


def test_a_disclosure_that_a_link_commits_to_is_accepted(story):
    from hashlib import sha256

    text = encode_url(b'["salt","/reason","x"]')
    digests = sorted(
        encode_url(sha256(t).digest()) for t in [text.encode(), *(b"%d" % n for n in range(7))]
    )
    body = event("count", story.mixed) | {"suyuan:private": {"_sd": digests}}
    entry = link_of(
        story.stall.uri, story.stall.signer, {"event": body},
        [story.head(story.mixed, story.stall.uri)],
    )  # fmt: skip
    file = forged(story, entry)
    assert verify(replace(file, disclosures=(text,)), story.trust).exit_code == 0
    assert verify(replace(file, disclosures=(text + "A",)), story.trust).exit_code == 1


# A hostile operator: entries that break a rule, under the log's true key.


def forged(story, *entries: bytes, gone: tuple[int, ...] = ()) -> Bundle:
    """The whole ledger as a file, with further entries in its log, whatever they say.

    Only what belongs to the mixed lot; `gone` is in the log, and is left out of the file.
    """
    whole = [*story.entries(), *entries]
    ledger = story.world.ledger
    with ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
        kept = indexes(closure.bundle(reader, found, lambda name: None))
    kept += range(len(whole) - len(entries), len(whole))
    return file_of(whole, story.mixed, set(kept) - set(gone), story.world.log)


def count_of(story, **more) -> tuple:
    """What `link_of` takes for the stall's count of the mixed lot, next in its chain."""
    body = {"event": event("count", story.mixed)}
    places = [story.head(story.mixed, story.stall.uri)]
    return more.pop("actor", story.stall.uri), more.pop("signer", story.stall.signer), body, places


def test_the_forger_of_these_tests_makes_good_links_too(story):
    assert verify(forged(story), story.trust).exit_code == 0
    assert verify(forged(story, link_of(*count_of(story))), story.trust).exit_code == 0


def only_fault(story, *entries: bytes) -> str:
    """The rule that the last of these entries breaks, which is all that is wrong."""
    file = forged(story, *entries)
    verdict = verify(file, story.trust)
    assert verdict.exit_code == 1
    found = faults(verdict)
    assert {index for _, index in found} == {file.entries[-1].index}
    return found[0][0]


def key_place(story) -> tuple:
    """The next place in the authority's chain about the stall."""
    return story.head(story.stall.uri, story.trust.authority)


def test_a_forged_enrolment(story):
    """Nobody but the party, the authority and registrars enrols a key for it."""
    thief = LocalSigner.new()
    statement = acts.enrol_signer(ORIGIN, story.stall.uri, thief)
    places = [(story.stall.uri, 0, None)]
    entry = link_of(story.farm.uri, story.farm.signer, {"statement": statement}, places)
    assert only_fault(story, entry) == "authority"
    # And what it enrols counts for nothing afterwards.
    used = link_of(*count_of(story, signer=thief))
    assert ("key", len(story.entries()) + 1) in faults(
        verify(forged(story, entry, used), story.trust)
    )


def test_an_enrolment_signed_by_an_unknown_key(story):
    thief = LocalSigner.new()
    statement = acts.enrol_signer(ORIGIN, story.stall.uri, thief)
    places = [story.head(story.stall.uri, story.stall.uri)]
    entry = link_of(story.stall.uri, thief, {"statement": statement}, places)
    assert only_fault(story, entry) == "key"


def test_an_enrolment_without_possession(story):
    thief, other = LocalSigner.new(), LocalSigner.new()
    statement = acts.enrol_signer(ORIGIN, story.stall.uri, thief)
    statement["possession"] = acts.possession(ORIGIN, story.stall.uri, other)
    places = [story.head(story.stall.uri, story.stall.uri)]
    entry = link_of(story.stall.uri, story.stall.signer, {"statement": statement}, places)
    assert only_fault(story, entry) == "statement"


def test_a_recovery_that_hides_a_key_which_it_does_not_end(story):
    thief = LocalSigner.new()
    statement = acts.enrol_signer(ORIGIN, story.stall.uri, thief, revokes=[])
    entry = link_of(
        story.trust.authority, story.world.root, {"statement": statement}, [key_place(story)]
    )
    assert only_fault(story, entry) == "statement"


def test_a_key_that_was_revoked_before(story):
    keyid = story.stall.signer.public.keyid
    revoked = link_of(
        story.trust.authority,
        story.world.root,
        {"statement": acts.revoke(story.stall.uri, keyid)},
        [key_place(story)],
    )
    assert only_fault(story, revoked, link_of(*count_of(story))) == "key"


def test_a_dropped_revocation_is_what_a_file_alone_cannot_show(story):
    """The operator leaves it out: by the file alone nothing is wrong, and it says so."""
    keyid = story.stall.signer.public.keyid
    revoked = link_of(
        story.trust.authority,
        story.world.root,
        {"statement": acts.revoke(story.stall.uri, keyid)},
        [key_place(story)],
    )
    entries = [revoked, link_of(*count_of(story))]
    file = forged(story, *entries, gone=(len(story.entries()),))
    verdict = verify(file, story.trust)
    assert verdict.exit_code == 0
    assert any("nothing was left out: a key's revocation" in what for what in verdict.not_shown)


def test_the_key_that_a_recovery_ended(story):
    entry = link_of(
        story.farm.uri, story.lost, {"event": event("count", story.one)},
        [story.head(story.one, story.farm.uri)],
    )  # fmt: skip
    assert only_fault(story, entry) == "key"


def test_an_entry_signed_by_a_key_that_is_enrolled_later(story):
    later = LocalSigner.new()
    enrolled = link_of(
        story.stall.uri,
        story.stall.signer,
        {"statement": acts.enrol_signer(ORIGIN, story.stall.uri, later)},
        [story.head(story.stall.uri, story.stall.uri)],
    )
    early = link_of(*count_of(story, signer=later))
    file = forged(story, early, enrolled)
    assert faults(verify(file, story.trust)) == [("key", len(story.entries()))]
    assert verify(forged(story, enrolled, early), story.trust).exit_code == 0


def test_an_entry_signed_again_by_another_key_of_the_party(story):
    """The same payload under another signature is another entry, and in no log."""
    ledger = story.world.ledger
    with ledger.reading() as reader:
        index = reader.in_chain(story.two, story.farm.uri, 0).index
    file = forged(story)
    link = parse(next(one.entry for one in file.entries if one.index == index))
    from suyuan.keys import dsse

    again = dsse.seal(LocalSigner.new(), link.envelope.payload_type, link.envelope.payload)
    entries = tuple(
        replace(one, entry=again.encode()) if one.index == index else one for one in file.entries
    )
    assert ("log", index) in faults(verify(replace(file, entries=entries), story.trust))


def test_a_link_under_no_mandate(story):
    actor, _, body, places = count_of(story)
    entry = link_of(actor, story.agent.signer, body, places)  # a step that it does not name
    assert only_fault(story, entry) == "key"


def test_a_mandate_that_was_withdrawn_before(story):
    withdrawn = link_of(
        story.stall.uri,
        story.stall.signer,
        {"statement": acts.withdraw_mandate(story.stall.uri, story.agent.uri)},
        [story.head(story.stall.uri, story.stall.uri)],
    )
    received = link_of(
        story.stall.uri,
        story.agent.signer,
        {"event": event("receive", story.mixed, "1")},
        [story.head(story.mixed, story.stall.uri)],
    )
    assert verify(forged(story, received), story.trust).exit_code == 0
    assert only_fault(story, withdrawn, received) == "key"


def test_the_mandate_left_out_of_the_file(story):
    with story.world.ledger.reading() as reader:
        (given,) = reader.mandates(story.stall.uri)
    verdict = verify(forged(story, gone=(given.given,)), story.trust)
    assert {rule for rule, _ in faults(verdict)} >= {"key"}


def test_a_party_that_left_before(story):
    gone = link_of(
        story.trust.authority,
        story.world.root,
        {"statement": acts.leave(story.stall.uri)},
        [key_place(story)],
    )
    assert only_fault(story, gone, link_of(*count_of(story))) == "key"


def test_a_registrar_beyond_its_remit(story):
    uri = codes.uri_of(codes.new(), HOST, "party")
    entry = link_of(
        story.office.uri,
        story.office.signer,
        {"statement": acts.admit(uri, "x", ["stall"], "110101")},
        [(uri, 0, None)],
    )
    assert only_fault(story, entry) == "authority"


def test_a_second_link_of_the_same_number(story):
    actor, signer, body, ((item, seq, prev),) = count_of(story)
    entry = link_of(actor, signer, body, [(item, seq, prev)])
    again = link_of(actor, signer, {"event": event("count", item)}, [(item, seq, prev)])
    assert only_fault(story, entry, again) == "chain"


@pytest.mark.parametrize("step", [0, 1])
def test_a_link_that_names_another_before_it(story, step):
    actor, signer, body, ((item, seq, _),) = count_of(story)
    places = [(item, seq + step, "0" * 64)]
    verdict = verify(forged(story, link_of(actor, signer, body, places)), story.trust)
    assert {rule for rule, _ in faults(verdict)} == {"chain"}  # a false hash, or a number left out


def test_a_first_link_with_a_past_and_a_later_one_without(story):
    lot, actor = story.mixed, story.farm
    for seq, prev in ((0, "0" * 64), (1, None)):
        entry = link_of(actor.uri, actor.signer, {"event": event("count", lot)}, [(lot, seq, prev)])
        assert ("chain", len(story.entries())) in faults(verify(forged(story, entry), story.trust))


@pytest.mark.parametrize("kind", ["hash", "own", "later", "twice", "origin"])
def test_after_that_names_what_is_not_so(story, kind):
    entries = story.entries()
    links = story.links()
    index = next(i for i, x in links.items() if x.actor == story.laboratory.uri)
    own = max(i for i, x in links.items() if x.actor == story.stall.uri)
    good = {"index": index, "hash": links[index].hash}
    after = {
        "hash": [{**good, "hash": "0" * 64}],
        "own": [{"index": own, "hash": links[own].hash}],
        "later": [{"index": len(entries), "hash": "0" * 64}],
        "twice": [good, good],
        "origin": [{**good, "ledger": ORIGIN}],
    }[kind]
    assert only_fault(story, link_of(*count_of(story), after=after)) == "after"


def test_an_entry_of_another_ledger(story):
    entry = link_of(*count_of(story), ledger="other.example/log")
    assert only_fault(story, entry) == "ledger"


def test_items_that_are_not_the_events(story):
    actor, signer, _, places = count_of(story)
    entry = link_of(actor, signer, {"event": event("count", story.one)}, places)
    assert only_fault(story, entry) == "items"


def test_a_code_taken_over(story):
    place = [(story.one, 3, "0" * 64)]
    place = [story.head(story.one, story.stall.uri)]
    entry = link_of(story.stall.uri, story.stall.signer, {"event": event("code", story.one)}, place)
    assert only_fault(story, entry) == "coding"


def test_a_record_that_has_nothing_to_do_with_the_item(story):
    lot = story.world.new_lot()
    entry = link_of(
        story.stall.uri, story.stall.signer, {"event": event("code", lot)}, [(lot, 0, None)]
    )
    assert only_fault(story, entry) == "item"


def test_bytes_that_are_no_link(story):
    for entry in (b"", b"{}", b"\xc3\xa9", b"x" * 70_000):
        assert only_fault(story, entry) in ("encoding", "size")


def test_a_first_link_that_is_not_the_authoritys(story):
    stall = story.stall
    entry = link_of(stall.uri, stall.signer, {"event": event("code", story.mixed)},
                    [(story.mixed, 0, None)])  # fmt: skip
    verdict = verify(file_of([entry], story.mixed, [0], story.world.log), story.trust)
    assert faults(verdict) == [("key", 0)]
    by_root = link_of(story.trust.authority, story.world.root,
                      {"event": event("code", story.mixed)}, [(story.mixed, 0, None)])  # fmt: skip
    verdict = verify(file_of([by_root], story.mixed, [0], story.world.log), story.trust)
    assert faults(verdict) == [("authority", 0)]


def test_the_root_key_signs_for_the_authority_only(story):
    assert only_fault(story, link_of(*count_of(story, signer=story.world.root))) == "key"


# What this program is too old for.


def test_a_statement_of_a_newer_type_is_checked_as_far_as_it_can_be(story):
    place = [story.head(story.mixed, story.stall.uri)]
    erasure = {"type": "erasure", "op": "order", "depth": {"of": ["anything"]}}
    entry = link_of(story.stall.uri, story.stall.signer, {"statement": erasure}, place)
    verdict = verify(forged(story, entry), story.trust)
    assert (verdict.exit_code, faults(verdict)) == (3, [])
    assert "erasure order" in verdict.undecided[0]
    by_thief = link_of(story.stall.uri, LocalSigner.new(), {"statement": erasure}, place)
    assert only_fault(story, by_thief) == "key"
    elsewhere = link_of(
        story.stall.uri, story.stall.signer, {"statement": erasure}, [(story.mixed, 0, None)]
    )
    assert only_fault(story, elsewhere) == "chain"


def test_a_newer_op_of_a_known_type_changes_nothing_that_is_known(story):
    place = [story.head(story.stall.uri, story.stall.uri)]
    merge = {"type": "party", "op": "merge", "party": story.stall.uri}
    entry = link_of(story.stall.uri, story.stall.signer, {"statement": merge}, place)
    verdict = verify(forged(story, entry, link_of(*count_of(story))), story.trust)
    assert (verdict.exit_code, faults(verdict)) == (3, [])


def test_a_link_of_a_newer_version_is_undecided_and_what_it_may_hold_too(story):
    newer = link_of(*count_of(story), v=2)
    verdict = verify(forged(story, newer), story.trust)
    assert (verdict.exit_code, faults(verdict)) == (3, [])
    for version in (0, "2", True, 1.5):
        assert only_fault(story, link_of(*count_of(story), v=version)) == "members"
    # The link behind it names it: what is missing may be what cannot be read.
    item, seq, _ = story.head(story.mixed, story.stall.uri)
    behind = link_of(
        story.stall.uri, story.stall.signer, {"event": event("count", item)},
        [(item, seq + 1, parse(link_of(*count_of(story))).hash)],
    )  # fmt: skip
    assert verify(forged(story, newer, behind), story.trust).exit_code == 3


# Any single byte.


@pytest.fixture(scope="module")
def little(story):
    """A file of few entries, with every kind of member that a note and an entry have."""
    with story.world.ledger.reading() as reader:
        found = history.common(reader, story.trust.genesis, story.one)
        made = closure.bundle(reader, found, lambda name: None)
    return replace(made, checkpoint=cosign(made.checkpoint, NORTH, STRANGER[0], SOUTH))


def outcome(data: bytes, trust) -> tuple[int, tuple | None]:
    try:
        found = bundle.parse(data)
    except EvidenceError:
        return 1, None
    verdict = verify(found, trust)
    return verdict.exit_code, meaning(found, verdict)


def test_one_flipped_bit_anywhere_fails_or_changes_no_meaning(little, story):
    trust, data = trust_with(story.trust, 1), little.encode()
    code, true = outcome(data, trust)
    assert code == 0
    unchanged = 0
    for at in range(0, len(data), length(5, 1)):
        bit = (1, 32)[at % 2]
        changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        code, found = outcome(changed, trust)
        assert code != 0 or found == true, (at, data[max(0, at - 20) : at + 20])
        unchanged += code == 0
    # Of all places only the unknown line may change: its name, key id and signature.
    assert 0 < unchanged <= length(30, 130)


def test_other_characters_in_the_note_fail_or_change_no_meaning(little, story):
    trust, data = trust_with(story.trust, 1), little.encode()
    _, true = outcome(data, trust)
    start = data.index(b'"checkpoint":')
    for at in range(start, data.index(b'"entries":'), length(3, 1)):
        for byte in b'+/059AZaz-. \\"':
            changed = data[:at] + bytes([byte]) + data[at + 1 :]
            code, found = outcome(changed, trust)
            assert code != 0 or found == true, (at, byte)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_byte_for_any_other_fails_or_changes_no_meaning(little, story, data):
    trust, good = trust_with(story.trust, 1), little.encode()
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = good[:at] + bytes([byte]) + good[at + 1 :]
    code, found = outcome(changed, trust)
    assert code != 0 or found == outcome(good, trust)[1]


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=40)), max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_damage_ends_in_a_verdict(little, trust, changes):
    data = little.encode()
    for at, piece in changes:
        at %= len(data)
        data = data[:at] + piece + data[at + len(piece) // 2 :]
    code, _ = outcome(data, trust)
    assert code in (0, 1, 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@given(payload=st.dictionaries(st.sampled_from(["v", "ledger", "actor", "signed_at", "items",
       "after", "event", "statement", "event_ref", "document"]), JSON))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_payload_under_the_logs_true_key_ends_in_a_verdict(story, payload):
    from suyuan.keys import dsse

    whole = {"v": 1, "ledger": ORIGIN, "actor": story.stall.uri, "items": [],
             "signed_at": "2026-11-24T08:00:00Z", "after": []} | payload  # fmt: skip
    entry = dsse.seal(
        story.stall.signer, "application/vnd.suyuan.link+json", canonical.dumps(whole)
    ).encode()
    verdict = verify(file_of([entry], story.mixed, [0], story.world.log), story.trust)
    assert verdict.exit_code in (1, 3)
    describe(verdict)
    verdict.to_dict()


def test_a_checkpoint_that_is_anything_else_breaks_the_file(plain, story):
    for note in ("", "\n\n", "x", plain.checkpoint.replace(ORIGIN, "o"), plain.checkpoint * 2):
        assert verify(replace(plain, checkpoint=note), story.trust).exit_code == 1


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
