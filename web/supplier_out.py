"""What the OpenAPI document says of products and batches, besides what APIFlask finds."""

from typing import Any

from .batch_table import XLSX

_OURS = ("/api/v1/products", "/api/v1/batches")


def problems(path: str, method: str) -> dict[str, str]:
    """The problems that these routes answer, besides those of every route."""
    if not path.startswith(_OURS) or path.endswith("/template"):
        return {}
    found = {"401": "Nobody is signed in"}
    if path.endswith("/codes"):
        found["404"] = "The signed-in party has registered nothing of this table"
    if path == "/api/v1/products/draft":
        found["404"] = "No product of the signed-in party"
    if path.startswith("/api/v1/batches"):
        found["403"] = "The mandate under which one records is not for this"
    if method == "post":
        found["403"] = "Another site's request, or a mandate that is not for this"
        found["422"] = "Values, in `cells`, are not as they should be; the first in `field`"
        found["429"] = "Too many requests from this address"
    return found


def describe(spec: dict[str, Any]) -> None:
    """Say what files are answered."""
    for path, words, kind in (
        ("template", "An XLSX to fill in", XLSX),
        ("table/{sha256}/codes", "A CSV: trace code, product, URI", "text/csv"),
    ):
        answer = {"description": words, "content": {kind: {"schema": {"type": "string"}}}}
        spec["paths"][f"/api/v1/batches/{path}"]["get"]["responses"]["200"] = answer
