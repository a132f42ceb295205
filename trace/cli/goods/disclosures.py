"""`suyuan disclosures`: hidden fields listed, exported and erased."""

from pathlib import Path
from typing import Any

import click

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.private.digests import committed
from suyuan.trace.goods.disclosures import Disclosed, Erasure, erasure_statement, erasures, may_read
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.recording.hiding import chosen, link_at
from suyuan.trace.store.read.reader import Reader

from ..command import INDEX, Run, argument, command, follow, option, recorded
from ..command_help import Group
from ..files import staged
from ..terminal import Text, local_time, show

NAMES = argument(metavar="NAME…", required=True)


@click.group(cls=Group)
def disclosures() -> None:
    """What is kept of fields that links hide: list, give on, erase.

    Whoever holds the home reads all of it; `--party` shows what that party may see.
    """


@command("list", disclosures, json=True)
def list_disclosures(
    run: Run,
    index: int = INDEX,
    viewer: str | None = option("--party", help="Only what this party may see: its URI."),
) -> None:
    """The hidden fields of the link at INDEX, as far as they are kept here."""
    if viewer is not None:
        follow(run.ledger)  # the chain, by which some may see it
    with run.reading() as reader:
        link = link_at(reader, index)
        hidden = run.ledger.disclosures.of_link(reader, link)
        if viewer is not None:
            hidden = [it for it in hidden if may_read(reader, run.genesis, it, link, viewer)]
        erased = erasures(reader, run.genesis, [link.hash]).get(link.hash, [])
    digests = len(committed(link))
    value = {
        "index": index,
        "hash": link.hash,
        "digests": digests,
        "disclosures": list(map(_json, hidden)),
        "erasures": [pick(erasure, "index", "actor", "digests", "reason") for erasure in erased],
    }
    lines = [*map(_line, hidden), *(row(" ", describe_erasure(erasure)) for erasure in erased)]
    run.answer(
        value,
        lines,
        msg("%s digests in the record, decoys among them; kept: %s", digests, len(hidden)),
    )


@command("export", disclosures)
def export(
    run: Run,
    index: int = INDEX,
    names: tuple[str, ...] = NAMES,
    out: Path = option("-o", "--out"),
) -> None:
    """Write disclosures of the link at INDEX to a new file, one a line.

    NAME is a field's name or JSON Pointer, a digest, or `all`. Who gets the file can prove what it
    says: `suyuan verify EVIDENCE --disclosure FILE`.
    """
    with run.reading() as reader:
        wanted = chosen(run.ledger.disclosures.of_link(reader, link_at(reader, index)), names)
    with staged(out, private=True) as file:
        file.write("".join(f"{field.stored}\n" for field in wanted).encode())
    show([msg("%s: %s hidden fields", out, len(wanted))])


@command("erase", disclosures, signs=True, json=True)
def erase(
    run: Run,
    index: int = INDEX,
    names: tuple[str, ...] = NAMES,
    reason: str | None = option(help="Why, in the open: no person's name belongs here."),
) -> None:
    """Erase hidden fields of the link at INDEX, for ever; the ledger records that they were.

    NAME is a field's name or JSON Pointer, a digest of the link, or `all` that the link hides, also
    what is not kept here. Signed by the party whose record it is, by the authority, or by its
    registrar. The link, its chains and its proofs stay as they are.
    """
    pen = run.pen
    with run.reading() as reader:
        digests = _digests(run, reader, index, names)
        statement = erasure_statement(index, link_at(reader, index), digests, reason)
    (receipt,) = run.ledger.write(pen, [Draft(statement=statement)])
    run.answer(
        {"digests": digests, **receipt.to_dict()},
        [msg("erased: %s of the record at index %s", len(digests), index)],
        recorded(receipt),
    )


@command("erased", disclosures)
def list_erased(run: Run) -> None:
    """The digests of all that is erased, and of consumers' reports: no backup may bring it back.

    Keep them with the checkpoint, elsewhere: `suyuan restore --erased FILE` erases them again.
    """
    show([*run.ledger.disclosures.all_erased(), *Complaints(run.home).erased()])


@command("sweep", disclosures)
def sweep(
    run: Run,
    strays: bool = option(help="Destroy the keys too that no disclosure has."),
) -> None:
    """Do again what the ledger's erasures say; the worker does so each hour.

    After an old file of keys was put back, with --strays: it has keys of what was erased since.
    Never after an old database was: what that one lacks would be lost.
    """
    show([msg("erased: %s", run.ledger.disclosures.sweep())])
    if strays:
        show([msg("keys destroyed: %s", run.ledger.disclosures.forget_strays())])


def _line(disclosed: Disclosed) -> Text:
    if disclosed.erased is not None:
        return row(" ", disclosed.digest, msg("erased at index %s", disclosed.erased))
    if disclosed.field is None:
        why = msg("cannot be opened: its key is lost, or its row was changed")
        return row(" ", disclosed.digest, why)
    audience = disclosed.audience.to_json()
    return row(
        " ",
        f"{disclosed.field.pointer} = {disclosed.field.value!r}",
        msg("[for %s]", audience),
    )


def describe_erasure(erasure: Erasure) -> Message:
    """An erasure in one line."""
    recorded = erasure.recorded
    return row(
        msg("confidential fields erased by %s, index %s", erasure.actor, erasure.index),
        None if recorded is None else local_time(recorded),
        erasure.reason,
        gap=", ",
    )


def _json(disclosed: Disclosed) -> dict[str, Any]:
    return {
        "digest": disclosed.digest,
        "pointer": None if disclosed.field is None else disclosed.field.pointer,
        "value": None if disclosed.field is None else disclosed.field.value,
        "disclosure": disclosed.stored,
        "audience": disclosed.audience.to_json(),
        "erased": disclosed.erased,
    }


def _digests(run: Run, reader: Reader, index: int, names: tuple[str, ...]) -> list[str]:
    """The digests of a link that these names mean; LedgerError where it hides nothing."""
    link = link_at(reader, index)
    there = committed(link)
    if not there:
        raise LedgerError("the link at index %s hides nothing", index)
    if "all" in names:
        return sorted(there)
    rest = [name for name in names if name not in there]
    known = chosen(run.ledger.disclosures.of_link(reader, link), rest) if rest else []
    return sorted({*(name for name in names if name in there), *(field.digest for field in known)})
