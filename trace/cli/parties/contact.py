"""`suyuan contact`, `notices`: addresses for notices of acts, and their delivery.

Addresses are kept beside the ledger and shown to nobody but who runs these commands.
"""

from datetime import UTC, datetime
from typing import Any

import click

from suyuan.keys.errors import SettingError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.messages import Message, msg, msg_in, row
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import (
    CHOICES,
    EMAIL,
    FEED,
    KINDS,
    WEBHOOK,
    Contact,
    ContactBook,
    choose,
)
from suyuan.trace.watch.notify import contacts as addresses
from suyuan.trace.watch.notify import smtp_settings, webhooks
from suyuan.trace.watch.notify.delivery import again
from suyuan.trace.watch.notify.mail import Mailer
from suyuan.trace.watch.notify.notice_text import trial_body, trial_letter
from suyuan.trace.watch.notify.outcome import Delivered, Outcome, Postponed

from ..command import Run, argument, command, if_given, option
from ..command_help import Group
from ..names import party_words
from ..terminal import FINDINGS, Text, local_time, moment, say, show

contact = Group(
    "contact", help="Where parties are told of holds and recalls: e-mail addresses and webhooks."
)


@command("add", contact)
def contact_add(run: Run, party: str = argument(), address: str = argument()) -> None:
    """Tell PARTY at ADDRESS, mailto:… or https://…, from now on.

    For a webhook the secret by which it can check signatures is printed, now and never again.
    """
    kind, where = addresses.read(address)
    secret = webhooks.new_secret() if kind == WEBHOOK else None
    uri = run.party(party)
    with run.reading() as reader:
        if reader.party(uri) is None:
            raise LedgerError("%s is no party of this ledger: see `suyuan party list`", uri)
    new = _book(run).add([Contact(uri, kind, where, secret)])
    if not new:
        say("it is there already: nothing was changed")
    elif secret is not None:
        show([secret])
    if kind == WEBHOOK and not webhooks.may_be_reached(where):
        say(
            "nothing is posted there until the worker has %s that allows it: it is an address of "
            "this machine or of a private network",
            webhooks.SETTING,
        )


@command("remove", contact)
def contact_remove(run: Run, party: str = argument(), address: str = argument()) -> None:
    """Tell PARTY at ADDRESS no more; what waits to be sent there is not sent."""
    kind, where = addresses.read(address)
    uri = run.party(party)
    if not _book(run).remove([Contact(uri, kind, where)]):
        raise _no_address(where, uri)


@command("list", contact, json=True)
def contact_list(run: Run, party: str | None = argument()) -> None:
    """All addresses, or PARTY's."""
    listed = _book(run).of_party(if_given(party, run.party))
    value = [pick(to, "party", "kind") | {"address": to.uri} for to in listed]
    with run.reading() as reader:
        named = {to.party: party_words(reader.name(to.party), to.party) for to in listed}
    run.answer(value, (row(named[to.party], to.uri) for to in listed))


@command("test", contact)
def contact_test(run: Run, party: str = argument(), address: str = argument()) -> None:
    """Send a test to an ADDRESS of PARTY now, with this command's own settings.

    Exit code 3 where it is not taken.
    """
    kind, where = addresses.read(address)
    uri = run.party(party)
    listed = _book(run).of_party(uri)
    to = next((to for to in listed if (to.kind, to.address) == (kind, where)), None)
    if to is None:
        raise _no_address(where, uri)
    outcome = (_mailed if kind == EMAIL else _posted)(run.ledger, to)
    if not isinstance(outcome, Delivered):
        unknown = msg("no reason is known")
        raise CannotDecide("it was not taken: %s", getattr(outcome, "why", unknown))
    show([msg("%s has taken it", to.uri)])


@command("language", contact)
def contact_language(
    run: Run,
    party: str = argument(),
    chosen: str = argument(metavar="zh|en|both", type=click.Choice(CHOICES["language"])),
) -> None:
    """In which language PARTY reads its notices: Chinese unless it says otherwise."""
    choose(run.ledger.database.engine, run.party(party), "language", chosen)


def _book(run: Run) -> ContactBook:
    return ContactBook(run.ledger.database.engine)


def _no_address(where: str, uri: str) -> LedgerError:
    return LedgerError("%s is no address of %s: see `suyuan contact list`", where, uri)


def _mailed(ledger: Ledger, to: Contact) -> Outcome:
    settings = smtp_settings.read()
    if settings is None:
        raise SettingError("SUYUAN_SMTP_URL is not set: there is no mail server to send by")
    outcomes: list[Outcome] = []
    mailer = Mailer(settings, ledger.trust.host, utc_now)
    mailer.send([trial_letter(to, ledger.trust.host)], lambda _, outcome: outcomes.append(outcome))
    return outcomes[0] if outcomes else Postponed("nothing was sent")


def _posted(ledger: Ledger, to: Contact) -> Outcome:
    letter = trial_letter(to, ledger.trust.host)
    body = trial_body(to, ledger.trust.origin, datetime.now(UTC))
    return webhooks.post(to.address, letter.key, body, to.secret, webhooks.reachable())


_STALLED = 120 * 1_000_000  # microseconds due and not tried, after which nobody seems to deliver
_NAMES = {EMAIL: msg("e-mail"), WEBHOOK: msg("webhooks"), FEED: msg("feeds")}
_STATES = {
    "delivered": msg_in("notice", "delivered"),
    "waiting": msg_in("notice", "waiting"),
    "failed": msg_in("notice", "failed"),
}


@command("notices", json=True, is_group=True)
def notices(
    run: Run,
    failed: bool = option(help="Only those given up; exit code 1 if there are any."),
) -> int:
    """Who was told of which hold or recall, where, and what came of it."""
    if run.context.invoked_subcommand is not None:
        return 0
    jobs = JobBook(run.ledger.database.engine).all()
    shown = [job for job in jobs if not failed or job.state == "failed"]
    notes = [note for kind in KINDS for note in _sums(kind, jobs)]
    with run.reading() as reader:
        lines = [_line(job, reader.name(job.party)) for job in shown]
    run.answer([_json(job) for job in shown], lines, *notes)
    return FINDINGS if failed and shown else 0


@command("retry", notices)
def notices_retry(run: Run) -> None:
    """Hand over once more what was given up, unless it has been taken back meanwhile."""
    number, over = again(run.ledger)
    show([msg("%s are handed over once more", number)])
    if over:
        say("%s are left: the hold was released, or the recall withdrawn, meanwhile", over)


def _json(job: Job) -> dict[str, Any]:
    return {
        **pick(job, "key", "kind", "party", "address"),
        "index": job.leaf,
        "what": job.content.get("what"),
        "act": job.content.get("act"),
        **pick(job, "state", "tries"),
        "made": moment(job.made),
        "due": None if job.done is not None else moment(job.due),
        "done": moment(job.done),
        "error": job.error,
    }


def _line(job: Job, name: str | None) -> Message:
    return row(
        local_time(job.made if job.done is None else job.done),
        _STATES.get(job.state, job.state),
        f"{job.content.get('what')} {job.leaf}",
        party_words(name, job.party),
        job.address,
        msg("tries: %s", job.tries),
        job.error,
    )


def _sums(kind: str, jobs: list[Job]) -> list[Text]:
    """How many notices of a kind are in each state; where some are overdue for minutes, why."""
    jobs = [job for job in jobs if job.kind == kind]
    if not jobs:
        return []
    counts = [
        msg("%s %s", sum(job.state == state for job in jobs), word)
        for state, word in _STATES.items()
    ]
    notes: list[Text] = [msg("%s: %s", _NAMES[kind], counts)]
    now = micros(utc_now())
    stalled = [job for job in jobs if job.done is None and now - job.due > _STALLED]
    if stalled:
        why = next((job.error for job in stalled if job.error), None)
        reason = why or msg("is `suyuan worker` or `suyuan serve` running?")
        notes.append(row(" ", msg("%s are due for minutes: %s", len(stalled), reason)))
    return notes
