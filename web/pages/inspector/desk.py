"""What the inspectors' pages share: how they are made, and what a division and items are called."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.statements import is_division
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session
from suyuan.web.app.access.recall_acts import is_readable
from suyuan.web.app.scripts import with_scripts
from suyuan.web.text import shown
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _

LONGEST = 120  # of a name


def render(template: str, reader: Reader, **values: Any) -> Response:
    """An inspector's page, which nobody else keeps a copy of; with scripts if it names a module."""
    name = namer(reader, LONGEST)
    who = session.current()
    text = render_template(template, who=who, name=name, reads_acts_of=is_readable, **values)
    response = with_scripts(Response(text)) if "module" in values else Response(text)
    response.headers["Cache-Control"] = "no-store"
    return response


def again(**query: str | int | None) -> str:
    """This page with other values of its query."""
    asked = {name: value for name, value in request.args.items() if name not in query}
    asked |= {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"?{urlencode(asked)}"


def names_of(reader: Reader, items: Iterable[str]) -> dict[str, str]:
    """What lots are called; their number in short where they have no name."""
    wanted = sorted(set(items))
    lots, slips = Lineage(reader).lots(wanted), Slips(reader)
    names = {item: slips.item_name(item, lots) or shown.uri(item) for item in wanted}
    return {item: shown.cut(name, LONGEST) for item, name in names.items()}


def division_asked(remit: Remit) -> tuple[str, str | None]:
    """The division that is asked for; empty where it is none of them, and what is wrong with it.

    A division of another's remit is refused.
    """
    asked = request.args.get("division", "").strip()
    if not asked or asked == remits.ALL:
        return "", None
    if not is_division(asked):
        return "", _("2, 4, 6, 9 or 12 digits, within your remit.")
    remits.division(remit, asked)
    return asked, None
