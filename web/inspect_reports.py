"""/inspect/reports: what consumers reported in a division, the newest first."""

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.identifiers import codes

from . import api_reports, remits, session
from .api_reports import ReportOut, ReportsIn
from .complaining import KIND_WORDS
from .context import site
from .desk import again, namer, render
from .inspect import division_asked, names_of
from .signin import to_signin

blueprint = APIBlueprint(
    "inspect_reports", __name__, url_prefix="/inspect/reports", enable_openapi=False
)


@blueprint.get("")
def shown_page() -> Response | Redirect:
    """A page of the reports of a division of one's remit, all of it unless one is chosen."""
    who = session.current()
    if who is None:
        return to_signin("/inspect/reports")
    kind = request.args.get("kind", "")
    with site().ledger.reading() as reader:
        remit = remits.remit(reader, who)
        division, _wrong = division_asked(remit)
        asked = {
            "division": division,
            "kind": kind if kind in KIND_WORDS else None,
            "after": request.args.get("after") or None,
        }
        try:
            wanted = ReportsIn.model_validate(asked)
        except ValidationError:  # a place in the list that nobody was given: from its beginning
            wanted = ReportsIn.model_validate(asked | {"after": None})
        found = api_reports.found(reader, remit, wanted)
        return render(
            "inspect_reports.html",
            reports=found.reports,
            kinds=KIND_WORDS,
            kind=wanted.kind or "",
            asked="" if division == remits.ALL else division,
            is_first=wanted.after is None,
            next=None if found.after is None else again(after=found.after),
            page_of=_page_of,
            printed=codes.shown,
            name=namer(reader),
            items=names_of(reader, {one.item for one in found.reports if one.item is not None}),
        )


def _page_of(one: ReportOut) -> str:
    """The consumer's page that the report is about."""
    return f"/t/{one.code}" + (f"/{one.serial}" if one.serial else "")
