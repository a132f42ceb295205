"""What the routes of an inspector's desk may answer, for the OpenAPI document."""

from typing import Any

_OURS = ("/search", "/chains", "/chain", "/evidence", "/reports", "/reports/{number}/photo")
_DONE = "/api/v1/reports/{number}/done"
_WHOSE = ("/api/v1/parties/{who}", "/api/v1/parties/{who}/keys")


def describe(spec: dict[str, Any]) -> None:
    """Say what an inspector's evidence file is: as everybody's."""
    paths = spec["paths"]
    file = paths["/api/v1/items/{code}/evidence"]["get"]["responses"]["200"]
    paths["/api/v1/evidence"]["get"]["responses"]["200"] = file
    picture = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
    paths["/api/v1/reports/{number}/photo"]["get"]["responses"]["200"]["content"] = picture
    for parameter in paths["/api/v1/divisions/{code}"]["get"]["parameters"]:
        parameter["description"] = "A division of one's remit, or `all`"


def problems(path: str, method: str) -> dict[str, str]:
    """Statuses of what only inspectors are shown."""
    if path == _DONE:
        return {
            "401": "Nobody is signed in",
            "403": "Another site's request; or not an inspector, or not in its remit",
            "404": "No such report",
            "422": "The note is not as it should be",
        }
    if method != "get":
        return {}
    is_ours = path in _WHOSE or path.removeprefix("/api/v1") in _OURS
    if not is_ours and not path.startswith("/api/v1/divisions/"):
        return {}
    found = {
        "401": "Nobody is signed in",
        "403": "Not an inspector, or not in its remit",
        "404": "No such party, item, chain or report",
        "422": "A value is not as it should be",
    }
    if path not in _WHOSE and "/divisions/" not in path:
        found["429"] = "Too many requests from this address: wait as Retry-After says"
    if path.endswith("/evidence"):
        found["409"] = "The history is broken"
    return found
