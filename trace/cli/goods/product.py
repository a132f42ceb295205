"""`suyuan product`, `place`: what a product or a place is."""

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import Object

from ..command import Run, argument, command, option
from ..options import DAYS
from ..terminal import show


@command("product", signs=True)
def product(
    run: Run,
    uri: str = argument(),
    name: str = option(),
    category: str = option(),
    unit: str = option(default="KGM"),
    spec: str | None = option(),
    shelf_life: int | None = option(type=DAYS, help="Days."),
    conversions: tuple[str, ...] = option("--convert", help="UNIT=AMOUNT, as 箱=20."),
) -> None:
    """State what a product is: URI is its GTIN's Digital Link, a URI, or `new`."""
    uri = _uri(run, uri, "product")
    statement: Object = {"type": "product", "uri": uri, "name": name, "category": category}
    statement["unit"] = unit
    if spec is not None:
        statement["spec"] = spec
    if shelf_life is not None:
        statement["shelf_life_days"] = shelf_life
    if conversions:
        statement["conversions"] = dict(text.partition("=")[::2] for text in conversions)
    run.state(statement)
    show([uri])


@command("place", signs=True)
def place(
    run: Run,
    uri: str = argument(),
    name: str = option(),
    division: str = option(),
    who: str = option("--party"),
) -> None:
    """State what a place is: URI is its GLN's Digital Link, a URI, or `new`."""
    uri, holder = _uri(run, uri, "place"), run.party(who)
    run.state({"type": "place", "uri": uri, "party": holder, "name": name, "division": division})
    show([uri])


def _uri(run: Run, text: str, kind: str) -> str:
    return codes.uri_of(codes.new(), run.host, kind) if text == "new" else text
