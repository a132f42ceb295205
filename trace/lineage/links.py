"""Events of items read off a link itself, where no store has derived them."""

from collections.abc import Iterator, Mapping

from ..chain import step
from ..link import Link
from ..projection import id_key, rows
from ..times import micros
from ..times import parse as parse_time
from .model import ItemEvent


def item_event(link: Link) -> Iterator[tuple[ItemEvent, str]]:
    """A link's event as each of its items has it, as far as its own stock goes, with the item."""
    event: Mapping[str, object] = link.event or {}
    when = parse_time(event.get("eventTime"))
    name = event.get("eventID")
    for row in rows(link):
        yield ItemEvent(
            leaf=-1,
            actor=link.actor,
            event_id=id_key(name) if isinstance(name, str) else None,
            role=row.role,
            quantity=row.quantity,
            time=0 if when is None else micros(when),
            type=str(event.get("type")),
            action=None if (action := event.get("action")) is None else str(action),
            step=step(link),
            disposition=None if (said := event.get("disposition")) is None else str(said),
            is_received=link.is_received,
            place=None,
            container=None,
            making=None,
            after=(),
        ), row.item  # fmt: skip
