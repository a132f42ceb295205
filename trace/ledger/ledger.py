"""A ledger: its home, its store, and what can be said to it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from suyuan.keys.signer import Signer
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.rules import Head, Refused, Rule
from suyuan.trace.format.times import link_age
from suyuan.trace.goods import preview
from suyuan.trace.goods.disclosures import Disclosures, Kept
from suyuan.trace.store.append.checking import Entry
from suyuan.trace.store.append.clocks import Watch
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.append.transaction import Appender, Outcome, WishedFor, utc_now
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choosers
from suyuan.trace.store.database import Database
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.trace.store.files.attachments import Attachments, PrivateFiles
from suyuan.trace.store.files.durable import make_private
from suyuan.trace.store.projections import Followers

TRUST_FILE = "trust.json"
LOG_KEY = "log.key"
GATEWAY_KEY = "gateway.key"
_TRIES = 20

LoadSigner = Callable[[], Signer]
Result = TypeVar("Result")


class Ledger:
    """One ledger in its home folder, open for reading; for appending once it has its log's key."""

    def __init__(
        self,
        home: Path,
        trust: Trust,
        database: Database,
        log_signer: LoadSigner,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.home = home
        self.trust = trust
        self.database = database
        self.reading = database.reading
        self.attachments = Attachments(home / "attachments")
        self.private_files = PrivateFiles(home)
        self.disclosures = Disclosures(home, database, trust.genesis, self.now)
        self.clock = clock
        self.link_age = link_age()
        self.before_appending: Callable[[], None] | None = None  # what an append waits for
        self._watch = Watch(home)
        self._log_signer = log_signer
        self._appender: Appender | None = None

    @classmethod
    def open(
        cls,
        home: Path,
        log_signer: LoadSigner,
        *,
        url: str | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> "Ledger":
        """The ledger in `home`.

        Raises CannotDecide where there is none or its trust file is missing or malformed,
        StoreError where its database cannot be used, Tampered where the two disagree.
        """
        trust = read_trust(home / TRUST_FILE)
        database = Database.at(home, url)
        try:
            try:
                stored: Trust | None = database.trust()
            except TrustError:
                stored = None
            if stored != trust:
                raise Tampered(
                    "%s is not the trust file of this database: one of the two was "
                    "changed. Nobody should append until it is known which",
                    home / TRUST_FILE,
                )
        except BaseException:
            database.close()
            raise
        return cls(home, trust, database, log_signer, clock)

    @classmethod
    def create(
        cls,
        home: Path,
        trust: Trust,
        log_signer: LoadSigner,
        *,
        url: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        durable: bool = True,
    ) -> "Ledger":
        """An empty ledger: its database, and the trust file in its home.

        One that is not `durable` is filled by a single program, which begins anew where it fails,
        and is opened anew before anybody else appends.
        """
        make_private(home)
        database = Database.at(home, url, durable=durable)
        database.create(trust)
        (home / TRUST_FILE).write_text(trust.to_json(), encoding="utf-8")
        return cls(home, trust, database, log_signer, clock)

    def now(self) -> datetime:
        """What this ledger's clock says; a demo's follows its story."""
        return self.clock()

    def append(
        self,
        entries: Sequence[Entry],
        *,
        atomic: bool = False,
        paced: bool = False,
        asks_wishes: bool = False,
    ) -> list[Outcome | None]:
        """Offer entries in order, as Appender.append says; Stopped where the clock jumped."""
        if self.before_appending is not None:
            self.before_appending()
        if self.clock is utc_now:
            self._watch.require(self.database, self.now())
        if self._appender is None:
            self._appender = Appender(
                self.database.engine,
                self.trust,
                self._log_signer(),
                self.database.lock(),
                clock=self.now,
                max_age=self.link_age,
                attachment=self.attachments.get,
                erase=self.disclosures.erased,
            )
        return self._appender.append(entries, atomic=atomic, paced=paced, asks_wishes=asks_wishes)

    @property
    def followers(self) -> Followers:
        """What derives the rest from the links; `catch_up` brings it to the ledger's size."""
        return self.database.followers(self.trust, self.attachments.get)

    def heads(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Head | None]:
        """The present heads of chains, by item and actor."""
        with self.reading() as reader:
            return reader.heads(pairs)

    def pen(self, actor: str, signer: Signer) -> Pen:
        """A pen for an actor, with this ledger's heads and clock."""
        return Pen(self.trust.origin, actor, signer, self.heads, self.now)

    def write(
        self,
        pen: Pen,
        drafts: Sequence[Draft],
        attachments: Sequence[bytes] = (),
        disclosures: Sequence[Kept] = (),
    ) -> list[Receipt]:
        """Sign drafts and append them in one transaction: all of them or none.

        The attachments that they name and the disclosures of what they hide, as far as they are
        given, are durable before. Where another
        device of the actor was quicker, signs again with the present heads. Raises Refused, the
        first element's that is refused.
        """
        for data in attachments:
            self.attachments.put(data)
        self.disclosures.keep(disclosures, self.now())
        for attempt in range(_TRIES):
            entries = [pen.sign(draft) for draft in drafts]
            read, stopped = self._beyond_stock(entries)
            if stopped:
                pen.forget()
                raise stopped[min(stopped)]
            try:
                outcomes = self.append_all(read, paced=True)
            except BaseException:
                pen.forget()
                raise
            refused = next((outcome for outcome in outcomes if isinstance(outcome, Refused)), None)
            if refused is None:
                return [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
            pen.forget()
            if refused.rule is not Rule.CHAIN or attempt == _TRIES - 1:
                raise refused
        raise AssertionError

    def offer(self, entries: Sequence[Entry], *, atomic: bool = False) -> list[Outcome | None]:
        """The same for entries from outside: what their actors want refused is not appended.

        That is, where they have chosen so, what takes more of a lot than they have (`stock`); and
        they come no faster than strangers may (`pace`), and where entries are private name only
        what is for them (`after`).
        """
        try:
            return self.append(entries, atomic=atomic, paced=True, asks_wishes=True)
        except WishedFor:
            read, stopped = self.aside(lambda: self._beyond_stock(entries))
        if not stopped:
            return self.append(read, atomic=atomic, paced=True)
        if atomic:
            return [stopped.get(number) for number in range(len(entries))]
        rest = [entry for number, entry in enumerate(read) if number not in stopped]
        taken = iter(self.append(rest, paced=True) if rest else ())
        return [stopped.get(number) or next(taken) for number in range(len(entries))]

    def together(self, job: Callable[[], None]) -> bool:
        """Have the appending thread do a job, so that what such jobs offer shares transactions.

        A job is small, and has `aside` what it would wait for. Whether it was taken: not before
        this process has appended something.
        """
        if self._appender is None:
            return False
        self._appender.together(job)
        return True

    def aside(self, work: Callable[[], Result]) -> Result:
        """The result of work, done by another thread where a job of `together` asks for it."""
        return work() if self._appender is None else self._appender.aside(work)

    def _beyond_stock(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], dict[int, Refused]]:
        """The entries, read where that was asked; by position, why some are not to be appended.

        They take more of a lot than their actor has: only for actors that have chosen so, and the
        entries are taken as one change.
        """
        with self.reading() as reader:
            wishing = choosers(reader, OVERDRAW, REFUSE)
        if not wishing:
            return entries, {}
        links = [entry if isinstance(entry, Link) else readable(entry) for entry in entries]
        read = [link or entry for link, entry in zip(links, entries, strict=True)]
        if not any(link is not None and link.actor in wishing for link in links):
            return read, {}
        self.followers.catch_up()
        with self.reading() as reader:
            return read, preview.refusals(reader, links)

    def append_all(self, entries: Sequence[Entry], *, paced: bool = False) -> list[Outcome | None]:
        """Append all or none; once more where the answer was lost, as its COMMIT may not be."""
        try:
            return self.append(entries, atomic=True, paced=paced)
        except Busy:
            raise
        except StoreError:
            return self.append(entries, atomic=True, paced=paced)

    def actor_of(self, signer: Signer) -> str:
        """The party of a key, the authority for the root key; CannotDecide for one not enrolled."""
        if signer.public.keyid == self.trust.root.keyid:
            return self.trust.authority
        with self.reading() as reader:
            key = reader.key(signer.public.keyid)
        if key is None:
            raise CannotDecide(
                "key %s… is not enrolled in this ledger: enrol it with `suyuan keys "
                "enrol`, or give another by --key",
                signer.public.keyid[:16],
            )
        return key.party

    def close(self) -> None:
        """Let go of the database, and of the processes that check entries."""
        if self._appender is not None:
            self._appender.close()
        self.database.close()


def read_trust(path: Path) -> Trust:
    """The trust file at `path`; CannotDecide where it is missing or malformed."""
    try:
        return Trust.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotDecide(
            "no ledger here: %s cannot be read (%s). Give its folder by --home or "
            "SUYUAN_HOME, or make one by `suyuan init`",
            path,
            reason,
        ) from None
    except TrustError as error:
        raise CannotDecide("%s: %s", path, error) from None
