"""`suyuan seal`: the keys by which an office's documents are sealed."""

from typing import Literal

from cryptography.hazmat.primitives.serialization import Encoding

from suyuan.trace.admission.access import Access
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import msg, row
from suyuan.trace.ledger.office_seals import OfficeSeals, SealKey

from ..command import Run, argument, command, option
from ..command_help import Group
from ..terminal import say

seal = Group("seal", help="The seal keys of an office, by which its documents are sealed.")
OFFICE = argument()


@command("new", seal)
def new(
    run: Run,
    office: str = OFFICE,
    word: str = option(help="What its documents' numbers begin with: 厦思市监."),
) -> None:
    """Make a root and the first seal key of OFFICE."""
    uri = run.party(office)
    with run.reading() as reader:
        party = reader.party(uri)
        if party is None or party.name is None or not Access(reader, run.genesis).is_officer(uri):
            raise LedgerError("%s is no office", uri)
    _said(OfficeSeals(run.home, uri).create(party.name, word, run.now()))


@command("list", seal, json=True)
def listed(run: Run, office: str = OFFICE) -> None:
    """The seal keys of OFFICE, and which are revoked."""
    keys = OfficeSeals(run.home, run.party(office)).all()
    run.answer(
        [
            {
                "number": key.number, "serial": f"{key.certificate.serial_number:x}",
                "from": key.certificate.not_valid_before_utc.isoformat(),
                "until": key.certificate.not_valid_after_utc.isoformat(),
                "revoked": None if key.revoked is None else key.revoked.isoformat(),
                "reason": key.reason,
            }
            for key in keys
        ],
        (row(_line(key), key.reason or "") for key in keys),
    )  # fmt: skip


@command("rotate", seal)
def rotate(run: Run, office: str = OFFICE) -> None:
    """Replace the seal key of OFFICE: what it sealed until now stays good."""
    _said(OfficeSeals(run.home, run.party(office)).rotate(run.now()))


@command("revoke", seal)
def revoke(
    run: Run,
    office: str = OFFICE,
    number: int = argument(type=int),
    reason: Literal["key_compromise", "superseded", "cessation_of_operation"] = option(
        default="key_compromise"
    ),
    since: str | None = option(help="As from when, 2026-11-24T08:30 [default: now]."),
) -> None:
    """Revoke the seal key NUMBER of OFFICE: what it seals from then on is not good."""
    seals = OfficeSeals(run.home, run.party(office))
    _said(seals.revoke(number, reason, run.instant(since), run.now()))


@command("root", seal)
def root(run: Run, office: str = OFFICE) -> None:
    """The root certificate of OFFICE in PEM, for readers of PDF to trust."""
    seals = OfficeSeals(run.home, run.party(office))
    print(seals.root.public_bytes(Encoding.PEM).decode(), end="")


def _line(key: SealKey) -> str:
    until = key.revoked or key.certificate.not_valid_after_utc
    return f"{key.number}  {key.certificate.serial_number:x}  {until:%Y-%m-%d %H:%M}Z"


def _said(key: SealKey) -> None:
    say(msg("seal key %s, serial number %s", key.number, f"{key.certificate.serial_number:x}"))
