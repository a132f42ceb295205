"""What the inspectors' pages share: who looks, and how they are made."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods.reporting import FindingJson
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.recall_acts import is_readable
from suyuan.web.app.scripts import with_scripts
from suyuan.web.context import site
from suyuan.web.text import divisions, shown
from suyuan.web.text.languages import is_chinese, keep_language
from suyuan.web.text.numbers import number_of
from suyuan.web.text.words import role

Namer = Callable[[str | None], str]


def render(template: str, **values: Any) -> Response:
    """An inspector's page, which nobody else keeps a copy of; with scripts if it names a module."""
    name: Namer | None = values.get("name")
    text = render_template(
        template,
        plainly=lambda one: plainly(one, name),
        who=session.current(),
        role=role,
        division=divisions.shown,
        moment=moment,
        code=shown_code,
        url=url,
        number=number_of,
        reads_acts_of=is_readable,
        zh=is_chinese(),
        **values,
    )
    response = with_scripts(Response(text)) if "module" in values else Response(text)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    response.vary.add("Cookie")
    return response


def moment(text: str | None) -> str:
    """A moment as the API gives it, in the ledger's zone."""
    return "—" if text is None else shown.moment(datetime.fromisoformat(text))


def url(path: str, **query: str | int | None) -> str:
    """A path of this site with what is asked of it, in the page's language."""
    asked = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return keep_language(path, **asked)


def again(**query: str | int | None) -> str:
    """This page with other values of its query."""
    asked = {name: value for name, value in request.args.items() if name not in query}
    asked |= {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"?{urlencode(asked)}"


def shown_code(item: str, actor: str | None = None) -> str:
    """The trace code of an item, or of one holder's chain of it, as it is printed."""
    if actor is None:
        return codes.shown(codes.of_uri(item, site().host))
    return codes.shown(codes.of_chain(item, actor))


def namer(reader: Reader) -> Namer:
    """What parties are called, each asked for once; the URI in short where it has no name."""

    @cache
    def name(uri: str | None) -> str:
        return "—" if uri is None else shown.cut(reader.name(uri) or shown.uri(uri), 120)

    return name


def plainly(found: FindingJson, name: Namer | None) -> str:
    """Why a finding is one, with whose doing it is by name instead of by URI."""
    reason = found.reason_zh if is_chinese() else found.reason
    if name is None or found.actor is None:
        return reason
    return reason.replace(found.actor, name(found.actor))
