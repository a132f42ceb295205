"""What a statement says in plain words, by the one catalogue: its title, and its members."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from suyuan.trace.format.members import Object
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import ALLERGENS, KEPT, LICENCES, STATEMENTS
from suyuan.trace.goods.inviting import check_of

from . import shown, words
from .texts import gettext as _

Name = Callable[[str], str]
LONGEST = 400
_NAMED = ("party", "to", "part_of", "places", "remit", "uri")


def title(statement: Object) -> str:
    """What kind of statement it is."""
    kind = " ".join(str(statement[part]) for part in ("type", "op") if part in statement)
    return _(STATEMENTS[kind].words) if kind in STATEMENTS else kind


def rows(statement: Object, name: Name, besides: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The members that people read, in the catalogue's order, without those named in `besides`.

    `name` gives a party, a place or a product its name.
    """
    for member, label in words.LABELS.items():
        value = statement.get(member)
        if member not in besides and value not in (None, [], ""):
            parts = value if isinstance(value, list) else [value]
            text = shown.listed(_value(member, part, name) for part in parts)
            yield str(label), shown.cut(text, LONGEST)


def _value(member: str, value: Any, name: Name) -> str:
    text = str(value)
    if member in ("keyid", "revokes"):
        return check_of(text)
    if member == "roles":
        return words.role(text)
    if member == "steps":
        return words.business_step(text)
    if member == "kept":
        return _(KEPT[text]) if text in KEPT else text
    if member == "unit":
        return str(words.unit(text))
    if member in ("division", "remit") and text.isdigit():
        return shown.division(text)
    if member == "allergens":
        return _(ALLERGENS[text])
    if member == "licences" and value.get("kind") in LICENCES:
        until = value.get("expires")
        ends = [_("valid until %(day)s", day=shown.day(until))] if until else []
        return " · ".join([f"{_(LICENCES[value['kind']])} {value['number']}", *ends])
    if isinstance(value, dict):
        return " · ".join(f"{part} {stated}" for part, stated in value.items())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    when = parse(text) if "T" in text else None
    if isinstance(when, datetime):
        return shown.moment(when)
    return name(text) if member in _NAMED else text
