"""A pen: one actor's tool that numbers, joins and signs links, for itself or under a mandate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from suyuan.keys.signer import Signer
from suyuan.trace.format import statements
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import MAX_ENTRY, MAX_REF_ITEMS, AfterRef, link_hash, seal
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Head

Heads = Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], Head | None]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A link's content to be: one of `event`, `event_ref` (with its `items`) and `statement`."""

    event: Object | None = None
    event_ref: Object | None = None
    statement: Object | None = None
    items: tuple[str, ...] = ()
    after: tuple[AfterRef, ...] = ()
    document: Object | None = None

    def subjects(self, actor: str) -> list[str]:
        """The subjects whose chains it extends, sorted."""
        if self.event is not None:
            return item_set(self.event) or [actor]
        if self.statement is not None:
            subject = statements.subject(self.statement)
            return [subject] if subject is not None else list(self.items)
        return list(self.items) or [actor]


class Pen:
    """Signs drafts, each upon those before it; asks `heads` once for each chain's head."""

    def __init__(
        self,
        origin: str,
        actor: str,
        signer: Signer,
        heads: Heads,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.origin = origin
        self.actor = actor
        self.signer = signer
        self._ask = heads
        self._clock = clock or (lambda: datetime.now(UTC))
        self._heads: dict[tuple[str, str], Head | None] = {}

    def forget(self) -> None:
        """Ask for all heads anew, as after a conflict."""
        self._heads.clear()

    def know(self, drafts: Sequence[Draft]) -> None:
        """Ask for the heads of many drafts at once."""
        pairs = {(item, self.actor) for draft in drafts for item in draft.subjects(self.actor)}
        missing = sorted(pair for pair in pairs if pair not in self._heads)
        if missing:
            self._heads.update(self._ask(missing))

    def sign(self, draft: Draft) -> bytes:
        """The entry that says `draft` next in each chain that it extends."""
        self.know([draft])
        subjects = draft.subjects(self.actor)
        refs: list[dict[str, Any]] = []
        for item in subjects:
            head = self._heads[item, self.actor]
            seq, prev = (0, None) if head is None else (head.seq + 1, head.hash)
            refs.append({"item": item, "seq": seq, "prev": prev})
        payload = payload_of(self.origin, self.actor, self._clock(), refs, draft)
        entry = seal(self.signer, payload)
        digest = link_hash(entry)
        for ref in refs:
            self._heads[ref["item"], self.actor] = Head(ref["seq"], digest)
        return entry


def payload_of(
    origin: str, actor: str, signed_at: datetime, refs: Sequence[Mapping[str, Any]], draft: Draft
) -> Object:
    """The payload that says `draft` at the places `refs` of its actor's chains."""
    payload: dict[str, Any] = {
        "v": 1,
        "ledger": origin,
        "actor": actor,
        "signed_at": signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "items": list(refs),
        "after": [after_member(ref) for ref in draft.after],
    }
    for name in ("document", "event", "event_ref", "statement"):
        if (value := getattr(draft, name)) is not None:
            payload[name] = value
    return payload


def after_member(ref: AfterRef) -> Object:
    """An element of `after`."""
    member: Object = {"index": ref.index, "hash": ref.hash}
    return member if ref.ledger is None else {**member, "ledger": ref.ledger}


def is_too_large(draft: Draft, pen: Pen) -> bool:
    """Whether the draft's entry would be beyond what one link holds."""
    probe = Pen(pen.origin, pen.actor, pen.signer, lambda pairs: dict.fromkeys(pairs, _LONGEST))
    return len(probe.sign(draft)) > MAX_ENTRY


_RUN = 44_000  # bytes of a payload's items: with base64 and the rest they fit an entry
_REF = 110  # bytes of an item's number, hash and names
_LONGEST = Head(10**9, "0" * 64)


def by_reference(draft: Draft, ref: Object) -> list[Draft]:
    """The links that give a large event by reference, each of so many items as an entry holds."""
    assert draft.event is not None
    items = item_set(draft.event)
    runs: list[list[str]] = [[]]
    room = _RUN
    for item in items:
        if runs[-1] and (len(runs[-1]) == MAX_REF_ITEMS or room < len(item) + _REF):
            runs.append([])
            room = _RUN
        runs[-1].append(item)
        room -= len(item) + _REF
    return [
        Draft(event_ref=ref, items=tuple(run), after=draft.after, document=draft.document)
        for run in runs
    ]
