"""Two verifiers of evidence files, written apart, give the same answer to files good and bad."""

import json
import random
from contextlib import closing
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from conformance.reference import verdicts
from support.goods.evidence import (
    NORTH,
    SOUTH,
    both,
    cosign,
    evidence_of,
    file_of,
    link_of,
    trust_with,
)
from support.ledger.lengths import length
from support.ledger.world import event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.cli.demo import city
from suyuan.trace.format.link import parse

pytestmark = pytest.mark.slow


def test_the_good_file(story, made):
    for quorum in (0, 1, 2):
        assert both(made.encode(), trust_with(story.trust, quorum)) == (0, (NORTH, SOUTH))
    bare = replace(made, checkpoint=cosign(made.checkpoint.split("\u2014 witness")[0], SOUTH))
    assert both(bare.encode(), trust_with(story.trust, 2)) == (3, (SOUTH,))
    assert both(bare.encode(), trust_with(story.trust, 1)) == (0, (SOUTH,))


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
    with closing(city.build(tmp_path / "home")) as ledger:
        with ledger.reading() as reader:
            links = [parse(stored.entry) for stored in reader.links()]
        items = sorted({ref.item for link in links if link.event for ref in link.items})
        for item in items[::3]:
            file = evidence_of(SimpleNamespace(ledger=ledger, trust=ledger.trust), item)
            assert both(file, ledger.trust) == (0, ())


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
