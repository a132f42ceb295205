"""`suyuan party invite`, `party invitations`: whose browser may offer a key."""

import io
from datetime import timedelta
from pathlib import Path

import click
from qrcode import QRCode

from ..access import Access
from ..errors import LedgerError
from ..identifiers import codes, parties
from ..inviting import DAYS, MOST_DAYS, Invitation, new, token_of, url
from ..ledger import Ledger
from ..store.invitations import InvitationBook, invitation, invitations
from ..store.read import Reader
from ..times import from_micros, micros, zone
from .common import home_option, json_option, opened, plain, say, served_at, show_json
from .people import party


@party.command("invite")
@click.argument("who")
@click.option(
    "--expires",
    "days",
    type=click.IntRange(1, MOST_DAYS),
    default=DAYS,
    show_default=True,
    metavar="DAYS",
    help="For how many days it stands.",
)
@click.option(
    "--base-url",
    envvar="SUYUAN_BASE_URL",
    help="Where pages are served [SUYUAN_BASE_URL, default https://<host of the trust file>].",
)
@click.option("--by", help="Who will enrol the key: a registrar [default: the authority].")
@json_option
@home_option
def party_invite(
    *,
    who: str,
    days: int,
    base_url: str | None,
    by: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Invite WHO to make a key in a browser: prints a link and its QR code.

    The link can be used once. The key that is offered under it counts once it is enrolled: by
    `suyuan keys enrol --invitation CODE`, or on the page of the one who invites.
    """
    with opened(home) as ledger:
        host = ledger.trust.host
        uri = parties.read(who, host)
        inviter = parties.read(by, host) if by else ledger.trust.authority
        with ledger.reading() as reader:
            why = Access(reader.source, ledger.trust.genesis).why_not_register(inviter, uri)
            found = reader.party(uri)
        if why is not None or found is None:
            raise LedgerError(why or f"{uri} is not admitted to this ledger")
        code, one = new(uri, inviter, ledger.now(), timedelta(days=days))
        InvitationBook(ledger.database.engine).add(one)
        link = url(served_at(base_url, host), code)
    until = from_micros(one.expires).astimezone(zone())
    if as_json:
        show_json({"party": uri, "code": code, "url": link, "expires": until.isoformat()})
        return
    click.echo(link)
    click.echo(_symbol(link))
    name, typed = found.name or uri, codes.shown(code)
    say(plain(f"For {name}, until {until:%Y-%m-%d %H:%M}, once. Code {typed}"))


@party.command("invitations")
@json_option
@home_option
def party_invitations(*, as_json: bool, home: Path | None) -> None:
    """Invitations that stand, the newest first, and the keys offered under them."""
    with opened(home) as ledger, ledger.reading() as reader:
        found = invitations(reader, None, micros(ledger.now()))
        rows = [_row(reader, one) for one in found]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        offered = f"{row['check']}  {row['keyid']}" if row["keyid"] else ""
        click.echo(plain(f"{row['party']}  {row['name'] or ''}  {row['state']}  {offered}"))


def _row(reader: Reader, one: Invitation) -> dict[str, str | None]:
    offer, who = one.offer, reader.party(one.party)
    state = "open" if offer is None else "offered"
    if offer is not None and reader.key(offer.keyid) is not None:
        state = "enrolled"
    return {
        "party": one.party,
        "name": None if who is None else who.name,
        "invited_by": one.invited_by,
        "expires": from_micros(one.expires).isoformat(),
        "state": state,
        "keyid": None if offer is None else offer.keyid,
        "check": None if offer is None else offer.check,
    }


def by_code(ledger: Ledger, code: str) -> Invitation:
    """The invitation with this code, or with this URL; LedgerError where there is none."""
    with ledger.reading() as reader:
        found = invitation(reader, token_of(code.rpartition("#")[2]))
    if found is None:
        raise LedgerError("no such invitation: it is over, or was made for another ledger")
    return found


def _symbol(link: str) -> str:
    """The QR code in half blocks, dark on light whatever the terminal's colours."""
    symbol = QRCode(border=2)
    symbol.add_data(link)
    symbol.make()
    out = io.StringIO()
    symbol.print_ascii(out=out, invert=True)
    return out.getvalue()


COMMANDS = ()
