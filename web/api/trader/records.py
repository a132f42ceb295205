"""/api/v1/records: one's own records, as a list and as a table; what is wrong in one, put right."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.exchange import spreadsheets
from suyuan.trace.exchange.my_records import Hanging, Page, hanging
from suyuan.trace.format.json_values import Form
from suyuan.trace.goods.identity.lot_names import lot_names
from suyuan.trace.goods.preview import preview
from suyuan.trace.recording import correcting
from suyuan.trace.recording.correcting import Correctable, CorrectionError
from suyuan.trace.recording.usual import Usual
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.own_records import RecordsIn, every, find, own
from suyuan.web.app.mistakes import FieldError
from suyuan.web.app.problems import ProblemError, of_fields
from suyuan.web.app.routes import SIGNED_IN, Routes, binary
from suyuan.web.context import site
from suyuan.web.text import records_shown
from suyuan.web.text.recalls_names import title_of
from suyuan.web.text.texts import gettext as _

from ..ledger.to_sign import EventDraftOut, LinksToSignOut, link_to_sign, questions, to_sign
from .step_form import known_recipient

routes = Routes("records", tag="Steps")
_NOT_OWN = {403: "The mandate under which one records is not for this step", 404: "No own record"}
Typed = Annotated[str, Field(max_length=400)]


class TableIn(RecordsIn):
    """Which of one's own records, and as what."""

    form: Literal["xlsx", "csv"] = Field(default="xlsx", description="Of which kind the file is")


class RecordJson(Form):
    """A record of one's own: what may be put right of it, and what hangs on it."""

    form: Correctable
    hanging: Hanging


class AmountIn(BaseModel):
    """An amount as it should be."""

    quantity: Annotated[str, Field(max_length=40)]
    unit: Annotated[str, Field(max_length=40)]
    item: str = Field("", max_length=2_000, description="The lot that it was instead, of one's own")


class CorrectionIn(BaseModel):
    """What is right instead; what is not given stays as it is."""

    time: Typed = ""
    amounts: Annotated[dict[str, AmountIn], Field(max_length=200)] = Field(
        default={}, description="By the keys of the record's lines"
    )
    values: Annotated[dict[str, Typed], Field(max_length=30)] = {}
    to: str = Field("", max_length=600, description="The party that it was sent to instead")


class CorrectionDraftsOut(LinksToSignOut):
    """Links to sign, by this actor, in this order; all or none."""

    drafts: list[EventDraftOut]


@routes.get("/records", SIGNED_IN)
def listed(acting: Acting, reader: Reader, query: RecordsIn) -> Page:
    """One's own records, or under a mandate those of its steps; the newest first."""
    return find(reader, acting, query)


@routes.get(
    "/records/table",
    SIGNED_IN,
    limit="tables 20/minute",
    content={200: binary(spreadsheets.XLSX, "text/csv")},
    answers={200: "A table of at most 10,000 rows"},
)
def table(acting: Acting, reader: Reader, query: TableIn) -> Response:
    """One's own records as a table, XLSX or CSV; of more than 10,000 the first."""
    names = records_shown.Names(reader, acting.uri)
    rows = (
        [*names.row(record)]
        for record in islice(every(reader, acting, query), spreadsheets.MOST_ROWS)
    )
    headings = [str(heading) for heading in records_shown.HEADINGS]
    if query.form == "csv":
        response = Response(
            spreadsheets.comma_separated(headings, rows), content_type=spreadsheets.CSV
        )
    else:
        made = spreadsheets.xlsx(_("My records"), headings, rows)
        response = Response(made, content_type=spreadsheets.XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="records.{query.form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/records/<int:index>", SIGNED_IN, answers=_NOT_OWN)
def one(acting: Acting, reader: Reader, index: int) -> RecordJson:
    """What may be put right of one of one's own events, as it stands, and what hangs on it."""
    link = own(reader, acting, index)
    return RecordJson(correcting.correctable(link), hanging(reader, index, link))


@routes.post(
    "/records/<int:index>/correction",
    SIGNED_IN,
    limit="recording 240/minute",
    output=CorrectionDraftsOut,
    answers=_NOT_OWN | {422: "A value is not as it should be: the one in `field`"},
)
def correction(acting: Acting, reader: Reader, body: CorrectionIn, index: int) -> dict[str, Any]:
    """The right event and the wrong one declared an error: to be signed, both visible for ever.

    What `suyuan record --corrects` makes too.
    """
    link, now = own(reader, acting, index), site().ledger.now()
    try:
        drafts = correcting.corrected(
            link,
            time=body.time,
            amounts={key: (line.quantity, line.unit) for key, line in body.amounts.items()},
            values=body.values,
            items={key: line.item for key, line in body.amounts.items() if line.item},
            lots=correcting.lots_of(reader, acting.uri),
            to=known_recipient(reader, acting.uri, body.to) if body.to.strip() else "",
            places=acting.party.places,
            now=now,
        )
    except CorrectionError as error:
        raise of_fields([FieldError(error.field, error.field, error)]) from None
    refused = preview(reader, site().genesis, acting.uri, drafts, now).refused
    if refused:
        _item, refusal = refused[0]
        raise ProblemError(422, refusal.why, rule=str(refusal.rule))
    return _to_sign(reader, acting, drafts, now)


@routes.post(
    "/records/<int:index>/retraction",
    SIGNED_IN,
    limit="recording 240/minute",
    output=CorrectionDraftsOut,
    answers=_NOT_OWN,
)
def retraction(acting: Acting, reader: Reader, index: int) -> dict[str, Any]:
    """The event declared not to have occurred, as `suyuan retract` does: to be signed."""
    now = site().ledger.now()
    return _to_sign(
        reader, acting, [correcting.declaration(own(reader, acting, index), None, now)], now
    )


def _to_sign(
    reader: Reader, acting: Acting, drafts: Sequence[Draft], now: datetime
) -> dict[str, Any]:
    subjects = {uri for draft in drafts for uri in draft.subjects(acting.uri)}
    lots = lot_names(reader, site().host, subjects, acting.uri)
    names: dict[str, str | None] = {
        uri: title_of(lot) if lot.name else lot.code for uri, lot in lots.items()
    }
    names[acting.uri] = acting.name
    links = [
        link_to_sign(
            draft.subjects(acting.uri),
            draft.after,
            event=draft.event,
            document=draft.document,
            disclosures=[],
        )
        for draft in drafts
    ]
    events = [draft.event or {} for draft in drafts[:-1]]  # the last declares what was wrong
    unusual = questions(Usual(reader, acting.uri).unusual(events))
    return to_sign(acting.uri, links, names, now) | {"questions": unusual}
