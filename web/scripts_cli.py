"""`suyuan scripts`: the scripts of this release, recorded, and held against what a server gives."""

import re
from collections.abc import Mapping
from pathlib import Path

import click
import orjson

from suyuan.keys import public
from suyuan.trace import acts, scripts
from suyuan.trace.cli.common import (
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
)
from suyuan.trace.errors import CannotDecide, FetchError, LedgerError, Tampered
from suyuan.trace.fetch import Fetcher
from suyuan.trace.link import parse
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.pen import Draft
from suyuan.trace.rules import Refused
from suyuan.trace.statements import release_of
from suyuan.trace.trust import Trust, TrustError

from . import scripts as served_here

_MOST = 4 << 20  # bytes of one script
_FILES = 500
_PAGES = ("/signin", "/invite", "/scan")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script", re.DOTALL | re.IGNORECASE)
_SRC = re.compile(r'\bsrc="([^"]*)"')
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@click.command("scripts")
@click.option("--record", is_flag=True, help="Sign the statement of this release and append it.")
@click.option("--check", metavar="URL", help="Compare what a server gives with its ledger.")
@click.option(
    "--trust",
    "trust_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --check: the ledger's trust file, where the ledger itself is not in the home.",
)
@key_options
@home_option
@json_option
def command(
    *,
    record: bool,
    check: str | None,
    trust_file: Path | None,
    key_file: str | None,
    actor: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """The scripts by which people sign in browsers: this release's, recorded, or a server's.

    Without an option it prints the statement of this program's own release. --check reads every
    script that a server gives, and the pages that ask for them, and compares them with the
    statement of the authority or of one of its offices: from the ledger in the home, or with
    --trust from the server's own log, whose proof is then verified. It exits 1 where they differ or
    nothing is recorded.
    """
    if record and check:
        raise LedgerError("--record and --check are two things: say one of them")
    if check is not None:
        _check(check, trust_file, home, as_json=as_json)
        return
    statement = acts.scripts(served_here.files())
    if not record:
        if as_json:
            show_json(statement)
            return
        click.echo(f"release {statement['release']}")
        for name, sha256 in served_here.files().items():
            click.echo(f"{sha256}  {name}")
        return
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        (receipt,) = ledger.write(pen, [Draft(statement=statement)])
        follow(ledger)
        with ledger.reading() as reader:
            known = scripts.recorded(reader, ledger.trust.genesis, statement["release"])
        if not any(one.counts for one in known):
            say(f"{pen.actor} is no authority and none of its offices: this counts for nobody")
        click.echo(f"release {statement['release']} recorded at index {receipt.index}")


def _check(url: str, trust_file: Path | None, home: Path | None, *, as_json: bool) -> None:
    with Fetcher(url, max_bytes=_MOST) as fetcher:
        told = _json(fetcher, "/api/v1/scripts")
        files = _served(fetcher, told)
        release = release_of(files.items())
        problems = wrong_pages(fetcher, release)
        if trust_file is None:
            with opened(home) as ledger:
                if told.get("ledger") != ledger.trust.origin:
                    raise LedgerError(
                        f"{url} serves another ledger, {plain(str(told.get('ledger')))[:100]}, "
                        f"than the one in the home, {ledger.trust.origin}"
                    )
                with ledger.reading() as reader:
                    known = scripts.recorded(reader, ledger.trust.genesis, release)
            said = [(one.index, dict(one.files)) for one in known if one.counts]
        else:
            said = _proved(fetcher, told, release, _trust(trust_file))
    good = next((index for index, named in said if not scripts.differences(named, files)), None)
    if good is None:
        problems.append(f"the ledger has no statement about release {release} that counts")
        for _index, named in said:
            problems += scripts.differences(named, files)
    if as_json:
        show_json({"release": release, "files": files, "recorded": good, "problems": problems})
    if problems:
        raise Tampered(f"{url}: {'; '.join(plain(one) for one in problems[:10])}")
    if not as_json:
        click.echo(f"release {release}, {len(files)} files: as recorded at index {good}")


def _served(fetcher: Fetcher, told: Mapping[str, object]) -> dict[str, str]:
    """What the server gives under the names that it tells, by our own hashing."""
    listed = told.get("files")
    listed = listed if isinstance(listed, list) else []
    names = [str(one.get("name")) for one in listed if isinstance(one, dict)]
    if not 0 < len(names) <= _FILES or not all(map(_NAME.fullmatch, names)):
        raise CannotDecide("the server tells no list of its scripts")
    release = str(told.get("release"))
    found = {}
    for name in dict.fromkeys(names):
        path = f"/{name}" if name == served_here.WORKER else f"/js/{release}/{name}"
        found[name] = _get(fetcher, path)
    return scripts.digests(found)


def wrong_pages(fetcher: Fetcher, release: str) -> list[str]:
    """What is wrong with the scripts that pages ask for: only this release's may be."""
    problems = []
    for page in _PAGES:
        text = _get(fetcher, page).decode("utf-8", "replace")
        for attributes, inside in _SCRIPT.findall(text):
            source = _SRC.search(attributes)
            if inside.strip() or source is None:
                problems.append(f"{page} has a script of its own in it")
            elif not source[1].startswith(f"/js/{release}/"):
                problems.append(f"{page} asks for {source[1][:100]}, not of release {release}")
    return problems


def _proved(
    fetcher: Fetcher, told: Mapping[str, object], release: str, trust: Trust
) -> list[tuple[int, dict[str, str]]]:
    """The authority's statements about a release that the log is shown to have.

    Raises CannotDecide where one is by an enrolled key: only the whole ledger knows that.
    """
    found = []
    unknown = 0
    statements = told.get("statements")
    for one in statements if isinstance(statements, list) else []:
        try:
            link = parse(str(one["entry"]).encode())
            index = int(one["index"])
            proof = tlog_proof.parse(_get(fetcher, f"/api/v1/proofs/{index}").decode())
            at = open_checkpoint(proof.note, trust.log)
            proofs.check_inclusion(
                bytes.fromhex(link.hash), index, at.size, proof=proof.hashes, root=at.root
            )
        except (KeyError, TypeError, ValueError, Refused, LogError) as error:
            raise Tampered(f"a statement that it tells is not in its log: {error}") from None
        said = link.statement
        is_meant = said is not None and said["type"] == "scripts" and said["release"] == release
        if link.ledger != trust.origin or not is_meant:
            continue
        assert said is not None
        is_root = link.keyid == trust.root.keyid and link.actor == trust.authority
        if is_root and link.envelope.verify(public.load(trust.root.spki)):
            found.append((index, scripts.files_of(said)))
        else:
            unknown += 1
    if not found and unknown:
        raise CannotDecide(
            "the statement is not signed by the root key: whether its key counts only the whole "
            "ledger says; check from a home that has it"
        )
    return found


def _trust(file: Path) -> Trust:
    try:
        return Trust.from_json(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, TrustError) as error:
        raise CannotDecide(f"{file}: {error}") from None


def _json(fetcher: Fetcher, path: str) -> dict[str, object]:
    try:
        found = orjson.loads(_get(fetcher, path))
    except orjson.JSONDecodeError as error:
        raise CannotDecide(f"{path}: no JSON: {error}") from None
    if not isinstance(found, dict):
        raise CannotDecide(f"{path}: no object")
    return found


def _get(fetcher: Fetcher, path: str) -> bytes:
    try:
        answer = fetcher.get(path)
    except FetchError as error:
        raise CannotDecide(str(error)) from None
    if answer.status != 200:
        raise CannotDecide(f"{path} is answered {answer.status}")
    return answer.body
