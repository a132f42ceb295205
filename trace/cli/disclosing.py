"""`suyuan disclosures`: what is kept of hidden fields, given on, and erased."""

from pathlib import Path
from typing import Any

import click

from .. import erasures
from ..disclosing import chosen, link_at
from ..disclosures import Disclosed, may_read
from ..errors import LedgerError
from ..ledger import Ledger
from ..pen import Draft
from ..private.digests import committed
from ..store.read import Reader
from ..times import zone
from .common import (
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    plain,
    say,
    show_json,
    staged,
)


@click.group()
def disclosures() -> None:
    """What is kept of fields that links hide: list, give on, erase.

    Whoever holds the home reads all of it; `--party` shows what that party may see.
    """


@disclosures.command("list")
@click.argument("index", type=click.IntRange(min=0))
@click.option("--party", "viewer", help="Only what this party may see: its URI.")
@json_option
@home_option
def list_(*, index: int, viewer: str | None, as_json: bool, home: Path | None) -> None:
    """The hidden fields of the link at INDEX, as far as they are kept here."""
    with opened(home) as ledger:
        if viewer is not None:
            follow(ledger)  # the chain, by which some may see it
        with ledger.reading() as reader:
            link = link_at(reader, index)
            found = ledger.disclosures.of_link(reader, link)
            if viewer is not None:
                genesis = ledger.trust.genesis
                found = [x for x in found if may_read(reader, genesis, x, link, viewer)]
            told = erasures.erasures(reader, ledger.trust.genesis, [link.hash])
        gone = told.get(link.hash, [])
        if as_json:
            show_json(
                {
                    "index": index,
                    "hash": link.hash,
                    "digests": len(committed(link)),
                    "disclosures": [_json(one) for one in found],
                    "erasures": [
                        {"index": one.index, "actor": one.actor, "digests": list(one.digests),
                         "reason": one.reason}
                        for one in gone
                    ],
                }
            )  # fmt: skip
            return
        for one in found:
            click.echo(plain(line(one)))
        for other in gone:
            click.echo(plain(f"  {erased(other)}"))
        say(f"{len(committed(link))} digests in the link, decoys among them; kept: {len(found)}")


@disclosures.command("export")
@click.argument("index", type=click.IntRange(min=0))
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@home_option
def export(*, index: int, names: tuple[str, ...], out: Path, home: Path | None) -> None:
    """Write disclosures of the link at INDEX to a new file, one a line.

    NAME is a field's name or JSON Pointer, a digest, or `all`. Who gets the file can prove what it
    says: `suyuan verify EVIDENCE --disclosure FILE`.
    """
    with opened(home) as ledger:
        with ledger.reading() as reader:
            found = chosen(ledger.disclosures.of_link(reader, link_at(reader, index)), names)
        with staged(out) as file:
            file.write("".join(f"{one.stored}\n" for one in found).encode())
    out.chmod(0o600)
    click.echo(f"{out}: {len(found)} disclosures")


@disclosures.command()
@click.argument("index", type=click.IntRange(min=0))
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option("--reason", help="Why, in the open: no person's name belongs here.")
@key_options
@json_option
@home_option
def erase(
    *,
    index: int,
    names: tuple[str, ...],
    reason: str | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Erase hidden fields of the link at INDEX, for ever; the ledger records that they were.

    NAME is a field's name or JSON Pointer, a digest of the link, or `all` that the link hides, also
    what is not kept here. Signed by the party whose record it is, by the authority, or by its
    registrar. The link, its chains and its proofs stay as they are.
    """
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        with ledger.reading() as reader:
            digests = _digests(ledger, reader, index, names)
            said = erasures.statement(index, link_at(reader, index), digests, reason)
        (receipt,) = ledger.write(pen, [Draft(statement=said)])
        if as_json:
            show_json({"digests": digests, **receipt.to_dict()})
            return
        say(f"recorded at index {receipt.index}, {receipt.hash}")
        click.echo(f"erased: {len(digests)} of the link at index {index}")


@disclosures.command()
@click.option("--strays", is_flag=True, help="Destroy the keys too that no disclosure has.")
@home_option
def sweep(*, strays: bool, home: Path | None) -> None:
    """Do again what the ledger's erasures say; the worker does so each hour.

    After an old file of keys was put back, with --strays: it has keys of what was erased since.
    Never after an old database was: what that one lacks would be lost.
    """
    with opened(home) as ledger:
        click.echo(f"erased: {ledger.disclosures.sweep()}")
        if strays:
            click.echo(f"keys destroyed: {ledger.disclosures.forget_strays()}")


def line(one: Disclosed) -> str:
    """One disclosure for people."""
    whom = one.audience.to_json()
    said = f"for {whom if isinstance(whom, str) else ', '.join(whom)}"
    if one.erased is not None:
        return f"  {one.digest}  erased at index {one.erased}"
    if one.field is None:
        return f"  {one.digest}  cannot be opened: its key is lost, or its row was changed"
    return f"  {one.field.pointer} = {one.field.value!r}  [{said}]"


def erased(one: erasures.Erasure) -> str:
    """One erasure for people."""
    when = "" if one.recorded is None else f" on {one.recorded.astimezone(zone()):%Y-%m-%d %H:%M}"
    why = "" if one.reason is None else f": {one.reason}"
    return f"confidential fields erased{when} by {one.actor}, index {one.index}{why}"


def _json(one: Disclosed) -> dict[str, Any]:
    return {
        "digest": one.digest,
        "pointer": None if one.field is None else one.field.pointer,
        "value": None if one.field is None else one.field.value,
        "disclosure": one.stored,
        "audience": one.audience.to_json(),
        "erased": one.erased,
    }


def _digests(ledger: Ledger, reader: Reader, index: int, names: tuple[str, ...]) -> list[str]:
    """The digests that these names mean; also of what is not kept here, by digest or `all`."""
    link = link_at(reader, index)
    there = committed(link)
    if not there:
        raise LedgerError(f"the link at index {index} hides nothing")
    if "all" in names:
        return sorted(there)
    named = [name for name in names if name in there]
    rest = [name for name in names if name not in there]
    found = chosen(ledger.disclosures.of_link(reader, link), rest) if rest else []
    return sorted({*named, *(one.digest for one in found)})


COMMANDS = (disclosures,)
