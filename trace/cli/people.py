"""`suyuan party`, `keys`, `registrar`, `mandate`: who is who, and who may sign."""

from datetime import UTC
from pathlib import Path

import click

from suyuan.keys import base64, files, public
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner

from .. import acts
from ..errors import LedgerError
from ..home import load_key
from ..identifiers import codes, parties
from ..ledger import Ledger
from ..members import Object
from ..pen import Draft
from ..statements import ROLES
from .common import (
    follow,
    home_option,
    instant,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
)

_UTC = "%Y-%m-%dT%H:%M:%SZ"


def state(ledger: Ledger, key_file: str | None, actor: str | None, statement: Object) -> None:
    """Sign one statement, append it, and say where it is."""
    pen = pen_for(ledger, key_file, actor)
    (receipt,) = ledger.write(pen, [Draft(statement=statement)])
    follow(ledger)
    say(f"recorded at index {receipt.index}, {receipt.hash}")


@click.group()
def party() -> None:
    """Admit, change and list parties."""


def _party_options(command: click.decorators.FC) -> click.decorators.FC:
    for option in reversed(
        (
            click.option("--name", required=True),
            click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES)),
            click.option("--division", required=True, help="GB/T 2260: 2, 4, 6, 9 or 12 digits."),
            click.option("--place", "places", multiple=True, help="A place's URI."),
            click.option("--gs1", multiple=True, help="A GS1 company prefix."),
            click.option("--part-of", help="The party that this one is part of."),
        )
    ):
        command = option(command)
    return command


@party.command("add")
@click.argument("who", required=False)
@_party_options
@key_options
@home_option
def party_add(
    *, who: str | None, key_file: str | None, actor: str | None, home: Path | None, **fields: object
) -> None:
    """Admit a party: WHO is its USCC, GLN or URI; without it a code is made."""
    with opened(home) as ledger:
        host = ledger.trust.host
        uri = parties.read(who, host) if who else codes.uri_of(codes.new(), host, "party")
        state(ledger, key_file, actor, acts.admit(uri, **fields))  # type: ignore[arg-type]
        click.echo(uri)


@party.command("change")
@click.argument("who")
@_party_options
@key_options
@home_option
def party_change(
    *, who: str, key_file: str | None, actor: str | None, home: Path | None, **fields: object
) -> None:
    """Replace all that is registered of a party."""
    with opened(home) as ledger:
        uri = parties.read(who, ledger.trust.host)
        statement = acts.admit(uri, **fields, op="change")  # type: ignore[arg-type]
        state(ledger, key_file, actor, statement)


@party.command("leave")
@click.argument("who")
@click.option("--reason")
@key_options
@home_option
def party_leave(
    *, who: str, reason: str | None, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """End a party's admission."""
    with opened(home) as ledger:
        uri = parties.read(who, ledger.trust.host)
        state(ledger, key_file, actor, acts.leave(uri, reason))


@party.command("list")
@json_option
@home_option
def party_list(*, as_json: bool, home: Path | None) -> None:
    """All parties, in order of admission."""
    with opened(home) as ledger, ledger.reading() as reader:
        found = reader.parties()
        if as_json:
            show_json(
                [
                    {
                        "party": one.uri,
                        "name": one.name,
                        "roles": list(one.roles),
                        "division": one.division,
                        "admitted": one.admitted,
                        "left": one.left,
                    }
                    for one in found
                ]
            )
            return
        for one in found:
            gone = "" if one.left is None else f"  (left at {one.left})"
            click.echo(plain(f"{one.uri}  {one.name or ''}  {','.join(one.roles)}{gone}"))


@click.group()
def registrar() -> None:
    """Appoint and dismiss registrars."""


@registrar.command("appoint")
@click.argument("who")
@click.option("--remit", multiple=True, required=True, help="A division or a place's URI.")
@key_options
@home_option
def registrar_appoint(
    *,
    who: str,
    remit: tuple[str, ...],
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Let a party admit others in its remit."""
    with opened(home) as ledger:
        uri = parties.read(who, ledger.trust.host)
        state(ledger, key_file, actor, acts.appoint(uri, remit))


@registrar.command("dismiss")
@click.argument("who")
@key_options
@home_option
def registrar_dismiss(
    *, who: str, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """End an appointment."""
    with opened(home) as ledger:
        state(ledger, key_file, actor, acts.dismiss(parties.read(who, ledger.trust.host)))


@click.group()
def keys() -> None:
    """Make, enrol, revoke and list keys."""


@keys.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--alg", type=click.Choice(public.ALGORITHMS), default="Ed25519", show_default=True)
def keys_new(*, file: Path, alg: str) -> None:
    """Make a key in an encrypted FILE."""
    signer = LocalSigner.new(alg)
    files.save(file, signer, passphrase(str(file), confirm=True))
    click.echo(signer.public.keyid)


@keys.command("show")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--party", "who", help="Also a proof of possession, for this party.")
@home_option
def keys_show(*, file: Path, who: str | None, home: Path | None) -> None:
    """The public half of a key file, as an enrolment needs it."""
    signer = load_key(file)
    found = {
        "alg": signer.public.alg,
        "keyid": signer.public.keyid,
        "spki": base64.encode(signer.public.spki),
    }
    if who is not None:
        with opened(home) as ledger:
            uri = parties.read(who, ledger.trust.host)
            found["possession"] = acts.possession(ledger.trust.origin, uri, signer)
    show_json(found)


def good_keys(ledger: Ledger, uri: str) -> list[str]:
    """The keys of a party that are not revoked."""
    with ledger.reading() as reader:
        return [key.keyid for key in reader.keys_of(uri) if key.revoked is None]


@keys.command("revoke")
@click.argument("who")
@click.argument("keyid")
@click.option("--compromised-since", type=int, help="Reported lost since this leaf index.")
@click.option("--reason")
@key_options
@home_option
def keys_revoke(
    *,
    who: str,
    keyid: str,
    compromised_since: int | None,
    reason: str | None,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Revoke a party's key (KEYID may be cut, if it stays unique)."""
    with opened(home) as ledger:
        uri = parties.read(who, ledger.trust.host)
        with ledger.reading() as reader:
            found = [key.keyid for key in reader.keys_of(uri) if key.keyid.startswith(keyid)]
        if len(found) != 1:
            raise LedgerError(f"{uri} has {len(found)} keys that begin with {keyid!r}")
        statement = acts.revoke(uri, found[0], compromised_since=compromised_since, reason=reason)
        state(ledger, key_file, actor, statement)


@keys.command("list")
@click.argument("who")
@json_option
@home_option
def keys_list(*, who: str, as_json: bool, home: Path | None) -> None:
    """A party's keys, in order of enrolment."""
    with opened(home) as ledger, ledger.reading() as reader:
        found = reader.keys_of(parties.read(who, ledger.trust.host))
        rows = [
            {
                "keyid": key.keyid,
                "alg": key.alg,
                "kept": key.kept,
                "enrolled": key.enrolled,
                "enrolled_by": key.enrolled_by,
                "revoked": key.revoked,
                "compromised_since": key.compromised_since,
            }
            for key in found
        ]
        if as_json:
            show_json(rows)
            return
        for row in rows:
            end = "good" if row["revoked"] is None else f"revoked at {row['revoked']}"
            click.echo(f"{row['keyid']}  {row['alg']}  enrolled at {row['enrolled']}  {end}")


@click.group()
def mandate() -> None:
    """Give and withdraw mandates."""


@mandate.command("give")
@click.argument("to")
@click.option("--party", "who", help="The giver [default: the signer's party].")
@click.option("--step", "steps", multiple=True, required=True, help="A bare business step.")
@click.option("--from", "start", required=True, help="From this moment, 2026-11-24T00:00.")
@click.option("--until", required=True, help="Until before this moment.")
@click.option("--paper", help="SHA-256 of the signed paper, where another enters it.")
@key_options
@home_option
def mandate_give(
    *,
    to: str,
    who: str | None,
    steps: tuple[str, ...],
    start: str,
    until: str,
    paper: str | None,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Let TO record these steps for a party."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        giver = parties.read(who, ledger.trust.host) if who else pen.actor
        now = ledger.now()
        span = [instant(text, now).astimezone(UTC).strftime(_UTC) for text in (start, until)]
        recipient = parties.read(to, ledger.trust.host)
        statement = acts.give_mandate(giver, recipient, steps, span[0], span[1], paper=paper)
        state(ledger, key_file, actor, statement)


@mandate.command("withdraw")
@click.argument("to")
@click.option("--party", "who", help="The giver [default: the signer's party].")
@key_options
@home_option
def mandate_withdraw(
    *, to: str, who: str | None, key_file: str | None, actor: str | None, home: Path | None
) -> None:
    """Withdraw all mandates to TO."""
    with opened(home) as ledger:
        giver = (
            parties.read(who, ledger.trust.host) if who else pen_for(ledger, key_file, actor).actor
        )
        recipient = parties.read(to, ledger.trust.host)
        state(ledger, key_file, actor, acts.withdraw_mandate(giver, recipient))


COMMANDS = (party, registrar, keys, mandate)
