"""An office that draws in tests, and its draws' files as witnesses have cosigned them."""

from dataclasses import replace
from datetime import timedelta

from support.goods.evidence import NORTH, SOUTH, cosign, trust_with
from support.ledger.world import World

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.inspection.draws import draw_book, draw_check, draw_drafts, draw_file
from suyuan.trace.inspection.draws.draw_drafts import Beacon
from suyuan.trace.inspection.draws.draw_keeping import DrawsKept
from suyuan.trace.log import tlog_proof

VALUE = "0f" * 32
POOL = {f"urn:uscc:firm{n:02}": "AB"[n % 2] for n in range(12)}
PEOPLE = [f"urn:person:{n}" for n in range(5)]
COUNTS = {"A": 2, "B": 1}


class DrawOffice:
    """An office with files to draw from, its beacon a lottery a day ahead."""

    def __init__(self, world: World) -> None:
        self.world, self.ledger = world, world.ledger
        self.office = world.party("集美分局", "office")
        self.trust = trust_with(world.trust, 2)
        self.from_ = self.ledger.now() + timedelta(days=1)
        self.kept = DrawsKept(world.home)
        self.avoids = {one: [] for one in PEOPLE} | {PEOPLE[0]: ["urn:uscc:firm00"]}

    def files(self, pool=None, counts=None):
        about = {"title": "双随机抽查"}
        return draw_drafts.files_of(pool or POOL, self.avoids, counts or COUNTS, 2, about)

    def commit(self, files=None, beacon=None, by=None):
        """The code of a draw that is committed to."""
        beacon = beacon or Beacon("福彩双色球", "2026139", self.from_)
        made = draw_drafts.commit(files or self.files(), beacon, self.world.trust.host,
                                  self.ledger.now())  # fmt: skip
        self.kept.keep(made.code, made.kept)
        self.ledger.write((by or self.office).pen, [made.draft])
        return made.code

    def read(self, code):
        with self.ledger.reading() as reader:
            act = draw_book.find(reader, self.world.trust.host, code)
            return draw_book.read(reader, self.ledger, act)

    def picks(self, code):
        """Who is drawn now, by what the office keeps."""
        self.kept.learn(code, VALUE)
        return [(pick.id, pick.team) for pick in draw_book.picks_now(self.ledger, self.read(code))]

    def replace(self, code, of, at=None, by=None):
        by = by or self.office
        draft, hidden, change = draw_drafts.replacing(
            self.read(code), self.kept.learn(code, VALUE), of, at=at, reason="停业", actor=by.uri
        )
        self.ledger.write(by.pen, [draft], disclosures=hidden)
        return change

    def reveal(self, code, by=None):
        by = by or self.office
        draft = draw_drafts.reveal(self.read(code), self.kept.learn(code, VALUE), by.uri)
        self.ledger.write(by.pen, [draft])

    def open(self, code, nonce=None, by=None, after=None):
        """A reveal as no tool of ours makes it."""
        kept, by = self.kept.find(code), by or self.office
        after = self.read(code).after(by.uri) if after is None else after
        stated = acts.draw_reveal(kept.uri, VALUE, nonce or kept.nonce)
        self.ledger.write(by.pen, [Draft(statement=stated, after=after)])

    def export(self, code):
        """The file as the ledger gives it, which no witness has seen."""
        with self.ledger.reading() as reader:
            act = draw_book.find(reader, self.world.trust.host, code)
            found = draw_book.read(reader, self.ledger, act)
            return draw_book.export(reader, self.ledger, found)

    def file(self, code, before=3_600):
        """The file, cosigned so many seconds before the value existed."""
        return self.cosigned(self.export(code), before)

    def cosigned(self, file, before=3_600):
        at = int(self.from_.timestamp()) - before
        proof = tlog_proof.parse(file.committed)
        note = cosign(proof.note, NORTH, SOUTH, at=at)
        evidence = replace(
            file.evidence, checkpoint=cosign(file.evidence.checkpoint, NORTH, SOUTH, at=at + 9_000)
        )
        committed = tlog_proof.encode(proof.index, proof.hashes, note)
        return replace(file, evidence=evidence, committed=committed)

    def check(self, file, value=VALUE):
        """The verdict on a file that is written and read again."""
        return draw_check.check(draw_file.parse(file.encode()), self.trust, value)


def rules(verdict):
    """The faults of a verdict by their words."""
    return {fault.rule for fault in verdict.faults}
