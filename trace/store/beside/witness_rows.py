"""What the store keeps of witnesses: what each said last, what met its quorum, and alarms.

All of it is written in short transactions beside the append transaction, never under its lock.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, update

from suyuan.trace.admission.trust import Trust, TrustError

from .. import schema as t
from ..engine import dialect_insert, is_sqlite, writing
from ..errors import StoreError
from ..read.log_reader import StoredCheckpoint
from ..read.reader import Reader, reading
from . import schema_beside as beside
from . import sealed_rows
from .repository import json_object, json_text, row_of
from .seals import MISSING

MAX_WHY = 500
AGAIN = 60.0  # seconds, then a table is reported anew: its alarm may be resolved, or was not raised
SEAL = "seal"  # the kind of an alarm about rows that somebody else has written
_LOOKS = 3
_log = logging.getLogger("suyuan.seals")
_CHANGED = "is not as it was written"
_UNKNOWN = "cannot be checked"
_OF_ALARMS: Mapping[str, Any] = {"about": ["alarm"]}


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """What a witness answered last; instants in microseconds UTC.

    `size` is what it says that it cosigned last; None before its first answer, as is
    `answered`. `error` is what was wrong the last time, None for nothing.
    """

    name: str
    size: int | None
    asked: int
    answered: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the operator has to look into; one that `stops` ends all signing until it is resolved.

    `about` names who reported what raised it: witnesses, or the mirror. `evidence` is a JSON
    object, `resolution` one with `by`, `reason`. Instants are in microseconds UTC. One that is not
    in the store has the id 0.
    """

    kind: str
    reason: str
    evidence: Mapping[str, Any]
    stops: bool
    id: int = 0
    raised: int = 0
    resolved: int | None = None
    resolution: Mapping[str, Any] | None = None

    @property
    def about(self) -> frozenset[str]:
        """Who reported it."""
        names = self.evidence.get("about")
        return frozenset(name for name in names if isinstance(name, str)) if names else frozenset()

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where witnessing stands, all as of one moment; `stopped` is the reason of a stopping alarm.

    `signed` is the newest checkpoint that the log signed, `kept` the newest that met its quorum.
    """

    trust: Trust
    signed: StoredCheckpoint | None
    kept: StoredCheckpoint | None
    witnesses: Mapping[str, WitnessRow]
    stopped: str | None

    @property
    def size(self) -> int:
        """How many links the log signed for."""
        return 0 if self.signed is None else self.signed.size


class WitnessBook:
    """The tables of witnesses and alarms; any number of processes may write them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self) -> Standing:
        """Where witnessing stands now. StoreError where the database cannot be read."""
        with reading(self._engine) as reader:
            return standing(reader)

    def take(self, rows: Sequence[WitnessRow], cosigned: StoredCheckpoint | None = None) -> None:
        """Write what witnesses answered, and a checkpoint that met its quorum if it is new."""
        if not rows and cosigned is None:
            return
        with writing(self._engine, "the database") as connection:
            for row in sorted(rows, key=lambda row: row.name):  # one order, so none waits in a ring
                error = None if row.error is None else row.error[:MAX_WHY]
                statement = self._insert(beside.witness, row_of(row) | {"error": error})
                more = {name: statement.excluded[name] for name in ("asked", "error")}
                for name in ("size", "answered"):  # what is not known now was known before
                    more[name] = func.coalesce(statement.excluded[name], beside.witness.c[name])
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["name"], set_=more)
                )
            if cosigned is not None:
                values = {"size": cosigned.size, "note": cosigned.note, "at": cosigned.committed}
                connection.execute(self._insert(t.cosigned, values).on_conflict_do_nothing())

    def alarms(self, *, unresolved: bool = False) -> list[Alarm]:
        """All alarms in the order in which they were raised."""
        with reading(self._engine) as reader:
            return alarms(reader, unresolved=unresolved)

    def alarm(self, number: int) -> Alarm | None:
        """The alarm with this number."""
        return next((alarm for alarm in self.alarms() if alarm.id == number), None)

    def raise_alarm(
        self, now: int, kind: str, reason: str, evidence: Mapping[str, Any], *, stops: bool
    ) -> Alarm | None:
        """Raise an alarm; None where an unresolved one says as much already.

        One that is proven (`evidence` has `notes`) is raised once for each kind; another once for
        those whom `evidence` names in `about`.
        """
        about = frozenset(evidence["about"])
        with writing(self._engine, "the database") as connection:
            if not is_sqlite(self._engine):  # alarms are numbered by one process at a time
                connection.exec_driver_sql("LOCK TABLE alarm IN SHARE ROW EXCLUSIVE MODE")
            for old in _alarms(connection, unresolved=True):
                is_proof = bool(old.evidence.get("notes"))
                if old.kind == kind and old.stops >= stops and (is_proof or about <= old.about):
                    return None
            highest = connection.execute(select(func.coalesce(func.max(beside.alarm.c.id), 0)))
            number = max(highest.scalar_one(), sealed_rows.counted(connection, "alarm") or 0) + 1
            alarm = Alarm(kind, reason, dict(evidence), stops, number, now)
            sealed_rows.add(connection, beside.alarm, row_of(alarm))
        return alarm

    def resolve(self, number: int, now: int, resolution: Mapping[str, Any]) -> bool:
        """Write that an alarm is resolved, and how; False where it was so already, or is none."""
        text = json_text(resolution)
        which = (beside.alarm.c.id == number, beside.alarm.c.resolved.is_(None))
        with writing(self._engine, "the database") as connection:
            done = sealed_rows.change(
                connection, beside.alarm, which, lambda row: {"resolved": now, "resolution": text}
            )
        return bool(done)

    def put_trust(self, old: Trust, new: Trust) -> None:
        """Replace the database's copy of the trust file; StoreError where it is not `old`."""
        with writing(self._engine, "the database") as connection:
            text = connection.execute(select(t.ledger.c.trust).with_for_update()).scalar_one()
            if Trust.from_json(text) != old:
                raise StoreError("the trust file in the database was changed meanwhile: run again")
            connection.execute(update(t.ledger).values(trust=new.to_json()))
            if new.policy != old.policy:
                # A name may stand for another witness now; what each knows it says again.
                connection.execute(delete(beside.witness))

    def _insert(self, table: Table, values: Mapping[str, Any]) -> Any:
        return dialect_insert(self._engine, table).values(**values)


def standing(reader: Reader) -> Standing:
    """Where witnessing stands as of a reader's moment."""
    text = reader.connection.execute(select(t.ledger.c.trust)).scalar_one()
    try:
        trust = Trust.from_json(text)
    except TrustError as error:
        raise StoreError("the database holds no trust file any more: %s", error) from None
    rows = reader.connection.execute(select(beside.witness)).all()
    return Standing(
        trust=trust,
        signed=reader.checkpoint(),
        kept=reader.newest_kept(),
        witnesses={
            row.name: WitnessRow(row.name, row.size, row.asked, row.answered, row.error)
            for row in rows
        },
        stopped=stopping(reader.connection),
    )


def alarms(reader: Reader, *, unresolved: bool = False) -> list[Alarm]:
    """The alarms as of a reader's moment, in the order in which they were raised."""
    return _alarms(reader.connection, unresolved=unresolved)


def stopping(connection: Connection) -> str | None:
    """Why nothing may be signed: the reason of an unresolved alarm that stops it."""
    for _ in range(_LOOKS):
        unresolved = _alarms(connection, unresolved=True)
        if not any(alarm.id == 0 for alarm in unresolved):
            break  # else one was raised between the count and the rows, or is missing
    return next((alarm.reason for alarm in unresolved if alarm.stops), None)


def _alarms(connection: Connection, *, unresolved: bool) -> list[Alarm]:
    """Alarms, with those that somebody else has changed or removed: these are not resolved."""
    ring = sealed_rows.seals_of(connection).ring
    alarms, good = [], 0
    for row in sealed_rows.read(connection, select(beside.alarm).order_by(beside.alarm.c.id)):
        alarm = _alarm(row)
        if sealed_rows.is_sealed(ring, beside.alarm, row):
            good += 1
        else:  # put there, or changed, by somebody else: as the worst that it may have been
            why = _CHANGED if ring else _UNKNOWN
            reason = f"alarm {alarm.id} {why}, see `suyuan reseal`: {alarm.reason}"
            alarm = replace(_missing(reason), id=alarm.id, raised=alarm.raised)
        alarms.append(alarm)
    if not ring:
        alarms.append(_missing(MISSING))
    elif sealed_rows.counted(connection, "alarm") != good:
        alarms.append(_missing("alarms were removed or changed: see `suyuan reseal`"))
    return [alarm for alarm in alarms if alarm.resolved is None] if unresolved else alarms


def _missing(reason: str) -> Alarm:
    return Alarm(SEAL, reason, _OF_ALARMS, stops=True)


def _alarm(row: Any) -> Alarm:
    return Alarm(
        str(row.kind),
        str(row.reason),
        _object(row.evidence) or {},
        bool(row.stops),
        row.id,
        row.raised,
        row.resolved,
        _object(row.resolution),
    )


def _object(text: object) -> Mapping[str, Any] | None:
    """A JSON object; what a changed database holds instead is kept as its text."""
    return None if text is None else json_object(text, {"text": str(text)})


class SealAlarms:
    """Raises one alarm for each table, in a thread: who reads waits for no writing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._again: dict[str, float] = {}
        self._threads: list[threading.Thread] = []

    def report(self, table: str) -> None:
        """Take note of a row that fails. An alarm says so itself, wherever alarms are read."""
        with self._lock:
            now = time.monotonic()
            if table in ("alarm", "row_count") or now < self._again.get(table, now):
                return
            self._again[table] = now + AGAIN
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            thread = threading.Thread(target=self._raise, args=(table,))
            self._threads.append(thread)
            thread.start()

    def wait(self) -> None:
        """Wait until the alarms of all rows reported so far are raised."""
        for thread in self._threads:
            thread.join()

    def _raise(self, table: str) -> None:
        reason = (
            f"table {table} has rows that were put there, or changed, by somebody else than this "
            "program: they are not used. `suyuan audit` names them, `suyuan reseal` ends it"
        )
        now = time.time_ns() // 1_000
        try:
            evidence = {"about": [table]}
            WitnessBook(self._engine).raise_alarm(now, SEAL, reason, evidence, stops=False)
        except StoreError as error:
            _log.error("%s; the alarm cannot be raised: %s", reason, error)
