"""The items that a few characters may mean: parts of codes, lot numbers, serials of labels."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.lineage.lots import fold
from suyuan.trace.store.files import serial_index, serials
from suyuan.trace.store.read import search
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.slip_lines import senders

from ..holdings import of_party
from ..resolve import NotFound, Target, resolve
from .lot_names import LotName, lot_names

MOST = 50
Visible = Callable[[str], bool]


def look_up(reader: Reader, home: Path, text: str, is_visible: Visible) -> list[Target]:
    """The targets that a text may mean, of items that are visible to who asks; at most MOST.

    By a part of a code, by a lot number or its beginning, by a label's serial or its beginning.
    """
    targets: dict[str, Target] = {}
    for target in _candidates(reader, home, text):
        if target.item not in targets and is_visible(target.item):
            targets[target.item] = target
        if len(targets) == MOST:
            break
    return list(targets.values())


def _candidates(reader: Reader, home: Path, text: str) -> Iterator[Target]:
    if (part := codes.part(text, search.PART)) is not None:
        for item, actor in search.codes_with(reader, part):
            yield Target(item, actor)
        for serial, code in serial_index.beginning(home, part):
            yield from _labelled(reader, home, serial, code)
    if folded := fold(text):
        yield from map(Target, search.numbered_lots(reader, folded))


def _labelled(reader: Reader, home: Path, serial: str, code: str) -> Iterator[Target]:
    """The label with a serial, if the list that its chain's statement signs has it."""
    item, actor = reader.codes([code]).get(code, ("", None))
    if actor is None:
        return
    for _index, statement in reader.chain_statements(item, actor, "labels"):
        if serial in (serials.find(home, str(statement["root"])) or ()):
            yield Target(item, actor, serial)
            return


def own_items(reader: Reader, party: str) -> Visible:
    """Whether an item is a party's to find: it has a record of it, or it was sent to it."""

    def is_own(item: str) -> bool:
        return reader.head(item, party) is not None or item in senders(reader, party, [item])

    return is_own


def find_own(reader: Reader, trust: Trust, home: Path, party: str, text: str) -> list[Target]:
    """What a text means of what a party has or had, or was sent: no other's is ever found.

    What names an item by itself, else by parts and numbers, else, of what the party has now or
    awaits, by a part of the product's name.
    """
    is_own = own_items(reader, party)
    with suppress(IdentifierError, NotFound):
        target = resolve(reader, trust, text)
        return [target] if is_own(target.item) else []
    if targets := look_up(reader, home, text, is_own):
        return targets
    folded, held = fold(text), of_party(reader, party)
    items = {stock.item for stock in (*held.has, *held.coming)}
    names = lot_names(reader, trust.host, items) if folded else {}
    named = [Target(item) for item, lot in names.items() if folded in fold(lot.name or "")]
    return named[:MOST]


def find_one(
    reader: Reader, trust: Trust, home: Path, text: str, is_visible: Visible = lambda _item: True
) -> Target:
    """The one target that a text names, or else may mean of what is visible to who asks.

    Raises as `resolve` where there is none; LedgerError, with what they are, where there are more.
    """
    try:
        return resolve(reader, trust, text)
    except (IdentifierError, NotFound):
        targets = look_up(reader, home, text, is_visible)
        if not targets:
            raise
    if len(targets) == 1:
        return targets[0]
    lots = lot_names(reader, trust.host, [target.item for target in targets])
    listed = "".join(f"\n  {_line(lots[target.item])}" for target in targets)
    raise LedgerError("%s may be each of these: give more of its code%s", text[:100], listed)


def _line(lot: LotName) -> str:
    day = None if lot.produced is None else lot.produced.isoformat()
    return "  ".join(part for part in (lot.code, lot.name, day, lot.supplier) if part)
