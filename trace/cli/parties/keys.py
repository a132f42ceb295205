"""`suyuan keys`: keys in files, and those that invited browsers made."""

from pathlib import Path

import click

from suyuan.keys import base64, files, public
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner
from suyuan.keys.validity import Key
from suyuan.trace.admission import acts
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg, msg_in, row
from suyuan.trace.format.vocabulary import KEPT
from suyuan.trace.goods.inviting import check_of, enrolment, token_of
from suyuan.trace.ledger.home import load_key
from suyuan.trace.store.beside.invitations import invitation as invitation_of

from ..command import Run, argument, command, option
from ..command_help import Group
from ..names import party_words
from ..terminal import Text, say, show, show_json

keys = Group("keys", help="Make, enrol, revoke and list keys.")


@command("new", keys, home=False)
def keys_new(
    run: Run,
    file: Path = argument(),
    alg: str = option(type=click.Choice(public.ALGORITHMS), default="Ed25519"),
) -> None:
    """Make a key in an encrypted FILE."""
    signer = LocalSigner.new(alg)
    files.save(file, signer, passphrase(str(file), confirm=True))
    show([signer.public.keyid])


@command("show", keys)
def keys_show(
    run: Run,
    file: Path = argument(),
    who: str | None = option("--party", help="Also a proof of possession, for this party."),
) -> None:
    """The public half of a key file, as an enrolment needs it."""
    signer = load_key(file)
    value = {
        "alg": signer.public.alg,
        "keyid": signer.public.keyid,
        "spki": base64.encode(signer.public.spki),
    }
    if who is not None:
        origin = run.ledger.trust.origin
        value["possession"] = acts.possession(origin, run.party(who), signer)
    show_json(value)


@command("enrol", keys, signs=True)
def keys_enrol(
    run: Run,
    who: str | None = argument(),
    file: Path | None = argument(),
    invitation: str | None = option(
        metavar="CODE", help="Enrol what was offered under it, in no FILE."
    ),
    check: str | None = option(
        metavar="LETTERS", help="With --invitation: the other screen's letters."
    ),
    kept: str = option(type=click.Choice(list(KEPT)), default="file"),
    recover: bool = option(help="A recovery: all earlier keys are revoked."),
) -> None:
    """Enrol the key in FILE for the party WHO, or the one offered under an invitation.

    Compare the check letters with those on the invited screen: give them by --check.
    """
    origin = run.ledger.trust.origin
    if invitation is not None:
        if who is not None or check is None:
            raise LedgerError(
                "give --invitation with --check and without WHO: the letters on the invited "
                "screen, so that no other's key is enrolled"
            )
        run.state(_offered(run, invitation, check, recover=recover))
        return
    if who is None or file is None or check is not None:
        raise LedgerError("give WHO and FILE, or --invitation with --check")
    uri = run.party(who)
    with run.reading() as reader:
        known = [key.keyid for key in reader.keys_of(uri) if key.revoked is None]
    earlier = known if recover else None
    run.state(acts.enrol_signer(origin, uri, load_key(file), kept=kept, revokes=earlier))


def _offered(run: Run, code: str, check: str, *, recover: bool) -> Object:
    """The statement that enrols the key offered under an invitation."""
    with run.reading() as reader:
        invited = invitation_of(reader, token_of(code.rpartition("#")[2]))
    if invited is None:
        raise LedgerError("no such invitation: it is over, or was made for another ledger")
    signer = run.pen.actor
    with run.reading() as reader:
        statement = enrolment(reader, run.genesis, signer, invited)
    assert invited.offer is not None
    letters = check_of(invited.offer.keyid)
    if _bare(check) != _bare(letters):
        raise LedgerError(
            "the key that was offered has the letters %s, not %s: it is another's. "
            "Nothing was enrolled",
            letters,
            repr(check[:20]),
        )
    revokes = statement.get("revokes")
    if (revokes is not None) != recover:
        raise LedgerError(
            msg(
                "%s has had keys: by %s this is a recovery, which revokes %s of them. "
                "Say --recover if that is meant",
                invited.party,
                signer,
                len(revokes),
            )
            if revokes is not None
            else msg("this is no recovery: it revokes nothing. Leave out --recover")
        )
    with run.reading() as reader:
        who = party_words(reader.name(invited.party), invited.party)
    say("enrolling key %s of %s", invited.offer.keyid, who)
    return statement


def _bare(letters: str) -> str:
    return letters.upper().translate(codes.LOOK_ALIKES)


@command("revoke", keys, signs=True)
def keys_revoke(
    run: Run,
    who: str = argument(),
    keyid: str = argument(),
    compromised_since: int | None = option(help="Reported lost since this leaf index."),
    reason: str | None = option(),
) -> None:
    """Revoke a party's key (KEYID may be cut, if it stays unique)."""
    uri = run.party(who)
    with run.reading() as reader:
        keyids = [key.keyid for key in reader.keys_of(uri) if key.keyid.startswith(keyid)]
    if len(keyids) != 1:
        raise LedgerError("%s has %s keys that begin with %s", uri, len(keyids), repr(keyid))
    run.state(acts.revoke(uri, keyids[0], compromised_since=compromised_since, reason=reason))


@command("list", keys, json=True)
def keys_list(run: Run, who: str = argument()) -> None:
    """A party's keys, in order of enrolment."""
    with run.reading() as reader:
        listed = reader.keys_of(run.party(who))
    names = ("keyid", "alg", "kept", "enrolled", "enrolled_by", "revoked", "compromised_since")
    run.answer([pick(key, *names) for key in listed], map(_line, listed))


def _line(key: Key) -> Text:
    is_good = key.revoked is None
    return row(
        key.keyid,
        key.alg,
        msg("enrolled at index %s", key.enrolled),
        msg_in("key", "good") if is_good else msg("revoked at index %s", key.revoked),
    )
