"""`suyuan contact`, `suyuan notices`: where parties are told of acts, and whether they were.

Addresses are kept beside the ledger and shown to nobody but who runs these commands.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from suyuan.keys.errors import SettingError

from ..errors import CannotDecide, LedgerError
from ..identifiers import parties
from ..ledger import Ledger
from ..notify import contacts as addresses
from ..notify import hooks, reachable, signing, smtp_settings
from ..notify.again import again
from ..notify.mail import Letter, Mailer
from ..notify.outcome import Delivered, Outcome, Postponed
from ..notify.trial import trial_body, trial_letter
from ..store.append import utc_now
from ..store.jobs import Job, JobBook
from ..store.preferences import EMAIL, KINDS, WEBHOOK, Contact, ContactBook
from ..times import micros
from .alarms import shown_time
from .common import home_option, json_option, opened, plain, say, show_json

FOUND = 1
_STALLED = 120 * 1_000_000  # microseconds due and not tried, after which nobody seems to deliver
_NAMES = {EMAIL: "e-mail", WEBHOOK: "webhooks"}


@click.group()
def contact() -> None:
    """Where parties are told of holds and recalls: e-mail addresses and webhooks."""


@contact.command("add")
@click.argument("party")
@click.argument("address")
@home_option
def contact_add(*, party: str, address: str, home: Path | None) -> None:
    """Tell PARTY at ADDRESS, mailto:… or https://…, from now on.

    For a webhook the secret by which it can check signatures is printed, now and never again.
    """
    kind, where = addresses.read(address)
    secret = signing.new_secret() if kind == WEBHOOK else None
    with opened(home) as ledger:
        uri = _party(ledger, party)
        new = ContactBook(ledger.database.engine).add([Contact(uri, kind, where, secret)])
        if not new:
            say("it is there already: nothing was changed")
        elif secret is not None:
            click.echo(secret)
        if kind == WEBHOOK and not _may_be_reached(where):
            say(
                f"nothing is posted there until the worker has {reachable.SETTING} that allows it: "
                "it is an address of this machine or of a private network"
            )


@contact.command("remove")
@click.argument("party")
@click.argument("address")
@home_option
def contact_remove(*, party: str, address: str, home: Path | None) -> None:
    """Tell PARTY at ADDRESS no more; what waits to be sent there is not sent."""
    kind, where = addresses.read(address)
    with opened(home) as ledger:
        uri = parties.read(party, ledger.trust.host)
        if not ContactBook(ledger.database.engine).remove([Contact(uri, kind, where)]):
            raise LedgerError(f"{where} is no address of {uri}: see `suyuan contact list`")


@contact.command("list")
@click.argument("party", required=False)
@json_option
@home_option
def contact_list(*, party: str | None, as_json: bool, home: Path | None) -> None:
    """All addresses, or PARTY's."""
    with opened(home) as ledger:
        uri = None if party is None else parties.read(party, ledger.trust.host)
        found = ContactBook(ledger.database.engine).all(uri)
    if as_json:
        show_json([{"party": one.party, "kind": one.kind, "address": one.uri} for one in found])
    else:
        for one in found:
            click.echo(plain(f"{one.party}  {one.uri}"))


@contact.command("test")
@click.argument("party")
@click.argument("address")
@home_option
def contact_test(*, party: str, address: str, home: Path | None) -> None:
    """Send a test to an ADDRESS of PARTY now, with this command's own settings.

    Exit code 3 where it is not taken.
    """
    kind, where = addresses.read(address)
    with opened(home) as ledger:
        uri = parties.read(party, ledger.trust.host)
        book = ContactBook(ledger.database.engine).all(uri)
        found = next((one for one in book if (one.kind, one.address) == (kind, where)), None)
        if found is None:
            raise LedgerError(f"{where} is no address of {uri}: see `suyuan contact list`")
        outcome = _mailed(ledger, found) if kind == EMAIL else _posted(ledger, found)
    if not isinstance(outcome, Delivered):
        raise CannotDecide(f"it was not taken: {getattr(outcome, 'why', 'no reason is known')}")
    click.echo(f"{found.uri} has taken it")


@click.group(invoke_without_command=True)
@click.option("--failed", is_flag=True, help="Only those given up; exit code 1 if there are any.")
@json_option
@home_option
@click.pass_context
def notices(context: click.Context, *, failed: bool, as_json: bool, home: Path | None) -> int:
    """Who was told of which hold or recall, where, and what came of it."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return 0
    with opened(home) as ledger:
        found = JobBook(ledger.database.engine).all()
    shown = [job for job in found if not failed or job.state == "failed"]
    if as_json:
        show_json([_notice_json(job) for job in shown])
    else:
        for job in shown:
            click.echo(_notice_line(job))
        for kind in KINDS:
            _tell_sum(kind, [job for job in found if job.kind == kind])
    return FOUND if failed and shown else 0


@notices.command("retry")
@home_option
@click.pass_context
def notices_retry(context: click.Context, *, home: Path | None) -> None:
    """Hand over once more what was given up, unless it has been taken back meanwhile."""
    with opened(home or context.obj) as ledger:
        done = again(ledger)
    click.echo(f"{done.number} are handed over once more")
    if done.over:
        say(f"{done.over} are left: the hold was released, or the recall withdrawn, meanwhile")


def _party(ledger: Ledger, text: str) -> str:
    """The URI of a party that was ever admitted."""
    uri = parties.read(text, ledger.trust.host)
    with ledger.reading() as reader:
        if reader.party(uri) is None:
            raise LedgerError(f"{uri} is no party of this ledger: see `suyuan party list`")
    return uri


def _may_be_reached(url: str) -> bool:
    """Whether a URL's host, where it is an address already, may be posted to."""
    host = addresses.host_of(url)
    if addresses.is_loopback(host):
        host = "127.0.0.1" if host == "localhost" else host
    elif not addresses.is_literal(host):
        return True
    return reachable.read().is_reachable(host)


def _mailed(ledger: Ledger, to: Contact) -> Outcome:
    settings = smtp_settings.read()
    if settings is None:
        raise SettingError("SUYUAN_SMTP_URL is not set: there is no mail server to send by")
    found: list[Outcome] = []

    def settle(_: str, outcome: Outcome) -> None:
        found.append(outcome)

    host = ledger.trust.host
    letter: Letter = trial_letter(to, host)
    Mailer(settings, host, utc_now).send([letter], settle)
    return found[0] if found else Postponed("nothing was sent")


def _posted(ledger: Ledger, to: Contact) -> Outcome:
    letter = trial_letter(to, ledger.trust.host)
    body = trial_body(to, ledger.trust.origin, datetime.now(UTC))
    return hooks.post(to.address, letter.key, body, to.secret, reachable.read())


def _notice_json(job: Job) -> dict[str, Any]:
    return {
        "key": job.key,
        "kind": job.kind,
        "party": job.party,
        "address": job.address,
        "index": job.leaf,
        "what": job.content.get("what"),
        "act": job.content.get("act"),
        "state": job.state,
        "tries": job.tries,
        "made": shown_time(job.made),
        "due": None if job.done is not None else shown_time(job.due),
        "done": shown_time(job.done),
        "error": job.error,
    }


def _notice_line(job: Job) -> str:
    when = shown_time(job.made if job.done is None else job.done)
    more = f": {job.error}" if job.error else ""
    return plain(
        f"{when}  {job.state:<9}  {job.content.get('what')} {job.leaf}  {job.party}  "
        f"{job.address}  {job.tries} tries{more}"
    )


def _tell_sum(kind: str, found: list[Job]) -> None:
    if not found:
        return
    number = {
        state: sum(job.state == state for job in found)
        for state in ("delivered", "waiting", "failed")
    }
    say(f"{_NAMES[kind]}: " + ", ".join(f"{n} {state}" for state, n in number.items()))
    stalled = [job for job in found if job.done is None and micros(utc_now()) - job.due > _STALLED]
    if stalled:
        why = next((job.error for job in stalled if job.error), None)
        say(
            f"  {len(stalled)} are due for minutes: "
            + (plain(why) if why else "is `suyuan worker` or `suyuan serve` running?")
        )


COMMANDS = (contact, notices)
