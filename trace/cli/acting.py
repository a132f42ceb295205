"""What commands about holds and recalls share: items, acts, signing, names."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from ..errors import LedgerError
from ..identifiers import codes
from ..identifiers.errors import IdentifierError
from ..ledger import Ledger
from ..pen import Pen
from ..recall.course import act_code, find_act
from ..recall.orders import Prepared
from ..state import Act
from ..store.read import Reader
from ..store.receipts import Receipt
from .common import F, counted, follow, plain, say
from .recording import find_item

MAX_LIST = 64 << 20
SLICE = 500
_LEVELS = {"i": 1, "1": 1, "ii": 2, "2": 2, "iii": 3, "3": 3, "一": 1, "二": 2, "三": 3}
ROMAN = {1: "I", 2: "II", 3: "III"}


def items_options(command: F) -> F:
    """ITEM… and --list FILE."""
    command = click.option(
        "--list",
        "lists",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file with one item a line, besides or instead of ITEM.",
    )(command)
    return click.argument("items", nargs=-1)(command)


def read_items(ledger: Ledger, items: Sequence[str], lists: Sequence[Path]) -> list[str]:
    """The items that arguments and files name, each once, in their order.

    Raises LedgerError, with the line, for what is no item of the ledger; all bad lines at once.
    """
    named: list[tuple[str | None, str]] = [(None, text) for text in items]
    for path in lists:
        named += [(f"{path}, line {n}", text) for n, text in _lines(path)]
    if not named:
        raise LedgerError("no item is named: give ITEM… or --list FILE")
    found: dict[str, None] = {}
    known = _plain(ledger, [text for _, text in named])
    problems: list[str] = []
    for where, text in named:
        try:
            found[known.get(text) or find_item(ledger, text)] = None
        except (LedgerError, IdentifierError) as error:
            if where is None:
                raise
            problems.append(f"{where}: {error}")
    if problems:
        more = f"; and {len(problems) - 5:,} more" if len(problems) > 5 else ""
        raise LedgerError("; ".join(problems[:5]) + more)
    return list(found)


def _plain(ledger: Ledger, texts: Sequence[str]) -> dict[str, str]:
    """Those that are URIs of the ledger's items already: many are looked up at once."""
    with ledger.reading() as reader:
        return {text: text for text in reader.subject_numbers({t for t in texts if ":" in t})}


def _lines(path: Path) -> list[tuple[int, str]]:
    if path.stat().st_size > MAX_LIST:
        raise LedgerError(f"{path} has over {MAX_LIST >> 20} MiB")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise LedgerError(f"{path} is no text in UTF-8") from None
    return [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def level(text: str) -> int:
    """A level as people write it: I, II, III, 1, 2, 3, 一级."""
    found = _LEVELS.get(text.strip().removesuffix("级").lower())
    if found is None:
        raise LedgerError(f"--level {text!r} is none of I, II, III")
    return found


def the_act(ledger: Ledger, text: str, kind: str | None = None) -> Act:
    """The act that a person named."""
    with ledger.reading() as reader:
        return find_act(reader, ledger.trust.host, text, kind)


def sign(ledger: Ledger, pen: Pen, prepared: Prepared) -> list[Receipt]:
    """Sign what was prepared, append it, and bring the followers up."""
    for note in prepared.notes:
        say(f"note: {plain(note)}")
    receipts = ledger.write(pen, prepared.drafts, prepared.files)
    follow(ledger)
    return receipts


def told(receipts: Sequence[Receipt], what: str) -> None:
    """Say what was recorded, and where."""
    last = receipts[-1]
    say(f"{what}: index {last.index}, {last.hash}")


def namer(reader: Reader) -> Callable[[str], str | None]:
    """Names of parties and places, each looked up once."""
    known: dict[str, str | None] = {}

    def name(uri: str) -> str | None:
        if uri not in known:
            known[uri] = reader.name(uri)
        return known[uri]

    return name


def line(act: Act, host: str, count: int, name: str | None) -> str:
    """An act in one line."""
    what = act.kind if act.level is None else f"recall {ROMAN.get(act.level, '?')}"
    state = "in force" if act.ended is None else f"{act.ending} at index {act.ended}"
    drill = "  DRILL" if act.drill else ""
    code = codes.shown(act_code(act.uri, host))
    return plain(
        f"{code}  {what}{drill}  {state}  {counted(count, 'item')}  by {name or act.actor}"
    )
