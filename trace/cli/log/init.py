"""`suyuan init`: a new ledger, its root of trust, its keys."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from suyuan.keys import files
from suyuan.keys.notes import VerifierKey, is_name
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen, is_too_large
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes, parties
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.ledger.home import database_url, load_key
from suyuan.trace.ledger.ledger import GATEWAY_KEY, LOG_KEY, TRUST_FILE, Ledger
from suyuan.trace.log.checkpoint import Checkpoint, last_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.files.durable import make_private
from suyuan.trace.watch.quorum import with_policy

from ..command import Run, command, option
from ..files import text_of
from ..terminal import say, show, words
from .witnessing import explain, read_policy

_ORIGIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+", re.ASCII)


@command("init")
def init(
    run: Run,
    origin: str = option(help="The log's name for ever: HOST/log."),
    authority_key: Path | None = option(
        help="Where the authority's root key goes [default: authority.key beside the home]."
    ),
    party: str | None = option(
        "--authority", help="The authority: USCC, GLN or URI [default: a new code]."
    ),
    name: str = option(default="市场监督管理局", help="The authority's name."),
    division: str = option(default="00", help="Its division (GB/T 2260)."),
    policy_file: str | None = option(
        "--policy", metavar="FILE", help="A tlog-policy: the witnesses to ask."
    ),
    auditing: tuple[str, ...] = option(metavar="NAME", help="A witness of it that audits."),
    private_entries: bool = option(
        help="Only inspectors and auditors read entries; checkpoints and tiles stay public."
    ),
    continues: Path | None = option(
        metavar="FILE",
        help="The last checkpoint of an old ledger that lost links: this one goes on from there.",
    ),
    old_trust: Path | None = option(
        metavar="FILE", help="The old ledger's trust file, with --continues."
    ),
    other_authority: bool = option(
        help="With --continues: another authority than the old ledger's goes on with it."
    ),
) -> None:
    """Make a new ledger: the log's key and a gateway's in the home, the root key outside it.

    A ledger that lost links never signs under its origin again. With --continues and --old-trust
    the new one's first statement names the old one's last checkpoint; its authority is the old
    one's, and an existing --authority-key that is the old ledger's root key is used again.
    """
    host = origin.partition("/")[0]
    if _ORIGIN.fullmatch(origin) is None or not is_name(origin):
        raise LedgerError(
            "--origin %s must be a host in lower case and a path: HOST/log", repr(origin)
        )
    key_file = authority_key or run.home.absolute().parent / "authority.key"
    old = _old(continues, old_trust, origin, other_authority=other_authority)
    is_known_key = old is not None and authority_key is not None and key_file.exists()
    new = [run.home / TRUST_FILE, run.home / LOG_KEY, run.home / GATEWAY_KEY]
    for path in new if is_known_key else [*new, key_file]:
        if path.exists():
            raise LedgerError("%s is there already: nothing was changed", path)
    if party:
        authority = parties.read(party, host)
    else:
        authority = codes.uri_of(codes.new(), host, "party") if old is None else old.trust.authority
    policy = "none" if policy_file is None else read_policy(policy_file)
    root = load_key(key_file) if is_known_key else LocalSigner.new()
    first = [acts.admit(authority, name, list(roles_of("founds")), division)]
    if old is not None:
        if not other_authority:
            old.require_same(authority, root if is_known_key else None)
        statement = acts.origin(authority, old.trust.origin, str(old.trust.log), old.note)
        if is_too_large(Draft(statement=statement), Pen(origin, authority, root, dict.fromkeys)):
            raise LedgerError(
                "the checkpoint with its signature lines does not fit into one link: give it with "
                "the log's own line and fewer cosignatures"
            )
        first.append(statement)
    log_key, gateway_key = LocalSigner.new(), LocalSigner.new()
    keys = [] if is_known_key else [(key_file, root)]
    keys += [(run.home / LOG_KEY, log_key), (run.home / GATEWAY_KEY, gateway_key)]
    trust = Trust(
        VerifierKey(origin, log_key.public),
        host,
        authority,
        root.public,
        entries="private" if private_entries else "public",
    )
    trust = with_policy(trust, policy, auditing)
    ledger = _create(run.home, trust, keys, log_key)
    gateway = codes.uri_of(codes.new(), host, "party")
    first.append(acts.admit(gateway, "导入网关", list(roles_of("imports")), division))
    first.append(acts.enrol_signer(origin, gateway, gateway_key))
    ledger.write(ledger.pen(authority, root), [Draft(statement=statement) for statement in first])
    ledger.followers.catch_up()
    ledger.close()
    _report(run.home, trust, key_file, old)
    if not is_known_key:
        say("Take %s elsewhere now: whoever holds it is the authority.", key_file)
    if policy_file is not None:
        explain(trust)
    if private_entries and not auditing:
        say("Nobody else sees whether an entry breaks a rule: name an auditing witness (--policy).")


@dataclass(frozen=True, slots=True)
class _Old:
    """The ledger that this one goes on from, with its last checkpoint."""

    trust: Trust
    note: str
    checkpoint: Checkpoint

    def require_same(self, authority: str, root: LocalSigner | None) -> None:
        """Raise LedgerError where another authority, or an existing key not its own, goes on."""
        advice = msg("say --other-authority where that is meant")
        if authority != self.trust.authority:
            raise LedgerError("the old ledger's authority is %s: %s", self.trust.authority, advice)
        if root is not None and root.public.keyid != self.trust.root.keyid:
            raise LedgerError("--authority-key is not the old ledger's root key: %s", advice)


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
        trust = Trust.from_json(text_of(old_trust))
        note = text_of(continues)
        last = last_checkpoint(trust.origin, str(trust.log), note, origin=origin)
    except TrustError as error:
        raise LedgerError("%s: %s", old_trust, error) from None
    except LogError as error:
        raise LedgerError(
            "%s is not what a new ledger %s can go on from: %s", continues, origin, error
        ) from None
    return _Old(trust, note, last)


def _create(
    folder: Path, trust: Trust, keys: Sequence[tuple[Path, LocalSigner]], log_key: LocalSigner
) -> Ledger:
    """An empty ledger and the files of its keys: all of them, or none."""
    secret = passphrase(words(msg("the new ledger's keys")), confirm=True)
    saved: list[Path] = []
    try:
        make_private(folder)
        for file, signer in keys:
            files.save(file, signer, secret)
            saved.append(file)
        return Ledger.create(folder, trust, lambda: log_key, url=database_url())
    except BaseException:
        for file in saved:  # keys of a ledger that there is none of
            file.unlink(missing_ok=True)
        raise


def _report(folder: Path, trust: Trust, key_file: Path, old: _Old | None) -> None:
    lines: list[tuple[Message, object]] = [
        (msg("ledger"), trust.origin),
        (msg("home"), folder),
        (msg("trust file"), folder / TRUST_FILE),
        (msg("authority"), trust.authority),
        (msg("root key"), key_file),
    ]
    if old is not None:
        size = old.checkpoint.size
        lines.append((msg("goes on"), msg("%s after its %s records", old.trust.origin, size)))
    show(msg("%s: %s", name, value) for name, value in lines)
