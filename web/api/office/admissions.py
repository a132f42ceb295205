"""/api/v1/parties/admissions: a table of shops to be admitted, each row's fate, what is signed."""

from functools import cache
from io import BytesIO
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.format.messages import Language
from suyuan.trace.format.statements import ADMITTED, subject
from suyuan.trace.recording.imports import admitting
from suyuan.trace.recording.imports.admitting import MOST, Row
from suyuan.trace.recording.imports.registering import MAX_UNPACKED, XLSX
from suyuan.trace.recording.imports.shops import Usual, kind_of
from suyuan.trace.recording.imports.table import read_rows
from suyuan.trace.recording.imports.table import template as empty_table
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import freshness
from suyuan.web.app.access.registering import near_to
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.mistakes import wrong
from suyuan.web.app.routes import ADMITTING, ANYBODY, Routes, text
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.texts import language, translated

from ..ledger.to_sign import LinksToSignOut, disclosures_json, link_to_sign, to_sign
from ..trader.batches import CELLS, CellProblemOut, cell_of
from ..trader.profiles import ProfileDraftOut
from ..trader.tables import TableIn, table_errors, uploaded
from .parties import read_division

routes = Routes("admissions", tag="Parties")
_NAMED = 'attachment; filename="parties.xlsx"'


class ShopsIn(TableIn):
    """A table of shops, and what is meant by a row that names no role or no division."""

    role: Annotated[str, Field(max_length=40, description="One role, or none")] = ""
    division: Annotated[str, Field(max_length=120, description="Its name or digits")] = ""


class AlikeOut(BaseModel):
    """What a row may be once more: a party of the ledger, or another row of the table."""

    why: str
    party: str | None


class ShopOut(BaseModel):
    """What becomes of a row."""

    row: int = Field(description="As a spreadsheet shows it")
    fate: Literal["good", "wrong", "there", "alike"] = Field(
        description="there: admitted by now under this credit code; alike: it may be another's row "
        "once more, and is to be signed only if somebody says that it is not"
    )
    name: str
    problems: list[CellProblemOut]
    cells: dict[str, str] = Field(description="Of a wrong row what may be put right, by field")
    alike: list[AlikeOut]
    drafts: list[int] = Field(description="Which of the drafts are its, to be signed together")


class ShopsOut(LinksToSignOut):
    """Each row's fate; the drafts of the rows that are signed go in one array, all or none."""

    notes: list[str]
    rows: list[ShopOut]
    table: str | None = Field(description="The table that corrections gave, as CSV, to be sent on")
    drafts: list[ProfileDraftOut]


@routes.post(
    "/parties/admissions/table",
    ADMITTING,
    limit="table 30/minute",
    output=ShopsOut,
    answers={422: CELLS},
)
def table(user: SignedIn, reader: Reader, files: ShopsIn) -> dict[str, Any]:
    """Check a table of shops to be admitted: each row's fate, and what is signed of it.

    Nothing is signed, written or kept, of the file neither. Personal data are hidden fields.
    """
    kind = kind_of(_usual(user, files))
    freshness.require_all()  # who is there already
    with table_errors(MOST):
        upload = uploaded(files, kind)
        read = read_rows(kind, BytesIO(upload.data), upload.name, unpacked=MAX_UNPACKED)
        checked = admitting.check(reader, site().genesis, user.uri, read)
    drafts: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    names: dict[str, str | None] = {user.uri: user.party.name}
    for row in checked:
        rows.append(_row(row, len(drafts)))
        for statement, hidden in row.signed:
            uri = str(subject(statement))
            drafts.append(link_to_sign([uri], statement=statement))
            drafts[-1]["disclosures"] = disclosures_json(hidden)
            names[uri] = row.name
            if "division" in statement:
                names[statement["division"]] = shown.division(statement["division"])
    return to_sign(user.uri, drafts, names) | {
        "notes": [translated(note) for note in read.notes],
        "rows": rows,
        "table": upload.corrected,
    }


def _usual(user: SignedIn, files: ShopsIn) -> Usual:
    role = files.role.strip()
    if role and role not in ADMITTED:
        wrong("role", "roles", "a party has at least one role")
    division = files.division.strip() and read_division(user, files.division)
    return Usual(
        lambda code: user.registers.includes(code, ()),
        near_to(user),
        (role,) if role else (),
        division,
    )


def _row(row: Row, first: int) -> dict[str, Any]:
    alike = [row.there] if row.there else row.alike
    return {
        "row": row.number,
        "fate": row.fate,
        "name": row.name,
        "problems": [cell_of(problem) for problem in row.problems],
        "cells": dict(row.cells),
        "alike": [{"why": translated(one.why), "party": one.party} for one in alike],
        "drafts": list(range(first, first + len(row.signed))),
    }


@routes.get(
    "/parties/admissions/template",
    ANYBODY,
    content={200: text(XLSX)},
    answers={200: "An XLSX to fill in"},
)
def template() -> Response:
    """An XLSX to fill in: the headings, and an example that is not read."""
    response = Response(_empty(language()), content_type=XLSX)
    response.headers["Content-Disposition"] = _NAMED
    return response


@cache
def _empty(in_language: Language) -> bytes:
    """Made once in each language, since anybody may ask for it."""
    return empty_table(kind_of(Usual(lambda _: True)), in_language)
