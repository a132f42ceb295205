"""What the OpenAPI document says of attachments, drafts of events and the search for parties."""

from typing import Any

_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/webp")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILES = "/api/v1/attachments"
_OURS = (_FILES, "/api/v1/events/draft", "/api/v1/recipients")


def problems(path: str, method: str) -> dict[str, str]:
    """The problems that these routes answer, besides those of every route."""
    if path not in _OURS:
        if not path.startswith(_FILES):
            return {}
        return {
            "403": "The file is not for everybody: sign in as one whom it concerns",
            "404": "No file here that this link names",
        }
    found = {"401": "Nobody is signed in", "429": "Too many requests from this address"}
    if method == "post":
        found |= {"403": "Another site's request, or a role that records no steps"}
        found |= {"422": "Values are not as they should be: the one in `field`; all in `mistakes`"}
    return found


def describe(spec: dict[str, Any]) -> None:
    """Say what bodies files have, which APIFlask does not see."""
    form = {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "salt": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9_-]{43}$",
                    "description": "Of a private file: 32 random bytes in base64url",
                },
            },
        }
    }
    kinds: dict[str, Any] = dict.fromkeys(_TYPES, _BINARY)
    spec["paths"][_FILES]["post"]["requestBody"] = {
        "required": True,
        "content": {**kinds, "multipart/form-data": form},
    }
    for path, methods in spec["paths"].items():
        if path.startswith(f"{_FILES}/"):
            methods["get"]["responses"]["200"] = {"description": "The file", "content": kinds}
