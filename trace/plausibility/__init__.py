"""Plausibility: what the ledger was told that cannot be true, or should not be.

Each rule is a file of its own with a `RULE` in it; to add one, write it and name it here.
"""

from collections.abc import Mapping

from ..lineage.model import Story
from . import (
    absurd,
    cold_chain,
    early,
    expired,
    far_key,
    fields,
    labels_overdrawn,
    order,
    overdrawn,
    prefix,
    purchase,
    required,
    self_made,
    stock_found,
    two_places,
    unsent,
    unusual_step,
    withdrawal,
    yields,
)
from .rule import Context, Doubt, Rule

RULES: tuple[Rule, ...] = (
    overdrawn.RULE,
    labels_overdrawn.RULE,
    stock_found.RULE,
    yields.RULE,
    self_made.RULE,
    two_places.RULE,
    early.RULE,
    order.RULE,
    unsent.RULE,
    expired.RULE,
    withdrawal.RULE,
    cold_chain.RULE,
    required.RULE,
    purchase.RULE,
    fields.RULE,
    absurd.RULE,
    prefix.RULE,
    unusual_step.RULE,
    far_key.RULE,
)
BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}


def check(story: Story, context: Context) -> list[Doubt]:
    """All doubts about one item: one for each rule, subject and leaf, in their order."""
    found: dict[tuple[str, str, int], Doubt] = {}
    for rule in RULES:
        for doubt in rule.check(story, context):
            found.setdefault((doubt.rule, doubt.subject, doubt.leaf), doubt)
    return [found[key] for key in sorted(found)]
