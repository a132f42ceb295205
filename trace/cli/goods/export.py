"""`suyuan export`: the evidence file of an item."""

from dataclasses import replace
from pathlib import Path

import click

from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import EvidenceError
from suyuan.trace.evidence.describe import describe_checkpoint
from suyuan.trace.evidence.verdict import BROKEN, Verdict
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.goods import history as histories
from suyuan.trace.goods.history import History
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.recording.hiding import chosen
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, command, option
from ..files import staged
from ..names import party_words
from ..terminal import say

_SHOWN = 20


@command("export", json=True)
def export(
    run: Run,
    item: str = argument(),
    kind: str = option(
        "--format",
        type=click.Choice(["bundle"]),
        default="bundle",
        help="bundle: an evidence file, which `suyuan verify FILE` checks anywhere.",
    ),
    out: Path | None = option(
        "-o", "--out", help="The new file [default the trace code with .suyuan]."
    ),
    holder: str | None = option(help="The path from the source to this party's chain of the item."),
    names: tuple[str, ...] = option(
        "--disclose",
        help="A hidden field's name or JSON Pointer, or all: its disclosure goes into the file.",
    ),
    is_all: bool = option("--all", help="The whole history: the chains of all holders."),
) -> None:
    """Write what the ledger has of ITEM to a file.

    A chain's trace code gives the path from the source to its holder. Hidden fields stay hidden in
    the file but those that --disclose names, to whoever gets it.
    """
    assert kind == "bundle"
    if holder is not None and is_all:
        raise LedgerError("--holder and --all exclude each other: one path, or the whole history")
    with run.following() as reader:
        history = _history(run, reader, item, holder, is_all=is_all)
        evidence = closure.bundle(reader, history, run.ledger.attachments.get)
        if names:
            hidden = [
                disclosure
                for entry in evidence.entries
                for disclosure in run.ledger.disclosures.of_link(reader, parse(entry.entry))
            ]
            stored = {field.stored for field in chosen(hidden, names) if field.stored is not None}
            evidence = replace(evidence, disclosures=tuple(sorted(stored)))
    item, holder = history.item, history.actor
    code = codes.of_uri(item, run.host) if holder is None else codes.of_chain(item, holder)
    path = out or Path(f"{code}{bundle.SUFFIX}")
    data, verdict = _checked(run, evidence)
    with staged(path) as file:
        file.write(data)
    count = len(evidence.entries)
    value = {"file": str(path), "item": item, "holder": holder, "entries": count}
    value["bytes"] = len(data)
    run.answer(value, [msg("%s: %s records, %s bytes", path, count, f"{len(data):,}")])
    for note in (describe_checkpoint(verdict), *verdict.undecided):
        say(note)


def _history(run: Run, reader: Reader, text: str, holder: str | None, *, is_all: bool) -> History:
    """The history to export; LedgerError, with a list of holders, where one must be named."""
    target = find_one(reader, run.ledger.trust, run.home, text)
    if is_all:
        return histories.whole(reader, run.genesis, target.item)
    holders = [head.actor for head in reader.chains(target.item)]
    actor = holder or target.actor or (holders[0] if len(holders) == 1 else None)
    if actor in holders and actor is not None:
        return histories.path(reader, run.genesis, target.item, actor)
    codes_of = {uri: codes.shown(codes.of_chain(target.item, uri)) for uri in holders[:_SHOWN]}
    listed = [row(code, party_words(reader.name(uri), uri)) for uri, code in codes_of.items()]
    if len(holders) > _SHOWN:
        listed.append(msg("and %s more", len(holders) - _SHOWN))
    problem = msg("%s has no record of %s", actor, target.item)
    if actor is None:
        problem = msg("%s has been with %s parties", target.item, len(holders))
    raise LedgerError(
        "%s: give the code on the label of one, --holder for the way to one, or --all%s",
        problem,
        Message("%(all)s", {"all": row("", *listed, gap="\n  ")}),
    )


def _checked(run: Run, evidence: bundle.Bundle) -> tuple[bytes, Verdict]:
    """The file's bytes, which verify; Tampered where the store's columns misled."""
    try:
        data = evidence.encode()
    except EvidenceError as error:
        raise LedgerError(error) from None
    verdict = verify(evidence, run.ledger.trust)
    if verdict.exit_code == BROKEN:
        fault = next(verdict.all_faults())
        where = None if fault.index is None else msg("index %s", fault.index)
        raise Tampered(
            "no evidence can be given of %s: %s. `suyuan audit` says what else is wrong",
            evidence.item,
            row(where, fault.rule, fault.why, gap=": "),
        )
    return data, verdict
