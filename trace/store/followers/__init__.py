"""Followers: what is derived from the links, each behind its own cursor, rebuilt at will."""

from .base import Followers
from .documents import Documents
from .events import Events
from .findings import Findings
from .lineage import Lineage
from .names import Codes, Names

ALL = (Codes, Events, Documents, Names, Findings, Lineage)

__all__ = ["ALL", "Codes", "Documents", "Events", "Findings", "Followers", "Lineage", "Names"]
