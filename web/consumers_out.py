"""What the routes of consumers may answer besides, for the OpenAPI document."""

from typing import Any

_SCAN, _REPORTS = "/api/v1/scan", "/api/v1/reports"
_KINDS = ("image/jpeg", "image/png", "image/webp")


def describe(spec: dict[str, Any]) -> None:
    """Say that a photo is the body of what reads it."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    spec["paths"][_SCAN]["post"]["requestBody"] = {
        "required": True,
        "content": dict.fromkeys(_KINDS, binary),
    }


def problems(path: str, method: str) -> dict[str, str]:
    """Their statuses, by number."""
    if (path, method) == (_SCAN, "post"):
        return {"422": "No picture, or no code in it"}
    if (path, method) == (_REPORTS, "post"):
        return {"403": "Another site's request"}
    return {}
