"""Lists as spreadsheets: the same page, asked for with `format=xlsx`."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from flask import Response, request

from suyuan.trace.exchange import spreadsheets
from suyuan.trace.exchange.spreadsheets import Cell

MOST = 1_000  # rows of one


def is_asked() -> bool:
    """Whether the list is asked for as a spreadsheet."""
    return request.args.get("format") == "xlsx"


def sheet(title: str, headings: Sequence[object], rows: Iterable[Sequence[Cell]]) -> Response:
    """A spreadsheet to be kept, which nobody else keeps a copy of."""
    content = spreadsheets.xlsx(title, [str(heading) for heading in headings], rows)
    response = Response(content, content_type=spreadsheets.XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response
