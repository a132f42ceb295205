"""Labels that were issued before: which are good, to be printed again or declared void."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import LedgerError
from ..identifiers import codes
from ..identifiers.errors import IdentifierError
from ..store.read import Reader
from .of_item import good_serials, issues


def again(
    reader: Reader, home: Path, item: str, actor: str, *, issue: int | None, chosen: Sequence[str]
) -> list[str]:
    """Serials that a holder issued and are good: those chosen, else all of one statement.

    `issue` is the statement's index, the last one's for None; `chosen` are serials, or what labels'
    codes say. LedgerError, with what would be right, where there are none.
    """
    found = list(issues(reader, home, item, actor))
    issued = [one.index for one in found if one.op == "issue"]
    if not issued:
        raise LedgerError(f"{actor} has issued no labels of {item}")
    if issue is not None and issue not in issued:
        raise LedgerError(
            f"index {issue} issues no labels of {item}: one of {', '.join(map(str, issued))}"
        )
    wanted = [serial_of(text, item, actor) for text in chosen]
    good = good_serials(found, None if wanted and issue is None else issue or issued[-1])
    bad = [serial for serial in wanted if serial not in set(good)]
    if bad:
        raise LedgerError(f"label {bad[0]} of {item} was not issued by {actor}, or is void already")
    if not good:
        raise LedgerError("all labels of that statement are void")
    return sorted(set(wanted)) or good


def serial_of(text: str, item: str, actor: str) -> str:
    """A serial as typed, or within what a label's code says, which must be of this chain."""
    code, serial = scanned(text)
    if code is not None and code != codes.of_chain(item, actor):
        raise LedgerError(f"{text[:100]} is no label of {item} by {actor}")
    return serial


def scanned(text: str) -> tuple[str | None, str]:
    """The chain's code, where there is one, and the serial of what was typed or scanned.

    Raises LedgerError where they are none.
    """
    try:
        path = urlsplit(text).path if "/" in text else text
        *before, last = path.rstrip("/").split("/")
        code = codes.read(before[-1]) if before and before[-1] else None
        return code, codes.read_serial(last)
    except IdentifierError as error:
        raise LedgerError(str(error)) from None
    except ValueError:  # of urlsplit
        raise LedgerError(f"{text[:100]!r} is no label's code") from None
