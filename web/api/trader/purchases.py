"""POST /api/v1/purchases/draft: what was bought outside the ledger, for its buyer to sign."""

from dataclasses import fields
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.recording.imports import purchasing
from suyuan.trace.recording.imports.purchasing import PurchaseForm, PurchaseProblems
from suyuan.trace.recording.papers import MAX_NAMED
from suyuan.web.app.access import acting_for
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.texts import translated

from ..ledger.to_sign import EventDraftOut, LinksToSignOut, disclosures_json, link_to_sign, to_sign
from .batches import refusal
from .step_form import examined_file
from .step_models import FileIn, Text

routes = Routes("purchases", tag="Steps")


_EXAMPLE: Any = {
    "product": "豆腐", "quantity": "8", "unit": "KGM", "supplier": "同安豆制品厂", "spec": "散装",
    "produced": "2025-03-01", "lot": "D0301", "shelf_life": "2", "producer": "同安豆制品厂",
    "uscc": "91350212MA31XWRT0Y", "address": "同安区祥平街道 8 号", "contact": "13800000000",
    "bought": "2025-03-01",
    "files": [{"sha256": "FILE", "kind": "note", "salt": "", "audience": "own"}],
}  # fmt: skip


class PurchaseIn(BaseModel):
    """A purchase as it was typed; a problem of a value names its member."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    product: Text = Field(description="What it is called")
    quantity: Annotated[str, Field(max_length=60)]
    unit: Annotated[str, Field(max_length=20, description="A measure, as KGM or 斤")] = "KGM"
    supplier: Text = Field(description="Of whom; hidden where there is no `uscc`")
    spec: Text = ""
    produced: Text = Field(default="", description="2026-11-24")
    lot: Text = Field(default="", description="The producer's lot")
    shelf_life: Annotated[str, Field(max_length=60, description="Days")] = ""
    producer: Text = ""
    uscc: Annotated[str, Field(max_length=60, description="The supplier's")] = ""
    address: Text = Field(default="", description="The supplier's; hidden where there is no `uscc`")
    contact: Text = Field(default="", description="The supplier's; always hidden")
    bought: Text = Field(default="", description="The day of the purchase; empty: today")
    files: Annotated[list[FileIn], Field(max_length=MAX_NAMED)] = Field(
        default=[], description="Private ones are for the buyer and inspectors alone"
    )


class PurchaseDraftOut(LinksToSignOut):
    """The receipt to sign, with which the chain begins."""

    drafts: list[EventDraftOut]
    item: str
    code: str = Field(description="The buyer's, as it is printed")
    missing: list[str] = Field(description="What the measures ask for and this does not say")


@routes.post(
    "/purchases/draft",
    SIGNED_IN,
    limit="recording 240/minute",
    output=PurchaseDraftOut,
    answers={
        403: "The mandate under which one records is not for receiving",
        422: "Values, in `cells`, are not as they should be; the first in `field`",
    },
)
def drafted(acting: Acting, body: PurchaseIn) -> dict[str, Any]:
    """The receipt that enters a purchase of whom pushed nothing: the same as `suyuan purchase`."""
    acting_for.acting(step_of("receives").biz_step)
    ledger, now = site().ledger, site().ledger.now()
    item = codes.uri_of(codes.new(), site().host)
    files = [(examined_file(ledger, file), file.kind) for file in body.files]
    form = PurchaseForm(**{part.name: getattr(body, part.name) for part in fields(PurchaseForm)})
    try:
        bill = purchasing.read(form, item, now.astimezone(zone()).date(), papers=files)
    except PurchaseProblems as error:
        raise refusal(error.problems) from None
    event, disclosures = purchasing.enter(bill, acting.uri, now, zone=zone())
    link = link_to_sign(
        Draft(event=event).subjects(acting.uri),
        event=event,
        disclosures=disclosures_json(disclosures),
    )
    code = codes.shown(codes.of_chain(item, acting.uri))
    return to_sign(acting.uri, [link], {acting.uri: acting.name, item: bill.name}, now) | {
        "item": item,
        "code": code,
        "missing": [translated(name) for name in bill.missing()],
    }
