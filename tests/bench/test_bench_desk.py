"""A city's desk, a district's coverage report and the queue, with many operators and lots.

SUYUAN_BENCH_DESK_SIGNED (default 1,000; the aim: 500,000) says how many links are really signed,
appended, and taken in by the followers. Beside these SUYUAN_BENCH_OPERATORS (default 2,000; the
aim: 100,000) and SUYUAN_BENCH_DESK_LOTS (default 20,000; the aim: 5,000,000) say how many are
loaded as rows of projections: parties (one in five a kitchen), their newest records, of the last
week, subjects, lots, how far each is traced, and the sums, which the database adds up as an audit
does. SUYUAN_BENCH_KEPT names a folder, on a path that every user
may walk, in which both databases are made once and kept for the next run. Prints the median and the
p95 of each page, the median of this process's own work (all of it on SQLite), signed in as the
city's office, and the queries that read a table whole.
"""

import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from bench.making import ROUNDS, entry_of, size
from sqlalchemy import Connection, insert, text
from support.ledger.statements import statements, whole_reads
from support.ledger.world import HOST, ORIGIN, Actor, World, days_ago, postgres_server
from support.web.client import client_of

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.findings.food_catalogue import OTHER, categories
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.rules import Refused
from suyuan.trace.inspection.coverage import months_until
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections.coverage_sums import summed

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.timeout(0)]
OPERATORS, LOTS = size("OPERATORS", 2_000), size("DESK_LOTS", 20_000)
SIGNED, FARMS = size("DESK_SIGNED", 1_000), 100
DISTRICTS, STREETS = 6, 15  # of the city, and of each of these
ODD = 1_000  # of so many signed lots one is dispatched and never confirmed, one is oversold
FIRST = 10_000_000  # of the numbers of subjects that are loaded
ARRAY, PER_LOT = 1_000, 5
LATER = timedelta(days=3)  # after which the pages are asked for: what nobody confirmed is overdue
PAGES = {
    "desk's first page": "/inspect",
    "coverage of a district": "/inspect/coverage?division=350203",
    "coverage of the city": "/inspect/coverage?division=3502",
    "levels of the city": "/inspect/levels?division=3502",
    "queue": "/inspect/queue",
    "desk of a street": "/inspect?division=350203001",
    "queue of a street": "/inspect/queue?division=350203001",
}
_DAY = 86_400_000_000  # microseconds
_NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {last}) "


def street(number: int) -> str:
    """One of the streets' codes."""
    return f"3502{number % DISTRICTS + 3:02}{number // DISTRICTS % STREETS + 1:03}"


def actor(name: str) -> Actor:
    """Who has a name, with the key that is always its."""
    signer = LocalSigner.from_seed(sha256(name.encode()).digest())
    code = codes.of_uri(f"urn:x:{name}", HOST)
    return Actor(codes.uri_of(code, HOST, "party"), signer, None)  # type: ignore[arg-type]


OFFICE = actor("office")


def admitted(world: World, one: Actor, name: str, role: str, division: str) -> None:
    """Admit a party and enrol its key."""
    enrolled = acts.enrol_signer(ORIGIN, one.uri, one.signer)
    world.say(world.authority, acts.admit(one.uri, name, [role], division), enrolled)


def of_lot(farm: Actor, number: int, to: str, when: datetime) -> Iterator[bytes]:
    """The links of one lot, signed: coded and sold, with now and then something amiss."""
    lot = codes.uri_of(codes.new(), HOST)
    prev = None
    for seq in range(PER_LOT):
        amount = Decimal(500 if number % ODD == 1 and seq == 1 else 10 if seq else 100)
        step, more = ("sell" if seq else "code"), {}
        if not seq:
            more = {"extra": steps.coding("上海青", days_ago(0), 5, "350212")}
        elif number % ODD == 0 and seq == 1:
            step, more = "dispatch", {"sender": farm.uri, "recipient": to}
        event = steps.event(step, when, [steps.Portion(lot, amount, "KGM")], **more)
        entry = entry_of(farm, {
            "actor": farm.uri, "after": [], "event": event, "ledger": ORIGIN, "v": 1,
            "items": [{"item": lot, "prev": prev, "seq": seq}],
            "signed_at": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        })  # fmt: skip
        prev = sha256(b"\0" + entry).hexdigest()
        yield entry


def sign_and_append(world: World) -> str:
    """So many links, in arrays, and what it took."""
    farms = [actor(f"farm {n}") for n in range(FARMS)]
    for n, farm in enumerate(farms):
        admitted(world, farm, f"{n} 号农场", "producer", street(n))
    taken = {"signed": 0.0, "appended": 0.0, "followed": 0.0}
    refused: list[Refused] = []

    def timed(what: str, began: float) -> float:
        taken[what] += (now := time.perf_counter()) - began
        return now

    per_array = ARRAY // PER_LOT
    for start in range(0, SIGNED // PER_LOT, per_array):
        at, when = time.perf_counter(), datetime.now(UTC) - timedelta(seconds=5)
        array = [
            entry
            for n in range(start, start + per_array)
            for entry in of_lot(farms[n % FARMS], n, farms[(n + 1) % FARMS].uri, when)
        ]
        at = timed("signed", at)
        refused += [one for one in world.ledger.append(array) if isinstance(one, Refused)]
        timed("appended", at)
    assert refused == []
    at = time.perf_counter()
    world.ledger.followers.catch_up()
    timed("followed", at)
    return ", ".join(f"{name} in {took:.0f} s" for name, took in taken.items())


def load(connection: Connection, month: int) -> None:
    """Operators and lots as rows, five products to a coder, and what they add up to."""
    names, months = [*(one.name for one in categories()), OTHER], months_until(month)

    def one_of(values: list, number: str) -> str:
        whens = " ".join(f"WHEN {n} THEN '{value}'" for n, value in enumerate(values))
        return f"CASE ({number}) % {len(values)} {whens} END"

    where = one_of([street(n) for n in range(DISTRICTS * STREETS)], "{}")
    lot, coder = FIRST + OPERATORS, f"n / 7 % {OPERATORS}"
    uri, product = f"'https://{HOST}/party/' || {{}}", f"(n / 7 / {OPERATORS} + n) % 5"
    operators, lots = _NUMBERS.format(last=OPERATORS - 1), _NUMBERS.format(last=LOTS - 1)
    category = one_of(names, f"{coder} + {product} % 2")
    for begin, table, columns, values in (
        (operators, "subject", "id, uri, code",
         f"{FIRST} + n, {uri.format('n')}, 'P' || n"),
        (operators, "party",
         "subject, admitted, stated, earlier, name, roles, division, places, gs1",
         f"{FIRST} + n, 1, 1, '[]', n || ' 号经营户', "
         f"CASE WHEN n % 5 = 0 THEN '[\"caterer\"]' ELSE '[\"stall\"]' END, {where.format('n')}, "
         "'[]', '[]'"),
        (operators, "record", "item, leaf, actor, time, step, role",
         f"{lot} + n, 1, {FIRST} + n, {1_000_000 * int(time.time())} - n % 7 * {_DAY}, 'count', 0"),
        (lots, "subject", "id, uri, code",
         f"{lot} + n, 'https://{HOST}/t/' || n, 'T' || n"),
        (lots, "lot", "item, leaf, name, shelf_life, coder",
         f"{lot} + n, 1, '货 ' || ({product}), 7, {uri.format(f'({coder})')}"),
        (lots, "traced", "item, coder, division, month, category, product, begins, handed, reached",
         f"{lot} + n, {FIRST} + {coder}, {where.format(coder)}, "
         f"CAST({one_of(months, 'n / 3')} AS INTEGER), {category}, "
         f"'货 ' || ({product}), n % 3, n / 5 % 3, n / 11 % 4"),
    ):  # fmt: skip
        connection.execute(text(f"INSERT INTO {table} ({columns}) {begin} SELECT {values} FROM n"))
    for table_, query in summed().items():
        connection.exec_driver_sql(f"DELETE FROM {table_.name}")
        connection.execute(insert(table_).from_select([c.name for c in table_.columns], query))


def prepare(home: Path, url: str | None) -> str:
    """A ledger with all of that; what was signed, and what was loaded."""
    world = World(home, url)
    admitted(world, OFFICE, "市局", "office", "350200")
    signed = sign_and_append(world)
    later = world.ledger.now() + LATER
    engine, began = world.ledger.database.engine, time.perf_counter()
    with writing(engine) as connection:
        load(connection, later.year * 100 + later.month)
    if engine.dialect.name == "postgresql":  # as its autovacuum does; nobody does it on SQLite
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    world.ledger.close()
    return (
        f"{SIGNED:,} links signed and appended ({SIGNED // PER_LOT:,} lots; {signed}); "
        f"{OPERATORS:,} operators and {LOTS:,} lots loaded as rows "
        f"({time.perf_counter() - began:.0f} s)"
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_desk(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kept = Path(os.environ.get("SUYUAN_BENCH_KEPT", str(tmp_path))) / database
    kept.mkdir(parents=True, exist_ok=True)
    url = None
    if database == "postgresql":
        if "SUYUAN_BENCH_KEPT" in os.environ:
            os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))
            server = postgres_server(kept / "server")
            request.addfinalizer(server.cleanup)
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        else:
            url = request.getfixturevalue("postgres_database")
    note = kept / "prepared.txt"
    if not note.exists():
        note.write_text(prepare(kept / "home", url), encoding="utf-8")
    ledger = Ledger.open(kept / "home", lambda: LocalSigner.from_seed(b"L" * 32), url=url)
    later = datetime.now(UTC) + LATER
    ledger.clock = lambda: later
    client = client_of(ledger, OFFICE)
    print(f"\n\n{database}: {note.read_text(encoding='utf-8')}\n")
    for name, path in PAGES.items():
        client.get(path)  # its templates are read
        taken, worked = [], []
        for _ in range(max(20, 4 * ROUNDS)):
            start, at = time.perf_counter(), time.process_time()
            assert client.get(path).status_code == 200
            taken.append(time.perf_counter() - start)
            worked.append(time.process_time() - at)
        p95 = statistics.quantiles(taken, n=20)[-1]
        with statements(ledger.database.engine) as asked:
            client.get(path)
        with ledger.database.engine.connect() as connection:
            whole = whole_reads(connection, asked, is_small=False)
        figures = (statistics.median(taken), p95, statistics.median(worked))
        print(f"| {name} |", *(f"{1e3 * figure:.0f} ms |" for figure in figures))
        for query, _plan in whole:
            print("  read whole:", " ".join(query.split())[:120])
    ledger.close()
