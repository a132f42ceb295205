"""`suyuan scripts`: the scripts of this release, recorded, and held against what a server gives."""

import re
from collections.abc import Container, Mapping
from pathlib import Path

import orjson

from suyuan.keys import public
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.admission.trust import Trust
from suyuan.trace.cli.command import Run, command, option
from suyuan.trace.cli.files import read_trust
from suyuan.trace.cli.terminal import plain, say, show, show_json
from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError, Tampered
from suyuan.trace.format.link import parse
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import release_of
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.watch import script_releases
from suyuan.web.app import scripts as served_here

_MOST = 4 << 20  # bytes of one script
_FILES = 500
_PAGES = ("/signin", "/invite", "/scan")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script", re.DOTALL | re.IGNORECASE)
_SRC = re.compile(r'\bsrc="([^"]*)"')
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@command("scripts", signs=True, json=True)
def scripts_command(
    run: Run,
    record: bool = option(help="Sign the statement of this release and append it."),
    check: str | None = option(metavar="URL", help="Compare what a server gives with its ledger."),
    trust_file: Path | None = option(
        "--trust",
        help="With --check: the ledger's trust file, where the ledger itself is not in the home.",
    ),
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
        _check(run, check, trust_file)
        return
    statement = acts.scripts(served_here.files())
    release = statement["release"]
    if not record:
        files = [f"{sha256}  {name}" for name, sha256 in served_here.files().items()]
        run.answer(statement, [msg("release %s", release), *files])
        return
    (receipt,) = run.sign([Draft(statement=statement)])
    with run.reading() as reader:
        known = script_releases.recorded(reader, run.genesis, release)
    if not any(statement.counts for statement in known):
        who = run.pen.actor
        say("%s is no authority and none of its offices: this counts for nobody", who)
    show([msg("release %s recorded at index %s", release, receipt.index)])


def _check(run: Run, url: str, trust_file: Path | None) -> None:
    with Fetcher(url, max_bytes=_MOST) as fetcher:
        listed = _json(fetcher, "/api/v1/scripts")
        files = _served(fetcher, listed)
        release = release_of(files.items())
        problems = wrong_pages(fetcher, {served_here.file_url(name, release) for name in files})
        if trust_file is None:
            statements = _recorded(run, url, listed, release)
        else:
            statements = _proved(fetcher, listed, release, read_trust(trust_file))
    differing = {index: script_releases.differences(named, files) for index, named in statements}
    good = next((index for index, problem in differing.items() if not problem), None)
    if good is None:
        problems.append(f"the ledger has no statement about release {release} that counts")
        problems += [problem for some in differing.values() for problem in some]
    if run.as_json:
        show_json({"release": release, "files": files, "recorded": good, "problems": problems})
    if problems:
        raise Tampered("%s: %s", url, "; ".join(plain(problem) for problem in problems[:10]))
    if not run.as_json:
        line = msg("release %s, %s files: as recorded at index %s", release, len(files), good)
        show([line])


def _recorded(
    run: Run, url: str, listed: Mapping[str, object], release: str
) -> list[tuple[int, dict[str, str]]]:
    """The statements about a release that count, by the ledger in the home."""
    origin = run.ledger.trust.origin
    if listed.get("ledger") != origin:
        raise LedgerError(
            "%s serves another ledger, %s, than the one in the home, %s",
            url,
            plain(str(listed.get("ledger")))[:100],
            origin,
        )
    with run.reading() as reader:
        known = script_releases.recorded(reader, run.genesis, release)
    return [(statement.index, dict(statement.files)) for statement in known if statement.counts]


def _served(fetcher: Fetcher, answer: Mapping[str, object]) -> dict[str, str]:
    """What the server gives under the names that it lists, by our own hashing."""
    listed = answer.get("files")
    rows = listed if isinstance(listed, list) else []
    names = [str(row.get("name")) for row in rows if isinstance(row, dict)]
    if not 0 < len(names) <= _FILES or not all(map(_NAME.fullmatch, names)):
        raise CannotDecide("the server tells no list of its scripts")
    release = str(answer.get("release"))
    files = {}
    for name in dict.fromkeys(names):
        files[name] = _get(fetcher, served_here.file_url(name, release))
    return script_releases.digests(files)


def wrong_pages(fetcher: Fetcher, urls: Container[str]) -> list[str]:
    """What is wrong with the scripts that pages ask for: only those of the release may be."""
    problems = []
    for page in _PAGES:
        text = _get(fetcher, page).decode("utf-8", "replace")
        for attributes, inside in _SCRIPT.findall(text):
            source = _SRC.search(attributes)
            if inside.strip() or source is None:
                problems.append(f"{page} has a script of its own in it")
            elif source[1] not in urls:
                problems.append(f"{page} asks for {source[1][:100]}, not of this release")
    return problems


def _proved(
    fetcher: Fetcher, answer: Mapping[str, object], release: str, trust: Trust
) -> list[tuple[int, dict[str, str]]]:
    """The authority's statements about a release that the log is shown to have.

    Raises CannotDecide where one is by an enrolled key: only the whole ledger knows that.
    """
    proved = []
    unknown = 0
    statements = answer.get("statements")
    for row in statements if isinstance(statements, list) else []:
        try:
            link = parse(str(row["entry"]).encode())
            index = int(row["index"])
            proof = tlog_proof.parse(_get(fetcher, f"/api/v1/proofs/{index}").decode())
            at = open_checkpoint(proof.note, trust.log)
            proofs.check_inclusion(
                bytes.fromhex(link.hash), index, at.size, proof=proof.hashes, root=at.root
            )
        except (KeyError, TypeError, ValueError, Refused, LogError) as error:
            raise Tampered("a statement that it tells is not in its log: %s", error) from None
        statement = link.statement
        is_meant = (
            statement is not None
            and statement["type"] == "scripts"
            and statement["release"] == release
        )
        if link.ledger != trust.origin or not is_meant:
            continue
        assert statement is not None
        is_root = link.keyid == trust.root.keyid and link.actor == trust.authority
        if is_root and link.envelope.verify(public.load(trust.root.spki)):
            proved.append((index, script_releases.files_of(statement)))
        else:
            unknown += 1
    if not proved and unknown:
        raise CannotDecide(
            "the statement is not signed by the root key: whether its key counts only the whole "
            "ledger says; check from a home that has it"
        )
    return proved


def _json(fetcher: Fetcher, path: str) -> dict[str, object]:
    try:
        value = orjson.loads(_get(fetcher, path))
    except orjson.JSONDecodeError as error:
        raise CannotDecide("%s: no JSON: %s", path, error) from None
    if not isinstance(value, dict):
        raise CannotDecide("%s: no object", path)
    return value


def _get(fetcher: Fetcher, path: str) -> bytes:
    try:
        answer = fetcher.get(path)
    except FetchError as error:
        raise CannotDecide(error) from None
    if answer.status != 200:
        raise CannotDecide("%s is answered %s", path, answer.status)
    return answer.body
