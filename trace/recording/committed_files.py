"""Files kept beside the ledger that links commit to: attachments, and lists of serials."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import ACTS
from suyuan.trace.store.files import serials
from suyuan.trace.store.files.attachments import FileState

if TYPE_CHECKING:
    from suyuan.trace.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file by the digest that a link names; `kind` is `attachment` or `serials`."""

    kind: str
    digest: str
    item: str
    actor: str
    index: int

    def __str__(self) -> str:
        name = "attachment" if self.kind == "attachment" else "the list of serials with root"
        return f"{name} {self.digest[:16]}…"

    def look(self, ledger: "Ledger") -> FileState:
        """Whether the file is here, and what the link committed to."""
        if self.kind == "attachment":
            good = ledger.attachments.get(self.digest) is not None
            here = good or ledger.attachments.has(self.digest)
        else:
            good = serials.find(ledger.home, self.digest) is not None
            here = good or serials.has(ledger.home, self.digest)
        return FileState.GOOD if good else FileState.CHANGED if here else FileState.MISSING


def named(index: int, link: Link) -> Iterator[NamedFile]:
    """The files that a link names."""
    item = link.items[0].item
    for ref in (link.document, link.event_ref):
        if ref is not None:
            yield NamedFile("attachment", str(ref["sha256"]), item, link.actor, index)
    statement = link.statement
    if statement is None:
        return
    if statement["type"] == "labels":
        yield NamedFile("serials", str(statement["root"]), item, link.actor, index)
    elif statement["type"] in ACTS:
        for digest in digests(statement):
            yield NamedFile("attachment", digest, item, link.actor, index)


def digests(statement: Object) -> list[str]:
    """The SHA-256 of the attachments that a hold or a recall names: its list, or photographs."""
    return [*([str(statement["list"])] if "list" in statement else []), *statement.get("files", ())]
