"""`suyuan verify`: an item's history in a ledger, or an evidence file by itself."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from ..contradictions import china_day
from ..errors import CannotDecide, LedgerError
from ..evidence import bundle
from ..evidence.bundle import EvidenceError, NewerVersion
from ..evidence.describe import describe
from ..evidence.verdict import BROKEN, UNDECIDED, Verdict
from ..evidence.verify import verify as verify_bundle
from ..home import home_folder
from ..ledger import TRUST_FILE
from ..trust import Trust, TrustError
from .common import home_option, json_option, plain, show_json
from .looking import verify_item

_MAX_TRUST = 1 << 20


@click.command()
@click.argument("item", metavar="ITEM-OR-FILE")
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SUYUAN_TRUST",
    help="The trust file for an evidence file [SUYUAN_TRUST, default the home's].",
)
@click.option(
    "--attachment",
    "attached",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A file that an event by reference names, where the evidence file lacks it.",
)
@click.option(
    "--disclosure",
    "disclosed",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A file of disclosures, one a line, to be checked against the evidence file's links.",
)
@click.option(
    "--holder",
    metavar="URI",
    help="Of an evidence file: whose goods are asked about, instead of all that it leads to.",
)
@click.option(
    "--strict",
    "is_strict",
    is_flag=True,
    envvar="SUYUAN_STRICT",
    help="Exit code 1 for whatever is not verified: recalled, on hold, a failed test, and so on.",
)
@json_option
@home_option
def verify(
    *,
    item: str,
    holder: str | None,
    is_strict: bool,
    trust: Path | None,
    attached: tuple[Path, ...],
    disclosed: tuple[Path, ...],
    as_json: bool,
    home: Path | None,
) -> int:
    """Verify the history of an ITEM in the ledger, or an evidence FILE (.suyuan) by itself.

    Of an item: its links, its chains, its projections, and the log's root. Of a file: all that it
    shows under a trust file, without a ledger and without a network.
    """
    file = Path(item)
    if is_evidence(file):
        more = [text for path in disclosed for text in _disclosures(path)]
        read = _file(file, _trust(trust, home), attached, more, holder=holder)
        if isinstance(read, EvidenceError):
            return _unreadable(file, read, as_json=as_json)
        if as_json:
            show_json(read.to_dict())
        else:
            click.echo("\n".join(plain(line) for line in describe(read).splitlines()))
        return read.judged.exit_code(is_strict=is_strict)
    if trust is not None or attached or disclosed or holder is not None:
        raise LedgerError(
            "--trust, --attachment, --disclosure and --holder are for evidence files; ITEM is in "
            "the ledger"
        )
    return verify_item(item, is_strict=is_strict, as_json=as_json, home=home)


def is_evidence(file: Path) -> bool:
    """Whether an argument names an evidence file: one that is there, or one by its ending."""
    try:
        return file.suffix == bundle.SUFFIX or file.is_file()
    except (OSError, ValueError):  # too long, or not a name of a file at all
        return False


def _trust(option: Path | None, home: Path | None) -> Trust:
    """The trust file of the option, else of the home; CannotDecide where there is none."""
    path = option or home_folder(home) / TRUST_FILE
    try:
        with path.open("rb") as file:
            return Trust.from_json(file.read(_MAX_TRUST).decode("utf-8"))
    except OSError as error:
        raise CannotDecide(
            f"no trust file to check it with: {path}: {error.strerror}. Take the ledger's, from "
            "whom you trust, and give it by --trust FILE or SUYUAN_TRUST"
        ) from None
    except (TrustError, UnicodeDecodeError) as error:
        raise CannotDecide(f"{path}: {error}") from None


def _disclosures(path: Path) -> list[str]:
    """The stored strings in a file."""
    data = _read(path, "no disclosures")
    try:
        return [line for line in data.decode("ascii").splitlines() if line]
    except UnicodeDecodeError:
        raise LedgerError(f"{path} is no file of disclosures: base64url, one a line") from None


def _file(
    file: Path,
    trust: Trust,
    attached: tuple[Path, ...],
    disclosures: Sequence[str],
    *,
    holder: str | None,
) -> Verdict | EvidenceError:
    more = {}
    for path in attached:
        data = _read(path, "no attachment")
        more[hashlib.sha256(data).hexdigest()] = data
    try:
        found = bundle.parse(_read(file, "no evidence file"))
        return verify_bundle(
            found,
            trust,
            attachments=more,
            disclosures=disclosures,
            holder=holder,
            today=china_day(datetime.now(UTC)),
        )
    except EvidenceError as error:
        return error
    except TrustError as error:
        raise CannotDecide(str(error)) from None


def _unreadable(file: Path, error: EvidenceError, *, as_json: bool) -> int:
    is_newer = isinstance(error, NewerVersion)
    if as_json:
        said = "undecided" if is_newer else "broken"
        faults = [] if is_newer else [{"rule": "file", "why": str(error), "index": None}]
        undecided = [str(error)] if is_newer else []
        show_json({"item": None, "verdict": said, "faults": faults, "undecided": undecided})
    else:
        click.echo(plain(f"{file}: " + ("" if is_newer else "BROKEN: ") + str(error)))
    return UNDECIDED if is_newer else BROKEN


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(bundle.MAX_BYTES + 1)
    except OSError as error:
        raise LedgerError(f"{what} at {path}: {error.strerror}") from None


COMMANDS = (verify,)
