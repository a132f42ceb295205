"""Delivering jobs: claimed, tried, and what came of each written down.

Sending comes first and settling after it: what is lost between the two is sent once more, under
the same Message-ID or webhook-id.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from suyuan.keys.errors import SettingError
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import EMAIL, FEED, KINDS, WEBHOOK, Contact, contacts_of

from . import smtp_settings, webhooks
from .mail import Letter, Mailer
from .notice import BEGINS
from .outbox import Outbox
from .outcome import GIVEN_UP_AFTER, Delivered, GivenUp, Outcome, Postponed, Untried, pause
from .webhooks import Reachable

# Longer than what is claimed together can take: 60 seconds and one more letter of all time-outs.
LEASE = timedelta(minutes=5)
LETTERS, POSTS = 50, 32  # claimed together
_POSTED = (WEBHOOK, FEED)
_PATIENCE = 15.0  # seconds that posts are waited for; what takes longer is settled in a later round
_TOO_OLD = "it was not delivered in time"
_NO_CONTACT = "the address was taken away"
_DAMAGED = "the job's row holds nothing that can be sent"


class Delivery:
    """Delivers the jobs of one ledger; any number of processes may at once."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        now: Callable[[], datetime] = utc_now,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._book = JobBook(ledger.database.engine)
        self._now = now
        self._is_over = is_over
        self._posting = 0
        self._heard: queue.SimpleQueue[tuple[Job, Outcome]] = queue.SimpleQueue()

    def tidy(self) -> None:
        """Give up what waits for too long, for whatever reason."""
        now = self._now()
        before = micros(now - timedelta(seconds=GIVEN_UP_AFTER))
        for kind in KINDS:
            self._book.expire(kind, before, micros(now), _TOO_OLD)

    def mail(self) -> str | None:
        """Hand over what e-mail is due; what is wrong with the mail server, None for nothing.

        Raises StoreError where the database fails.
        """
        if not self._book.is_due(EMAIL, micros(self._now())):
            return None
        try:
            settings = smtp_settings.read()
            if settings is None:
                raise SettingError(
                    "no mail server is set: give the worker SUYUAN_SMTP_URL and SUYUAN_MAIL_FROM"
                )
            settings.context()
        except SettingError as error:
            self._book.say(EMAIL, micros(self._now()), str(error))
            return str(error)
        mailer = Mailer(settings, self._ledger.trust.host, self._now, self._is_over)
        letters: dict[str, tuple[Job, Letter]] = {}
        for job, _ in self._claim(EMAIL, LETTERS):
            try:
                subject, text, drill = (job.content[name] for name in ("subject", "text", "drill"))
            except KeyError:
                self._settle(job, GivenUp(_DAMAGED))
                continue
            letter = Letter(job.key, job.address, str(subject), str(text), bool(drill))
            letters[job.key] = job, letter
        return mailer.send(
            [letter for _, letter in letters.values()],
            lambda key, outcome: self._settle(letters[key][0], outcome),
        )

    def post(self) -> str | None:
        """Post what webhooks are due, many at once; what is wrong with the settings, or None.

        Raises StoreError where the database fails.
        """
        self._take(until=0.0)
        due = [kind for kind in _POSTED if self._book.is_due(kind, micros(self._now()))]
        if not due:
            return None
        try:
            where = webhooks.reachable()
        except SettingError as error:
            for kind in due:
                self._book.say(kind, micros(self._now()), str(error))
            return str(error)
        for kind in due:
            free = min(2 * POSTS - self._posting, POSTS)
            for job, contact in self._claim(kind, free) if free > 0 else ():
                self._posting += 1
                posting = threading.Thread(target=self._post, args=(job, contact, where))
                posting.daemon = True
                posting.start()
        self._take(until=time.monotonic() + _PATIENCE)
        return None

    def _take(self, *, until: float) -> None:
        """Settle what came of posts, waiting until then for those that are on their way.

        In one thread: posting is what takes long, and the database takes one writer at a time.
        """
        while self._posting:
            try:
                heard = self._heard.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return
            self._posting -= 1
            self._settle(*heard)

    def _post(self, job: Job, contact: Contact, where: Reachable) -> None:
        body = job.content.get("body")
        outcome: Outcome = GivenUp(_DAMAGED)
        try:
            if isinstance(body, str):
                outcome = webhooks.post(job.address, job.key, body.encode(), contact.secret, where)
        except Exception as error:  # noqa: BLE001  whatever one of them does, it is tried again
            outcome = Postponed(f"{type(error).__name__}: {error}")
        self._heard.put((job, outcome))

    def _claim(self, kind: str, most: int) -> Sequence[tuple[Job, Contact]]:
        """Claimed jobs with their contacts; what has none any more is given up."""
        now = self._now()
        claimed = self._book.claim(kind, micros(now), micros(now + LEASE), most)
        with self._ledger.reading() as reader:
            book = contacts_of(reader, {job.party for job in claimed}, KINDS)
        known = {(c.party, c.kind, c.address): c for part in book.values() for c in part}
        pairs = [(job, known.get((job.party, job.kind, job.address))) for job in claimed]
        for job, contact in pairs:
            if contact is None:
                self._settle(job, GivenUp(_NO_CONTACT))
        return [(job, contact) for job, contact in pairs if contact is not None]

    def _settle(self, job: Job, outcome: Outcome) -> None:
        now = self._now()
        match outcome:
            case Delivered():
                self._book.delivered(job, micros(now))
            case GivenUp(why):
                self._book.give_up(job, micros(now), why)
            case Postponed(why):
                due = now + timedelta(seconds=pause(job.tries, outcome))
                if micros(due) - job.made > GIVEN_UP_AFTER * 1_000_000:
                    self._book.give_up(job, micros(now), why)
                else:
                    self._book.postpone(job, micros(due), why)
            case Untried():
                self._book.release(job, micros(now))


def again(ledger: Ledger) -> tuple[int, int]:
    """Hand over once more all that was given up, unless its act was withdrawn or released.

    How many they are, and how many are left because they are over.
    """
    book = JobBook(ledger.database.engine)
    failed, good = book.failed(), []
    with ledger.reading() as reader:
        for job in failed:
            act = reader.act(str(job.content.get("act")))
            if job.content.get("what") not in BEGINS or (act is not None and act.is_in_force):
                good.append(job.key)
    return book.again(good, micros(utc_now())), len(failed) - len(good)


PAUSE, PAUSE_FAILED = 1.0, 60.0  # seconds between two looks; the most after failures
TIDY = 60.0  # seconds
_ENDING = 3.0  # seconds that posting has to end
_log = logging.getLogger("suyuan.notify")


def send_notices(ledger: Ledger, is_over: threading.Event) -> None:
    """Send notices to the parties that holds and recalls concern, until `is_over` is set.

    Whatever fails is tried again, after longer and longer pauses. Webhooks have a thread of their
    own: neither way waits for the other.
    """
    post = Delivery(ledger, is_over=is_over.is_set).post
    posting = threading.Thread(target=_repeat, args=("webhooks", post, is_over), daemon=True)
    posting.start()
    outbox = Outbox(ledger)
    delivery = Delivery(ledger, is_over=is_over.is_set)
    tidied = float("-inf")

    def look() -> str | None:
        nonlocal tidied
        outbox.sweep(is_over.is_set)
        if time.monotonic() - tidied > TIDY:
            tidied = time.monotonic()
            delivery.tidy()
        return delivery.mail()

    _repeat("e-mail", look, is_over)
    posting.join(_ENDING)


def _repeat(noun: str, look: Callable[[], str | None], is_over: threading.Event) -> None:
    """Call `look` again and again; each new trouble is logged once."""
    pause, logged = PAUSE, None
    while not is_over.wait(pause):
        try:
            trouble = look()
            pause = PAUSE
        except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
            trouble = f"{type(error).__name__}: {error}"
            pause = min(2 * pause, PAUSE_FAILED)
        if trouble is not None and trouble != logged:
            _log.error("%s cannot be sent, it is tried again: %s", noun, trouble)
        logged = trouble or logged
