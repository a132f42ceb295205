"""Numbers of parties as people type them."""

from suyuan.trace.format.identifiers import codes
from suyuan.web.context import site


def number_of(uri: str) -> str:
    """A party's code, in fours, or its business number; its URI where it has neither."""
    last = uri.rsplit("/", 1)[-1]
    if uri.startswith(f"https://{site().host}/party/") and codes.is_code(last):
        return codes.shown(last)
    return uri.removeprefix("urn:uscc:")
