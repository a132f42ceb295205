"""How templates of goods read values: files, rules, and amounts in the digits that people read."""

import json
from typing import Any

from flask import Flask

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import Quantity, decimal_text
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.handover.slips import Slip
from suyuan.web.app.targets import item_path

from . import files_shown, recalls_due, shown, words


def install(app: Flask) -> None:
    """Give templates these filters, by their names."""
    app.jinja_env.filters.update(
        about_file=files_shown.about,
        file_kind=files_shown.KIND_WORDS.__getitem__,
        file_state=files_shown.STATE_WORDS.__getitem__,
        file_url=files_shown.url,
        json=compact,
        last_day=recalls_due.last_day,
        measure=measure,
        rule=words.rule,
        titled=shown.titled,
        uom=words.unit,
    )
    app.jinja_env.globals.update(chain_code=codes.of_chain, item_path=item_path)
    app.jinja_env.tests["overdue"] = Slip.is_overdue


def measure(found: Quantity | Portion) -> str:
    """An amount in its unit, in words: in its base unit, or as its sender wrote it."""
    if isinstance(found, Quantity):
        return shown.measure(found.text, found.uom)
    assert found.quantity is not None
    return shown.measure(decimal_text(found.quantity), found.uom)


def compact(value: Any) -> str:
    """A value for a script, as JSON in an attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
