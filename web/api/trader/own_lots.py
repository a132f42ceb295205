"""GET /api/v1/me/lots: one's own lots, by whatever stands on a label or a slip."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.goods.identity.lookup import find_own
from suyuan.trace.goods.identity.lot_names import lot_names
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site

routes = Routes("own_lots", tag="Hand-over")


class LotsIn(BaseModel):
    """What to look for."""

    q: Annotated[str, Field(min_length=1, max_length=600)] = Field(
        description="A code or 4 characters and more of one, a scanned URL, a lot number, a "
        "label's serial, or a part of a product's name"
    )


class OwnLotOut(BaseModel):
    """A lot that one has, had, or was sent."""

    item: str
    name: str | None
    produced: date | None
    supplier: str | None = Field(description="The name of who sent it, else of who coded it")
    code: str | None = Field(description="On one's own labels; null where it is not received")
    lot_code: str = Field(description="The lot's own")


class OwnLotsOut(BaseModel):
    """What fits, at most 50."""

    party: str
    lots: list[OwnLotOut]


@routes.get("/me/lots", SIGNED_IN, limit=READING, output=OwnLotsOut)
def find(acting: Acting, reader: Reader, query: LotsIn) -> dict[str, Any]:
    """One's own lots that a text means; no other's are ever found."""
    ledger = site().ledger
    targets = find_own(reader, ledger.trust, ledger.home, acting.uri, query.q)
    named = lot_names(reader, ledger.trust.host, [t.item for t in targets], acting.uri)
    lots = [
        {
            "item": lot.item,
            "name": lot.name,
            "produced": lot.produced,
            "supplier": lot.supplier,
            "code": lot.own,
            "lot_code": lot.number,
        }
        for lot in (named[target.item] for target in targets)
    ]
    return {"party": acting.uri, "lots": lots}
