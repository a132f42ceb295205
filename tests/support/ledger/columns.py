"""A ledger with a row in every table, for tests that change its columns one by one."""

from sqlalchemy import select
from support.ledger.world import World, event
from support.lineage.fill import fill
from support.web.acting import act_uri, clear, extend, order

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.log import cosignature
from suyuan.trace.log.policy import Policy
from suyuan.trace.store import schema as t
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.store.beside.disclosure_rows import DisclosureBook, Sealed
from suyuan.trace.store.beside.feed_rows import Concern, FeedBook, Kind
from suyuan.trace.store.beside.invitations import Invitation, InvitationBook, Offer
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.office.deliveries import Delivery, DeliveryBook
from suyuan.trace.store.beside.office.documents import DocumentBook
from suyuan.trace.store.beside.office.report_cases import ReportCase, ReportCaseBook
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook
from suyuan.trace.store.beside.preferences import (
    OVERDRAW,
    REFUSE,
    WEBHOOK,
    Contact,
    ContactBook,
    choose,
)
from suyuan.trace.store.beside.sessions import Sessions
from suyuan.trace.store.beside.witness_rows import WitnessBook, WitnessRow
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.watch.quorum import set_policy

AT = 1_800_000_000_000_000  # microseconds: later than all that is recorded here


def every_table(world: World, *, feeds: int = 5) -> None:
    """Rows in all tables; in `tile` too where there are 256 links."""
    fill(world)
    farm, shop = world.party("青山农场", "producer"), world.party("和顺")
    market = world.party("市场", "market")
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    lots = [world.new_lot() for _ in range(3)]
    for lot in lots:
        world.code(farm, lot)
    act = order(world, farm, *lots[:2])
    extend(world, farm, act, lots[2])
    clear(world, farm, act, lots[2])
    span = ("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z")
    world.say(shop, acts.give_mandate(shop.uri, farm.uri, ["receiving"], *span))
    world.say(farm, acts.document("ab" * 32, 5, 1))
    case = act_uri("case")
    world.say(world.authority, acts.case_open(case, "order", farm.uri))
    at = {"index": 0, "hash": "ab" * 32, "digests": ["A" * 43]}
    world.say(world.authority, acts.case_record(case, "published", shows=[at]))
    ending = {"kind": "production", "number": "SC1", "expires": "2030-01-01"}
    world.say(farm, acts.profile(farm.uri, licences=[ending]))
    for kilos in ("1", "2"):
        world.do(farm, event("count", lots[0], kilos, event_id="urn:x:twice"))
    world.do(market, event("test", lots[0], extra={"suyuan:inspected": shop.uri}))
    world.do(farm, *(event("feed", lots[2], "1") for _ in range(feeds)))
    world.ledger.followers.catch_up()
    _witnessed(world)
    _beside(world, farm.uri)


def _witnessed(world: World) -> None:
    signer = LocalSigner.new()
    witness = CosignerKey.of("w.example", signer.public)
    policy = Policy.of(world.trust.log, [witness], 1)
    world.trust = set_policy(world.home, world.ledger.database, policy.text(), [])
    world.ledger.close()
    world.ledger = world.reopen()
    with world.ledger.reading() as reader:
        newest = reader.checkpoint()
    assert newest is not None
    line = cosignature.sign(notes.parse(newest.note).text, witness.name, signer, AT // 1_000_000)
    cosigned = StoredCheckpoint(newest.size, notes.merge(newest.note, [line]), AT)
    book = WitnessBook(world.ledger.database.engine)
    book.take([WitnessRow(witness.name, newest.size, AT, AT, None)], cosigned)
    alarm = book.raise_alarm(AT, "ahead", "w cosigned more", {"about": ["w"]}, stops=False)
    assert alarm is not None and book.resolve(alarm.id, AT, {"by": "operator", "reason": "wrong"})


def _beside(world: World, party: str) -> None:
    engine = world.ledger.database.engine
    ContactBook(engine).add([Contact(party, WEBHOOK, "https://shop.example/hook", "c2VjcmV0")])
    choose(engine, party, OVERDRAW, REFUSE)
    JobBook(engine).put([Job("k" * 64, WEBHOOK, party, "https://a.example", 9, {"a": 1}, AT, AT)])
    FeedBook(engine).put([Concern(party, Kind.FINDING, 9, "overdrawn urn:x")], AT)
    invitations = InvitationBook(engine)
    invitations.add(Invitation("ab" * 32, party, party, AT, AT + 9_000_000))
    invitations.offer("ab" * 32, Offer("cd" * 32, "Ed25519", "AAAA", "browser", "e30", AT))
    NoteBook(engine).put(
        Note("report:1/R2611247K3QX9M2", "done", "王", "2026-12-01", "x", party, AT)
    )
    ReportCaseBook(engine).put(ReportCase(act_uri("case"), "R2611247K3QX9M2", party, AT))
    DeliveryBook(engine).add_new(
        [Delivery("k" * 32, act_uri("case"), party, "cd" * 32, AT, 0, 9, 3, "ab" * 32)]
    )
    documents = DocumentBook(engine)
    drawn = documents.number(
        party, "rectification", year=2026, number="责改〔2026〕%s号", by=party, at=AT
    )
    documents.put(drawn.code, {"sha256": "ab" * 32, "sealed": "cd" * 32, "sealed_at": AT})
    Sessions(engine).begin("ef" * 32, "cd" * 32, AT, AT)
    DisclosureBook(engine).add_new([Sealed("d" * 43, party, '"authority"', AT, 0, b"hidden")])
    audits = AuditBook(engine)
    audits.ask(party, AT)
    run = audits.claim(AT, AT + 1)
    assert run is not None and audits.finish(run, AT, {"good": True})


def tables_without_rows(world: World) -> list[str]:
    """Those that a world should have rows in and has not."""
    with world.ledger.reading() as reader:
        return [
            name
            for name, table in t.metadata.tables.items()
            if reader.connection.execute(select(table).limit(1)).first() is None
        ]
