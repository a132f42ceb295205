"""A chain that begins at its buyer, and lacks what the buyer has to enter."""

from collections.abc import Iterator

from suyuan.keys.validity import significant
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.lineage.model import ItemEvent, Kind, Story

from .. import parts as of
from ..parts import day, is_individual
from ..rule import Context, Fault, Severity, fault, rule
from ..rule_tables import category, holds, matches, table
from .required import HIDDEN


@rule(
    "purchase",
    msg("A chain begins at its buyer and lacks what the buyer enters"),
    Severity.SERIOUS,
    msg(
        "Fujian Provincial Measures on Food Safety Information Traceability, Order 198 of 2017 as "
        "revised by Order 238, in force since 2024-05-01 (as reported: its text was not read): "
        "where the supplier pushed nothing, the buyer enters the purchase within 36 hours, with "
        "what the table names."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each purchase, of the parties, places and categories that the table names."""
    for event in story.events:
        is_bought = of.kind(event) is Kind.BOUGHT and not event.is_received
        if not is_bought or not _is_bound(story, event, context):
            continue
        if missing := _missing(story, event, context):
            lot = () if story.lot is None else (story.lot.leaf,)
            yield fault(event, msg("bought without %(what)s", what=missing), *lot)


def _is_bound(story: Story, event: ItemEvent, context: Context) -> bool:
    rule_table = table("purchase")
    if not holds(rule_table, day(event.time)) or is_individual(story):
        return False
    name = category(story, context)
    if not any(matches(pattern, name) for pattern in rule_table["categories"]):
        return False
    party = context.registration(event.actor, event.leaf)
    return (
        party is not None
        and bool(set(party.roles) & set(rule_table["roles"]))
        and party.division.startswith(significant(rule_table["division"]))
    )


def _missing(story: Story, event: ItemEvent, context: Context) -> list[Message]:
    body = context.event(event.leaf) or {}
    lot = None if story.lot is None else context.event(story.lot.leaf)
    supplier, ilmd = body.get("suyuan:supplier"), (lot or {}).get("ilmd")
    bought = story.product
    parts: dict[str, Object] = {
        "event": body,
        "supplier": supplier if isinstance(supplier, dict) else {},
        "ilmd": ilmd if isinstance(ilmd, dict) else {},
        "product": {} if bought is None else {"name": bought.name, "spec": bought.spec},
    }
    return [
        msg(entry["what"])
        for entry in table("purchase")["asked"]
        if not (HIDDEN in body and entry.get("hidden"))
        and not any(part.get(name) for kind, part in parts.items() for name in entry.get(kind, ()))
    ]
