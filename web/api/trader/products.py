"""/api/v1/products: a party's products, and the statement that adds or changes one."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, quoted
from suyuan.trace.format.quantities import UNITS
from suyuan.trace.recording.imports import values
from suyuan.trace.recording.imports.batches import RowProblem
from suyuan.trace.recording.imports.cells import CellError, line
from suyuan.trace.recording.supplies import OwnProduct, products_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Out, Routes
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements
from .batch_models import refusal

routes = Routes("products", tag="Products and batches")
MOST_CONVERSIONS = 20
T = TypeVar("T")


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


class ProductOut(Out):
    """A product as its party stated it last."""

    uri: str
    index: int = Field(description="The statement's")
    name: str
    spec: str | None
    category: str
    unit: str = Field(description="UN/ECE Recommendation 20")
    conversions: dict[str, str]
    shelf_life_days: int | None
    gtin: str | None


class ProductsOut(BaseModel):
    """A party's products, by name."""

    party: str
    products: list[ProductOut]


@routes.get("/products", SIGNED_IN, output=ProductsOut)
def listed() -> dict[str, Any]:
    """The products that the signed-in party was the first to state."""
    who = session.signed_in()
    return {"party": who.uri, "products": [product_report(one) for one in own(who.uri)]}


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
def draft(body: ProductIn) -> dict[str, Any]:
    """The statement that adds a product or changes one, for its party to sign.

    A problem of a value has the `field` that it is in, and `cells` of all that is wrong.
    """
    who = session.signed_in()
    known = {one.uri: one for one in own(who.uri)}
    with site().ledger.reading() as reader:
        statement = _Checked(reader, who, body, known).statement()
        found = statements(reader, who.uri, statement)
    return found | {"names": found["names"] | {statement["uri"]: statement["name"]}}


def own(party: str) -> list[OwnProduct]:
    """A party's products, what it signed just now among them."""
    ledger = site().ledger
    ledger.followers.catch_up()
    with ledger.reading() as reader:
        return products_of(reader, party)


def product_report(one: OwnProduct) -> dict[str, Any]:
    """A product for programs."""
    return ProductOut.model_validate(one).model_dump()


class _Checked:
    """What was typed of a product, being checked; what is wrong gathers in `problems`."""

    def __init__(
        self, reader: Reader, who: SignedIn, body: ProductIn, known: dict[str, OwnProduct]
    ) -> None:
        self.reader, self.who, self.body, self.known = reader, who, body, known
        self.problems: list[RowProblem] = []

    def statement(self) -> Object:
        """The statement; ProblemError where something is wrong."""
        body = self.body
        name = self._read("name", body.name, lambda text: line(text, 200))
        spec = self._read("spec", body.spec, lambda text: line(text, 200))
        category = self._read("category", body.category, lambda text: line(text, 100))
        if not body.name.strip():
            self._wrong("name", msg("it is empty"), msg("give the product's name"))
        if not body.category.strip():
            self._wrong("category", msg("it is empty"), msg("choose the category, as 蔬菜/叶菜类"))
        unit = self._read("unit", body.unit or "KGM", _unit)
        conversions = self._conversions(unit)
        days = self._read("shelf_life", body.shelf_life, values.days)
        uri = self._uri()
        if self.problems:
            raise refusal(self.problems)
        said: Object = {"type": "product", "uri": uri, "name": name, "category": category}
        said["unit"] = unit
        if spec:
            said["spec"] = spec
        if days is not None:
            said["shelf_life_days"] = days
        if conversions:
            said["conversions"] = conversions
        return said

    def _uri(self) -> str | None:
        body = self.body
        if body.uri:
            if body.uri not in self.known:
                raise ProblemError(404, f"{body.uri[:200]} is no product of {self.who.uri}")
            return body.uri
        gtin = self._read("gtin", body.gtin, values.gtin)
        if gtin is None:
            return codes.uri_of(codes.new(), site().host, "product")
        if not _is_under(gtin, self.who.party.gs1):
            listed = ", ".join(self.who.party.gs1)
            fix = (
                msg("one under %(prefixes)s", prefixes=listed)
                if listed
                else msg("leave it empty: none is registered for you")
            )
            self._wrong("gtin", msg("%(gtin)s is not under your company prefixes", gtin=gtin), fix)
        uri = f"{ID}/01/{gtin}"
        if uri in self.known:
            self._wrong(
                "gtin",
                msg("%(gtin)s is a product of yours already", gtin=gtin),
                msg("change that one"),
            )
        elif (owner := self.reader.owner(uri)) and owner.party not in (None, self.who.uri):
            self._wrong(
                "gtin", msg("%(gtin)s is another party's", gtin=gtin), msg("look at it again")
            )
        return uri

    def _conversions(self, unit: str | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.body.conversions:
            if not one.unit.strip() and not one.amount.strip():
                continue
            word = self._read("conversions", one.unit, lambda text: line(text, 20))
            number = self._read("conversions", one.amount, _ratio)
            if not one.unit.strip():
                self._wrong("conversions", msg("it has no unit"), msg("say what it is, as 箱"))
            elif not one.amount.strip():
                self._wrong(
                    "conversions",
                    msg("it is empty"),
                    msg("how much is in one %(unit)s", unit=str(word)),
                )
            elif word and number:
                if word in found:
                    self._wrong(
                        "conversions",
                        msg("%(unit)s stands there twice", unit=word),
                        msg("keep one"),
                    )
                elif _measures_as(word, unit):
                    what = msg("%(unit)s is a measure by itself", unit=word)
                    self._wrong("conversions", what, msg("packages only, as 箱, 筐, 袋"))
                found[word] = number
        return found

    def _read(self, field: str, text: str, value: Callable[[str], T]) -> T | None:
        if not text.strip():
            return None
        try:
            return value(text)
        except CellError as error:
            self._wrong(field, error.what, error.fix)
            return None

    def _wrong(self, field: str, what: Message, fix: Message) -> None:
        self.problems.append(RowProblem(1, field, what, fix))


def _unit(text: str) -> str:
    """The UN/ECE code of a measure that others are stated in."""
    code, factor = values.unit(text)
    if factor != 1:
        raise CellError(
            msg("%(unit)s is stored as %(code)s", unit=text[:20], code=code),
            msg("公斤, 克, 升 or 个"),
        )
    return code


def _ratio(text: str) -> str:
    number, word = values.amount(text)
    if word is not None:
        raise CellError(
            msg("'%(value)s' is no number", value=quoted(text[:30])),
            msg("digits, with a point before decimals"),
        )
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _measures_as(word: str, unit: str | None) -> bool:
    """Whether a word is a measure of the same kind as the product's unit, as 斤 is of 公斤."""
    try:
        code = values.unit(word)[0]
    except CellError:
        return False
    mine, base = UNITS.get(code), UNITS.get(unit or "")
    return mine is not None and base is not None and mine[0] == base[0]


def _is_under(gtin: str, prefixes: Sequence[str]) -> bool:
    return any(gtin[1:].startswith(prefix) for prefix in prefixes)
