"""`suyuan keys enrol`: a key in a file, or one that an invited browser made."""

from pathlib import Path

import click

from .. import acts
from ..errors import LedgerError
from ..home import load_key
from ..identifiers import codes, parties
from ..inviting import check_of, enrolment
from ..ledger import Ledger
from ..members import Object
from ..statements import KEPT
from .common import home_option, key_options, opened, pen_for, say
from .inviting import by_code
from .people import good_keys, keys, state


@keys.command("enrol")
@click.argument("who", required=False)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--invitation", metavar="CODE", help="Enrol what was offered under it, in no FILE.")
@click.option("--check", metavar="LETTERS", help="With --invitation: the other screen's letters.")
@click.option("--kept", type=click.Choice(KEPT), default="file", show_default=True)
@click.option("--recover", is_flag=True, help="A recovery: all earlier keys are revoked.")
@key_options
@home_option
def keys_enrol(
    *,
    who: str | None,
    file: Path | None,
    invitation: str | None,
    check: str | None,
    kept: str,
    recover: bool,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
) -> None:
    """Enrol the key in FILE for the party WHO, or the one offered under an invitation.

    Compare the check letters with those on the invited screen: give them by --check.
    """
    with opened(home) as ledger:
        if invitation is not None:
            if who is not None or check is None:
                raise LedgerError(
                    "give --invitation with --check and without WHO: the letters on the invited "
                    "screen, so that no other's key is enrolled"
                )
            statement = _offered(ledger, invitation, check, key_file, actor, recover=recover)
        else:
            if who is None or file is None or check is not None:
                raise LedgerError("give WHO and FILE, or --invitation with --check")
            uri = parties.read(who, ledger.trust.host)
            statement = acts.enrol_signer(
                ledger.trust.origin,
                uri,
                load_key(file),
                kept=kept,
                revokes=good_keys(ledger, uri) if recover else None,
            )
        state(ledger, key_file, actor, statement)


def _offered(
    ledger: Ledger,
    code: str,
    check: str,
    key_file: str | None,
    actor: str | None,
    *,
    recover: bool,
) -> Object:
    """The statement that enrols the key offered under an invitation."""
    one = by_code(ledger, code)
    signer = pen_for(ledger, key_file, actor).actor
    with ledger.reading() as reader:
        found = enrolment(reader, ledger.trust.genesis, signer, one)
    assert one.offer is not None
    letters = check_of(one.offer.keyid)
    if _bare(check) != _bare(letters):
        raise LedgerError(
            f"the key that was offered has the letters {letters}, not {check[:20]!r}: it is "
            "another's. Nothing was enrolled"
        )
    revokes = found.get("revokes")
    if (revokes is not None) != recover:
        raise LedgerError(
            f"{one.party} has had keys: by {signer} this is a recovery, which revokes "
            f"{len(revokes)} of them. Say --recover if that is meant"
            if revokes is not None
            else "this is no recovery: it revokes nothing. Leave out --recover"
        )
    say(f"enrolling key {one.offer.keyid} of {one.party}")
    return found


def _bare(letters: str) -> str:
    return letters.upper().translate(codes.LOOK_ALIKES)


COMMANDS = ()
