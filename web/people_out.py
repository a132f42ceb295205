"""What the OpenAPI document says of routes about people: mandates, parties, registrars."""

_PATHS = ("/mandates", "/parties", "/registrars/draft", "/parties/admissions/draft")


def problems(path: str, method: str) -> dict[str, str]:
    """The problems that a route of theirs may answer with, by status."""
    bare = path.removeprefix("/api/v1")
    if bare == "/heads":
        return {"401": "Entries are private: nobody is signed in", "403": "Not one's own chains"}
    is_draft = bare.endswith("/draft") and bare.startswith(("/mandates", "/parties", "/registrars"))
    if bare not in _PATHS and not is_draft:
        return {}
    found = {"401": "Nobody is signed in", "403": "Not one's to do, or another site's request"}
    if "{who}" in bare or bare.endswith(("/withdraw/draft", "/registrars/draft")):
        found["404"] = "No such party, or nothing that stands"
    if method == "post":
        found["429"] = "Too many requests from this address: wait as Retry-After says"
    return found
