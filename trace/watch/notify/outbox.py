"""From the ledger to jobs and feeds: it is the outbox, and each act in it is announced once.

Links are looked at after a cursor, in order, once the followers have taken them in. A job's key is
made of the link, the party and the address, a feed's row's of what it says: to look at a link again
makes no second one.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from suyuan.trace.admission.state import Act
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside import jobs, notices
from suyuan.trace.store.beside.feed_rows import Concern, FeedBook, Kind, parties_about
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import Contact, contacts_of, languages
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import notice, notice_text
from .feeding import Posts, Window
from .notice import BEGINS, CLEARS, Announcement, Own
from .task_notices import TaskNotices, offices

BATCH = 1_000
_AFTER = ("lineage", "findings")  # the followers whose rows it reads
UNWRITTEN = 10_000  # links that may be looked at again after a restart
Address = tuple[str, str, str]  # party, kind, address


class Outbox:
    """Makes the jobs of one ledger; any number of processes may, each row is made once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._book = JobBook(ledger.database.engine)
        self._feeds = FeedBook(ledger.database.engine)
        self._cursor: int | None = None
        self._written = 0

    def sweep(self, is_over: Callable[[], bool] = lambda: False) -> int:
        """Make jobs of all that the lineage has taken in; how many are new.

        Raises StoreError where the database fails; what was not finished is looked at again.
        """
        count = 0
        while not is_over():
            with self._ledger.reading(patient=True) as reader:
                cursors = reader.cursors()
                stop = min(cursors.get(name, 0) for name in _AFTER)
                if self._cursor is None:
                    self._cursor = self._written = notices.cursor(reader)
                if self._cursor >= stop:
                    break
                end = min(self._cursor + BATCH, stop)
                links = list(reader.parsed_links(self._cursor, end))
                window = Window(reader, self._ledger, links)
                concerns = window.concerns()
                statements = [index for index, link in links if notice.is_announced(link)]
                has_acts, has_offices = bool(ActBook(reader).all()), offices(reader, self._ledger)
                posts = Posts.of(reader, self._ledger, concerns, end)
            noticed = self._put(concerns, posts)
            new = sum(self._announce(index) for index in statements)
            new += self._announce_late(window, end) if has_acts else 0
            new += self._tell_offices(window.items) if has_offices else 0
            count += new
            self._move(end, must=bool(new) or noticed or bool(statements))
        return count

    def _put(self, concerns: Sequence[Concern], posts: Posts) -> bool:
        """Whether any of these was new to its party's feed."""
        return bool(self._feeds.put(concerns, micros(utc_now()), posts.jobs))

    def _put_act(self, reader: Reader, parties: Collection[str], act: Act, leaf: int) -> None:
        """Put a statement of a hold or recall into the feeds of those whom it concerns."""
        known = [uri for uri in sorted(parties) if reader.party(uri) is not None]
        concerns = [Concern(uri, Kind.ACT, leaf, act.uri) for uri in known]
        self._put(concerns, Posts.of(reader, self._ledger, concerns, leaf))

    def _move(self, to: int, *, must: bool) -> None:
        """Without an announcement it is written now and then: each write costs the appenders."""
        self._cursor = to
        if must or to - self._written >= UNWRITTEN:
            notices.move(self._ledger.database.engine, to)
            self._written = to

    def _announce(self, index: int) -> int:
        """Jobs of one statement: to all whom it concerns, or who had a notice of what it ends."""
        with self._ledger.reading(patient=True) as reader:
            announced = notice.announcement(reader, self._ledger.trust, index)
            if announced is None:
                return 0
            items = notice.items_of(reader, announced, self._ledger.attachments.get)
            trust, is_clearing = self._ledger.trust, announced.kind == CLEARS
            own = notice.own(reader, trust, announced.act, items, are_cleared=is_clearing)
            parties = set(own)
            if announced.kind not in BEGINS:
                sent = jobs.recipients(reader, notices.scope_leaves(reader, announced.act.leaf))
                notified = {party for party, _, _ in sent}
                had = parties_about(reader, announced.act.uri)
                fed = (had & parties if is_clearing else had) | {announced.act.actor}
                parties = (notified & parties if is_clearing else notified) | {announced.act.actor}
            else:
                fed = parties
            self._put_act(reader, fed - {announced.link.actor}, announced.act, index)
            new = self._jobs(reader, announced, items, parties, own)
        return self._book.put(new)

    def _announce_late(self, window: Window, end: int) -> int:
        """Jobs for those who are found to have some of what is under an act in force only now."""
        parties = window.parties
        new: list[Job] = []
        with self._ledger.reading(patient=True) as reader:
            reached = {
                (contact.party, contact.kind, contact.address)
                for part in contacts_of(reader, parties).values()
                for contact in part
            }
            for act, items in _acts_over(reader, window.items).items():
                if act.leaf < end and notice.is_of_others(reader, self._ledger.trust, act):
                    new += self._late(reader, act, items, parties, reached)
        return self._book.put(new)

    def _tell_offices(self, touched: Set[str]) -> int:
        """Jobs for the offices of those whose grave findings are about these items."""
        with self._ledger.reading(patient=True) as reader:
            new = TaskNotices(reader, self._ledger, utc_now()).grave(sorted(touched))
        return self._book.put(new)

    def _late(
        self,
        reader: Reader,
        act: Act,
        items: Mapping[str, int],
        parties: Set[str],
        reached: Set[Address],
    ) -> list[Job]:
        """What brought each item in goes to those who have had no notice of the act at all."""
        known = set(jobs.recipients(reader, notices.scope_leaves(reader, act.leaf)))
        unaware = {party for party, _, _ in reached - known}
        late: list[Job] = []
        for leaf in sorted(set(items.values())):
            announced = notice.announcement(reader, self._ledger.trust, leaf)
            if announced is None or announced.kind not in BEGINS:
                continue
            brought = [item for item, by in items.items() if by == leaf]
            own = notice.own(reader, self._ledger.trust, act, brought)
            holders = parties & own.keys()
            self._put_act(reader, holders - {announced.link.actor}, act, leaf)
            if not holders & unaware:
                continue
            all_items = notice.items_of(reader, announced, self._ledger.attachments.get)
            new = [
                job for job in self._jobs(reader, announced, all_items, holders & unaware, own)
                if (job.party, job.kind, job.address) not in known
            ]  # fmt: skip
            known |= {(job.party, job.kind, job.address) for job in new}
            late += new
        return late

    def _jobs(
        self,
        reader: Reader,
        announced: Announcement,
        items: Sequence[str],
        parties: Iterable[str],
        own: Own,
    ) -> list[Job]:
        """A job for each address of these parties, but for the statement's own actor's."""
        book = contacts_of(reader, set(parties) - {announced.link.actor})
        if not book:
            return []
        trust, now, read_in = self._ledger.trust, utc_now(), languages(reader)
        matter, at = notice.matter(reader, trust, announced, items, now), micros(now)
        return [
            Job(
                key=key_of(announced.link.hash, contact),
                kind=contact.kind,
                party=contact.party,
                address=contact.address,
                leaf=announced.index,
                content=notice_text.content(
                    contact.kind, party, matter, own.get(party, []), read_in(party)
                ),
                made=at,
                due=at,
            )
            for party, contacts in sorted(book.items())
            for contact in contacts
        ]


def key_of(link: str, contact: Contact) -> str:
    """The key of the job that announces a link at an address: always the same."""
    text = "\0".join((link, contact.party, contact.kind, contact.address))
    return hashlib.sha256(text.encode()).hexdigest()


def _acts_over(reader: Reader, touched: Collection[str]) -> dict[Act, dict[str, int]]:
    """The acts in force over touched items: by act the items named, and what brought them in.

    Over them: named themselves, or used in them, or what they are, or were, packed in.
    """
    book = ActBook(reader)
    items = set(touched) | notices.inside(reader, touched)
    items |= set(Lineage(reader).reach(sorted(items), forward=False))
    items |= notices.around(reader, items)
    over: dict[Act, dict[str, int]] = {}
    for covered in book.covering(items):
        if covered.cleared is None and covered.act.is_in_force:
            over.setdefault(covered.act, {})[covered.item] = covered.leaf
    return over
