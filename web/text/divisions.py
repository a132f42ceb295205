"""Divisions as pages show them."""

from suyuan.trace.format.identifiers import divisions
from suyuan.web.text.languages import is_chinese


def shown(text: str) -> str:
    """A division's province and digits, in the page's language; any other text as it stands."""
    return divisions.shown(text, is_chinese=is_chinese())
