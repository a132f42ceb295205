"""`suyuan export`: what the ledger has of an item, as a file to take along."""

from dataclasses import replace
from pathlib import Path

import click

from .. import history
from ..disclosing import chosen, of_entries
from ..errors import LedgerError, Tampered
from ..evidence import bundle, closure
from ..evidence.bundle import EvidenceError
from ..evidence.describe import describe_checkpoint
from ..evidence.verdict import BROKEN, Verdict
from ..evidence.verify import verify
from ..history import History
from ..identifiers import codes
from ..ledger import Ledger
from ..resolve import resolve
from ..store.read import Reader
from .common import follow, home_option, json_option, opened, plain, say, show_json, staged

_SHOWN = 20


@click.command()
@click.argument("item")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["bundle"]),
    default="bundle",
    show_default=True,
    help="bundle: an evidence file, which `suyuan verify FILE` checks anywhere.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="The new file [default the trace code with .suyuan].",
)  # fmt: skip
@click.option("--holder", help="The path from the source to this party's chain of the item.")
@click.option(
    "--disclose",
    "names",
    multiple=True,
    help="A hidden field's name or JSON Pointer, or all: its disclosure goes into the file.",
)
@click.option("--all", "is_all", is_flag=True, help="The whole history: the chains of all holders.")
@json_option
@home_option
def export(
    *,
    item: str,
    kind: str,
    out: Path | None,
    holder: str | None,
    is_all: bool,
    names: tuple[str, ...],
    as_json: bool,
    home: Path | None,
) -> int:
    """Write what the ledger has of ITEM to a file.

    A chain's trace code gives the path from the source to its holder. Hidden fields stay hidden in
    the file but those that --disclose names, to whoever gets it.
    """
    assert kind == "bundle"
    if holder is not None and is_all:
        raise LedgerError("--holder and --all exclude each other: one path, or the whole history")
    with opened(home) as ledger:
        follow(ledger)
        with ledger.reading() as reader:
            found = _history(ledger, reader, item, holder, is_all=is_all)
            made = closure.bundle(reader, found, ledger.attachments.get)
            if names:
                made = _with_disclosures(ledger, reader, made, names)
        path = out or Path(f"{_code(ledger, found)}{bundle.SUFFIX}")
        data, verdict = _checked(ledger, made)
        with staged(path) as file:
            file.write(data)
        if as_json:
            show_json({"file": str(path), "item": found.item, "holder": found.actor,
                       "entries": len(made.entries), "bytes": len(data)})  # fmt: skip
        else:
            click.echo(f"{path}: {len(made.entries)} links, {len(data):,} bytes")
        say(plain(describe_checkpoint(verdict)))
        for why in verdict.undecided:
            say(plain(why))
    return 0


def _history(
    ledger: Ledger, reader: Reader, text: str, holder: str | None, *, is_all: bool
) -> History:
    """The history that is asked for; where it must be said whose path, an error that lists them."""
    genesis = ledger.trust.genesis
    target = resolve(reader, ledger.trust, text)
    if is_all:
        return history.whole(reader, genesis, target.item)
    holders = [head.actor for head in reader.chains(target.item)]
    actor = holder or target.actor or (holders[0] if len(holders) == 1 else None)
    if actor is None or actor not in holders:
        listed = "".join(
            f"\n  {codes.shown(codes.of_chain(target.item, one))}  {one}  {reader.name(one) or ''}"
            for one in holders[:_SHOWN]
        )
        more = f"\n  and {len(holders) - _SHOWN} more" if len(holders) > _SHOWN else ""
        said = (
            f"{target.item} has the chains of {len(holders)} parties"
            if actor is None
            else f"{actor} has no chain of {target.item}"
        )
        raise LedgerError(
            f"{said}: give a chain's code, --holder URI for the path to one, or --all{listed}{more}"
        )
    return history.path(reader, genesis, target.item, actor)


def _with_disclosures(
    ledger: Ledger, reader: Reader, made: bundle.Bundle, names: tuple[str, ...]
) -> bundle.Bundle:
    kept = of_entries(ledger, reader, (one.entry for one in made.entries))
    stored = {one.stored for one in chosen(kept, names) if one.stored is not None}
    return replace(made, disclosures=tuple(sorted(stored)))


def _code(ledger: Ledger, found: History) -> str:
    if found.actor is None:
        return codes.of_uri(found.item, ledger.trust.host)
    return codes.of_chain(found.item, found.actor)


def _checked(ledger: Ledger, made: bundle.Bundle) -> tuple[bytes, Verdict]:
    """The file's bytes, which verify; Tampered where the store's columns misled."""
    try:
        data = made.encode()
    except EvidenceError as error:
        raise LedgerError(str(error)) from None
    verdict = verify(made, ledger.trust)
    if verdict.exit_code == BROKEN:
        fault = next(verdict.all_faults())
        where = "" if fault.index is None else f"index {fault.index}: "
        raise Tampered(
            f"no evidence can be given of {made.item}: {where}{fault.rule}: {fault.why}. "
            "`suyuan audit` says what else is wrong"
        )
    return data, verdict


COMMANDS = (export,)
