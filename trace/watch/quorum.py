"""Which witnesses a ledger's own trust file asks for, and how that is changed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.ledger.ledger import TRUST_FILE, read_trust
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.policy import NONE, Policy, required
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.database import Database
from suyuan.trace.store.files import durable


def policy_of(trust: Trust) -> Policy | None:
    """The policy of a trust file; None where it asks for no witness.

    Raises TrustError where it cannot be used: malformed, or for other logs only.
    """
    try:
        policy = required(trust.policy)
    except LogError as error:
        raise TrustError("the trust file's policy cannot be used: %s", error) from None
    if policy is None:
        return None
    if policy.logs and all(line.key != trust.log for line in policy.logs):
        raise TrustError("the trust file's policy lists other logs than %s", trust.log.name)
    return None if policy.quorum == NONE else policy


def counting(policy: Policy) -> tuple[str, ...]:
    """The names of the witnesses that count towards the quorum, in the policy's order."""
    names = {policy.quorum}
    for group in reversed(policy.groups):
        if group.name in names:
            names |= set(group.members)
    return tuple(line.name for line in policy.witnesses if line.name in names)


def with_policy(trust: Trust, text: str, auditing: Sequence[str]) -> Trust:
    """The trust file with another policy: a tlog-policy's text, or `none`.

    Raises LedgerError where the text is no policy for this log, names nobody, or where an
    auditing witness is none of its witnesses.
    """
    if text.strip() == NONE:
        if auditing:
            raise LedgerError("without a policy there are no auditing witnesses")
        return replace(trust, policy=NONE, auditing=())
    changed = replace(trust, policy=text, auditing=tuple(sorted(set(auditing))))
    try:
        policy = policy_of(changed)
    except TrustError as error:
        raise LedgerError(error) from None
    if policy is None:
        raise LedgerError("this policy's quorum is none: to ask no witness, give `none` itself")
    known = {line.name for line in policy.witnesses}
    for name in changed.auditing:
        if name not in known:
            raise LedgerError("%s is no witness of this policy", repr(name[:80]))
    return changed


def warnings(trust: Trust) -> list[Message]:
    """What the operator should know of a trust file's policy before others rely on it."""
    policy = policy_of(trust)
    if policy is None:
        return [msg("no witness is asked: only this server vouches for when links were recorded")]
    texts = []
    names, least = counting(policy), policy.least()
    if 2 * least <= len(names):
        text = msg(
            "a quorum of %s out of %s is no majority: two histories could both meet it although "
            "every witness is honest",
            least,
            len(names),
        )
        texts.append(text)
    for line in policy.witnesses:
        if line.url is None:
            texts.append(msg("%s has no URL in the policy: it is never asked", line.name))
        if not line.key.is_supported:
            text = msg("the cosignatures of %s cannot be checked by this installation", line.name)
            texts.append(text)
    silent = {
        line.name for line in policy.witnesses if line.url is None or not line.key.is_supported
    }
    if not policy.can_do_without(silent):
        texts.append(msg("without these the quorum is never met: nothing will be witnessed"))
    if trust.entries == "private" and policy.can_do_without(trust.auditing):
        text = msg("entries are private, and the quorum can be met without an auditing witness")
        texts.append(text)
    return texts


def set_policy(home: Path, database: Database, text: str, auditing: Sequence[str]) -> Trust:
    """Write another policy into the home's trust file and into the database; the new trust.

    The file goes first, whole; the database's copy decides for servers that run, and for all
    machines. In between the two differ, and a ledger opened then is refused; running this again
    with the same policy mends it, and so does it in the home of each further machine. Raises
    LedgerError as `with_policy` does, Tampered where the two differ in more than the policy,
    before anything is written.
    """
    path = home / TRUST_FILE
    own, stored = read_trust(path), database.trust()
    if with_policy(own, NONE, ()) != with_policy(stored, NONE, ()):
        raise Tampered(
            "%s is not the trust file of this database: they differ in more than the policy", path
        )
    changed = with_policy(stored, text, auditing)
    try:
        mode = path.stat().st_mode & 0o777
        durable.replace(path, changed.to_json().encode(), mode=mode)
    except OSError as error:
        raise LedgerError("%s cannot be written: %s", path, error.strerror) from None
    WitnessBook(database.engine).put_trust(stored, changed)
    return changed
