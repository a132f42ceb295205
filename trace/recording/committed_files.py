"""Files kept beside the ledger that links commit to: attachments, and lists of serials."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import ACTS
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.files import serials


class Look(Enum):
    """What was found of a file."""

    GOOD = "good"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file by the digest that a link names; `kind` is `attachment` or `serials`."""

    kind: str
    digest: str
    item: str
    actor: str
    index: int

    def __str__(self) -> str:
        what = "attachment" if self.kind == "attachment" else "the list of serials with root"
        return f"{what} {self.digest[:16]}…"

    def look(self, ledger: Ledger) -> Look:
        """Whether the file is here, and what the link committed to."""
        if self.kind == "attachment":
            good = ledger.attachments.get(self.digest) is not None
            here = good or ledger.attachments.has(self.digest)
        else:
            good = serials.find(ledger.home, self.digest) is not None
            here = good or serials.has(ledger.home, self.digest)
        return Look.GOOD if good else Look.CHANGED if here else Look.LOST


def named(index: int, link: Link) -> Iterator[NamedFile]:
    """The files that a link names."""
    item = link.items[0].item
    for ref in (link.document, link.event_ref):
        if ref is not None:
            yield NamedFile("attachment", str(ref["sha256"]), item, link.actor, index)
    said = link.statement
    if said is None:
        return
    if said["type"] == "labels":
        yield NamedFile("serials", str(said["root"]), item, link.actor, index)
    elif said["type"] in ACTS:
        for digest in digests(said):
            yield NamedFile("attachment", digest, item, link.actor, index)


def digests(said: Object) -> list[str]:
    """The SHA-256 of the attachments that a hold or a recall names: its list, or photographs."""
    return [*([str(said["list"])] if "list" in said else []), *said.get("files", ())]
