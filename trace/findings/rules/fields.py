"""A field missing that a step should have, as section 6 of the format lists them."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, msg_in
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import day, is_individual, step_name, step_word
from ..rule import Context, Fault, Severity, fault, rule
from ..rule_tables import Entry, holds, table
from .required import HIDDEN


@rule(
    "fields",
    msg("A field is missing"),
    Severity.MINOR,
    msg(
        "Section 6 of the format, after the records that the Food Safety Law arts. 50, 51 and 53 "
        "(in force since 2015-10-01) and the Law on the Quality and Safety of Agricultural "
        "Products art. 27 (2023-01-01) ask for; the table of fields names them."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link; documents of others are not judged."""
    sent = {line.leaf for line in story.shipments if line.recipient is not None}
    for event in story.events:
        entry = None if event.is_received else _entries().get(step_name(event) or "")
        if entry is None or not holds(entry, day(event.time)):
            continue
        missing = [name for name in entry["fields"] if not _has(name, event, story, sent, context)]
        if missing:
            yield fault(event, _reason(entry["step"], tuple(missing)))


@lru_cache(maxsize=1)
def _entries() -> Mapping[str, Entry]:
    return {entry["step"]: entry for entry in table("fields")["fields"]}


@lru_cache(maxsize=256)
def _reason(step: str, missing: tuple[str, ...]) -> Message:
    fields = [msg_in("field", name.removeprefix("suyuan:")) for name in missing]
    return msg("%(step)s without %(missing)s", step=step_word(step), missing=fields)


def _has(
    name: str, event: ItemEvent, story: Story, sent: Collection[int], context: Context
) -> bool:
    """Whether an event has a field; `sent` are the dispatches that name a party."""
    if name == "quantity" and event.quantity is not None:
        return True
    if name == "supplier" and event.after:
        return True
    if name == "name" and story.lot is not None and (story.lot.name or story.lot.product):
        return True
    if name == "recipient" and event.leaf in sent:
        return True
    body = context.event(event.leaf) or {}
    if name == "quantity":
        return is_individual(story) or _is_there(body) or bool(event.after)
    if HIDDEN in body:
        return True
    member = {"supplier": "suyuan:supplier", "recipient": "destinationList"}.get(name, name)
    return body.get(member) not in (None, "", [], {})


def _is_there(event: Object) -> bool:
    """Whether some amount is written, though it does not convert, which is a finding of its own."""
    lists = (event.get("quantityList"), event.get("childQuantityList"))
    return any(isinstance(rows, list) and any("quantity" in e for e in rows) for rows in lists)
