"""What anybody who holds a document's PDF is told: whether it is that one, who stands for it."""

from dataclasses import dataclass
from typing import Literal

from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.inspection.cases import Case
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.office.documents import Drawn
from suyuan.trace.store.read.reader import Reader

from . import issuing
from .sealing import Judged
from .signed import Signed, signed

Match = Literal["sealed", "unsealed", "other"]


@dataclass(frozen=True, slots=True)
class Check:
    """What is found of a document, and of a PDF by its hash, where one is asked about.

    `match`: which of the document's PDFs it is; `other` for any other, be it by one byte. `seal`
    is None where it is not sealed. `is_whole` where the content that was signed is the beginning
    of what is sealed, byte for byte, as it is kept here.
    """

    document: Drawn
    signed: Signed
    match: Match | None
    seal: Judged | None
    is_whole: bool

    @property
    def is_held(self) -> bool:
        """Whether who asks has shown to hold the document."""
        return self.match in ("sealed", "unsealed")


def check(
    reader: Reader, ledger: Ledger, document: Drawn, case: Case | None, sha256: str | None = None
) -> Check:
    """A document checked as of now; its files as they are kept here."""
    match: Match | None = None
    if sha256 is not None:
        match = "other"
        if sha256 == document.sealed:
            match = "sealed"
        elif sha256 == document.sha256:
            match = "unsealed"
    unsealed = issuing.content(ledger, document, issuing.UNSEALED_PDF)
    when = issuing.since(document, case)
    seal, is_whole = None, unsealed is not None
    if when is not None:
        try:
            seal = issuing.judged(ledger, document, when) or Judged(False, False)
        except CannotDecide:
            seal = Judged(False, False)
        sealed = issuing.content(ledger, document, issuing.SEALED_PDF)
        is_whole = unsealed is not None and sealed is not None and sealed.startswith(unsealed)
    return Check(document, signed(reader, ledger, document), match, seal, is_whole)
