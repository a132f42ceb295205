"""`suyuan policy`, `auditors`: which witnesses the ledger asks, and who reads private entries."""

from pathlib import Path
from typing import Any

import click

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.ledger.home import database_url, is_demo, require_private
from suyuan.trace.ledger.ledger import TRUST_FILE, read_trust
from suyuan.trace.store.database import Database
from suyuan.trace.store.files.auditors import Auditors
from suyuan.trace.watch.quorum import counting, policy_of, set_policy, warnings

from ..command import Run, argument, command, option
from ..files import text_of
from ..terminal import plain, say, show, show_json

policy = click.Group("policy", help="Which witnesses this ledger asks, and how many make a quorum.")


@command("show", policy, json=True)
def show_policy(run: Run) -> None:
    """The policy of the trust file, and what it means."""
    trust = read_trust(run.home / TRUST_FILE)
    if run.as_json:
        show_json(policy_json(trust) | {"warnings": warnings(trust)})
        return
    click.echo(trust.policy, nl=not trust.policy.endswith("\n"))
    explain(trust)


@command("set", policy)
def set_command(
    run: Run,
    file: str = argument(metavar="FILE|none", type=click.Path(dir_okay=False)),
    auditing: tuple[str, ...] = option(metavar="NAME", help="A witness that audits; repeated."),
) -> None:
    """Write a tlog-policy FILE into the trust file, and into the database's copy of it.

    The file is written first. Where only one of the two was, the ledger is refused until this is
    run again with the same FILE; so are the homes of other machines on the same database. Running
    servers ask by the new policy at once, and are to be started again to serve the new trust file.
    """
    if is_demo(run.home):
        raise LedgerError("a demo has no witnesses: its keys are known to everyone")
    require_private(run.home)
    text = read_policy(file)
    database = Database.at(run.home, database_url())
    try:
        trust = set_policy(run.home, database, text, auditing)
    finally:
        database.close()
    explain(trust)
    say(f"Give {run.home / TRUST_FILE} anew to those who verify; start running servers again.")


def read_policy(file: str) -> str:
    """The text of a policy file, or `none`; LedgerError where it cannot be read."""
    return file if file == "none" else text_of(Path(file), "is no tlog-policy: it is not UTF-8")


def policy_json(trust: Trust) -> dict[str, Any]:
    """A trust file's policy for programs."""
    policy = policy_of(trust)
    if policy is None:
        return {"policy": None, "auditing": [], "quorum": 0, "witnesses": []}
    names = counting(policy)
    return {
        "policy": trust.policy,
        "auditing": list(trust.auditing),
        "quorum": policy.least(),
        "witnesses": [
            {
                "name": witness.name,
                "key": str(witness.key),
                "url": witness.url,
                "counts": witness.name in names,
                "audits": witness.name in trust.auditing,
            }
            for witness in policy.witnesses
        ],
    }


def explain(trust: Trust) -> None:
    """What the operator should know of a policy, on standard error."""
    policy = policy_of(trust)
    if policy is not None:
        names, least = counting(policy), policy.least()
        say(
            f"{least} of {len(names)} make the quorum: it is met with {len(names) - least} silent, "
            f"and holds with {max(0, 2 * least - len(names) - 1)} of them colluding"
        )
    for line in warnings(trust):
        say(plain(f"warning: {line}"))


@click.group()
def auditors() -> None:
    """Who reads the entries of a ledger whose trust file says `entries: private`.

    Besides inspectors who are signed in. An auditor sets SUYUAN_LOG_TOKEN to the token.
    """


@command("add", auditors)
def add_auditor(run: Run, name: str = argument()) -> None:
    """Give an auditor, a witness say, a token; it is shown once."""
    show([_auditors(run).add(name)])
    if run.ledger.trust.entries == "public":
        say("the entries of this ledger are public: nobody needs a token to read them")


@command("list", auditors)
def list_auditors(run: Run) -> None:
    """The auditors by name."""
    show(_auditors(run).names())


@command("remove", auditors)
def remove_auditor(run: Run, name: str = argument()) -> None:
    """Take an auditor's token away, from now on."""
    _auditors(run).remove(name)
    show([f"removed: {name}"])


def _auditors(run: Run) -> Auditors:
    return Auditors(run.ledger.home, run.ledger.trust.origin)
