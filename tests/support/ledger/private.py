"""Helpers for tests of confidential fields."""

from datetime import UTC, datetime

from support.ledger.world import Actor, World, event

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef, Link, parse
from suyuan.trace.format.private.audience import OWN, Audience
from suyuan.trace.format.private.digests import digest, leave_out
from suyuan.trace.goods.disclosures import Kept, erasure_statement
from suyuan.trace.store.append.receipts import Receipt

PRICE = "/suyuan:price"


def link_at(world: World, index: int) -> Link:
    """The link at an index."""
    with world.ledger.reading() as reader:
        return parse(reader.link(index).entry)


def hiding(
    world: World,
    actor: Actor,
    body: dict,
    *pointers: str,
    audience: Audience = OWN,
    after: tuple[AfterRef, ...] = (),
) -> tuple[Receipt, list[str]]:
    """Record an event that hides fields; its receipt and the stored disclosures."""
    left, stored = leave_out(body, pointers)
    disclosures = [Kept(text, actor.uri, audience) for text in stored]
    draft = Draft(event=left, after=after)
    (receipt,) = world.ledger.write(actor.pen, [draft], disclosures=disclosures)
    return receipt, stored


def priced(
    world: World,
    actor: Actor,
    lot: str,
    audience: Audience = OWN,
    price: str = "3.20 元",
    step: str = "count",
    **more: str,
) -> tuple[Receipt, str]:
    """Record a step with a hidden price; its receipt and the disclosure."""
    body = event(step, lot, "10", extra={"suyuan:price": price}, **more)
    receipt, (stored,) = hiding(world, actor, body, PRICE, audience=audience)
    return receipt, stored


def erase(
    world: World, actor: Actor, index: int, *stored: str, reason: str | None = None
) -> Receipt:
    """Erase disclosures of the link at an index."""
    statement = erasure_statement(index, link_at(world, index), map(digest, stored), reason)
    (receipt,) = world.say(actor, statement)
    return receipt


def shown(world: World, index: int) -> dict[str, object]:
    """The stored disclosures of the link at an index."""
    with world.ledger.reading() as reader:
        return world.ledger.disclosures.shown(reader, parse(reader.link(index).entry))


def now() -> datetime:
    """Now."""
    return datetime.now(UTC)
