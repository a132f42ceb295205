"""What the routes of inspectors may answer besides, for the OpenAPI document."""

from typing import Any

_PHOTO = "/api/v1/inspections/scan"
_OURS = ("/audits", "/inspections", "/counter")


def describe(spec: dict[str, Any]) -> None:
    """Say what body a photo has, and that an audit may be under way."""
    kinds = ("image/jpeg", "image/png", "image/webp")
    binary = {"schema": {"type": "string", "format": "binary"}}
    spec["paths"][_PHOTO]["post"]["requestBody"] = {
        "required": True,
        "content": dict.fromkeys(kinds, binary),
    }
    answers = spec["paths"]["/api/v1/audits"]["post"]["responses"]
    answers["200"] = {**answers["201"], "description": "One is under way: that one"}


def problems(path: str, method: str) -> dict[str, str]:
    """Statuses of audits and of inspections, by their number."""
    if not any(part in path for part in _OURS):
        return {}
    found = {
        "401": "Nobody is signed in",
        "403": "Not an inspector, not in its remit, or another site's request",
    }
    if path == _PHOTO:
        found["422"] = "No picture, or no code in it"
    if "{" in path or "/inspections" in path:
        found["404"] = "No such audit, or no code of this ledger"
    if method == "post" or path.endswith(("/counter", "/inspections")):
        found["429"] = "Too many requests from this address: wait as Retry-After says"
    return found
