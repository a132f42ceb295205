"""`suyuan init`: a new ledger, its root of trust, its keys."""

import re
from pathlib import Path

import click

from suyuan.keys import files
from suyuan.keys.notes import VerifierKey, is_name
from suyuan.keys.settings import passphrase
from suyuan.keys.signer import LocalSigner

from .. import acts
from ..errors import LedgerError
from ..home import database_url, home_folder
from ..identifiers import codes, parties
from ..ledger import GATEWAY_KEY, LOG_KEY, TRUST_FILE, Ledger
from ..pen import Draft
from ..quorum import with_policy
from ..trust import Trust
from .common import home_option, say
from .policies import explain, read_policy

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
) -> None:
    """Make a new ledger: the log's key and a gateway's in the home, the root key outside it."""
    folder = home_folder(home)
    host = origin.partition("/")[0]
    if _ORIGIN.fullmatch(origin) is None or not is_name(origin):
        raise LedgerError(f"--origin {origin!r} must be a host in lower case and a path: HOST/log")
    key_file = authority_key or folder.absolute().parent / "authority.key"
    for path_taken in (folder / TRUST_FILE, folder / LOG_KEY, folder / GATEWAY_KEY, key_file):
        if path_taken.exists():
            raise LedgerError(f"{path_taken} is there already: nothing was changed")
    authority = parties.read(party, host) if party else codes.uri_of(codes.new(), host, "party")
    policy = "none" if policy_file is None else read_policy(policy_file)
    log, root, gateway = LocalSigner.new(), LocalSigner.new(), LocalSigner.new()
    trust = Trust(VerifierKey(origin, log.public), host, authority, root.public)
    trust = with_policy(trust, policy, auditing)
    secret = passphrase("the new ledger's keys", confirm=True)
    saved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, signer in (
            (key_file, root),
            (folder / LOG_KEY, log),
            (folder / GATEWAY_KEY, gateway),
        ):
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
            Draft(statement=acts.admit(authority, name, ["authority"], division)),
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
    say(f"Take {key_file} elsewhere now: whoever holds it is the authority.")
    if policy_file is not None:
        explain(trust)


COMMANDS = (init,)
