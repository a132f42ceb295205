"""What the store keeps of witnesses: what each said last, what met its quorum, and alarms.

All of it is written in short transactions beside the append transaction, never under its lock.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from ..trust import Trust, TrustError
from . import schema as t
from . import sealed_rows
from .engine import is_sqlite, writing
from .errors import StoreError
from .read import Reader, StoredCheckpoint, reading
from .seals import MISSING

MAX_WHY = 500
SEAL = "seal"  # the kind of an alarm about rows that somebody else has written
_LOOKS = 3
_CHANGED = "is not as it was written"
_UNKNOWN = "cannot be checked"
_OF_ALARMS: Mapping[str, Any] = {"about": ["alarm"]}


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """What a witness answered last; instants in microseconds UTC.

    `size` is the size that it cosigned last by its own word; None before its first answer, as is
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

    def take(
        self,
        rows: Sequence[WitnessRow],
        cosigned: StoredCheckpoint | None = None,
    ) -> None:
        """Write what witnesses answered, and a checkpoint that met its quorum (`committed`: when).

        A checkpoint of that size that is there already stays as it is.
        """
        if not rows and cosigned is None:
            return
        with self._writing() as connection:
            for row in sorted(rows, key=lambda row: row.name):  # one order, so none waits in a ring
                self._put_witness(connection, row)
            if cosigned is not None:
                values = {"size": cosigned.size, "note": cosigned.note, "at": cosigned.committed}
                connection.execute(self._insert(t.cosigned, values).on_conflict_do_nothing())

    def alarms(self, *, unresolved: bool = False) -> list[Alarm]:
        """All alarms in the order in which they were raised."""
        with reading(self._engine) as reader:
            return alarms(reader, unresolved=unresolved)

    def alarm(self, number: int) -> Alarm | None:
        """The alarm with this number."""
        return next((one for one in self.alarms() if one.id == number), None)

    def raise_alarm(
        self, now: int, kind: str, reason: str, evidence: Mapping[str, Any], *, stops: bool
    ) -> Alarm | None:
        """Raise an alarm; None where an unresolved one says as much already.

        One that is proven (`evidence` has `notes`) is told once for each kind; another once for
        those whom `evidence` names in `about`.
        """
        about = frozenset(evidence["about"])
        with self._writing() as connection:
            self._lock_alarms(connection)
            for one in _alarms(connection, unresolved=True):
                is_proof = bool(one.evidence.get("notes"))
                if one.kind == kind and one.stops >= stops and (is_proof or about <= one.about):
                    return None
            highest = connection.execute(select(func.coalesce(func.max(t.alarm.c.id), 0)))
            number = max(highest.scalar_one(), sealed_rows.counted(connection, "alarm") or 0) + 1
            alarm = Alarm(kind, reason, dict(evidence), stops, number, now)
            text = json.dumps(alarm.evidence, ensure_ascii=False)
            sealed_rows.add(connection, t.alarm, alarm.to_dict() | {"evidence": text})
        return alarm

    def resolve(self, number: int, now: int, resolution: Mapping[str, Any]) -> bool:
        """Write that an alarm is resolved, and how; False where it was so already, or is none."""
        text = json.dumps(resolution, ensure_ascii=False)
        which = (t.alarm.c.id == number, t.alarm.c.resolved.is_(None))
        with self._writing() as connection:
            done = sealed_rows.change(
                connection, t.alarm, which, lambda row: {"resolved": now, "resolution": text}
            )
        return bool(done)

    def put_trust(self, old: Trust, new: Trust) -> None:
        """Replace the database's copy of the trust file; StoreError where it is not `old`."""
        with self._writing() as connection:
            text = connection.execute(select(t.ledger.c.trust).with_for_update()).scalar_one()
            if Trust.from_json(text) != old:
                raise StoreError("the trust file in the database was changed meanwhile: run again")
            connection.execute(update(t.ledger).values(trust=new.to_json()))
            if new.policy != old.policy:
                # A name may stand for another witness now; what each knows it says again.
                connection.execute(delete(t.witness))

    def _put_witness(self, connection: Connection, row: WitnessRow) -> None:
        values = {
            "name": row.name,
            "size": row.size,
            "asked": row.asked,
            "answered": row.answered,
            "error": None if row.error is None else row.error[:MAX_WHY],
        }
        statement = self._insert(t.witness, values)
        more = {name: statement.excluded[name] for name in ("asked", "error")}
        for name in ("size", "answered"):  # what is not known now was known before
            more[name] = func.coalesce(statement.excluded[name], t.witness.c[name])
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=more))

    def _insert(self, table: Any, values: Mapping[str, Any]) -> Any:
        dialect = sqlite if is_sqlite(self._engine) else postgresql
        return dialect.insert(table).values(**values)

    def _lock_alarms(self, connection: Connection) -> None:
        """Alarms are numbered and told once by one process at a time; SQLite has one writer."""
        if not is_sqlite(self._engine):
            connection.exec_driver_sql("LOCK TABLE alarm IN SHARE ROW EXCLUSIVE MODE")

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(error).splitlines()[0][:300]
            raise StoreError(f"the database cannot be written: {reason}") from error


def standing(reader: Reader) -> Standing:
    """The same over a reader's moment."""
    text = reader.connection.execute(select(t.ledger.c.trust)).scalar_one()
    try:
        trust = Trust.from_json(text)
    except TrustError as error:
        raise StoreError(f"the database holds no trust file any more: {error}") from None
    rows = reader.connection.execute(select(t.witness)).all()
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
        if not any(one.id == 0 for one in unresolved):
            break  # else one was raised between the count and the rows, or is missing
    return next((one.reason for one in unresolved if one.stops), None)


def _alarms(connection: Connection, *, unresolved: bool) -> list[Alarm]:
    """Alarms, with those that somebody else has changed or removed: these are not resolved."""
    ring = sealed_rows.seals_of(connection).ring
    alarms, good = [], 0
    for row in sealed_rows.read(connection, select(t.alarm).order_by(t.alarm.c.id)):
        is_good = sealed_rows.is_sealed(ring, t.alarm, row)
        alarms.append(_alarm(row) if is_good else _doubted(row, _CHANGED if ring else _UNKNOWN))
        good += is_good
    if not ring:
        alarms.append(_missing(MISSING))
    elif sealed_rows.counted(connection, "alarm") != good:
        alarms.append(_missing("alarms were removed or changed: see `suyuan reseal`"))
    return [one for one in alarms if one.resolved is None] if unresolved else alarms


def _doubted(row: Any, why: str) -> Alarm:
    """An alarm that somebody else put there, or changed: as the worst that it may have been."""
    one = _alarm(row)
    reason = f"alarm {one.id} {why}, see `suyuan reseal`: {one.reason}"
    return Alarm(SEAL, reason, _OF_ALARMS, stops=True, id=one.id, raised=one.raised)


def _missing(reason: str) -> Alarm:
    return Alarm(SEAL, reason, _OF_ALARMS, stops=True)


def _alarm(row: Any) -> Alarm:
    evidence, resolution = _object(row.evidence) or {}, _object(row.resolution)
    alarm = Alarm(str(row.kind), str(row.reason), evidence, bool(row.stops), row.id, row.raised)
    return replace(alarm, resolved=row.resolved, resolution=resolution)


def _object(text: object) -> Mapping[str, Any] | None:
    """A JSON object; what a changed database holds instead is kept as its text."""
    if text is None:
        return None
    try:
        document = json.loads(str(text))
    except ValueError:
        return {"text": str(text)}
    return document if isinstance(document, dict) else {"text": str(text)}
