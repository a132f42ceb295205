"""/api/v1/products: a party's products, and the statement that adds or changes one."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.recording.imports.form import product_statement
from suyuan.trace.recording.supplies import ProductsJson, products_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements
from .batches import refusal

routes = Routes("products", tag="Products and batches")
MOST_CONVERSIONS = 20


class ConversionIn(BaseModel):
    """So much of the product's unit is in one of another: 1 箱 is 20."""

    unit: Annotated[str, Field(max_length=100)]
    amount: Annotated[str, Field(max_length=60)]


class ProductIn(BaseModel):
    """What a product is, as it was typed."""

    uri: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Of a product of one's own that is changed; empty for a new one"
    )
    gtin: Annotated[str, Field(max_length=60)] = Field(
        default="", description="Of a new one, under a company prefix registered for the party"
    )
    name: Annotated[str, Field(max_length=1000)]
    spec: Annotated[str, Field(max_length=1000)] = ""
    category: Annotated[str, Field(max_length=1000)]
    unit: Annotated[str, Field(max_length=60, description="A unit, or its UN/ECE code")] = "KGM"
    conversions: Annotated[list[ConversionIn], Field(max_length=MOST_CONVERSIONS)] = []
    shelf_life: Annotated[str, Field(max_length=60, description="In days; empty for none")] = ""


@routes.get("/products", SIGNED_IN, output=ProductsJson)
def listed(user: SignedIn, reader: Reader) -> dict[str, Any]:
    """The products that the signed-in party was the first to state."""
    return {"party": user.uri, "products": products_of(reader, user.uri)}


@routes.post(
    "/products/draft",
    SIGNED_IN,
    limit="products 120/minute",
    output=SignablesOut,
    answers={
        404: "No product of the signed-in party",
        422: "Values, in `cells`, are not as they should be; the first in `field`",
    },
)
def draft(user: SignedIn, reader: Reader, body: ProductIn) -> dict[str, Any]:
    """The statement that adds a product or changes one, for its party to sign.

    A problem of a value has the `field` that it is in, and `cells` of all that is wrong.
    """
    known = {product.uri: product for product in products_of(reader, user.uri)}
    if body.uri and body.uri not in known:
        raise ProblemError(404, "%s is no product of %s", body.uri[:200], user.uri)
    statement, wrong = product_statement(reader, site().host, user.party, body.model_dump(), known)
    if wrong:
        raise refusal(wrong)
    return statements(reader, user.uri, statement, names={statement["uri"]: statement["name"]})
