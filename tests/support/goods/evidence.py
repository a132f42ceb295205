"""Shared by tests of evidence files: a story with every kind of validity, a log, witnesses."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from conformance.reference.evidence import ANOTHER, judge
from support.ledger.world import ORIGIN, Actor, World, event

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner, Signer
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle, Entry, EvidenceError, NewerVersion, NoEvidence
from suyuan.trace.evidence.verdict import BROKEN, UNDECIDED, Verdict
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef, Link, link_hash, parse, seal
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods import history
from suyuan.trace.log import checkpoint, cosignature, proofs
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.merkle import Edge
from suyuan.trace.log.policy import Policy

WITNESSES = {
    "witness.example/north": LocalSigner.from_seed(b"1" * 32),
    "witness.example/south": LocalSigner.from_seed(b"2" * 32),
}
STRANGER = ("stranger.example/w", LocalSigner.from_seed(b"3" * 32))
COSIGNED = 1_795_000_000  # 2026-11-18T11:06:40Z
NORTH, SOUTH = WITNESSES


def trust_with(trust: Trust, quorum: int, auditing: Sequence[str] = ()) -> Trust:
    """The trust with a policy of `quorum` of the two witnesses."""
    keys = [CosignerKey.of(name, signer.public) for name, signer in WITNESSES.items()]
    text = Policy.of(trust.log, keys, quorum).text()
    return replace(trust, policy=text, auditing=tuple(auditing))


def cosign(note: str, *names: str, at: int = COSIGNED) -> str:
    """The note with cosignatures of these witnesses, a second apart."""
    text = notes.parse(note).text
    known = WITNESSES | dict([STRANGER])
    lines = [cosignature.sign(text, name, known[name], at + n) for n, name in enumerate(names)]
    return notes.merge(note, lines)


class Leaves:
    """A hash reader over entries."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.hashes = [bytes.fromhex(link_hash(entry)) for entry in entries]

    def read(self, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        return [self.root(n << level, (n + 1) << level) for level, n in wanted]

    def root(self, start: int, stop: int) -> bytes:
        edge = Edge()
        for leaf in self.hashes[start:stop]:
            edge.append(leaf)
        return edge.root()


def file_of(entries: Sequence[bytes], item: str, indexes: Iterable[int], log: Signer) -> Bundle:
    """The file of these entries of a log, whatever they say, under the log's own key."""
    leaves = Leaves(entries)
    size = len(entries)
    note = checkpoint.sign(Checkpoint(ORIGIN, size, leaves.root(0, size)), log)
    listed = (
        Entry(index, entries[index], tuple(proofs.inclusion(index, size, leaves)))
        for index in sorted(set(indexes))
    )
    return Bundle(item, note, tuple(listed))


def evidence_of(world: World, item: str, walk: Callable = history.whole, *more: str) -> Bundle:
    """The evidence file of an item as the ledger gives it, by another walk if one is given."""
    with world.ledger.reading() as reader:
        found = walk(reader, world.trust.genesis, item, *more)
        return closure.bundle(reader, found, world.ledger.attachments.get)


def both(file: Bundle | bytes, trust: Trust) -> tuple[int, tuple[str, ...]]:
    """The one answer of two verifiers written apart: exit code, and who cosigned."""
    data = file if isinstance(file, bytes) else file.encode()
    code, cosigners = judge(data, json.loads(trust.to_json()))
    try:
        verdict = verify(bundle.parse(data), trust)
    except NoEvidence:
        ours = ANOTHER, ()
    except NewerVersion:
        ours = UNDECIDED, ()
    except EvidenceError:
        ours = BROKEN, ()
    else:
        names = tuple(sorted(one.name for one in verdict.cosigned))
        ours = verdict.exit_code, () if verdict.exit_code == BROKEN else names
    assert ours == (code, cosigners)
    return ours


def judged(file: Bundle, trust: Trust, code: int | None = None) -> Verdict:
    """The verdict on a file, on which both verifiers agree; it is `code` if that is given."""
    verdict = verify(bundle.parse(file.encode()), trust)
    assert both(file, trust)[0] == verdict.exit_code
    assert code in (None, verdict.exit_code), list(verdict.all_faults())
    return verdict


def faults(verdict: Verdict) -> list[tuple[str, int | None]]:
    """The faults of a verdict: the rule, and the index of its link where there is one."""
    return [(fault.rule, fault.index) for fault in verdict.all_faults()]


def indexes(file: Bundle) -> list[int]:
    """The indexes of a file's entries."""
    return [entry.index for entry in file.entries]


def link_of(actor: str, signer: Signer, body: dict, places: Sequence[tuple], **more) -> bytes:
    """An entry that says `body` (its `event` or `statement`) at these places, right or wrong."""
    payload = {
        "v": 1,
        "ledger": ORIGIN,
        "actor": actor,
        "signed_at": "2026-11-24T08:00:00Z",
        "items": [{"item": item, "seq": seq, "prev": prev} for item, seq, prev in places],
        "after": [],
    }
    return seal(signer, payload | body | more)


@dataclass
class Story:
    """A mixed lot, its two inputs, and their parties."""

    world: World
    office: Actor
    farm: Actor
    stall: Actor
    agent: Actor
    laboratory: Actor
    first: str
    second: str
    mixed: str
    lost: LocalSigner

    @property
    def trust(self) -> Trust:
        return self.world.trust

    def entries(self) -> list[bytes]:
        with self.world.ledger.reading() as reader:
            return [stored.entry for stored in reader.links()]

    def links(self) -> dict[int, Link]:
        return {index: parse(entry) for index, entry in enumerate(self.entries())}

    def head(self, subject: str, actor: str) -> tuple[str, int, str | None]:
        """The place that comes next in a chain."""
        head = self.world.ledger.heads([(subject, actor)])[subject, actor]
        return (subject, 0, None) if head is None else (subject, head.seq + 1, head.hash)


def tell_story(home: Path) -> Story:
    """A registrar, a recovery, a mandate, a lost key; a lot handed over, tested and mixed."""
    world = World(home)
    office = world.party("湖里区市场监督管理局", "office")
    world.say(world.authority, acts.appoint(office.uri, ["350206"]))
    farm = world.party("青山农场", "producer", by=office)
    stall, agent = world.party("A 区 12 号"), world.party("小王代记", "gateway")
    laboratory = world.party("市检测中心", "laboratory")
    world.party("不相干的摊位")  # has no part in it
    world.say(
        stall,
        acts.give_mandate(
            stall.uri, agent.uri, ["receiving"], "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
        ),
    )
    first, second, mixed = sorted(world.new_lot() for _ in range(3))
    world.code(farm, first)
    lost = farm.signer
    farm = _recover(world, farm, office)
    world.code(farm, second)
    sent = [
        world.do(farm, event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri))[0]
        for lot in (first, second)
    ]
    pen = world.ledger.pen(stall.uri, agent.signer)
    for lot, receipt in zip((first, second), sent, strict=True):
        by_agent = Actor(stall.uri, agent.signer, pen)
        after = (AfterRef(receipt.index, receipt.hash),)
        world.do(by_agent, event("receive", lot, "30"), after=after)
    (sampled,) = world.do(stall, event("sample", first))
    after = (AfterRef(sampled.index, sampled.hash),)
    (tested,) = world.do(laboratory, event("test", first), after=after)
    used = [Portion(lot, Decimal(30), "KGM") for lot in (first, second)]
    when = datetime.now(UTC) - timedelta(minutes=1)
    mix = steps.event("mix", when, [Portion(mixed, Decimal(60), "KGM")], inputs=used)
    world.do(stall, mix, after=(AfterRef(tested.index, tested.hash),))
    world.say(stall, acts.labels(["0123456789ABC"]), items=(mixed,))
    world.ledger.followers.catch_up()
    return Story(world, office, farm, stall, agent, laboratory, first, second, mixed, lost)


def _recover(world: World, actor: Actor, office: Actor) -> Actor:
    signer = LocalSigner.new()
    old = [actor.signer.public.keyid]
    world.say(office, acts.enrol_signer(ORIGIN, actor.uri, signer, revokes=old))
    return Actor(actor.uri, signer, world.ledger.pen(actor.uri, signer))


def meaning(file: Bundle, verdict: Verdict) -> tuple:
    """A file's item, entries, indexes, signers, checkpoint, and the keys that cosigned."""
    return (
        file.item,
        tuple((entry.index, entry.entry) for entry in file.entries),
        tuple((link.index, link.actor, link.signed_by, link.keyid) for link in verdict.links),
        verdict.checkpoint,
        verdict.cosigned,
    )
