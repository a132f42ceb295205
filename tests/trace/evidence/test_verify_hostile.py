"""Evidence files of a hostile operator, under the log's true key; and any damage to a file."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.evidence import (
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
    meaning,
    trust_with,
)
from support.ledger.lengths import length
from support.ledger.world import HOST, ORIGIN, event

from suyuan.keys import canonical, dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import Bundle, EvidenceError
from suyuan.trace.evidence.describe import describe
from suyuan.trace.evidence.verdict import BROKEN, VERIFIED
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history

pytestmark = pytest.mark.slow


def forged(story, *entries: bytes, gone: tuple[int, ...] = ()) -> Bundle:
    """The whole ledger as a file, with further entries in its log, whatever they say.

    Only what belongs to the mixed lot; `gone` is in the log, and is left out of the file.
    """
    whole = [*story.entries(), *entries]
    kept = {*indexes(evidence_of(story.world, story.mixed))}
    kept |= {*range(len(whole) - len(entries), len(whole))}
    return file_of(whole, story.mixed, kept - set(gone), story.world.log)


def records(story, step="count", item=None, *, signer=None, place=None, **more) -> bytes:
    """The stall's event about an item, by default next in its chain about the mixed lot."""
    stall, body = story.stall, {"event": event(step, item or story.mixed)}
    place = place or story.head(story.mixed, stall.uri)
    return link_of(stall.uri, signer or stall.signer, body, [place], **more)


def says(story, who, statement, *, signer=None, place=None) -> bytes:
    """A party's statement about the stall, by default next in its chain about it."""
    place = place or story.head(story.stall.uri, who.uri)
    return link_of(who.uri, signer or who.signer, {"statement": statement}, [place])


def enrolling(story, key=None, **more) -> dict:
    return acts.enrol_signer(ORIGIN, story.stall.uri, key or LocalSigner.new(), **more)


def revoked(story) -> bytes:
    revocation = acts.revoke(story.stall.uri, story.stall.signer.public.keyid)
    return says(story, story.world.authority, revocation)


def received(story) -> bytes:
    """What the agent may record under its mandate."""
    return records(story, "receive", signer=story.agent.signer)


def only_fault(story, *entries: bytes) -> str:
    """The rule that the last of these entries breaks, which is all that is wrong."""
    file = forged(story, *entries)
    found = faults(judged(file, story.trust, BROKEN))
    assert {index for _, index in found} == {file.entries[-1].index}
    return found[0][0]


def test_the_forger_of_these_tests_makes_good_links_too(story, plain):
    assert file_of(story.entries(), story.mixed, indexes(plain), story.world.log) == plain
    item, seq, _ = story.head(story.mixed, story.stall.uri)
    first, new = records(story), LocalSigner.new()
    behind = (item, seq + 1, parse(first).hash)
    for entries in (
        [], [first], [received(story)], [first, revoked(story)],
        [first, records(story, "receive", place=behind)],
        [says(story, story.stall, enrolling(story, new)), records(story, signer=new)],
    ):  # fmt: skip
        assert both(forged(story, *entries), story.trust)[0] == VERIFIED


def by_an_unknown_key(story):
    thief = LocalSigner.new()
    return [says(story, story.stall, enrolling(story, thief), signer=thief)]


def without_possession(story):
    possession = acts.possession(ORIGIN, story.stall.uri, LocalSigner.new())
    return [says(story, story.stall, enrolling(story) | {"possession": possession})]


def by_the_key_that_a_recovery_ended(story):
    place = story.head(story.first, story.farm.uri)
    return [link_of(story.farm.uri, story.lost, {"event": event("count", story.first)}, [place])]


def under_a_mandate_that_was_withdrawn(story):
    withdrawn = acts.withdraw_mandate(story.stall.uri, story.agent.uri)
    return [says(story, story.stall, withdrawn), received(story)]


def by_a_registrar_beyond_its_remit(story):
    uri = codes.uri_of(codes.new(), HOST, "party")
    admission = acts.admit(uri, "x", ["stall"], "110101")
    return [says(story, story.office, admission, place=(uri, 0, None))]


def a_code_taken_over(story):
    return [records(story, "code", story.first, place=story.head(story.first, story.stall.uri))]


def of_another_item(story):
    lot = story.world.new_lot()
    return [records(story, "code", lot, place=(lot, 0, None))]


def naming(kind):
    """A count that names in `after` what is not so."""

    def entries(story):
        whole, links = story.entries(), story.links()
        index = next(i for i, x in links.items() if x.actor == story.laboratory.uri)
        own = max(i for i, x in links.items() if x.actor == story.stall.uri)
        good = {"index": index, "hash": links[index].hash}
        after = {
            "another hash": [{**good, "hash": "0" * 64}],
            "its own": [{"index": own, "hash": links[own].hash}],
            "a later one": [{"index": len(whole), "hash": "0" * 64}],
            "one far away": [{"index": 1 << 40, "hash": "0" * 64}],
            "one twice": [good, good],
            "its own ledger": [{**good, "ledger": ORIGIN}],
        }
        return [records(story, after=after[kind])]

    return entries


NEWER = {"type": "erasure", "op": "order", "depth": {"of": ["anything"]}}


def newer(story, **more) -> bytes:
    """A statement of a type that this program does not know, about the mixed lot."""
    place = more.pop("place", story.head(story.mixed, story.stall.uri))
    return says(story, story.stall, NEWER, place=place, **more)


BREAKS = {
    "an enrolment by another party": (
        "authority",
        lambda s: [says(s, s.farm, enrolling(s), place=(s.stall.uri, 0, None))],
    ),
    "an enrolment by an unknown key": ("key", by_an_unknown_key),
    "an enrolment without possession": ("statement", without_possession),
    "a recovery that hides a key which it does not end": (
        "statement",
        lambda s: [says(s, s.world.authority, enrolling(s, revokes=[]))],
    ),
    "a key that was revoked before": ("key", lambda s: [revoked(s), records(s)]),
    "the key that a recovery ended": ("key", by_the_key_that_a_recovery_ended),
    "a step that no mandate names": ("key", lambda s: [records(s, signer=s.agent.signer)]),
    "a mandate that was withdrawn before": ("key", under_a_mandate_that_was_withdrawn),
    "a party that left before": (
        "key",
        lambda s: [says(s, s.world.authority, acts.leave(s.stall.uri)), records(s)],
    ),
    "a registrar beyond its remit": ("authority", by_a_registrar_beyond_its_remit),
    "a second link of the same number": ("chain", lambda s: [records(s), records(s)]),
    "another ledger": ("ledger", lambda s: [records(s, ledger="other.example/log")]),
    "items that are not the event's": ("items", lambda s: [records(s, item=s.first)]),
    "a code taken over": ("coding", a_code_taken_over),
    "nothing to do with the item": ("item", of_another_item),
    "the root key for another": ("key", lambda s: [records(s, signer=s.world.root)]),
    "a newer statement by a thief": ("key", lambda s: [newer(s, signer=LocalSigner.new())]),
    "a newer statement elsewhere": ("chain", lambda s: [newer(s, place=(s.mixed, 0, None))]),
    **{
        f"after that names {kind}": ("after", naming(kind))
        for kind in (
            "another hash", "its own", "a later one", "one far away", "one twice", "its own ledger",
        )
    },
    **{
        f"version {version!r}": ("members", lambda s, version=version: [records(s, v=version)])
        for version in (0, "2", True, 1.5)
    },
}  # fmt: skip


@pytest.mark.parametrize(("rule", "entries"), BREAKS.values(), ids=BREAKS)
def test_a_broken_rule_is_all_that_is_wrong(story, rule, entries):
    assert only_fault(story, *entries(story)) == rule


def test_a_dropped_revocation_is_what_a_file_alone_cannot_show(story):
    """The operator leaves it out: by the file alone nothing is wrong, and it says so."""
    file = forged(story, revoked(story), records(story), gone=(len(story.entries()),))
    verdict = verify(file, story.trust)
    assert verdict.exit_code == 0
    assert any(
        "nothing was left out: a key's revocation" in str(what) for what in verdict.not_shown
    )


def test_an_entry_signed_by_a_key_that_is_enrolled_later(story):
    later = LocalSigner.new()
    enrolled = says(story, story.stall, enrolling(story, later))
    early = records(story, signer=later)
    file = forged(story, early, enrolled)
    assert faults(judged(file, story.trust)) == [("key", len(story.entries()))]
    assert verify(forged(story, enrolled, early), story.trust).exit_code == 0
    # And what a forged enrolment enrols counts for nothing.
    forgery = says(story, story.farm, enrolling(story, later), place=(story.stall.uri, 0, None))
    verdict = judged(forged(story, forgery, early), story.trust)
    assert ("key", len(story.entries()) + 1) in faults(verdict)


def test_the_mandate_left_out_of_the_file(story):
    with story.world.ledger.reading() as reader:
        (given,) = reader.mandates(story.stall.uri)
    verdict = judged(forged(story, gone=(given.given,)), story.trust)
    assert {rule for rule, _ in faults(verdict)} >= {"key"}


def test_a_first_link_with_a_past_and_a_later_one_without(story):
    lot, actor = story.mixed, story.farm
    for seq, prev in ((0, "0" * 64), (1, None)):
        entry = link_of(actor.uri, actor.signer, {"event": event("count", lot)}, [(lot, seq, prev)])
        verdict = judged(forged(story, entry), story.trust)
        assert ("chain", len(story.entries())) in faults(verdict)


def test_a_first_link_that_is_not_the_authoritys(story):
    for who, rule in ((story.stall, "key"), (story.world.authority, "authority")):
        body = {"event": event("code", story.mixed)}
        entry = link_of(who.uri, who.signer, body, [(story.mixed, 0, None)])
        verdict = verify(file_of([entry], story.mixed, [0], story.world.log), story.trust)
        assert faults(verdict) == [(rule, 0)]


# Any single byte.


@pytest.fixture(scope="module")
def little(story):
    """A file of few entries, with every kind of member that a note and an entry have."""
    made = evidence_of(story.world, story.first, history.common)
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
    whole = {"v": 1, "ledger": ORIGIN, "actor": story.stall.uri, "items": [],
             "signed_at": "2026-11-24T08:00:00Z", "after": []} | payload  # fmt: skip
    entry = dsse.seal(
        story.stall.signer, "application/vnd.suyuan.link+json", canonical.dumps(whole)
    ).encode()
    verdict = verify(file_of([entry], story.mixed, [0], story.world.log), story.trust)
    assert verdict.exit_code in (1, 3)
    describe(verdict)
    verdict.to_dict()
