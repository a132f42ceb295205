"""Signing payloads: links that their actor's own tool, which this program's is not, is to sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.keys import canonical
from suyuan.trace.admission.link_builder import Draft, Heads, payload_of
from suyuan.trace.format.json_values import described


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link stands in a chain of its actor.

    `builds_on` is the number of the draft before it whose link is the previous one: `prev` is then
    that link's hash, which nobody knows before it is signed.
    """

    item: str
    seq: int
    prev: str | None
    builds_on: int | None = described(
        "The number of the draft whose link's hash belongs into `prev`"
    )


@dataclass(frozen=True, slots=True)
class SigningPayload:
    """Where a draft's link stands in its chains, and the RFC 8785 text to sign.

    None where it builds on a draft before it: then it is the same with `prev` put in.
    """

    places: tuple[Place, ...]
    payload: str | None


def signing_payloads(
    drafts: Sequence[Draft], *, origin: str, actor: str, heads: Heads, signed_at: datetime
) -> list[SigningPayload]:
    """What is to be signed for drafts of events, to be appended in this order."""
    pairs = sorted({(item, actor) for draft in drafts for item in draft.subjects(actor)})
    known = heads(pairs)
    built: dict[str, tuple[int, int]] = {}  # by item: the number and draft of its newest link
    payloads = []
    for number, draft in enumerate(drafts):
        places = []
        for item in draft.subjects(actor):
            if item in built:
                seq, on = built[item]
                places.append(Place(item, seq + 1, None, on))
            else:
                head = known[item, actor]
                seq, prev = (-1, None) if head is None else (head.seq, head.hash)
                places.append(Place(item, seq + 1, prev, None))
            built[item] = (places[-1].seq, number)
        refs = [{"item": p.item, "seq": p.seq, "prev": p.prev} for p in places]
        payload = payload_of(origin, actor, signed_at, refs, draft)
        is_known = all(place.builds_on is None for place in places)
        text = canonical.dumps(payload).decode() if is_known else None
        payloads.append(SigningPayload(tuple(places), text))
    return payloads
