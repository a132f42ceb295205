"""Shared by commands about holds and recalls: items, acts, signing, names."""

from collections.abc import Sequence
from pathlib import Path

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.messages import Message, msg, msgs, row
from suyuan.trace.recall.course import act_code, find_act
from suyuan.trace.recall.orders import Prepared
from suyuan.trace.recall.recall_json import act_json
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.read.act_reader import ActBook

from ..command import Run, recorded
from ..files import require_size
from ..names import act_words, namer, party_words
from ..terminal import say

MAX_LIST = 64 << 20
_LEVELS = {"i": 1, "1": 1, "ii": 2, "2": 2, "iii": 3, "3": 3, "一": 1, "二": 2, "三": 3}


def read_items(run: Run, items: Sequence[str], lists: Sequence[Path]) -> list[str]:
    """The items that arguments and files name, each once, in their order.

    Raises LedgerError, with the line, for what is no item of the ledger; all bad lines at once.
    """
    named: list[tuple[Message | None, str]] = [(None, text) for text in items]
    for path in lists:
        named += [(msg("%s, line %s", path, n), text) for n, text in _lines(path)]
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


def sign(run: Run, prepared: Prepared, done: Message | None = None) -> list[Receipt]:
    """Sign prepared drafts, append them, bring the followers up; print the index after `done`."""
    for note in prepared.notes:
        say("note: %s", note)
    receipts = run.sign(prepared.drafts, prepared.files)
    if done is not None:
        say(after(done, receipts))
    return receipts


def after(done: Message, receipts: Sequence[Receipt]) -> Message:
    """`done` with the index and hash of the last receipt."""
    return msg("%s: %s", done, recorded(receipts[-1]))


def items(count: int) -> Message:
    """A number of items in words."""
    return msgs("%(num)d item", "%(num)d items", count)


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
        *([] if rows else [msg("none is in force")]),
    )


def _line(act: Act, host: str, count: int, actor: str | None) -> Message:
    code = codes.shown(act_code(act.uri, host))
    by = msg("by %s", party_words(actor, act.actor))
    return row(code, act_words(act), state(act), items(count), by)


_ENDED = {
    "release": msg("released at index %(index)s"),
    "close": msg("closed at index %(index)s"),
    "withdraw": msg("withdrawn at index %(index)s"),
}


def state(act: Act) -> Message:
    """Whether an act is in force, or where it ended."""
    if act.ended is None:
        return msg("in force")
    return Message(_ENDED[str(act.ending)].msgid, {"index": act.ended})
