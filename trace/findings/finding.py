"""Findings: what an audit or a verification has to report, by item, actor, number, rule, reason."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a finding that no rule of section 5 names is about."""

    ENTRY = "entry"  # stored bytes and stored hash disagree
    MISSING = "missing"  # a link that was there is gone
    LOG = "log"  # the tree is not the one that a checkpoint signs
    CHECKPOINT = "checkpoint"  # a checkpoint that is not the log's, or out of order
    FILE = "file"  # an attachment or a list of serials that is another by now
    SEAL = "seal"  # a row beside the ledger that somebody else has written, or taken away
    PROJECTION = "projection"  # a column beside the entries says something else
    SCHEMA = "schema"  # tables, indexes, triggers, … are not those that the migrations make
    STORAGE = "storage"  # by the database's own check an index or a page is damaged
    ALARM = "alarm"  # what the operator has not resolved


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `item`, `actor`, `seq` and `index` are None where unknown."""

    rule: str
    reason: str
    item: str | None = None
    actor: str | None = None
    seq: int | None = None
    index: int | None = None

    def __str__(self) -> str:
        places = {"index": self.index, "item": self.item, "actor": self.actor, "number": self.seq}
        where = [f"{name} {value}" for name, value in places.items() if value is not None]
        return f"{self.rule}: {self.reason}" + (f" ({', '.join(where)})" if where else "")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
