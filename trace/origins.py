"""A new origin after a loss: what the statement that opens it names (docs/format.md section 4)."""

from suyuan.keys.errors import NoteError
from suyuan.keys.notes import VerifierKey

from .log.checkpoint import Checkpoint, open_checkpoint
from .log.errors import LogError

INDEX = 1  # where it stands: behind the authority's own admission


def last_checkpoint(ledger: str, log: str, note: str, *, origin: str) -> Checkpoint:
    """The last checkpoint of the old log, which `origin` goes on from.

    `ledger` is the old origin, `log` the old log's verifier key, `note` the signed note, which may
    carry cosignatures. Raises LogError where `ledger` is `origin`, `log` is no Ed25519 verifier key
    of that name, or the note is no checkpoint of that origin under that key.
    """
    if ledger == origin:
        raise LogError("a new origin goes on from another one than itself")
    try:
        key = VerifierKey.parse(log)
    except NoteError as error:
        raise LogError(str(error)) from None
    if key.name != ledger:
        raise LogError(f"the old log's verifier key is {key.name[:80]}'s, expected {ledger[:80]}'s")
    return open_checkpoint(note, key)
