"""A notice as what is sent: an e-mail's subject and text, a webhook's body."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..store.preferences import EMAIL
from . import wording
from .mail import Letter
from .matter import Held, Links, Matter

MOST_OWN = 2_000  # a party's own items in one body; the rest by their number


def content(
    kind: str, party: str, matter: Matter, held: Sequence[Held], links: Links
) -> Mapping[str, Any]:
    """What a job keeps of a notice, so that each try sends the same."""
    if kind == EMAIL:
        return {
            "what": matter.what,
            "act": matter.act,
            "subject": wording.subject(matter),
            "text": wording.text(matter, held, links),
            "drill": matter.is_drill,
        }
    return {"what": matter.what, "act": matter.act, "body": _body(party, matter, held, links)}


def letter(key: str, address: str, said: Mapping[str, Any]) -> Letter:
    """The e-mail of a job; KeyError where its row holds no such thing."""
    return Letter(key, address, str(said["subject"]), str(said["text"]), bool(said["drill"]))


def _body(party: str, matter: Matter, held: Sequence[Held], links: Links) -> str:
    """In the form that Standard Webhooks asks for: type, timestamp, data."""
    data = {
        "ledger": matter.origin,
        "index": matter.index,
        "hash": matter.hash,
        "act": matter.act,
        "drill": matter.is_drill,
        "level": matter.level,
        "by": {"party": matter.by, "name": matter.by_name},
        "reason": matter.reason,
        "start_due": _instant(matter.start_due),
        "finish_due": _instant(matter.finish_due),
        "provisional": matter.is_provisional,
        "notes": list(matter.notes),
        "count": matter.count,
        "items": [line.to_dict() for line in matter.lines],
        "party": party,
        "own_count": len(held),
        "own": [one.to_dict() for one in held[:MOST_OWN]],
        "links": links.to_dict(),
        "entry": matter.link,
    }
    said = {"type": matter.what, "timestamp": _instant(matter.said_at), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
