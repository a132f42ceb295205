"""Shared by commands about holds and recalls: items, acts, signing, names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.recall.course import act_code, find_act
from suyuan.trace.recall.orders import Prepared
from suyuan.trace.recall.recall_json import act_json
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader

from ..command import Run
from ..files import require_size
from ..terminal import counted, plain, say

MAX_LIST = 64 << 20
_LEVELS = {"i": 1, "1": 1, "ii": 2, "2": 2, "iii": 3, "3": 3, "一": 1, "二": 2, "三": 3}
ROMAN = {1: "I", 2: "II", 3: "III"}


def read_items(run: Run, items: Sequence[str], lists: Sequence[Path]) -> list[str]:
    """The items that arguments and files name, each once, in their order.

    Raises LedgerError, with the line, for what is no item of the ledger; all bad lines at once.
    """
    named: list[tuple[str | None, str]] = [(None, text) for text in items]
    for path in lists:
        named += [(f"{path}, line {n}", text) for n, text in _lines(path)]
    if not named:
        raise LedgerError("no item is named: give ITEM… or --list FILE")
    with run.reading() as reader:  # many that are URIs of items already are looked up at once
        known = reader.subject_numbers({text for _, text in named if ":" in text})
    uris: dict[str, None] = {}
    problems: list[Message] = []
    for where, text in named:
        try:
            uris[text if text in known else run.item(text)] = None
        except (LedgerError, IdentifierError) as error:
            if where is None:
                raise
            problems.append(msg("%s: %s", where, error))
    if len(problems) > 5:
        raise LedgerError("%s, and %s more", problems[:5], len(problems) - 5)
    if problems:
        raise LedgerError("%s", problems)
    return list(uris)


def _lines(path: Path) -> list[tuple[int, str]]:
    require_size(path, MAX_LIST)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise LedgerError("%s is no text in UTF-8", path) from None
    return [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def read_level(text: str) -> int:
    """A level as people write it: I, II, III, 1, 2, 3, 一级."""
    level = _LEVELS.get(text.strip().removesuffix("级").lower())
    if level is None:
        raise LedgerError("--level %s is none of I, II, III", repr(text))
    return level


def the_act(run: Run, text: str, kind: str = "recall") -> Act:
    """The act that a person named."""
    with run.reading() as reader:
        return find_act(reader, run.host, text, kind)


def sign(run: Run, prepared: Prepared, done: str | None = None) -> list[Receipt]:
    """Sign prepared drafts, append them, bring the followers up; print the index after `done`."""
    for note in prepared.notes:
        say(f"note: {plain(note)}")
    receipts = run.sign(prepared.drafts, prepared.files)
    if done is not None:
        say(recorded(receipts, done))
    return receipts


def recorded(receipts: Sequence[Receipt], done: str) -> str:
    """`done` with the index and hash of the last receipt."""
    return f"{done}: index {receipts[-1].index}, {receipts[-1].hash}"


def namer(reader: Reader) -> Callable[[str], str | None]:
    """Names of parties and places, each looked up once."""
    known: dict[str, str | None] = {}

    def name(uri: str) -> str | None:
        if uri not in known:
            known[uri] = reader.name(uri)
        return known[uri]

    return name


def show_acts(run: Run, kind: str, *, is_all: bool) -> None:
    """The acts of one kind, the newest first."""
    with run.reading() as reader:
        book, name = ActBook(reader), namer(reader)
        counts = book.counts()
        rows = [
            (act, counts.get(act.leaf, 0), name(act.actor))
            for act in book.all(kind)
            if is_all or act.is_in_force
        ]
        value = [act_json(act, run.host, name, n) for act, n, _ in rows]
    run.answer(
        {"acts": value},
        (_line(act, run.host, count, actor) for act, count, actor in rows),
        *([] if rows else [f"no {kind} is in force"]),
    )


def _line(act: Act, host: str, count: int, actor: str | None) -> str:
    kind = act.kind if act.level is None else f"recall {ROMAN.get(act.level, '?')}"
    drill = "  DRILL" if act.drill else ""
    code = codes.shown(act_code(act.uri, host))
    items = counted(count, "item")
    return f"{code}  {kind}{drill}  {state(act)}  {items}  by {actor or act.actor}"


def state(act: Act) -> str:
    """Whether an act is in force, or where it ended."""
    return "in force" if act.ended is None else f"{act.ending} at index {act.ended}"
