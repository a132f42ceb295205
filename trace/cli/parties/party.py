"""`suyuan party`, `registrar`, `mandate`: admission, ownership, registrars and mandates."""

from datetime import UTC, timedelta

import click

from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access
from suyuan.trace.admission.ownership import LONGEST, SHORTEST
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.format.messages import msg, msg_in, row
from suyuan.trace.format.statements import PREFIX_URN, is_owned
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.format.vocabulary import ROLES
from suyuan.trace.goods.inviting import DAYS, MOST_DAYS, check_of, new, url
from suyuan.trace.store.beside.invitations import Invitation, InvitationBook, invitations
from suyuan.trace.store.beside.preferences import CHOICES, OVERDRAW, REFUSE, choose
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, command, option, served_at
from ..command_help import Group
from ..names import party_code, party_words
from ..terminal import Text, language, local_time, qr_code, say, show, show_json

_SWITCH = {"on": REFUSE, "off": CHOICES[OVERDRAW][0]}
_NAME = option()
_ROLES = option("--role", required=True, type=click.Choice(list(ROLES)))
_DIVISION = option(help="Its name, or its digits (GB/T 2260).")
_PLACES = option("--place", help="A place's URI.")
_GS1 = option(help="A GS1 company prefix.")
_PART_OF = option(help="The party that this one is part of.")

party = Group("party", help="Admit, change and list parties.")


@command("add", party, signs=True)
def party_add(
    run: Run,
    who: str | None = argument(),
    name: str = _NAME,
    roles: tuple[str, ...] = _ROLES,
    division: str = _DIVISION,
    places: tuple[str, ...] = _PLACES,
    gs1: tuple[str, ...] = _GS1,
    part_of: str | None = _PART_OF,
) -> None:
    """Admit a party: WHO is its USCC, GLN or URI; without it a code is made."""
    uri = run.party(who) if who else codes.uri_of(codes.new(), run.host, "party")
    where = divisions.read(division)
    run.state(acts.admit(uri, name, roles, where, places=places, gs1=gs1, part_of=part_of))
    show([uri])


@command("change", party, signs=True)
def party_change(
    run: Run,
    who: str = argument(),
    name: str = _NAME,
    roles: tuple[str, ...] = _ROLES,
    division: str = _DIVISION,
    places: tuple[str, ...] = _PLACES,
    gs1: tuple[str, ...] = _GS1,
    part_of: str | None = _PART_OF,
) -> None:
    """Replace all that is registered of a party."""
    of, where = run.party(who), divisions.read(division)
    run.state(
        acts.admit(of, name, roles, where, op="change", places=places, gs1=gs1, part_of=part_of)
    )


@command("leave", party, signs=True)
def party_leave(run: Run, who: str = argument(), reason: str | None = option()) -> None:
    """End a party's admission."""
    run.state(acts.leave(run.party(who), reason))


@command("list", party, json=True)
def party_list(run: Run) -> None:
    """All parties, in order of admission."""
    with run.reading() as reader:
        listed = reader.parties()
    names = ("name", "roles", "division", "admitted", "left")
    value = [{"party": admitted.uri, **pick(admitted, *names)} for admitted in listed]
    run.answer(value, map(_line, listed))


def _line(admitted: Party) -> Text:
    where = divisions.shown(admitted.division, is_chinese=language() == "zh")
    return row(
        admitted.name,
        party_code(admitted.uri),
        row(*(_role(role) for role in admitted.roles), gap=msg(", ")),
        where,
        None if admitted.left is None else msg("(left at index %s)", admitted.left),
    )


def _role(role: str) -> Text:
    """A role in words; its name where it is none of ours."""
    return msg(ROLES[role].words) if role in ROLES else role


@command("owner", party, signs=True)
def party_owner(
    run: Run,
    what: str = argument(),
    who: str | None = argument(),
    dispute: str | None = option(help="Nobody's for now, for this reason."),
    end: bool = option(help="Take back what was said of it."),
) -> None:
    """Say whose WHAT is: a company prefix of 7 to 12 digits, or the URI of a place or product.

    Only the authority does. With WHAT alone: whose it is by now.
    """
    uri = f"{PREFIX_URN}{what}" if what.isdigit() else what
    if not is_owned(uri):
        raise LedgerError(
            "%s is no company prefix of %s to %s digits and no URI",
            repr(what[:60]),
            SHORTEST,
            LONGEST,
        )
    if sum(map(bool, (who, dispute, end))) > 1:
        raise LedgerError("one of these: a party, --dispute, --end")
    if who is not None:
        run.state(acts.assign(uri, run.party(who)))
    elif dispute is not None:
        run.state(acts.dispute(uri, dispute))
    elif end:
        run.state(acts.disown(uri))
    else:
        with run.reading() as reader:
            owner = reader.owner(uri)
            name = None if owner is None or owner.party is None else reader.name(owner.party)
        if owner is None:
            show([msg("nobody is said to own it")])
        else:
            show([party_words(name, owner.party) if owner.party else msg("disputed")])


@command("refuse-overdrawing", party)
def refuse_overdrawing(
    run: Run,
    who: str = argument(),
    switch: str = argument(metavar="on|off", type=click.Choice(sorted(_SWITCH))),
) -> None:
    """Whether WHO's own records are refused where they take more of a lot than WHO has.

    Kept beside the ledger: what others have received is never blocked, and no history changes.
    """
    uri = run.party(who)
    with run.reading() as reader:
        name = party_words(_admitted(reader, uri).name, uri)
    choose(run.ledger.database.engine, uri, OVERDRAW, _SWITCH[switch])
    if switch == "on":
        say("%s: records that take more than there is are refused", name)
    else:
        say("%s: records that take more than there is are kept, and shown as findings", name)


@command("invite", party, json=True)
def party_invite(
    run: Run,
    who: str = argument(),
    days: int = option(
        "--expires",
        type=click.IntRange(1, MOST_DAYS),
        default=DAYS,
        metavar="DAYS",
        help="For how many days it stands.",
    ),
    base_url: str | None = option(
        envvar="SUYUAN_BASE_URL",
        help="Where pages are served [SUYUAN_BASE_URL, default https://<host of the trust file>].",
    ),
    by: str | None = option(help="Who will enrol the key: a registrar [default: the authority]."),
) -> None:
    """Invite WHO to make a key in a browser: prints a link and its QR code.

    The link can be used once. The key that is offered under it counts once it is enrolled: by
    `suyuan keys enrol --invitation CODE`, or on the page of the one who invites.
    """
    uri = run.party(who)
    inviter = run.party(by) if by else run.ledger.trust.authority
    with run.reading() as reader:
        why = Access(reader, run.genesis).why_not_register(inviter, uri)
        if why is not None:
            raise LedgerError(why)
        name = _admitted(reader, uri).name or uri
    code, invited = new(uri, inviter, run.now(), timedelta(days=days))
    InvitationBook(run.ledger.database.engine).add(invited)
    link = url(served_at(base_url, run.host), code)
    until = from_micros(invited.expires).astimezone(zone())
    if run.as_json:
        show_json({"party": uri, "code": code, "url": link, "expires": until.isoformat()})
        return
    click.echo(link)
    click.echo(qr_code(link))
    say("For %s, until %s, once. Code %s", name, local_time(until), codes.shown(code))


def _admitted(reader: Reader, uri: str) -> Party:
    admitted = reader.party(uri)
    if admitted is None:
        raise LedgerError("%s is not admitted to this ledger", uri)
    return admitted


@command("invitations", party, json=True)
def party_invitations(run: Run) -> None:
    """Invitations that stand, the newest first, and the keys offered under them."""
    with run.reading() as reader:
        rows = [_row(reader, invited) for invited in invitations(reader, None, micros(run.now()))]
    run.answer(
        rows,
        (
            row(
                party_words(value["name"], str(value["party"])),
                _STATES[str(value["state"])],
                value["check"],
                value["keyid"],
            )
            for value in rows
        ),
    )


_STATES = {
    "open": msg_in("invitation", "open"),
    "offered": msg("a key is offered"),
    "enrolled": msg_in("invitation", "enrolled"),
}


def _row(reader: Reader, invited: Invitation) -> dict[str, str | None]:
    offer, guest = invited.offer, reader.party(invited.party)
    state = "open" if offer is None else "offered"
    if offer is not None and reader.key(offer.keyid) is not None:
        state = "enrolled"
    return {
        "party": invited.party,
        "name": None if guest is None else guest.name,
        "invited_by": invited.invited_by,
        "expires": from_micros(invited.expires).isoformat(),
        "state": state,
        "keyid": None if offer is None else offer.keyid,
        "check": None if offer is None else check_of(offer.keyid),
    }


_UTC = "%Y-%m-%dT%H:%M:%SZ"
_GIVER = option("--party", help="The giver [default: the signer's party].")

registrar = Group("registrar", help="Appoint and dismiss registrars.")
mandate = Group("mandate", help="Give and withdraw mandates.")


@command("appoint", registrar, signs=True)
def registrar_appoint(
    run: Run,
    who: str = argument(),
    remit: tuple[str, ...] = option(required=True, help="A division or a place's URI."),
) -> None:
    """Let a party admit others in its remit."""
    parts = [part if is_uri(part) else divisions.read(part) for part in remit]
    run.state(acts.appoint(run.party(who), parts))


@command("dismiss", registrar, signs=True)
def registrar_dismiss(run: Run, who: str = argument()) -> None:
    """End an appointment."""
    run.state(acts.dismiss(run.party(who)))


@command("give", mandate, signs=True)
def mandate_give(
    run: Run,
    to: str = argument(),
    who: str | None = _GIVER,
    steps: tuple[str, ...] = option("--step", required=True, help="A bare business step."),
    start: str = option("--from", help="From this moment, 2026-11-24T00:00."),
    until: str = option(help="Until before this moment."),
    paper: str | None = option(help="SHA-256 of the signed paper, where another enters it."),
) -> None:
    """Let TO record these steps for a party."""
    giver = run.party(who)
    first, last = (run.instant(text).astimezone(UTC).strftime(_UTC) for text in (start, until))
    run.state(acts.give_mandate(giver, run.party(to), steps, first, last, paper=paper))


@command("withdraw", mandate, signs=True)
def mandate_withdraw(run: Run, to: str = argument(), who: str | None = _GIVER) -> None:
    """Withdraw all mandates to TO."""
    run.state(acts.withdraw_mandate(run.party(who), run.party(to)))
