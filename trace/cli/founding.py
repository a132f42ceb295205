"""`suyuan init`: a new ledger, its root of trust, its keys."""

import re
from dataclasses import dataclass
from pathlib import Path

import click

from suyuan.keys import files
from suyuan.keys.notes import VerifierKey, is_name
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner

from .. import acts
from ..durable import make_private
from ..errors import LedgerError
from ..home import database_url, home_folder, load_key
from ..identifiers import codes, parties
from ..ledger import GATEWAY_KEY, LOG_KEY, TRUST_FILE, Ledger
from ..log.checkpoint import Checkpoint, last_checkpoint
from ..log.errors import LogError
from ..members import Object
from ..pen import Draft, Pen, is_too_large
from ..quorum import with_policy
from ..trust import Trust, TrustError
from .common import home_option, plain, say
from .policies import explain, read_policy

_MAX_FILE = 1 << 20
_ORIGIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+", re.ASCII)


@click.command()
@click.option("--origin", required=True, help="The log's name for ever: HOST/log.")
@home_option
@click.option(
    "--authority-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the authority's root key goes [default: authority.key beside the home].",
)
@click.option("--authority", "party", help="The authority: USCC, GLN or URI [default: a new code].")
@click.option("--name", default="市场监督管理局", show_default=True, help="The authority's name.")
@click.option("--division", default="00", show_default=True, help="Its division (GB/T 2260).")
@click.option(
    "--policy", "policy_file", metavar="FILE", help="A tlog-policy: the witnesses to ask."
)
@click.option("--auditing", multiple=True, metavar="NAME", help="A witness of it that audits.")
@click.option(
    "--private-entries",
    is_flag=True,
    help="Only inspectors and auditors read entries; checkpoints and tiles stay public.",
)
@click.option(
    "--continues",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The last checkpoint of an old ledger that lost links: this one goes on from there.",
)
@click.option(
    "--old-trust",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The old ledger's trust file, with --continues.",
)
@click.option(
    "--other-authority",
    is_flag=True,
    help="With --continues: another authority than the old ledger's goes on with it.",
)
def init(
    *,
    origin: str,
    home: Path | None,
    authority_key: Path | None,
    party: str | None,
    name: str,
    division: str,
    policy_file: str | None,
    auditing: tuple[str, ...],
    private_entries: bool,
    continues: Path | None,
    old_trust: Path | None,
    other_authority: bool,
) -> None:
    """Make a new ledger: the log's key and a gateway's in the home, the root key outside it.

    A ledger that lost links never signs under its origin again. With --continues and --old-trust
    the new one's first statement names the old one's last checkpoint; its authority is the old
    one's, and an existing --authority-key that is the old ledger's root key is used again.
    """
    folder = home_folder(home)
    host = origin.partition("/")[0]
    if _ORIGIN.fullmatch(origin) is None or not is_name(origin):
        raise LedgerError(f"--origin {origin!r} must be a host in lower case and a path: HOST/log")
    key_file = authority_key or folder.absolute().parent / "authority.key"
    old = _old(continues, old_trust, origin, other_authority=other_authority)
    is_known_key = old is not None and authority_key is not None and key_file.exists()
    taken = (folder / TRUST_FILE, folder / LOG_KEY, folder / GATEWAY_KEY)
    for path_taken in taken if is_known_key else (*taken, key_file):
        if path_taken.exists():
            raise LedgerError(f"{path_taken} is there already: nothing was changed")
    if party:
        authority = parties.read(party, host)
    else:
        authority = codes.uri_of(codes.new(), host, "party") if old is None else old.trust.authority
    policy = "none" if policy_file is None else read_policy(policy_file)
    log, gateway = LocalSigner.new(), LocalSigner.new()
    root = load_key(key_file) if is_known_key else LocalSigner.new()
    first = [acts.admit(authority, name, ["authority"], division)]
    if old is not None:
        if not other_authority:
            old.require_same(authority, root if is_known_key else None)
        first.append(old.statement(authority))
        _require_short(Pen(origin, authority, root, dict.fromkeys), first[1])
    trust = Trust(
        VerifierKey(origin, log.public),
        host,
        authority,
        root.public,
        entries="private" if private_entries else "public",
    )
    trust = with_policy(trust, policy, auditing)
    secret = passphrase("the new ledger's keys", confirm=True)
    saved: list[Path] = []
    try:
        make_private(folder)
        new_keys = [(folder / LOG_KEY, log), (folder / GATEWAY_KEY, gateway)]
        for file, signer in new_keys if is_known_key else [(key_file, root), *new_keys]:
            files.save(file, signer, secret)
            saved.append(file)
        ledger = Ledger.create(folder, trust, lambda: log, url=database_url())
    except BaseException:
        for file in saved:  # keys of a ledger that there is none of
            file.unlink(missing_ok=True)
        raise
    pen = ledger.pen(authority, root)
    gate = codes.uri_of(codes.new(), host, "party")
    ledger.write(
        pen,
        [
            *(Draft(statement=said) for said in first),
            Draft(statement=acts.admit(gate, "导入网关", ["gateway"], division)),
            Draft(statement=acts.enrol_signer(origin, gate, gateway)),
        ],
    )
    ledger.followers.catch_up()
    ledger.close()
    click.echo(f"ledger      {origin}")
    click.echo(f"home        {folder}")
    click.echo(f"trust file  {folder / TRUST_FILE}")
    click.echo(f"authority   {authority}")
    click.echo(f"root key    {key_file}")
    if old is not None:
        click.echo(f"goes on     {plain(old.trust.origin)} after its {old.checkpoint.size} links")
    if not is_known_key:
        say(f"Take {key_file} elsewhere now: whoever holds it is the authority.")
    if policy_file is not None:
        explain(trust)
    if private_entries and not auditing:
        say("Nobody else sees whether an entry breaks a rule: name an auditing witness (--policy).")


@dataclass(frozen=True, slots=True)
class _Old:
    """The ledger that this one goes on from, and what its log signed last."""

    trust: Trust
    note: str
    checkpoint: Checkpoint

    def statement(self, authority: str) -> Object:
        """What the new ledger says of it."""
        return acts.origin(authority, self.trust.origin, str(self.trust.log), self.note)

    def require_same(self, authority: str, root: LocalSigner | None) -> None:
        """Raise LedgerError where another authority, or an existing key not its own, goes on."""
        said = "say --other-authority where that is meant"
        if authority != self.trust.authority:
            raise LedgerError(f"the old ledger's authority is {self.trust.authority}: {said}")
        if root is not None and root.public.keyid != self.trust.root.keyid:
            raise LedgerError(f"--authority-key is not the old ledger's root key: {said}")


def _old(
    continues: Path | None, old_trust: Path | None, origin: str, *, other_authority: bool
) -> _Old | None:
    if continues is None and old_trust is None:
        if other_authority:
            raise LedgerError("--other-authority is said with --continues only")
        return None
    if continues is None or old_trust is None:
        raise LedgerError(
            "to go on from an old ledger give both its last checkpoint, --continues FILE, and its "
            "trust file, --old-trust FILE"
        )
    try:
        trust = Trust.from_json(_read(old_trust))
        note = _read(continues)
        found = last_checkpoint(trust.origin, str(trust.log), note, origin=origin)
    except TrustError as error:
        raise LedgerError(f"{old_trust}: {error}") from None
    except LogError as error:
        raise LedgerError(
            f"{continues} is not what a new ledger {origin} can go on from: {error}"
        ) from None
    return _Old(trust, note, found)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_FILE + 1).decode("utf-8")
    except OSError as error:
        raise LedgerError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LedgerError(f"{file} cannot be read: it is not UTF-8") from None


def _require_short(pen: Pen, statement: Object) -> None:
    if is_too_large(Draft(statement=statement), pen):
        raise LedgerError(
            "the checkpoint with its signature lines does not fit into one link: give it with the "
            "log's own line and fewer cosignatures"
        )


COMMANDS = (init,)
