"""Two verifiers of evidence files, written apart, give the same answer to files good and bad."""

import json
import random
from dataclasses import replace
from datetime import date

import pytest
from conformance.reference import verdicts
from conformance.reference.evidence import judge
from support.goods.evidence import (
    NORTH,
    SOUTH,
    STRANGER,
    cosign,
    file_of,
    link_of,
    trust_with,
)
from support.ledger.lengths import length
from support.ledger.world import ORIGIN, World, event
from support.web.acting import clear, extend, hold, order

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.cli.demo import city
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import EvidenceError, NewerVersion, NoEvidence
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(story):
    with story.world.ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
        file = closure.bundle(reader, found, lambda name: None)
    return replace(file, checkpoint=cosign(file.checkpoint, NORTH, STRANGER[0], SOUTH))


def both(data, trust):
    """The one answer of both verifiers: exit code, and who cosigned."""
    reference = judge(data, json.loads(trust.to_json()))
    try:
        verdict = verify(bundle.parse(data), trust)
    except NoEvidence:
        ours = (2, ())
    except NewerVersion:
        ours = (3, ())
    except EvidenceError:
        ours = (1, ())
    else:
        names = tuple(sorted(one.name for one in verdict.cosigned))
        ours = (verdict.exit_code, () if verdict.exit_code == 1 else names)
    assert ours == reference
    return ours


def test_the_good_file(story, made):
    for quorum in (0, 1, 2):
        assert both(made.encode(), trust_with(story.trust, quorum)) == (0, (NORTH, SOUTH))
    bare = replace(made, checkpoint=cosign(made.checkpoint.split("\u2014 witness")[0], SOUTH))
    assert both(bare.encode(), trust_with(story.trust, 2)) == (3, (SOUTH,))
    assert both(bare.encode(), trust_with(story.trust, 1)) == (0, (SOUTH,))


def test_each_entry_removed_moved_or_exchanged(story, made):
    trust = trust_with(story.trust, 1)
    answers = set()
    for at, one in enumerate(made.entries):
        rest = made.entries[:at] + made.entries[at + 1 :]
        answers.add(both(replace(made, entries=rest).encode(), trust)[0])
        other = made.entries[at - 1]
        mixed = (*made.entries[:at], replace(one, entry=other.entry), *made.entries[at + 1 :])
        assert both(replace(made, entries=mixed).encode(), trust)[0] == 1
        mixed = (*made.entries[:at], replace(one, proof=other.proof), *made.entries[at + 1 :])
        both(replace(made, entries=mixed).encode(), trust)
    assert answers == {0, 1}  # the end of a chain may be left out


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


def test_every_third_item_of_the_demo(tmp_path):
    ledger = city.build(tmp_path / "home")
    with ledger.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
        items = sorted({ref.item for link in links if link.event for ref in link.items})
        for item in items[::3]:
            found = history.whole(reader, ledger.trust.genesis, item)
            file = closure.bundle(reader, found, ledger.attachments.get)
            assert both(file.encode(), ledger.trust) == (0, ())
    ledger.close()


def attacks(story):
    """Entries for the end of the log, and whether the file is good with them."""
    stall, agent, farm, root = story.stall, story.agent, story.farm, story.world.root
    lot, authority = story.mixed, story.trust.authority
    place = [story.head(lot, stall.uri)]
    of_stall, of_authority = story.head(stall.uri, stall.uri), story.head(stall.uri, authority)
    count = {"event": event("count", lot)}
    new = LocalSigner.new()
    enrolled = {"statement": acts.enrol_signer(ORIGIN, stall.uri, new)}
    revoked = {"statement": acts.revoke(stall.uri, stall.signer.public.keyid)}
    good = link_of(stall.uri, stall.signer, count, place)
    digest = parse(good).hash
    item, seq, _ = place[0]
    yield True, [good]
    yield True, [link_of(stall.uri, stall.signer, enrolled, [of_stall]),
                 link_of(stall.uri, new, count, place)]  # fmt: skip
    yield False, [link_of(stall.uri, new, count, place)]
    yield False, [link_of(stall.uri, stall.signer, count, [(item, 2**53 - 1, "0" * 64)])]
    yield False, [link_of(stall.uri, new, count, place),
                  link_of(stall.uri, stall.signer, enrolled, [of_stall])]  # fmt: skip
    yield False, [link_of(farm.uri, farm.signer, enrolled, [(stall.uri, 0, None)])]
    yield False, [link_of(authority, root, revoked, [of_authority]), good]
    yield True, [good, link_of(authority, root, revoked, [of_authority])]
    gone = {"statement": acts.leave(stall.uri)}
    yield False, [link_of(authority, root, gone, [of_authority]), good]
    yield False, [link_of(stall.uri, agent.signer, count, place)]
    receive = {"event": event("receive", lot, "1")}
    yield True, [link_of(stall.uri, agent.signer, receive, place)]
    end = {"statement": acts.withdraw_mandate(stall.uri, agent.uri)}
    yield False, [link_of(stall.uri, stall.signer, end, [of_stall]),
                  link_of(stall.uri, agent.signer, receive, place)]  # fmt: skip
    yield False, [good, link_of(stall.uri, stall.signer, receive, place)]
    yield True, [good, link_of(stall.uri, stall.signer, receive, [(item, seq + 1, digest)])]
    yield False, [good, link_of(stall.uri, stall.signer, receive, [(item, seq + 2, digest)])]
    yield False, [link_of(stall.uri, stall.signer, count, [(item, seq, "0" * 64)])]
    yield False, [link_of(stall.uri, stall.signer, count, [(item, 0, None)])]
    yield False, [link_of(stall.uri, stall.signer, count, place, ledger="other.example/log")]
    yield False, [link_of(stall.uri, stall.signer, {"event": event("count", story.first)}, place)]
    taken = {"event": event("code", story.first)}
    yield False, [link_of(stall.uri, stall.signer, taken, [story.head(story.first, stall.uri)])]
    away = story.world.new_lot()
    yield False, [link_of(stall.uri, stall.signer, {"event": event("code", away)},
                          [(away, 0, None)])]  # fmt: skip
    yield False, [link_of(stall.uri, root, count, place)]
    after = [{"index": 0, "hash": "0" * 64}]
    yield False, [link_of(stall.uri, stall.signer, count, place, after=after)]
    far = [{"index": 1 << 40, "hash": "0" * 64}]
    yield False, [link_of(stall.uri, stall.signer, count, place, after=far)]
    yield False, [b"{}"]


def test_a_hostile_operator_under_the_logs_true_key(story, made):
    entries, kept = story.entries(), [one.index for one in made.entries]
    for is_good, more in attacks(story):
        whole = [*entries, *more]
        indexes = {*kept, *range(len(entries), len(whole))}
        file = file_of(whole, story.mixed, indexes, story.world.log)
        assert both(file.encode(), story.trust)[0] == (0 if is_good else 1), more


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


def test_a_recalled_lots_file_and_its_scopes_spoilt(tmp_path):
    world = World(tmp_path / "home")
    farm, stall = world.party("青山农场", "producer"), world.party("王记菜摊")
    lots = sorted(world.new_lot() for _ in range(5))
    for lot in lots:
        world.code(farm, lot)
    world.hand_over(farm, stall, lots[1])
    uri = order(world, farm, *lots)
    clear(world, world.authority, uri, lots[1])
    extend(world, world.authority, uri, lots[1], lots[0])
    hold(world, stall, lots[1])
    with world.ledger.reading() as reader:
        found = history.whole(reader, world.trust.genesis, lots[1])
        made = closure.bundle(reader, found, world.ledger.attachments.get)
    assert len(made.scopes) == 4
    assert both(made.encode(), world.trust) == (0, ())
    for at, scope in enumerate(made.scopes):
        for change in (
            {"index": scope.index + 1},
            {"index": made.entries[0].index},
            {"position": scope.position + 1},
            {"item": lots[2]},
            {"proof": scope.proof[:-1]},
            {"proof": (*scope.proof, bytes(32))},
        ):
            spoilt = [*made.scopes[:at], replace(scope, **change), *made.scopes[at + 1 :]]
            data = replace(made, scopes=tuple(spoilt)).encode()
            same = change == {"proof": scope.proof}  # of a list of one
            assert both(data, world.trust)[0] == (0 if same else 1), change
    assert both(replace(made, scopes=made.scopes[1:]).encode(), world.trust)[0] == 0
    data, dice = made.encode(), random.Random(24)
    start = data.index(b'"scopes":')
    for _ in range(150):
        at = dice.randrange(start, len(data))
        byte = dice.choice(b'0123456789+/AZaz"\\,:[]{}')
        both(data[:at] + bytes([byte]) + data[at + 1 :], world.trust)
    world.ledger.close()
