"""`suyuan policy`: which witnesses the ledger asks."""

from pathlib import Path
from typing import Any

import click

from ..errors import LedgerError
from ..home import database_url, home_folder, is_demo, require_private
from ..ledger import TRUST_FILE, read_trust
from ..quorum import counting, policy_of, set_policy, warnings
from ..store.database import Database
from ..trust import Trust
from .common import home_option, json_option, plain, say, show_json


@click.group()
def policy() -> None:
    """Which witnesses this ledger asks, and how many make a quorum."""


@policy.command("show")
@json_option
@home_option
def show_policy(*, home: Path | None, as_json: bool) -> None:
    """The policy of the trust file, and what it means."""
    trust = read_trust(home_folder(home) / TRUST_FILE)
    if as_json:
        show_json(policy_json(trust) | {"warnings": warnings(trust)})
        return
    click.echo(trust.policy, nl=not trust.policy.endswith("\n"))
    explain(trust)


@policy.command("set")
@click.argument("file", metavar="FILE|none", type=click.Path(dir_okay=False))
@click.option("--auditing", multiple=True, metavar="NAME", help="A witness that audits; repeated.")
@home_option
def set_command(*, file: str, auditing: tuple[str, ...], home: Path | None) -> None:
    """Write a tlog-policy FILE into the trust file, and into the database's copy of it.

    The file is written first. Where only one of the two was, the ledger is refused until this is
    run again with the same FILE; so are the homes of other machines on the same database. Running
    servers ask by the new policy at once, and are to be started again to serve the new trust file.
    """
    folder = home_folder(home)
    if is_demo(folder):
        raise LedgerError("a demo has no witnesses: its keys are known to everyone")
    require_private(folder)
    text = read_policy(file)
    database = Database.at(folder, database_url())
    try:
        trust = set_policy(folder, database, text, auditing)
    finally:
        database.close()
    explain(trust)
    say(f"Give {folder / TRUST_FILE} anew to those who verify; start running servers again.")


def read_policy(file: str) -> str:
    """The text of a policy file, or `none`; LedgerError where it cannot be read."""
    if file == "none":
        return file
    try:
        return Path(file).read_bytes().decode("utf-8")
    except OSError as error:
        raise LedgerError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LedgerError(f"{file} is no tlog-policy: it is not UTF-8") from None


def policy_json(trust: Trust) -> dict[str, Any]:
    """A trust file's policy for programs."""
    found = policy_of(trust)
    if found is None:
        return {"policy": None, "auditing": [], "quorum": 0, "witnesses": []}
    names = counting(found)
    return {
        "policy": trust.policy,
        "auditing": list(trust.auditing),
        "quorum": found.least(),
        "witnesses": [
            {
                "name": line.name,
                "key": str(line.key),
                "url": line.url,
                "counts": line.name in names,
                "audits": line.name in trust.auditing,
            }
            for line in found.witnesses
        ],
    }


def explain(trust: Trust) -> None:
    """What the operator should know of a policy, on standard error."""
    found = policy_of(trust)
    if found is not None:
        names, least = counting(found), found.least()
        say(
            f"{least} of {len(names)} make the quorum: it is met with {len(names) - least} silent, "
            f"and holds with {max(0, 2 * least - len(names) - 1)} of them colluding"
        )
    for line in warnings(trust):
        say(plain(f"warning: {line}"))


COMMANDS = (policy,)
