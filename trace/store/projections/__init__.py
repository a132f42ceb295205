"""Followers: what is derived from the links, each behind its own cursor, rebuilt at will."""

from .follow_events import Documents, Events
from .follow_findings import Findings
from .follow_lineage import Lineage
from .follow_names import Codes, Names
from .followers import Followers

ALL = (Codes, Events, Documents, Names, Findings, Lineage)

__all__ = ["ALL", "Codes", "Documents", "Events", "Findings", "Followers", "Lineage", "Names"]
