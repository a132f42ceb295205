"""Shared by tests of the rows beside the ledger."""

import pytest
from support.ledger.private import priced
from support.ledger.world import World

from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.store.beside.feed_rows import Concern, FeedBook, Kind
from suyuan.trace.store.beside.invitations import Invitation, InvitationBook
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.office.deliveries import Delivery, DeliveryBook
from suyuan.trace.store.beside.office.documents import DocumentBook
from suyuan.trace.store.beside.office.report_cases import ReportCase, ReportCaseBook
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook
from suyuan.trace.store.beside.preferences import (
    EMAIL,
    OVERDRAW,
    REFUSE,
    Contact,
    ContactBook,
    choose,
)
from suyuan.trace.store.beside.sessions import Sessions
from suyuan.trace.store.beside.witness_rows import SEAL, WitnessBook
from suyuan.trace.store.engine import writing
from suyuan.trace.store.errors import Stopped
from suyuan.trace.watch import audit as audits

FAR = 2**62
WHO, OTHER = "urn:x:who", "urn:x:other"


def findings(world: World) -> list[str]:
    """The reasons of an audit's findings on seals."""
    world.ledger.followers.catch_up()
    report = audits.audit(world.ledger)
    assert not report.undecided
    assert {finding.rule for finding in report.findings} <= {"seal", "alarm"}
    return [finding.reason for finding in report.findings if finding.rule == "seal"]


def raised(world: World) -> list[str]:
    """The tables that alarms are about, once those under way are raised."""
    world.ledger.database._alarms.wait()
    alarms = WitnessBook(world.ledger.database.engine).alarms(unresolved=True)
    assert all(alarm.kind == SEAL for alarm in alarms)
    return sorted(name for alarm in alarms for name in alarm.about)


def change(ledger: Ledger, statement: str) -> None:
    """A statement by an attacker who can write the database."""
    with writing(ledger.database.engine) as connection:
        connection.exec_driver_sql(statement)


def put(world: World, table: str, **values: object) -> None:
    """Insert a row without a seal, as an attacker who can write the database."""
    texts = (f"'{v}'" if isinstance(v, str) else str(v).lower() for v in values.values())
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(texts)})"
    change(world.ledger, statement)


def job(number: int, address: str = "a@food.example", leaf: int = 7) -> Job:
    return Job(f"{number:064}", EMAIL, WHO, address, leaf, {"n": number}, made=1, due=1)


def stopped(world: World) -> str:
    with pytest.raises(Stopped) as caught:
        world.say(world.authority, {"type": "nothing"})
    return str(caught.value)


def filled(world: World) -> None:
    """A row in each table."""
    engine = world.ledger.database.engine
    farm = world.party("青山农场", "producer")
    priced(world, farm, world.new_lot())
    ContactBook(engine).add([Contact(WHO, EMAIL, "who@food.example", "secret")])
    choose(engine, WHO, OVERDRAW, REFUSE)
    InvitationBook(engine).add(Invitation("0" * 64, WHO, OTHER, 1, FAR))
    NoteBook(engine).put(Note("report:1/x", "done", None, None, "x", WHO, 1))
    DocumentBook(engine).number(WHO, "rectification", year=2026, number="%s", by=WHO, at=1)
    ReportCaseBook(engine).put(ReportCase("urn:x:case", "R2611247K3QX9M2", WHO, 1))
    DeliveryBook(engine).add_new([Delivery("0" * 32, "urn:x:case", WHO, "k", 1, 0, 9, 3, "0" * 64)])
    JobBook(engine).put([job(1)])
    FeedBook(engine).put([Concern(WHO, Kind.ARRIVAL, 1)], 1)
    AuditBook(engine).ask(WHO, 1)
    Sessions(engine).begin("t", "k", FAR, FAR)
    WitnessBook(engine).raise_alarm(1, "ahead", "", {"about": ["w"]}, stops=False)
